"""The wire between two interfaces: it has their frames as a cable carries them, and puts everything back.

Veth cables stand for cards: those of a bench network, each scenario in a process that owns one."""

from __future__ import annotations

import asyncio
import socket

import pytest

from harness.rig import netns, offloads
from harness.rig.inline import RIGHTS, Inline
from harness.rig.network import WC, WT
from harness.transports.host import BenchError
from tests.rig.alone import alone
from tests.rig.carrying import LIMIT, PRIMARY, accepted, arrives, carried, drained

LARGE_RECEIVE, *OF_A_VETH = offloads.ALL
"""The first is one that no veth has."""


class Cards(netns.Bench):
    """This process's network has two cards, `wt` and `wc`, that do all they can; a terminal and a cloud behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.build(rto_min=None)
        self.plug()
        self.via = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for card in (WT, WC):
            offloads.restore(self.via, card, OF_A_VETH)

    def doing(self, card: str) -> list[offloads.Offload]:
        return [offload for offload in offloads.ALL if offloads.is_on(self.via, card, offload)]

    def made(self, where: str) -> socket.socket:
        _, (fd,) = self.socket(where, socket.AF_INET, socket.SOCK_STREAM, 0)
        made = socket.socket(fileno=fd)
        made.setblocking(False)
        return made


async def talk(cards: Cards, inline: Inline) -> list[tuple[str, bool, bytes]]:
    """Bytes there and back; the frames."""
    loop = asyncio.get_running_loop()
    with cards.made("cloud") as listener, inline.capture() as capture, carried(inline):
        capture.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        listener.bind(PRIMARY)
        listener.listen()
        with cards.made("terminal") as near:
            async with asyncio.timeout(LIMIT):
                await loop.sock_connect(near, PRIMARY)
            with await accepted(listener) as far:
                assert await arrives(100_000, near, far)
                assert await arrives(100_000, far, near)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
            elsewhere.sendto(b"not of this wire", ("127.0.0.1", 9))
        return drained(capture)


def talks_as_a_cable() -> None:
    cards = Cards()
    with Inline.open(WT, WC) as inline:
        frames = asyncio.run(talk(cards, inline))
    assert {frame[:2] for frame in frames} == {(WT, False), (WC, True), (WC, False), (WT, True)}
    assert max(len(frame) for *_, frame in frames) == 1514


def is_silenced_and_put_back() -> None:
    cards = Cards()
    offloads.switch(cards.via, WC, OF_A_VETH[0], on=False)
    before = cards.doing(WT), cards.doing(WC)
    assert before == (OF_A_VETH, OF_A_VETH[1:])
    for _ in range(2):
        with Inline.open(WT, WC):
            assert (cards.doing(WT), cards.doing(WC)) == ([], [])
        assert (cards.doing(WT), cards.doing(WC)) == before


def moves_the_link() -> None:
    cards = Cards()
    cards.link(up=False)
    with Inline.open(WT, WC) as inline:
        for up in (True, False, True):
            inline.link(up)
            assert inline.carrier() is up
            assert cards.carrier() == ({"up": up}, [])
    assert cards.carrier() == ({"up": False}, [])  # as it was found


def refuses_a_card_that_goes_on() -> None:
    cards = Cards()
    before = cards.doing("lo"), cards.doing(WT)
    with pytest.raises(BenchError, match=r"^lo: cannot switch off rx-checksumming, tx-checksumming; its"):
        Inline.open(WT, "lo")
    assert (cards.doing("lo"), cards.doing(WT)) == before


def refuses_what_is_no_wire() -> None:
    Cards()
    with pytest.raises(BenchError, match="inline: eth7: there is no such interface"):
        Inline.open(WT, "eth7")
    with pytest.raises(BenchError, match="inline: one interface, wt, cannot be both ends"):
        Inline.open(WT, WT)


@pytest.mark.parametrize(
    "scenario",
    [talks_as_a_cable, is_silenced_and_put_back, moves_the_link, refuses_a_card_that_goes_on, refuses_what_is_no_wire],
)
def test_between_two_cards_it(network, scenario):
    alone(scenario)


def asks_for_rights() -> None:
    try:
        Inline.open("lo", "eth0")
    except BenchError as why:
        print(why)  # noqa: T201


def test_without_rights_it_says_which(network):
    assert alone(asks_for_rights, powerless=True) == f"inline: frames need a right that this user has not: {RIGHTS}\n"
