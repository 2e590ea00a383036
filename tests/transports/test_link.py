"""What is between the DUT and the others in memory: TCP's own answers to every kind of loss, delay and forgery."""

from __future__ import annotations

import pytest

from harness.evidence.bench import Parted
from harness.transports.link import CLOUD, LATENCY, TERMINAL, Fate, Kind
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Close, Dial, Hearing, Listen, Opened, PeerClosed, Received, Refused, Send
from tests.transports.party import Recorder

ANY = ("127.0.0.1", 0)
BOTH = (TERMINAL, CLOUD)


class Loses:
    """Loses what is on its way toward some ends."""

    def __init__(self, *toward, kinds=tuple(Kind), first=None):
        self.toward, self.kinds, self.left = toward, kinds, first

    def meets(self, piece):
        if piece.toward not in self.toward or piece.kind not in self.kinds or self.left == 0:
            return 0.0
        self.left = None if self.left is None else self.left - 1
        return Fate.LOST


class Delays:
    """Delays each piece by the next of some seconds."""

    def __init__(self, *seconds):
        self.seconds = list(seconds)

    def meets(self, _):
        return self.seconds.pop(0) if self.seconds else 0.0


class Takes:
    """Answers dials in the cloud's name."""

    def __init__(self, host, kind):
        self.host, self.kind = host, kind

    def meets(self, piece):
        if piece.kind is Kind.DIAL:
            self.host.forge(piece.connection, TERMINAL, self.kind)
        return 0.0 if piece.kind in (Kind.QUESTION, Kind.ADDRESS) else Fate.TAKEN


class Waits:
    """A moment that comes with the first byte of a word; what it then does."""

    def __init__(self, word, then):
        self.word, self.then = word, then

    def cut(self, piece):
        at = piece.data.find(self.word)
        return None if at < 0 else at + 1

    def came(self):
        self.then()


async def joined():
    """A host, cloud and terminal, whose line is up."""
    host, cloud, terminal = MemoryHost(), Recorder("cloud"), Recorder("terminal")
    await host.attach(cloud, {"primary": ANY})
    await host.attach(terminal, recorded=False)
    host.say("terminal", [Dial("primary", within=10)])
    await host.until(lambda: bool(terminal.of(Opened)), 1, "a line")
    return host, cloud, terminal


async def passes(host, seconds):
    await host.until(lambda: False, seconds, "time")


def bytes_of(party):
    return b"".join(event.data for event in party.of(Received))


async def test_what_is_lost_arrives_in_order_once_the_obstacle_is_gone():
    host, cloud, terminal = await joined()
    host.link.put(loses := Loses(*BOTH))
    host.say("terminal", [Send(1, b"one "), Send(1, b"two "), Close(1)])
    host.say("cloud", [Send(1, b"three")])
    await passes(host, 60)
    assert cloud.inputs[-1][1] == Opened(1, "primary")
    healed = host.now
    host.link.clear(loses)
    await passes(host, 1)
    assert [event for _, event in cloud.inputs[1:]] == [
        Received(1, b"one "),
        Received(1, b"two "),
        PeerClosed(1, reset=False),
    ]
    assert cloud.inputs[1][0] == pytest.approx(healed + LATENCY)
    assert bytes_of(terminal) == b""


async def test_what_is_lost_once_is_sent_again_and_what_follows_waits_for_it():
    host, cloud, _ = await joined()
    begun = host.now
    host.link.put(Loses(CLOUD, first=1))
    host.say("terminal", [Send(1, b"one"), Send(1, b"two")])
    await passes(host, 1)
    assert [(at - begun, event.data) for at, event in cloud.inputs[1:]] == [
        (pytest.approx(0.2 + LATENCY), b"one"),
        (pytest.approx(0.2 + LATENCY), b"two"),
    ]
    crossed = [(crossing.piece.data, crossing.left is None) for crossing in host.link.crossings[-3:]]
    assert crossed == [(b"one", True), (b"one", False), (b"two", False)]


async def test_who_sends_in_vain_gives_up_and_the_other_end_knows_nothing_of_it():
    host, cloud, terminal = await joined()
    host.link.put(loses := Loses(CLOUD))
    begun = host.now
    host.say("terminal", [Send(1, b"lost")])
    await passes(host, 1000)
    assert terminal.of(PeerClosed) == [PeerClosed(1, reset=True)]
    assert terminal.inputs[-1][0] == pytest.approx(begun + 924.6)
    host.link.clear(loses)
    await passes(host, 60)
    assert cloud.of(Received) == cloud.of(PeerClosed) == []


