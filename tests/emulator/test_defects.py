"""Every defect of the fact sheet's table is there, says what it breaks, and differs from the conformant terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import pytest

from emulator.defects import CHAPTERS, DEFECTS, Defect, power
from emulator.terminal import Terminal
from emulator.uplink import POWER_ON
from harness.evidence.bench import Journal
from harness.wire.endpoint import Close, Dial, Input, Noted, Opened, PeerClosed, Received, Refused, Send
from tests.emulator.dialogue import (
    ACK,
    HEARTBEAT,
    OFFLINE,
    OK,
    ONLINE,
    PRIMARY,
    SECONDARY,
    After,
    Dialogue,
    command,
    fields_of,
    terminal,
)

HITS = {
    1: "ECD-001 ECD-002 ECD-003 ECD-004",
    2: "ECD-003",
    3: "ECD-004 ECD-081",
    4: "ECD-001 ECD-005",
    5: "ECD-005",
    6: "ECD-007",
    7: "ECD-007 ECD-008",
    8: "ECD-009",
    9: "ECD-006",
    10: "ECD-024",
    11: "ECD-031",
    12: "ECD-025 ECD-026",
    13: "ECD-042",
    14: "ECD-042 ECD-106",
    15: "ECD-032 ECD-033",
    16: "ECD-027",
    17: "ECD-056",
    18: "ECD-052 ECD-053",
    19: "ECD-055 ECD-106",
    20: "ECD-030 ECD-035 ECD-069 ECD-105",
    21: "ECD-101 ECD-102 ECD-103 ECD-104",
    22: "ECD-061 ECD-068",
    23: "ECD-067",
    24: "ECD-064",
    25: "ECD-065",
    26: "ECD-083",
    27: "ECD-022 ECD-085",
    28: "ECD-082 ECD-087",
    29: "ECD-084",
    30: "ECD-034",
    31: "ECD-046 ECD-048",
    32: "ECD-089",
    33: "ECD-086",
    34: "ECD-040",
    35: "ECD-041",
}
"""Section (e) of the fact sheet: what each row's defect hits. Variants of a row share its hits among them.

From 34 on it is continued: what only the mains show (`test_defects_power.py`)."""


def defects_of(row: int) -> list[type[Defect]]:
    return [defect for defect in DEFECTS.values() if defect.row == row]


@pytest.mark.parametrize("row", HITS)
def test_a_row_is_covered_with_all_it_hits(row):
    hit = {str(requirement) for defect in defects_of(row) for requirement in defect.breaks}
    assert hit >= set(HITS[row].split())


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_introduces_itself(defect):
    assert defect.row in HITS
    assert {str(requirement) for requirement in defect.breaks} & set(HITS[defect.row].split())
    assert defect.__doc__.endswith(".")


def test_no_two_defects_share_a_name():
    classes = [kind for chapter in CHAPTERS for kind in vars(chapter).values() if getattr(kind, "row", None)]
    assert len(classes) == len(DEFECTS) > 40
    assert all(name == name.lower() and " " not in name for name in DEFECTS)


# ---- Each in its own area --------------------------------------------------------------------------------------------


WHYS = ("refused", "timed out", "name not resolved", "unreachable")
BOTH_FAIL = [(Refused(PRIMARY, why), Refused(SECONDARY, why), After(30)) for why in WHYS * 2]
ANSWERS = (b"OK-REGISTRATION2", b"FAILED-REGISTRATION", b"ok-registration")

REGISTERS = (Opened(1, PRIMARY), Received(1, OK))
HEARS_PIECES = (Opened(1, PRIMARY), Received(1, OK[:5]), Received(1, OK[5:] + command()), After(5))
FINDS_NO_LINE = tuple(chain.from_iterable(BOTH_FAIL))
IS_REJECTED = tuple(
    chain.from_iterable(
        (Opened(line, PRIMARY), After(1), Received(line, answer + b"\x04\x04"), After(4))
        for line, answer in enumerate(ANSWERS, 1)
    )
)
BEATS = (*REGISTERS, After(60), Received(1, ACK), After(60), Received(1, ACK), Received(1, command()), After(62))
HEARS_NOTHING_MORE = (*REGISTERS, After(80), Opened(2, PRIMARY))
TRANSACTS = (
    *(*REGISTERS, Received(1, command()), After(1), Received(1, command(ref_id="Ref-Busy")), After(9)),
    *(Received(1, command(ref_id="Ref-0105", amount="1.05")), After(2)),
    *(Received(1, command(ref_id="Ref-0106", amount="1.06")), After(2)),
)
IS_DROPPED = (
    *(*REGISTERS, Received(1, command()), PeerClosed(1, reset=True), After(3)),
    *(Opened(2, PRIMARY), Received(2, OK), After(5), Received(2, command()), After(3)),
)

AREAS: Mapping[int, Sequence[Input | After]] = {
    **dict.fromkeys((1, 4, 5, 6, 7, 8, 21, 31), REGISTERS),
    **dict.fromkeys((2, 22, 24), BEATS),
    **dict.fromkeys((3, 23, 26, 27, 29, 32, 33), TRANSACTS),
    9: HEARS_PIECES,
    **dict.fromkeys((10, 11, 15), FINDS_NO_LINE),
    **dict.fromkeys((13, 14, 16, 28), IS_DROPPED),
    **dict.fromkeys((17, 18, 19), IS_REJECTED),
    **dict.fromkeys((20, 25, 30), HEARS_NOTHING_MORE),
}
"""What happens where each row's defect must show. Row 12 needs two provisionings and has a test of its own."""


