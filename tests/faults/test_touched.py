"""What harm did to a frame is said beside it: seen from both ends of the wire, not asked of the injector."""

from harness.evidence.bench import FaultBegan, FaultEnded
from harness.evidence.captured import Seen, Toward
from harness.evidence.trace import Trace
from harness.faults.touched import Harmed, comments, harms
from harness.wire.endpoint import Hearing, Listen

TERMINAL, CLOUD = Toward.TERMINAL, Toward.CLOUD
LOSS = Harmed("black hole", 1.0, 3.0)


def entered(at: float, data: bytes) -> Seen:
    return Seen(at, TERMINAL, False, data)


def left(at: float, data: bytes) -> Seen:
    return Seen(at, CLOUD, True, data)


END = [entered(100.0, b"end"), left(100.0, b"end")]


def test_a_frame_that_passed_is_not_spoken_of() -> None:
    assert comments([entered(2.0, b"a"), left(2.001, b"a"), *END], [LOSS]) == {}


def test_a_frame_that_was_lost() -> None:
    told = comments([entered(0.5, b"a"), left(0.5, b"a"), entered(2.0, b"b"), entered(4.0, b"c"), *END], [LOSS])
    assert told == {
        2: ["entered the wire and never left it; in force: black hole"],
        3: ["entered the wire and never left it; in force: no harm"],
    }


def test_a_frame_that_was_changed() -> None:
    told = comments([entered(2.0, b"a"), left(2.0, b"b"), *END], [Harmed("corruption", 0.0, 9.0)])
    assert told == {
        0: ["entered the wire and never left it; in force: corruption"],
        1: ["left the wire and never entered it: forged, or changed on its way; in force: corruption"],
    }


def test_a_frame_that_was_held_is_told_where_it_left() -> None:
    slow = [Harmed("delay", 0.0, 9.0), Harmed("jitter", 0.0, 9.0)]
    told = comments([entered(2.0, b"a"), left(2.25, b"a"), *END], slow)
    assert told == {1: ["held in the wire for 0.250000 s; in force: delay, jitter"]}


def test_what_is_held_for_long_depends_on_the_clock() -> None:
    frames = [entered(2.0, b"a"), left(2.25, b"a"), *END]
    assert comments(frames, [], scale=120.0) == {}


def test_a_frame_that_left_twice() -> None:
    told = comments([entered(2.0, b"a"), left(2.0, b"a"), left(2.1, b"a"), *END], [Harmed("duplication", 0.0, 9.0)])
    assert told == {2: ["left the wire once more; in force: duplication"]}


def test_a_frame_that_is_inside_the_wire_at_the_end_is_not_lost() -> None:
    assert comments([entered(2.0, b"a")], []) == {}


def test_names_are_answered_inside_the_wire() -> None:
    query = bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x11" + bytes(10) + b"\x80\x00\x00\x35" + bytes(20)
    answer = bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x11" + bytes(10) + b"\x00\x35\x80\x00" + bytes(20)
    told = comments([entered(2.0, query), Seen(2.0, TERMINAL, True, answer), *END], [])
    assert list(told) == [0, 1]
    assert all("the harness answers for names inside the wire" in said for [said] in told.values())


def test_the_harms_of_a_trace() -> None:
    trace = Trace()
    for at, body in [
        (1.0, FaultBegan("loss", "wire")),
        (2.0, FaultBegan("silence", "cloud")),
        (3.0, FaultEnded("loss", 4)),
        (4.0, FaultEnded("silence", 1)),
        (5.0, FaultBegan("delay", "wire")),
        (6.0, FaultEnded("refused", 0)),
        (7.0, Listen("primary", Hearing.UNREACHABLE)),
        (7.0, Listen("secondary", Hearing.REFUSED)),
        (8.0, Listen("primary", Hearing.NOT_RESOLVED)),
        (9.0, Listen("primary", Hearing.ANSWERING)),
    ]:
        trace.record(at, "nemesis", 0, body)
    assert harms(trace) == [
        Harmed("loss", 1.0, 3.0),
        Harmed("primary: unreachable", 7.0, 8.0),
        Harmed("primary: name not resolved", 8.0, 9.0),
        Harmed("delay", 5.0, float("inf")),
    ]


def test_a_harm_of_which_the_harness_learned_a_moment_later() -> None:
    assert comments([entered(0.97, b"a"), *END], [LOSS]) == {
        0: ["entered the wire and never left it; in force: black hole"]
    }
