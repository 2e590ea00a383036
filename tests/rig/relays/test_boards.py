"""Each board says the bytes of its sheet, reads them as they are meant, and takes nothing else for an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.rig import relays
from harness.rig.relays import AllAtOnce, Answering, Asked, Identified, Identity, OneByOne
from tests.rig.relays.sayings import ASKED, essence, sayings

VECTORS = yaml.safe_load((Path(__file__).parents[2] / "vectors" / "relays.yaml").read_text("utf-8"))
SIZED = [(name, size) for name in relays.names() for size in relays.load(name).SIZES]


def of(vectors, key):
    """The vectors that have this, each with its name."""
    return [pytest.param(vector, id=f"{vector['board']}-{vector['channels']}") for vector in vectors if key in vector]


def written(vector, text):
    return bytes.fromhex(text) if vector["written"] == "hex" else text.encode("latin-1")


# ---- The bytes of the sheets -----------------------------------------------------------------------------------------


def test_every_board_has_vectors():
    assert {vector["board"] for vector in VECTORS} == set(relays.names())


@pytest.mark.parametrize("vector", of(VECTORS, "commands"))
def test_commands_are_those_of_the_sheet_and_so_are_their_answers(vector):
    board = relays.load(vector["board"])
    for channel, said in vector["commands"].items():
        for on, word in ((True, "energise"), (False, "release")):
            assert board.command(channel, on) == written(vector, said[word])
            if "answers" in said:
                assert board.answered(written(vector, said["answers"][word]), channel, on) is True
    assert isinstance(board, Answering) == any("answers" in said for said in vector["commands"].values())


@pytest.mark.parametrize("vector", of(VECTORS, "queries"))
def test_questions_are_those_of_the_sheet(vector):
    board = relays.load(vector["board"])
    for channel, said in vector["queries"].items():
        assert board.queries(channel, vector["channels"]) == tuple(written(vector, query) for query in said)


@pytest.mark.parametrize("vector", of(VECTORS, "states"))
def test_answers_are_read_as_they_are_meant(vector):
    board = relays.load(vector["board"])
    for said in vector["states"]:
        for channel, state in said["means"].items():
            assert board.state(written(vector, said["answer"]), channel, vector["channels"]) is state


@pytest.mark.parametrize("vector", of(VECTORS, "no_answers"))
def test_what_is_no_answer_is_not_taken_for_one(vector):
    board = relays.load(vector["board"])
    for said in vector["no_answers"]:
        for channel in relays.known_channels(vector["board"], vector["channels"]):
            if channel != said.get("but_to"):
                assert board.state(written(vector, said["answer"]), channel, vector["channels"]) is None, said["why"]


@pytest.mark.parametrize("vector", of(VECTORS, "identities"))
def test_a_board_is_known_by_what_it_says_of_itself(vector):
    board = relays.load(vector["board"])
    assert board.identify() == written(vector, vector["identify"])
    for said in vector["identities"]:
        read = board.identity(written(vector, said["answer"]))
        assert read == Identity(said["name"], tuple(said["sizes"]))


@pytest.mark.parametrize("vector", of(VECTORS, "patterns"))
def test_a_board_that_is_told_all_at_once_is_told_the_pattern_of_the_sheet(vector):
    board = relays.load(vector["board"])
    assert written(vector, vector["start"]) == board.START
    for said in vector["patterns"]:
        assert board.pattern(frozenset(said["energised"]), vector["channels"]) == written(vector, said["bytes"])


# ---- All boards ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", relays.names())
def test_a_board_can_be_told_and_its_docstring_shows_a_bench_file_that_is_good(name):
    board = relays.load(name)
    assert isinstance(board, OneByOne) != isinstance(board, AllAtOnce)
    block = "\n".join(line for line in board.__doc__.splitlines() if line.startswith("    ") or not line)
    shown = yaml.safe_load(block)["relay"]
    assert shown.pop("board") == name
    assert shown.pop("port").startswith("/dev/serial/by-path/")
    channels = relays.known_channels(name, shown.pop("channels", None))
    assert {what["channel"] for what in shown.values()} <= set(channels)


@pytest.mark.parametrize(("name", "size"), SIZED)
def test_no_command_is_that_of_another_channel(name, size):
    board = relays.load(name)
    channels = relays.known_channels(name, size)
    if isinstance(board, AllAtOnce):
        said = [board.pattern(frozenset({channel}), size) for channel in channels] + [board.pattern(frozenset(), size)]
    else:
        said = [board.command(channel, on) for channel in channels for on in (True, False)]
    assert len(set(said)) == len(said)


def test_channels_are_counted_as_they_are_printed():
    assert relays.known_channels("lcus", 2) == (1, 2)
    assert relays.known_channels("numato", 2) == (0, 1)
    assert relays.known_channels("denkovi16") == tuple(range(1, 17))


@pytest.mark.parametrize(
    ("name", "channels", "said"),
    [
        ("lucs", 2, "a board among denkovi16, .* (found lucs)"),
        ("lcus", 3, "1 or 2 or 4 or 8 (found 3)"),
        ("lcus", None, "how many channels the lcus board has: 1 or 2 or 4 or 8 (none is given)"),
        ("denkovi16", 8, "16 (found 8)"),
    ],
)
def test_a_board_that_there_is_not_is_refused_with_those_there_are(name, channels, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(").replace(")", r"\)")):
        relays.known_channels(name, channels)


# ---- Answers ---------------------------------------------------------------------------------------------------------


def drawn(data, name):
    """A board of one of its sizes, what its relays are, and a channel that it is asked about."""
    board = relays.load(name)
    sizes = [size for size in board.SIZES if board.queries(board.FIRST, size)]
    size = data.draw(st.sampled_from(sizes), label="size")
    states = data.draw(st.lists(st.booleans(), min_size=size, max_size=size), label="states")
    channel = data.draw(st.sampled_from(relays.known_channels(name, size)), label="channel")
    return board, states, channel


def near(data, said):
    """What is near to an answer: one byte of it is another, or lost, or there is one too many, or it comes twice."""
    at = data.draw(st.integers(0, len(said) - 1), label="at")
    byte = data.draw(st.one_of(st.sampled_from(b"\x00\x01\r\n 01"), st.integers(0, 255)), label="byte")
    other = bytes((byte,))
    return data.draw(
        st.sampled_from(
            [said[:at] + other + said[at + 1 :], said[:at] + said[at + 1 :], said[:at] + other + said[at:], 2 * said]
        ),
        label="near",
    )


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=40)
@given(data=st.data())
def test_what_a_board_says_is_understood_when_it_has_come_as_a_whole_and_not_sooner(name, data):
    board, states, channel = drawn(data, name)
    for reply in sayings(name, states, channel):
        assert board.state(reply, channel, len(states)) is states[channel - board.FIRST]
        sooner = [
            reply[:end] for end in range(len(reply)) if board.state(reply[:end], channel, len(states)) is not None
        ]
        assert {essence(name, reply) for reply in sooner} <= {essence(name, reply)}


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=100)
@given(data=st.data())
def test_whatever_comes_nothing_is_claimed_that_a_board_in_that_state_would_not_have_said(name, data):
    board, states, channel = drawn(data, name)
    said = data.draw(st.sampled_from(sayings(name, states, channel)), label="said")
    reply = data.draw(st.binary(max_size=12), label="noise") if data.draw(st.booleans()) else near(data, said)
    channels = relays.known_channels(name, len(states))
    claims = {one: on for one in channels if (on := board.state(reply, one, len(states))) is not None}
    claimed = [claims.get(one, False) for one in channels]
    for one in list(claims)[:1] + list(claims)[-1:]:
        assert essence(name, reply) in {essence(name, way) for way in sayings(name, claimed, one)}


@pytest.mark.parametrize("name", [name for name in relays.names() if isinstance(relays.load(name), Answering)])
@settings(max_examples=40)
@given(reply=st.binary(max_size=24), on=st.booleans())
def test_noise_is_no_answer_to_a_command(name, reply, on):
    board = relays.load(name)
    assert board.answered(reply, board.FIRST, on) in (None, True)
    assert board.answered(board.command(board.FIRST, on)[:-1] + reply[:1] * 2, board.FIRST, on) is None


@pytest.mark.parametrize("name", [name for name in relays.names() if isinstance(relays.load(name), Identified)])
@settings(max_examples=40)
@given(reply=st.binary(max_size=24))
def test_noise_is_never_a_board_of_this_kind_unless_it_says_so(name, reply):
    board = relays.load(name)
    identity = board.identity(reply)
    assert identity is None or set(identity.sizes) <= set(board.SIZES)


@pytest.mark.parametrize("name", relays.names())
def test_who_can_never_tell_is_never_asked_and_who_sometimes_can_says_so(name):
    """The classes of read-back, as every docstring gives its own."""
    board = relays.load(name)
    read_back = "never" if not isinstance(board, Asked) else "sometimes" if board.MAY_BE_SILENT else "confirmed"
    assert f"Read-back: {read_back}" in board.__doc__