IS_DROPPED_AFTER_A_SALE = (
    *(*REGISTERS, Received(1, command()), After(3), PeerClosed(1, reset=True)),
    *(Opened(2, PRIMARY), Received(2, OK), Received(2, command()), After(3)),
)
IS_CUT_OFF_FOR_MINUTES = (*REGISTERS, After(80), *FINDS_NO_LINE[:3] * 4, After(60), Opened(2, PRIMARY), Received(2, OK))
IS_ACKED_ONCE = (*REGISTERS, After(60), Received(1, ACK), After(120))
MEETS_A_PORTAL = (Opened(1, PRIMARY), Received(1, b"HTTP/1.1 302 Found\r\n\r\n"), PeerClosed(1, reset=False), After(9))
IS_DROPPED_NINE_TIMES = tuple(
    chain.from_iterable((Opened(n, PRIMARY), Received(n, OK), PeerClosed(n, reset=True)) for n in range(1, 10))
)

OWN_AREAS: Mapping[str, Sequence[Input | After]] = {
    "forgets-what-it-has-sent": IS_DROPPED_AFTER_A_SALE,
    "beats-for-the-outage": IS_CUT_OFF_FOR_MINUTES,
    "supervises-only-the-first-ack": IS_ACKED_ONCE,
    "gives-up-at-a-portal": MEETS_A_PORTAL,
    "counts-drops-for-life": IS_DROPPED_NINE_TIMES,
}
"""Where those show that only a harmed wire brings out; others of their row show elsewhere."""


SHOWING = {name: kind for name, kind in DEFECTS.items() if kind.row in AREAS and kind.__module__ != power.__name__}


@pytest.mark.parametrize("defect", SHOWING.values(), ids=SHOWING)
def test_a_defect_shows_in_its_area(defect):
    area = OWN_AREAS.get(defect.title(), AREAS[defect.row])
    said, should_say = (
        Dialogue(terminal(kind, **defect.needs)).play(POWER_ON, *area).said for kind in (defect, Terminal)
    )
    assert said != should_say


def test_every_row_has_an_area():
    assert set(AREAS) | {12, 34, 35} == set(HITS)


# ---- Those that need care --------------------------------------------------------------------------------------------


def on(name: str, **changes: object) -> Dialogue:
    return Dialogue(terminal(DEFECTS[name], **changes)).play(POWER_ON)


def test_12_later_provisioning_is_ignored():
    flash: dict[str, str] = {}
    kind = DEFECTS["endpoint-compiled-in"]
    Dialogue(terminal(kind, flash)) >> POWER_ON << Dial(PRIMARY, 10.0) << OFFLINE
    again = Dialogue(terminal(kind, flash, primary="elsewhere:1")) >> POWER_ON << Dial(PRIMARY, 10.0) << OFFLINE
    again >> Refused(PRIMARY, "refused") << Dial(SECONDARY, 10.0)


def test_13_goes_on_beating_without_a_registration():
    dialogue = on("never-registers-again").to_online() << ONLINE >> PeerClosed(1, reset=True)
    dialogue << Dial(PRIMARY, 10.0) << OFFLINE >> Opened(2, PRIMARY) >> After(60) << Send(2, HEARTBEAT)


def test_14_is_online_without_a_registration():
    dialogue = on("caches-the-ok").to_online() << ONLINE >> PeerClosed(1, reset=True)
    dialogue << Dial(PRIMARY, 10.0) << OFFLINE >> Opened(2, PRIMARY) << ONLINE >> After(60) << Send(2, HEARTBEAT)


def test_15_dials_no_more_after_five_rounds():
    dialogue = on("gives-up", secondary=None)
    for _ in range(5):
        dialogue = dialogue >> Refused(PRIMARY, "refused") >> After(30) << Dial(PRIMARY, 10.0)
    dialogue >> Refused(PRIMARY, "refused") >> After(86400)


def test_15_dials_no_more_if_every_endpoint_is_unreachable():
    dialogue = on("fatal-without-a-route") >> Refused(PRIMARY, "unreachable") << Dial(SECONDARY, 10.0)
    dialogue >> Refused(SECONDARY, "unreachable") >> After(86400)


def test_15_dials_no_more_after_a_web_page():
    on("gives-up-at-a-portal").play(*MEETS_A_PORTAL) >> After(86400)


