"""The desk: each word makes the party act that it means, by keyboard and by HTTP, and what is no word is told."""

from __future__ import annotations

import pytest

from fake_cloud import econduit
from fake_cloud.adyen import instructions as adyen
from fake_cloud.desk import VERBS, Desk, Said, Spoken
from fake_cloud.modulus import instructions as modulus
from fake_cloud.modulus.delivery import Delivery, Then
from fake_cloud.order import Fate, Order, Outcome, Reach
from fake_cloud.paymentsense import instructions as paymentsense
from harness.wire.endpoint import Close, Noted, Opened, PeerClosed, Received, Send, Tell, Told

ALL = ("cloud", "pos", "connect", "gateway", "adyen")


@pytest.fixture
def desk():
    return Desk(ALL, "77001234")


def typed(desk, words):
    return [
        output.body if isinstance(output, Noted) else output
        for output in desk.handle(Told("keyboard", words), 0.0)
        if not (isinstance(output, Noted) and isinstance(output.body, Spoken))
    ]


def done(desk, words):
    """What a command makes the parties do, and that its answer says so."""
    outputs = typed(desk, words)
    assert any(isinstance(output, Said) for output in outputs)
    return [output for output in outputs if not isinstance(output, Said)]


def sale(number, amount="12.40", terminal="77001234"):
    fields = {"Command": "Sale", "RefID": f"desk-{number}", "Amount": amount}
    return Tell("exchange", Order(number, terminal, fields))


def test_sales_are_numbered(desk):
    assert typed(desk, "sale 12.40") == [Said("sale 1: 12.40 ordered on 77001234"), sale(1)]
    assert done(desk, "sale 5 99") == [sale(2, "5.00", "99")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("drop", [Tell("cloud", econduit.End()), Tell("connect", paymentsense.End()), Tell("gateway", modulus.End())]),
        ("drop 3 gateway", [Tell("gateway", modulus.End(line=3))]),
        ("reset cloud", [Tell("cloud", econduit.End(reset=True))]),
        ("reset 2 gateway", [Tell("gateway", modulus.End(Then.RESET, None, line=2))]),
        ("reset 2 connect", [Tell("connect", paymentsense.End(2, None, reset=True))]),
        ("refuse 2 connect", [Tell("connect", paymentsense.TurnAway(401, times=2))]),
        ("refuse gateway", [Tell("gateway", modulus.Refuse(401, times=1))]),
        ("straighten adyen", [Tell("adyen", adyen.Straighten())]),
        ('say gateway {"a":  1}', [Tell("gateway", modulus.Say(delivery=Delivery(text='{"a":  1}')))]),
        ("say connect hello", [Tell("connect", paymentsense.Say("hello"))]),
        ("event V400m-1 Shutdown", [Tell("adyen", adyen.Emit(1, "V400m-1", "Shutdown"))]),
        ("event V400m-1 SaleWakeUp a 7", [Tell("adyen", adyen.Emit(1, "V400m-1", "SaleWakeUp", details="a 7"))]),
        ("status TERM-001 offline", [Tell("gateway", modulus.Goes("TERM-001", "offline"))]),
    ],
)  # fmt: skip
def test_each_word_is_done(desk, words, told):
    assert done(desk, words) == told


def test_a_registration_is_refused_as_the_document_refuses_one(desk):
    (told,) = done(desk, "refuse cloud")
    assert (told.to, told.body.answers, told.body.times) == ("cloud", econduit.Answers.REGISTRATION, 1)
    assert told.body.delivery.body == b"FAILED-REGISTRATION"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("jump", "found 'jump'; allowed: " + ", ".join(VERBS)),
        ("sale", "found ''; allowed: an amount like 12.40"),
        ("sale 12.4", "found '12.4'; allowed: an amount like 12.40"),
        ("sale -1", "found '-1'; allowed: an amount like 12.40"),
        ("drop 0", "found '0'; allowed: how often, a number from 1"),
        ("drop moon", "found 'moon'; allowed: cloud | connect | gateway"),
        ("say", "found ''; allowed: cloud | connect | gateway"),
        ("event V400m-1 Explode", "found 'V400m-1 Explode'; allowed: event POIID Shutdown | "),
        ("status TERM-001 asleep", "found 'status TERM-001 asleep'; allowed: status TERMINAL online | offline | "),
    ],
)
def test_what_is_no_command_is_told_with_what_is_allowed(desk, words, wrong):
    (said,) = typed(desk, words)
    assert said.text.startswith(wrong)


def test_who_is_not_served_is_not_told():
    desk = Desk(("gateway",), "77001234")
    assert typed(desk, "drop") == [Tell("gateway", modulus.End()), Said("told gateway")]
    assert typed(desk, "sale 1.00") == [Said("found 'cloud'; allowed: nobody here")]
    assert typed(Desk(("adyen",), "77001234"), "drop") == [Said("nobody is served who could do that")]


def test_help_names_every_verb(desk):
    (said,) = typed(desk, "help")
    assert all(verb in said.text for verb in VERBS)


def test_what_became_of_a_sale_is_said(desk):
    told = desk.handle(Told("exchange", Outcome(1, Fate.LOST, {})), 0.0)
    assert [output.body for output in told] == [Said("sale 1: lost")]
    (said,) = desk.handle(Told("exchange", Reach("77001234", online=False)), 0.0)
    assert said.body == Said("terminal 77001234 is offline")


def posted(desk, body, line=1):
    assert not list(desk.handle(Opened(line, "control"), 0.0))
    request = f"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    return list(desk.handle(Received(line, request), 0.0))


def test_by_http_it_is_the_same(desk):
    spoken, said, told, answer = posted(desk, "sale 12.40")
    assert (spoken, told) == (Noted(1, Spoken("http", "sale 12.40")), sale(1))
    assert answer.data.startswith(b"HTTP/1.1 200 ")
    assert answer.data.endswith(f"\r\n\r\n{said.body.text}\n".encode())


def test_by_http_what_is_no_command_is_a_bad_request(desk):
    _, answer = posted(desk, "jump")
    assert answer.data.startswith(b"HTTP/1.1 400 ")
    assert b"found 'jump'; allowed: sale" in answer.data


def test_what_is_no_http_ends_the_line(desk):
    list(desk.handle(Opened(1, "control"), 0.0))
    rejected, closed = desk.handle(Received(1, b"\x16\x03\x01 no http\r\n\r\n"), 0.0)
    assert isinstance(rejected, Send)
    assert closed == Close(1)
    assert not list(desk.handle(PeerClosed(1, reset=False), 0.0))
    assert not list(desk.handle(Received(1, b"GET / HTTP/1.1\r\n\r\n"), 0.0))
