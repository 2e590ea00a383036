"""A bench file is read whole, or each mistake in it is told: its line, its key, what was found and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.answers import AnswerError, read
from harness.rig.bench_file import BenchFile, CameraFile, Contact, TerminalBench

BENCHES = Path(__file__).parents[2] / "benches"

PORTS = (
    "/dev/serial/by-path/… (or another device), socket://HOST:PORT, rfc2217://HOST:PORT, loop://, lab or lab:NAME, or "
    "simulated"
)
ORDER = "corners in the order upper left, upper right, lower right, lower left, as they are on the display"

RELAY = """\
dut: bench
relay:
  board: lcus
  port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
  power: {channel: 1}
  channels: 8
"""

CAMERA = """\
dut: bench
operator: terminal
screen:
  source: /dev/video0
  corners:
    - {x: 10, y: 10}
    - {x: 90, y: 12}
    - {x: 88, y: 40}
    - {x: 12, y: 38}
"""


def told(text: str) -> list[str]:
    with pytest.raises(AnswerError) as raised:
        read(BenchFile, text, "b")
    return str(raised.value).splitlines()


def changed(text: str, *changes: str) -> str:
    """The text with each `old -> new`."""
    for change in changes:
        old, new = change.split(" -> ")
        assert old in text
        text = text.replace(old, new)
    return text


def test_the_benches_are_what_their_names_say():
    assert read(TerminalBench, (BENCHES / "emulator.yaml").read_text(), "b").clock == "virtual"
    assert read(TerminalBench, (BENCHES / "emulator-compressed.yaml").read_text(), "b").clock == "compressed"


MISTAKES = {
    # ---- The board
    "an unknown board": (
        changed(RELAY, "lcus -> acme"),
        "b:3: relay.board: found 'acme'; allowed: a board among ",
    ),
    "no board": (
        changed(RELAY, "  board: lcus\n -> "),
        "b:2: relay.board: missing; allowed: which board; it is never guessed",
    ),
    "a size that is not sold": (
        changed(RELAY, "8 -> 3"),
        "b:6: relay.channels: found 3; allowed: how many channels a lcus has: 1 or 2 or 4 or 8",
    ),
    "a size that is not given": (
        changed(RELAY, "  channels: 8\n -> "),
        "b:2: relay.channels: missing; allowed: how many channels a lcus has: 1 or 2 or 4 or 8",
    ),
    "a channel that the board has not": (
        changed(RELAY, "1} -> 9}"),
        "b:5: relay.power.channel: found 9; allowed: a channel of this lcus: 1 to 8",
    ),
    "a channel below the first": (
        changed(RELAY, "{channel: 1} -> \n    channel: 0"),
        "b:6: relay.power.channel: found 0; allowed: a channel of this lcus: 1 to 8",
    ),
    "a channel that this size has not": (
        changed(RELAY, "8 -> 2\n  link:\n    contact: normally_closed\n    channel: 3"),
        "b:9: relay.link.channel: found 3; allowed: a channel of this lcus: 1 to 2",
    ),
    "a channel of a board with one": (
        changed(RELAY, "8 -> 1", "1} -> 2}"),
        "b:5: relay.power.channel: found 2; allowed: a channel of this lcus: 1",
    ),
    "a channel of a board of one size": (
        changed(RELAY, "lcus -> denkovi16", "  channels: 8\n -> ", "1} -> 17}"),
        "b:5: relay.power.channel: found 17; allowed: a channel of this denkovi16: 1 to 16",
    ),
    "two functions on one channel": (
        f"{RELAY}  link:\n    channel: 1\n",
        "b:8: relay.link.channel: found 1; allowed: another channel than relay.power has",
    ),
    "a channel that is no number": (
        changed(RELAY, "1} -> one}"),
        "b:5: relay.power.channel: found 'one'; allowed: a whole number",
    ),
    "no channel": (
        changed(RELAY, "{channel: 1} -> {settle: 1}"),
        "b:5: relay.power.channel: missing; allowed: as it is printed on the board",
    ),
    "nothing at the board": (
        changed(RELAY, "  power: {channel: 1}\n -> ", "dut: bench -> dut: process\ncommand: [run]"),
        "b:3: relay.power: missing; allowed: the channel at which the mains hang (or link: the cable's)",
    ),
    # ---- Its port
    "no port": (
        "dut: bench\nrelay: {board: lcus, channels: 8, power: {channel: 1}}\n",
        f"b:2: relay.port: missing; allowed: {PORTS}",
    ),
    "a simulated port on a bench": (
        "dut: bench\nrelay:\n  board: lcus\n  port: simulated\n  channels: 8\n  power: {channel: 1}\n",
        "b:4: relay.port: found 'simulated'; allowed: the port of a real board; no simulated contact switches a "
        "terminal",
    ),
    "a socket of a real board": (
        f"{RELAY}  contacts: /tmp/contacts\n",
        "b:7: relay.contacts: found '/tmp/contacts'; allowed: none; a real board has no such socket",
    ),
    "a socket of a board that the harness starts": (
        "dut: emulator\nrelay:\n  board: denkovi16\n  port: simulated\n  contacts: c\n  power: {channel: 1}\n",
        "b:5: relay.contacts: found 'c'; allowed: none with port: simulated, whose board the harness starts by itself",
    ),
    "a real board beside a program": (
        changed(RELAY, "dut: bench -> dut: emulator"),
        "b:2: relay.contacts: missing; allowed: the socket of a simulated board (or port: simulated); no real contact "
        "switches dut: emulator",
    ),
    "a port of a lab that is not named": (
        changed(RELAY, "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0 -> lab:relay"),
        "b:4: relay.port: found 'lab:relay'; allowed: another port, or a lab: section that says which lab and place",
    ),
    # ---- The camera
    "a corner too few": (
        changed(CAMERA, "    - {x: 12, y: 38}\n -> "),
        "b:5: screen.corners.3: missing; allowed: of the status line: upper left, upper right, lower right, lower left",
    ),
    "half a corner": (
        changed(CAMERA, "{x: 88, y: 40} -> {x: 88}"),
        "b:8: screen.corners.2.y: missing; allowed: pixels from the top",
    ),
    "corners the wrong way round": (
        changed(CAMERA, "{x: 90, y: 12} -> {x: 12, y: 39}", "{x: 12, y: 38} -> {x: 90, y: 12}"),
        f"b:5: screen.corners: found '(10, 10), (12, 39), (88, 40), (90, 12)'; allowed: the {ORDER}",
    ),
    "corners across": (
        changed(CAMERA, "{x: 88, y: 40} -> {x: 12, y: 39}", "{x: 12, y: 38} -> {x: 88, y: 40}"),
        "b:5: screen.corners: found '(10, 10), (90, 12), (12, 39), (88, 40)'; allowed: a shape without a dent, its "
        f"{ORDER}",
    ),
    "corners with a dent": (
        changed(CAMERA, "{x: 88, y: 40} -> {x: 20, y: 14}"),
        "b:5: screen.corners: found '(10, 10), (90, 12), (20, 14), (12, 38)'; allowed: a shape without a dent, its "
        f"{ORDER}",
    ),
    "corners on one line": (
        changed(CAMERA, "{x: 88, y: 40} -> {x: 50, y: 11}", "{x: 12, y: 38} -> {x: 30, y: 10.5}"),
        f"b:5: screen.corners: found '(10, 10), (90, 12), (50, 11), (30, 10.5)'; allowed: the {ORDER}",
    ),
    "no corners": (
        "dut: bench\noperator: terminal\nscreen: {source: /dev/video0}\n",
        "b:3: screen.corners: missing; allowed: of the status line: upper left, upper right, lower right, lower left",
    ),
    "a screen that is none": (
        "dut: emulator\nscreen: window\n",
        "b:2: screen: found 'window'; allowed: 'stdout' or 'none', or a mapping with the keys corners, every, source",
    ),
    # ---- What goes with what
    "a bench with stdout": (
        f"{RELAY}screen: stdout\n",
        "b:7: screen: found 'stdout'; allowed: none or a camera; what is on a bench has no stdout of ours",
    ),
    "a bench in a namespace": (
        f"{RELAY}wire: netns\n",
        "b:7: wire: found 'netns'; allowed: none, or two interfaces; a terminal is in no namespace of ours",
    ),
    "an emulator without a wire": (
        "dut: emulator\nwire: none\n",
        "b:2: wire: found 'none'; allowed: auto, netns or proxy; only a terminal of its own can do without",
    ),
    "half a wire": (
        "dut: emulator\nwire: {terminal: eth1}\n",
        "b:2: wire.cloud: missing; allowed: the interface on the side of the cloud",
    ),
    "a relay in memory": (
        "dut: memory\nrelay: {board: denkovi16, port: loop://, power: {channel: 1}}\n",
        "b:2: relay: found {'board': 'denkovi16', 'port': 'loop://', 'power': {'channel': 1}}; allowed: nothing; "
        "dut: memory is a part of the harness and has no hardware",
    ),
    "a lab in memory": (
        "dut: memory\nlab: {place: counter}\n",
        "b:2: lab: found {'place': 'counter'}; allowed: nothing; dut: memory is a part of the harness and has no "
        "hardware",
    ),
    "a camera in memory": (
        changed(CAMERA, "dut: bench -> dut: memory", "operator: terminal -> "),
        "b:3: screen: found {'source': '/dev/video0', 'corners': ",
    ),
    "a lab without a place": (
        "dut: bench\noperator: terminal\nlab: {power: true}\n",
        "b:3: lab.place: missing; allowed: the place that this bench is",
    ),
    "a process without a command": (
        "dut: process\n",
        "b:1: command: missing; allowed: a list of words; dut: process needs a command",
    ),
    "a command too many": (
        "dut: memory\ncommand: [run]\n",
        "b:2: command: found ['run']; allowed: none; dut: memory takes no command, only dut: process does",
    ),
    "a clock that a process has not": (
        "dut: process\ncommand: [dut]\nclock: virtual\n",
        "b:3: clock: found 'virtual'; allowed: compressed; dut: process has no clock that we can move, only dut: "
        "emulator has",
    ),
    "a camera while the clock jumps": (
        changed(CAMERA, "dut: bench -> dut: emulator", "operator: terminal -> clock: virtual"),
        "b:3: screen: found 'a camera'; allowed: stdout or none; with clock: virtual the display changes quicker than",
    ),
    "an operator while the clock jumps": (
        "dut: emulator\nclock: virtual\noperator: terminal\n",
        "b:3: operator: found 'terminal'; allowed: none, or a file of prepared answers; with clock: virtual time "
        "jumps while a person thinks",
    ),
    "an operator of the emulator in memory": (
        "dut: memory\noperator: terminal\n",
        "b:2: operator: found 'terminal'; allowed: none, or a file of prepared answers; with dut: memory time jumps "
        "while a person thinks",
    ),
    "a scale of a clock that jumps": (
        "dut: emulator\nclock: virtual\nixit:\n  time_scale: 120\n",
        "b:4: ixit.time_scale: found 120; allowed: 1; clock: virtual runs at the document's own times",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_where_it_is(mistake):
    text, sentence = MISTAKES[mistake]
    (said,) = told(text)
    assert said.startswith(sentence)
    assert said.count("allowed: ") == 1


@pytest.mark.parametrize(
    "port",
    [
        "ttyUSB0",
        "COM3",
        "/dev/",
        "socket://host",
        "socket://:7000",
        "socket://host:70000",
        "socket://host:port",
        "socket://[::1:7000",
        "rfc2217://host",
        "http://host:80",
        "loop",
        "spy:///dev/ttyUSB0",
        "lab:",
        "lab://counter",
        "simulate",
        "",
    ],
)
def test_a_port_that_is_none(port):
    text = f"dut: bench\nrelay:\n  board: lcus\n  power: {{channel: 1}}\n  channels: 8\n  port: '{port}'\n"
    assert told(text) == [f"b:6: relay.port: found {port!r}; allowed: {PORTS}"]


@pytest.mark.parametrize(
    "port",
    ["/dev/ttyACM0", "socket://192.0.2.7:4001", "socket://[::1]:7000", "rfc2217://lab:2217?timeout=3", "loop://"],
)
def test_a_port(port):
    file = read(BenchFile, changed(RELAY, f"/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0 -> '{port}'"), "b")
    assert file.relay is not None
    assert file.relay.port == port


def test_all_mistakes_of_a_board_are_told_at_once():
    text = f"{changed(RELAY, '1} -> 9}')}  link: {{channel: 10}}\n"
    assert [sentence.split(" found")[0] for sentence in told(text)] == [
        "b:5: relay.power.channel:",
        "b:7: relay.link.channel:",
    ]


def test_a_terminal_shows_nothing_on_stdout_unless_a_camera_looks():
    assert read(BenchFile, RELAY, "b").screen == "none"
    assert read(BenchFile, "dut: emulator\n", "b").screen == "stdout"
    assert isinstance(read(BenchFile, CAMERA, "b").screen, CameraFile)


def test_a_bench_may_have_nothing_but_a_terminal():
    """What it lacks makes the cases that need it not run."""
    assert read(BenchFile, "dut: bench\n", "b").relay is None


def test_a_normally_closed_contact_is_on_at_rest():
    opened, closed = Contact(channel=1), Contact(channel=1, contact="normally_closed")
    assert [contact.energised(on=on) for contact in (opened, closed) for on in (True, False)] == [
        True,
        False,
        False,
        True,
    ]


def test_prepared_answers_are_looked_for_beside_the_bench_file(tmp_path):
    text = "dut: bench\noperator: answers/anna.yaml\n"
    with pytest.raises(AnswerError) as raised:
        read(BenchFile, text, "b", folder=tmp_path)
    assert str(raised.value) == (
        "b:2: operator: found 'answers/anna.yaml'; "
        "allowed: none, terminal, or a YAML file of answers, relative to the bench file"
    )
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "anna.yaml").touch()
    assert read(BenchFile, text, "b", folder=tmp_path).operator == "answers/anna.yaml"