def test_15_dials_no_more_after_eight_drops():
    on("counts-drops-for-life").play(*IS_DROPPED_NINE_TIMES[: 3 * 8]) >> After(86400)


def test_16_waits_before_it_dials_again():
    dialogue = on("waits-five-minutes").to_online() << ONLINE >> PeerClosed(1, reset=True) << OFFLINE
    dialogue >> After(299.9) >> After(0.1) << Dial(PRIMARY, 10.0)


def test_17_dials_in_a_tight_loop():
    dialogue = on("retries-in-a-tight-loop")
    for line in range(1, 20):
        dialogue = dialogue.play(Opened(line, PRIMARY)) >> Received(line, b"FAILED-REGISTRATION\x04\x04")
        dialogue = dialogue << Close(line) >> After(0.05) << Dial(PRIMARY, 10.0)


def test_20_stays_online_on_a_dead_line():
    dialogue = on("never-notices-silence").play(*REGISTERS, After(3600))
    assert dialogue.heard[-60:] == [Send(1, HEARTBEAT)] * 60


def test_20_misses_no_second_ack():
    dialogue = on("supervises-only-the-first-ack").play(*IS_ACKED_ONCE, After(3600))
    assert dialogue.heard[-60:] == [Send(1, HEARTBEAT)] * 60


def test_20_is_online_until_a_dial_fails():
    dialogue = on("online-until-a-dial-fails").to_online() << ONLINE >> After(60) << Send(1, HEARTBEAT) >> After(20)
    dialogue << Close(1, reset=True) << Dial(PRIMARY, 10.0) >> Refused(PRIMARY, "timed out") << Dial(SECONDARY, 10.0)
    dialogue >> Refused(SECONDARY, "unreachable") << OFFLINE


def test_22_beats_are_made_up_for():
    dialogue = on("beats-for-the-outage").play(*IS_CUT_OFF_FOR_MINUTES)
    assert dialogue.heard.count(Send(2, HEARTBEAT)) > 1


def test_23_a_heartbeat_parts_a_response():
    dialogue = on("beats-inside-a-response").play(*REGISTERS, Received(1, command("CheckStatus")))
    first, second, third = (said.data for said in dialogue.heard[-3:])
    assert second == HEARTBEAT
    assert fields_of(Send(1, first + third))["RefID"] == "Ref-0001"


def journal(dialogue: Dialogue) -> list[Journal]:
    return [said.body for said in dialogue.heard if isinstance(said, Noted) and isinstance(said.body, Journal)]


@pytest.mark.parametrize("finished_offline", [True, False])
def test_28_a_cut_sale_is_charged_twice(finished_offline):
    dialogue = on("charges-again-after-a-drop").play(*REGISTERS, Received(1, command()), PeerClosed(1, reset=True))
    dialogue.play(After(3 if finished_offline else 1), Opened(2, PRIMARY), Received(2, OK), After(9))
    first, second = journal(dialogue)
    assert first.reference == second.reference
    assert first.charge != second.charge


def test_28_what_was_sent_is_forgotten():
    first, second = journal(on("forgets-what-it-has-sent").play(*IS_DROPPED_AFTER_A_SALE))
    assert first.reference == second.reference
    assert first.charge != second.charge


def test_28_the_response_takes_a_new_line():
    dialogue = on("answers-on-a-new-line").to_online() << ONLINE
    dialogue = dialogue >> Received(1, command("CheckStatus")) << Dial(PRIMARY, 10.0)
    dialogue.play(Opened(2, PRIMARY))
    response, closed = dialogue.heard[-2:]
    assert fields_of(response)["RefID"] == "Ref-0001"
    assert closed == Close(2)


def test_28_the_response_comes_twice_after_a_drop():
    dialogue = on("answers-twice-after-a-drop").play(*REGISTERS, Received(1, command()), PeerClosed(1, reset=True))
    dialogue.play(After(3), Opened(2, PRIMARY), Received(2, OK))
    assert [fields_of(said)["RefID"] for said in dialogue.heard[-2:]] == ["Ref-0001", "Ref-0001"]
    assert len(journal(dialogue)) == 1


def test_30_the_old_line_stays_open():
    dialogue = on("leaves-old-line-open").to_online() << ONLINE >> After(60) << Send(1, HEARTBEAT) >> After(20)
    dialogue << Dial(PRIMARY, 10.0) << OFFLINE


def test_31_the_id_changes_from_line_to_line():
    dialogue = on("id-follows-the-interface").play(*REGISTERS, PeerClosed(1, reset=True))
    dialogue.play(Opened(2, PRIMARY))
    first, second = (said.data for said in dialogue.heard if isinstance(said, Send))
    assert first != second


def test_33_only_the_second_command_is_answered():
    dialogue = on("second-command-overwrites").play(*REGISTERS, Received(1, command()), After(1))
    dialogue.play(Received(1, command(ref_id="Ref-0002")), After(9))
    assert [charge.reference for charge in journal(dialogue)] == ["Ref-0002"]
