"""A whole run between two cards: `python -m tests.between_cards FOLDER PYTEST-ARGUMENT…`, as root.

In network namespaces of its own, which go with it: a terminal behind one card, `wt`; the harness with both cards, and
with the cloud's addresses on a third, `c0`, to which a cable leads from the second, `wc`. Veth cables stand for cards.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fixtures.dut import EMULATOR
from harness.rig import netns
from harness.rig.network import CLOUD, GATEWAY, TERMINAL, TERMINAL_MAC, WC, WT
from tests.runs import LIMIT, PROJECT, bench_file

CARD_OF_CLOUD = "c0"

ENTER = """
import ctypes, os, sys
network = os.open(sys.argv[1], os.O_RDONLY)
assert ctypes.CDLL(None).setns(network, 0x40000000) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Goes on as another program in the network of that file: a terminal that has its power from elsewhere."""


class Cards(netns.Bench):
    """A bench network whose cloud is this process: it has the card at the end of that cable, too."""

    def __init__(self) -> None:
        super().__init__()
        self.build(rto_min=None)
        self._cloud.rtnl.link("set", index=self._cloud.card(), net_ns_fd=self._wire.fd, ifname=CARD_OF_CLOUD)
        (card,) = self._wire.rtnl.link_lookup(ifname=CARD_OF_CLOUD)
        self._wire.up(card)
        self._wire.rtnl.addr("add", index=card, address=GATEWAY, prefixlen=24)
        for address in CLOUD.values():
            self._wire.rtnl.addr("add", index=card, address=address, prefixlen=32)
        self._wire.rtnl.neigh("add", dst=TERMINAL, lladdr=TERMINAL_MAC, ifindex=card, state="permanent")
        _, (self.terminal, _) = self.plug()


def main(folder: Path, arguments: list[str]) -> int:
    """The exit code of pytest."""
    cards = Cards()
    bench = bench_file(
        folder,
        command=["{python}", "-c", ENTER, f"/proc/{os.getpid()}/fd/{cards.terminal}", *EMULATOR],
        directory=str(PROJECT),
        wire={"terminal": WT, "cloud": WC},
        listen={name: f"{address}:0" for name, address in CLOUD.items()},
        ixit={"time_scale": 20},
    )
    command = [sys.executable, "-m", "pytest", *arguments, "--bench", str(bench)]
    return subprocess.run(command, cwd=PROJECT, timeout=LIMIT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