async def test_a_lost_reset_is_gone_and_who_still_speaks_is_told():
    host, cloud, _ = await joined()
    host.link.put(loses := Loses(*BOTH))
    host.say("terminal", [Close(1, reset=True)])
    await passes(host, 1)
    host.link.clear(loses)
    await passes(host, 600)
    assert cloud.of(PeerClosed) == []
    host.say("cloud", [Send(1, b"still there?")])
    await passes(host, 1)
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]


async def test_who_speaks_to_an_end_that_is_gone_is_told_however_long_the_answer_is_lost():
    host, cloud, _ = await joined()
    host.link.put(loses := Loses(CLOUD))
    host.say("terminal", [Close(1)])
    host.say("cloud", [Send(1, b"still there?")])
    await passes(host, 60)
    assert cloud.of(PeerClosed) == []
    host.link.clear(loses)
    await passes(host, 1)
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]


@pytest.mark.parametrize("toward", BOTH)
async def test_a_dial_that_is_lost_times_out(toward):
    host, cloud, terminal = await joined()
    host.link.put(loses := Loses(toward))
    begun = host.now
    host.say("terminal", [Dial("primary", within=10)])
    await passes(host, 60)
    assert terminal.inputs[-1] == (pytest.approx(begun + 10), Refused("primary", "timed out"))
    host.link.clear(loses)
    await passes(host, 60)
    assert cloud.of(Opened) == terminal.of(Opened) == [Opened(1, "primary")]


@pytest.mark.parametrize("toward", BOTH)
async def test_a_dial_that_has_not_timed_out_succeeds_after_healing(toward):
    host, cloud, terminal = await joined()
    host.link.put(loses := Loses(toward))
    host.say("terminal", [Dial("primary", within=10)])
    await passes(host, 9)
    host.link.clear(loses)
    await passes(host, 60)
    assert cloud.of(Opened) == terminal.of(Opened) == [Opened(1, "primary"), Opened(2, "primary")]
    assert terminal.of(Refused) == []


async def test_a_refusal_that_is_lost_is_no_refusal():
    host, _, terminal = await joined()
    host.say("cloud", [Listen("primary", Hearing.REFUSED)])
    host.link.put(Loses(TERMINAL))
    host.say("terminal", [Dial("primary", within=10)])
    await passes(host, 60)
    assert terminal.of(Refused) == [Refused("primary", "timed out")]


async def test_without_a_carrier_nothing_passes_and_it_is_on_record():
    host, cloud, terminal = await joined()
    cut = host.now
    host.link.carrier(up=False)
    host.link.carrier(up=False)
    host.say("terminal", [Send(1, b"up")])
    host.say("cloud", [Send(1, b"down")])
    await passes(host, 30)
    assert bytes_of(cloud) == bytes_of(terminal) == b""
    host.link.carrier(up=True)
    await passes(host, 1)
    assert (bytes_of(cloud), bytes_of(terminal)) == (b"up", b"down")
    assert host.link.carriers == [(cut, False), (cut + 30, True)]


async def test_a_delay_keeps_the_order():
    host, cloud, _ = await joined()
    begun = host.now
    host.link.put(Delays(0.5, 0.1, 0.7))
    host.say("terminal", [Send(1, b"one"), Send(1, b"two"), Send(1, b"three")])
    await passes(host, 5)
    assert [(round(at - begun - LATENCY, 6), event.data) for at, event in cloud.inputs[1:]] == [
        (0.5, b"one"),
        (0.5, b"two"),
        (0.7, b"three"),
    ]


@pytest.mark.parametrize(("toward", "hit"), [(TERMINAL, "terminal"), (CLOUD, "cloud")])
async def test_a_forged_reset_leaves_the_other_end_half_open_until_it_speaks(toward, hit):
    host, *parties = await joined()
    party = {"cloud": parties[0], "terminal": parties[1]}
    other = "cloud" if hit == "terminal" else "terminal"
    assert host.across() == {1: "primary"}
    assert host.forge(1, toward, Kind.RESET)
    await passes(host, 600)
    assert party[hit].of(PeerClosed) == [PeerClosed(1, reset=True)]
    assert (host.lines_of(hit), host.lines_of(other)) == ([], [1])
    assert not host.forge(1, toward, Kind.RESET)
    host.say(other, [Send(1, b"still there?")])
    await passes(host, 1)
    assert party[other].of(PeerClosed) == [PeerClosed(1, reset=True)]
    assert host.across() == {}


