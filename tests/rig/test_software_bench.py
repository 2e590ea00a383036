"""The bench file of software says where it is reached and whom it trusts, or each mistake in it is told."""

from __future__ import annotations

import pytest

from harness.evidence.answers import AnswerError, read
from harness.rig.software_bench import SoftwareBench, bench_of

BENCH = bench_of(("gateway", "rival"), ("api_key",), beside=("rival",))
FILE = """\
dut: bench
keys: operator
operator: terminal
authority: trusted
names: [bench.example]
listen:
  gateway: 0.0.0.0:8443
"""


def changed(*changes: str) -> str:
    text = FILE
    for change in changes:
        before, _, after = change.partition(" -> ")
        assert before in text
        text = text.replace(before, after)
    return text


def test_a_bench_is_read():
    bench = read(BENCH, FILE, "b")
    assert (bench.screen, bench.keys, bench.authority) == ("none", "operator", "trusted")
    assert bench.dialled == ("bench.example", "127.0.0.1"), "of the rival's listener too: it is no wildcard"


MISTAKES = {
    "a person while time jumps in memory": (
        "dut: memory\nkeys: operator\n",
        "b:2: keys: found 'operator'; allowed: none or stdin; with dut: memory time jumps while a person presses",
    ),
    "a person while the clock jumps": (
        "dut: emulator\nclock: virtual\nkeys: operator\n",
        "b:3: keys: found 'operator'; allowed: none or stdin; with clock: virtual time jumps while a person presses",
    ),
    "keys of a person who is not there": (
        changed("operator: terminal -> operator: none"),
        "b:2: keys: found 'operator'; allowed: none, or stdin; a person presses where operator: terminal says that",
    ),
    "keys of nobody's stdin": (
        changed("keys: operator -> keys: stdin"),
        "b:2: keys: found 'stdin'; allowed: none or operator; the stdin of what is on a bench is not ours",
    ),
    "a screen of nobody's stdout": (
        changed("authority: -> screen: stdout\nauthority:"),
        "b:4: screen: found 'stdout'; allowed: none; what is on a bench has no stdout of ours",
    ),
    "no authority": (
        changed("authority: trusted\n -> "),
        "b:1: authority: missing; allowed: a folder; a DUT on another machine is given the authority that it is to",
    ),
    "a port that changes": (
        changed("8443 -> 0"),
        "b:7: listen.gateway: found '0.0.0.0:0'; allowed: a port from 1 to 65535; a DUT on another machine is told",
    ),
    "a name with a port": (
        changed("[bench.example] -> [192.0.2.10, 'bench.example:8443']"),
        "b:5: names.1: found 'bench.example:8443'; allowed: a host name or an IP address, as the DUT dials it",
    ),
    "two interfaces": (
        changed("authority: -> wire: {terminal: eth0, cloud: eth1}\nauthority:"),
        "b:4: wire: found 'two interfaces'; allowed: auto or none; at a POS single frames are not harmed",
    ),
    "an authority in memory": (
        "dut: memory\nauthority: trusted\n",
        "b:2: authority: found 'trusted'; allowed: nothing; with dut: memory no line is encrypted",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_where_it_is(mistake):
    text, sentence = MISTAKES[mistake]
    with pytest.raises(AnswerError) as caught:
        read(BENCH, text, "b")
    (said,) = str(caught.value).splitlines()
    assert said.startswith(sentence)


def test_a_camera_reads_terminals_only():
    corners = "[{x: 0, y: 0}, {x: 9, y: 0}, {x: 9, y: 9}, {x: 0, y: 9}]"
    with pytest.raises(AnswerError, match="screen: found 'a camera'; allowed: none; a camera reads the status line"):
        read(BENCH, changed(f"authority: -> screen: {{source: a, corners: {corners}}}\nauthority:"), "b")


def test_a_programme_may_know_fewer_kinds_of_dut():
    class Fewer(SoftwareBench):
        DUTS = ("memory", "emulator")

    fewer = bench_of(("gateway",), (), base=Fewer)
    with pytest.raises(AnswerError, match="b:1: dut: found 'process'; allowed: memory or emulator; this programme"):
        read(fewer, "dut: process\ncommand: [till]\n", "b")
