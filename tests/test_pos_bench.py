"""POS software on another machine: nobody of ours starts it; a person at the bench starts it and presses its keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
import yaml

from fixtures import evidence
from fixtures.by_hand import END, START
from fixtures.campaign import load
from fixtures.modulus import LISTENERS, PROGRAMME, SOFTWARE
from harness.evidence.bench import Answered, Done, Mains, Pressed
from harness.rig.certificates import Authority
from harness.rig.simulated import SimulatedBoard
from tests.benched import Table, at_first_channel, free_ports
from tests.desk import LIMIT, Desk
from tests.elsewhere import Shop, understood, wanted
from tests.runs import PROJECT, run

TIMES = 60
"""How fast the clock of the POS on the other machine runs, which the bench file says too."""

SALES = ("suites/modulus/test_payment.py", "-k", "orders_a_payment or asks_for_the_terminals or offline")
MOVED = "suites/modulus/test_endpoint.py::test_goes_where_it_is_provisioned"


def bench_file(folder, **more):
    """A bench file of a POS on another machine."""
    listen = {name: f"127.0.0.1:{port}" for name, port in zip(LISTENERS, free_ports(len(LISTENERS)), strict=True)}
    path = folder / "bench.yaml"
    fields = {
        "programme": "modulus", "dut": "bench", "listen": listen, "authority": "trusted",
        "answers": str(PROJECT / "answers" / "pos-client"), "ixit": {"time_scale": TIMES, "boot_within": 10}, **more,
    }  # fmt: skip
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return path


def settings_of(bench, folder, **wanted):
    """How its POS is set: told its addresses and its authority once, before the run."""
    campaign = load(bench, None, 1, None)
    at = campaign.bench.listen.model_dump()
    trusted = Authority(folder / "handed over", folder / "trusted").ca
    return {**SOFTWARE.settings(campaign, lambda name: at[name], wanted), "authority": str(trusted)}


@pytest.fixture
def bench(tmp_path):
    """A bench file at which a person is asked."""
    return bench_file(tmp_path, keys="operator", operator="terminal")


@pytest.fixture
def shop(tmp_path, bench):
    """The other machine, with its POS and a person."""
    spare = load(bench, None, 1, None).bench.listen.model_dump()["spare"]
    opened = []

    def set_up(line):
        return settings_of(bench, tmp_path, gateway="spare") if spare in line else None

    def of(defect=None, cannot=()) -> Shop:
        opened.append(Shop(tmp_path, "modulus", settings_of(bench, tmp_path), TIMES, defect, set_up, cannot))
        return opened[-1]

    yield of
    for one in opened:
        one.close()


def served(tmp_path, bench, shop, *arguments):
    """A run at a terminal, at which the person of the shop sits."""
    desk = Desk(tmp_path / "out", *arguments, "--bench", bench)
    try:
        shop.serves(desk)
        return desk.end()
    finally:
        desk.close()


def traces(ended):
    return [evidence.read(path, PROGRAMME.kinds) for path in ended.folder.glob("cases/*/trace.jsonl")]


def test_a_person_serves_it_and_the_verdicts_are_those_of_the_emulator(tmp_path, bench, shop):
    till = shop()
    here = served(tmp_path, bench, till, *SALES).proven()
    there = run(tmp_path / "emulator", *SALES, "--bench", "benches/modulus/emulator.yaml").proven()
    judged = {case: verdict for case, verdict in here.verdicts.items() if verdict != "not run"}
    assert here.code == 0, here.output
    assert len(judged) >= 3
    assert judged == {case: there.verdicts[case] for case in judged}
    assert till.starts == len(judged), "each case begins with a start of its own"
    assert any(task.startswith("What is to come: ") and task.endswith(END) for task in till.tasks)
    assert "Begin a sale of 12.40 at TERM-001." in till.tasks
    for trace in traces(here):
        asked = [event for event, _ in trace.heard("bench", Pressed, Mains)]
        said = [event for event, _ in trace.heard("bench", Done)]
        assert len(asked) == len(said) >= 2
        assert all(before.index < after.index for before, after in zip(asked, said, strict=True))
    assert f"authority: {tmp_path / 'trusted' / 'ca.pem'}, which the DUT is to trust" in here.output


def test_a_bad_habit_is_caught_through_a_person(tmp_path, bench, shop):
    ended = served(tmp_path, bench, shop("pays-offline-terminals"), *SALES).proven()
    assert ended.code == 1, ended.output
    assert "MOD-058" in ended.failed_requirements


def test_what_a_person_cannot_do_accuses_nobody(tmp_path, bench, shop):
    ended = served(tmp_path, bench, shop(cannot=("Begin a sale",)), *SALES).proven()
    assert ended.code == 2, ended.output
    assert "FAIL" not in ended.cases
    assert "could not be done (no: I cannot): Begin a sale of 12.40 at TERM-001" in ended.output
    answers = [body.answer for trace in traces(ended) for _, body in trace.heard("operator", Answered)]
    assert "no" in answers


def test_who_cannot_even_end_it_accuses_nobody(tmp_path, bench, shop):
    ended = served(tmp_path, bench, shop(cannot=("End the POS",)), MOVED).proven()
    assert (ended.code, ended.cases) == (2, {"INCONC": 1}), ended.output
    assert "could not be done (no: I cannot): End the POS software" in ended.output


def test_a_person_sets_it_up_as_a_case_wants_it(tmp_path, bench, shop):
    till = shop()
    ended = served(tmp_path, bench, till, MOVED).proven()
    assert (ended.code, ended.cases) == (0, {"PASS": 1}), ended.output
    to = load(bench, None, 1, None).bench.listen.model_dump()["spare"]
    assert till.tasks[-2:] == [
        f"In the set-up of the POS software, set the address of the gateway to wss://{to}/v1",
        START,
    ]


def test_without_a_person_it_is_said_what_is_not_run_and_why(bench):
    command = [sys.executable, "-m", "pytest", "suites/modulus", "--plan", "--bench", str(bench)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=PROJECT, timeout=LIMIT, check=False
    )
    reasons = dict(re.findall(r"^not run +\S+::(\S+) \[[^]]*\]: this bench lacks (.+)$", done.stdout, re.MULTILINE))
    nobody = "its file says terminal, but stdin is none, or in the background"
    assert reasons, done.stdout + done.stderr
    assert reasons["test_orders_a_payment_in_the_documented_form"].endswith(f"(bench file: keys): {nobody}")
    assert reasons["test_goes_where_it_is_provisioned"].endswith(f"provision: {nobody}")
    assert any("nobody reads out what a POS on another machine shows and books" in why for why in reasons.values())
    assert any(f"lab): {nobody}" in why for why in reasons.values()), "nobody starts it"


# ---- At a contact, and nobody there ----------------------------------------------------------------------------------

ALONE = (
    "suites/modulus/test_heartbeat.py",
    "suites/modulus/test_lifecycle.py",
    "-k",
    "every_30 or goes_down or returns",
)


def test_a_relay_starts_it_where_nobody_is_asked(tmp_path):
    board = SimulatedBoard.start("devantech", 2, project=PROJECT, link=tmp_path / "relay")
    try:
        power = {"channel": 1, "contact": "normally_closed", "settle": 0.1}
        relay = {"board": "devantech", "port": str(tmp_path / "relay"), "channels": 2, "power": power}
        path = bench_file(tmp_path, relay=relay)
        settings = settings_of(path, tmp_path)
        with Table(at_first_channel(board), Shop(tmp_path, "modulus", settings, TIMES).command) as till:
            ended = run(tmp_path / "out", *ALONE, "--bench", path).proven()
        assert (ended.code, set(ended.cases)) == (0, {"PASS"}), ended.output
        assert till.boots == 1 + ended.cases["PASS"], "its first, and one for each case"
        assert not any(board.contacts()), "its safe state"
    finally:
        board.close()


# ---- A program on this machine, and a person before it ---------------------------------------------------------------


def test_a_person_presses_keys_of_a_program_that_the_harness_starts(tmp_path):
    """Its keys are not on its stdin: what is pressed comes by another way, as by a touch screen."""
    screen = tmp_path / "touched"
    os.mkfifo(screen)
    finger = os.open(screen, os.O_RDWR)
    emulator = ["{python}", "-m", "emulator", "software", "modulus", "--settings", "{settings_file}"]
    options = ["--storage", "{state_dir}/storage.json", "--time-scale", "{time_scale}"]
    path = bench_file(
        tmp_path, dut="process", listen={}, keys="operator", operator="terminal", directory=str(PROJECT),
        command=["/bin/sh", "-c", f'exec "$@" <>{screen}', "till", *emulator, *options],
    )  # fmt: skip
    desk = Desk(tmp_path / "out", *SALES, "--bench", path)
    try:
        while (task := desk.next_task()) is not None:
            key, fields = understood(wanted(task))
            os.write(finger, json.dumps({"press": {key: fields}}).encode() + b"\n")
            desk.types("y\n")
        ended = desk.end().proven()
    finally:
        desk.close()
        os.close(finger)
    assert (ended.code, set(ended.cases)) == (0, {"PASS"}), ended.output
