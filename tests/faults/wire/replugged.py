"""A wire one of whose interfaces is taken away and comes back, in namespaces of its own: prints what happened.

A process by itself: only one without threads may enter a user namespace. Exit code 77: the kernel does not allow it."""

from __future__ import annotations

import select
import socket
import sys

from pyroute2 import IPRoute

from harness.faults.wire.control import WireControl
from harness.rig import netns
from harness.transports.host import HarnessError

ETH_P_ALL = 3
LIMIT = 5.0
HEADER = b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01" + b"\x88\xb5"
FORBIDDEN = 77


def plug(links: IPRoute, wire: str, far: str) -> None:
    links.link("add", ifname=wire, kind="veth", peer={"ifname": far})
    for name in (wire, far):
        links.link("set", index=links.link_lookup(ifname=name)[0], state="up")


def bound(interface: str) -> socket.socket:
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    packets.bind((interface, ETH_P_ALL))
    return packets


def arrives(packets: socket.socket, frame: bytes) -> bool:
    while select.select([packets], [], [], LIMIT)[0]:
        if packets.recv(2000) == frame:
            return True
    return False


def main() -> int:
    try:
        netns.enter()
    except netns.Forbidden as error:
        sys.stdout.write(f"{error}\n")
        return FORBIDDEN
    links = IPRoute()
    plug(links, "wt", "near")
    plug(links, "wc", "far")
    near, far = bound("near"), bound("far")
    wire = WireControl.start(bound("wt"), bound("wc"))
    near.send(HEADER + b"before")
    sys.stdout.write(f"before: {arrives(far, HEADER + b'before')}\n")

    links.link("del", index=links.link_lookup(ifname="wt")[0])
    far.send(HEADER + b"into nothing")
    try:
        wire.rebind()
    except HarnessError as error:
        sys.stdout.write(f"without it: {error}\n")

    plug(links, "wt", "near")
    wire.rebind()
    near = bound("near")
    near.send(HEADER + b"up")
    far.send(HEADER + b"down")
    sys.stdout.write(f"after: {arrives(far, HEADER + b'up')} {arrives(near, HEADER + b'down')}\n")
    sys.stdout.write(f"lost: {wire.status().lost}\n")
    wire.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
