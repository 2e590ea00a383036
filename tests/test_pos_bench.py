"""POS software on another machine: nobody of ours starts it; a person at the bench starts it and presses its keys."""

from __future__ import annotations

import pytest
import yaml

from fixtures.campaign import load
from fixtures.modulus import LISTENERS, SOFTWARE
from harness.rig.certificates import Authority
from tests.benched import free_ports
from tests.desk import Desk
from tests.elsewhere import Shop
from tests.runs import PROJECT, run

TIMES = 20
CASES = (
    "suites/modulus/test_payment.py",
    "-k", "asks_for_the_terminals or orders_a_payment or amounts or two_payments",
)  # fmt: skip


@pytest.fixture
def bench(tmp_path):
    """A bench file of a POS on another machine."""
    listen = {name: f"127.0.0.1:{port}" for name, port in zip(LISTENERS, free_ports(len(LISTENERS)), strict=True)}
    path = tmp_path / "bench.yaml"
    fields = {
        "programme": "modulus", "dut": "bench", "keys": "operator", "operator": "terminal", "listen": listen,
        "authority": "trusted", "answers": str(PROJECT / "answers" / "pos-client"),
        "ixit": {"time_scale": TIMES, "boot_within": 20},
    }  # fmt: skip
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return path


@pytest.fixture
def shop(tmp_path, bench):
    """The other machine, with its POS: told its addresses and its authority once, before the run."""
    campaign = load(bench, None, 1, None)
    authority = Authority(tmp_path / "handed over", tmp_path / "trusted")
    at = campaign.bench.listen.model_dump()
    settings = {**SOFTWARE.settings(campaign, lambda name: at[name], {}), "authority": str(authority.ca)}
    shops = []

    def of(defect=None) -> Shop:
        shops.append(Shop(tmp_path, "modulus", settings, TIMES, defect))
        return shops[-1]

    yield of
    for one in shops:
        one.close()


def served(tmp_path, bench, shop, *arguments):
    """A run at a terminal, at which the person of the shop sits."""
    desk = Desk(tmp_path / "out", *arguments, "--bench", bench)
    try:
        shop.serves(desk)
        return desk.end()
    finally:
        desk.close()


def test_a_person_presses_and_the_verdicts_are_those_of_the_emulator(tmp_path, bench, shop):
    till = shop()
    here = served(tmp_path, bench, till, *CASES).proven()
    there = run(tmp_path / "emulator", *CASES, "--bench", "benches/modulus/emulator.yaml").proven()
    judged = {case: verdict for case, verdict in here.verdicts.items() if verdict != "not run"}
    assert here.code == 0, here.output
    assert judged == {case: there.verdicts[case] for case in judged}
    assert till.starts == len(judged)