@pytest.mark.parametrize(
    ("kind", "why"),
    [(Kind.REJECTION, "refused"), (Kind.UNREACHABLE, "unreachable"), (Kind.UNKNOWN, "name not resolved")],
)
async def test_a_dial_is_answered_in_the_clouds_place(kind, why):
    host, cloud, terminal = await joined()
    host.link.put(takes := Takes(host, kind))
    host.say("terminal", [Dial("primary", within=10)])
    await passes(host, 60)
    assert terminal.of(Refused) == [Refused("primary", why)]
    host.link.clear(takes)
    host.say("terminal", [Dial("primary", within=10)])
    await passes(host, 60)
    assert len(cloud.of(Opened)) == len(terminal.of(Opened)) == 2


async def test_a_line_opened_in_the_clouds_name_is_known_to_nobody_there():
    host, cloud, terminal = await joined()
    host.link.put(takes := Takes(host, Kind.ANSWER))
    host.say("terminal", [Dial("primary", within=10)])
    await passes(host, 1)
    host.say("terminal", [Send(2, b"hello?")])
    assert host.forge(2, TERMINAL, Kind.BYTES, b"I am a portal")
    await passes(host, 60)
    assert terminal.of(Received) == [Received(2, b"I am a portal")]
    assert (len(cloud.of(Opened)), cloud.of(Received)) == (1, [])
    host.link.clear(takes)
    host.say("terminal", [Send(2, b"and now?")])
    await passes(host, 1)
    assert terminal.of(PeerClosed) == [PeerClosed(2, reset=True)]


async def test_at_a_moment_what_came_before_it_is_on_its_way_and_the_rest_meets_what_it_brought():
    host, cloud, _ = await joined()
    loses = Loses(CLOUD)
    host.link.watch(waits := Waits(b"sale", lambda: host.link.put(loses)))
    host.say("terminal", [Send(1, b"beat "), Send(1, b"a sale "), Send(1, b"beat ")])
    host.link.unwatch(waits)
    await passes(host, 30)
    assert bytes_of(cloud) == b"beat a s"
    host.link.clear(loses)
    await passes(host, 1)
    assert bytes_of(cloud) == b"beat a sale beat "


async def test_who_is_not_the_terminal_reaches_the_others_without_the_link():
    host, cloud, _ = await joined()
    till = Recorder("till")
    await host.attach(till)
    host.link.put(Loses(*BOTH))
    host.say("till", [Dial("primary", within=10)])
    await passes(host, 1)
    host.say("till", [Send(1, b"an order")])
    await passes(host, 1)
    assert cloud.of(Received) == [Received(2, b"an order")]
    assert host.across() == {1: "primary"}


@pytest.mark.parametrize("reset", [False, True])
async def test_that_the_terminal_ended_a_line_is_on_record_whether_or_not_the_cloud_learns_of_it(reset):
    host, _, _ = await joined()
    host.link.put(Loses(*BOTH))
    host.say("terminal", [Close(1, reset)])
    await passes(host, 60)
    assert [(event.line, body) for event, body in host.trace.heard("wire", Parted)] == [(1, Parted(1, reset))]


async def test_a_line_that_the_cloud_ended_is_ended_by_the_terminal_too_and_a_power_cut_ends_none():
    host, _, _ = await joined()
    host.say("terminal", [Dial("primary", within=10)])
    await passes(host, 1)
    host.say("cloud", [Close(1)])
    await passes(host, 1)
    host.detach("terminal")
    assert [body for _, body in host.trace.heard("wire", Parted)] == [Parted(1, reset=False)]
    await host.attach(Recorder("terminal"), recorded=False)
    host.say("cloud", [Send(2, b"still there?")])
    await passes(host, 1)
    assert [body for _, body in host.trace.heard("wire", Parted)] == [Parted(1, reset=False), Parted(2, reset=True)]


async def test_a_piece_has_one_pause_at_a_time_however_often_obstacles_come_and_go():
    host, cloud, _ = await joined()
    host.detach("terminal")
    begun = host.now
    host.say("cloud", [Send(1, b"are you there?")])
    for _ in range(30):
        await passes(host, 1)
        host.link.put(loses := Loses(TERMINAL))
        await passes(host, 1)
        host.link.clear(loses)
    assert await host.until(lambda: bool(cloud.of(PeerClosed)), 2000, "the end")
    assert host.now - begun > 900
