"""The sender: where a message goes, with what, and how often; and how a case bends it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from fake_cloud.adyen.instructions import Again, Bend, Configure, Cut, Emit, Form, Post, Tamper
from harness.wire import envelope, nexo
from harness.wire.adyen import Login, NoUrl
from harness.wire.envelope import Key, Unopened
from harness.wire.http1 import Reply
from harness.wire.nexo import EVENT_HEADER, PaymentResponse
from tests.fake_cloud.adyen.shop import ACCEPTED, BAR, KEY, LANE, MERCHANT, nexo_settings, shop

SHARED = Key(KEY["passphrase"], KEY["identifier"], KEY["version"])
BUSY, DENIED = Reply(503), Reply(401)


def bodies(made):
    return [request.body for _, request in made.hook.requests]


def times(made):
    return [round(at, 1) for at, _ in made.hook.requests]


async def test_an_event_goes_to_the_url_with_its_credentials():
    made = await shop()

    await made.told(Emit(1, LANE, "Shutdown"))

    (_, request), = made.hook.requests  # fmt: skip
    message = nexo.parse(request.body)
    assert (request.method, request.target) == ("POST", "/events")
    assert request.header("Authorization") == "Basic " + b64encode(b"events:Harness-Hook-1!").decode()
    assert message.faults == ()
    assert message.event.event == "Shutdown"
    assert message.header.device_id == "1000000001"
    assert made.fates() == [(1, 1, 200)]
    assert made.posted()[0].genuine
    assert made.posted()[0].login is Login.RIGHT


@pytest.mark.parametrize("event", nexo.EVENTS)
async def test_each_event_passes_its_schema(event):
    made = await shop()

    await made.told(Emit(1, BAR, event, service_id="77", header_first=False))

    message = nexo.parse(bodies(made)[0])
    assert message.faults == ()
    assert list(message.content) == ["EventNotification", "MessageHeader"]


async def test_events_have_device_ids_of_their_own():
    made = await shop()

    await made.told(*(Emit(number, LANE, "Initialised") for number in range(3)))

    assert len({nexo.parse(body).header.device_id for body in bodies(made)}) == 3


async def test_what_is_not_acknowledged_is_sent_again_after_pauses():
    made = await shop(BUSY)

    await made.told(Emit(1, LANE, "Shutdown"))

    assert made.fates() == [(1, attempt, 503) for attempt in (1, 2, 3, 4)]
    assert times(made) == [0.1, 5.1, 35.1, 155.1]
    assert len(set(bodies(made))) == 1


async def test_silence_counts_as_no_acknowledgement():
    made = await shop(None, ACCEPTED)

    await made.told(Emit(1, LANE, "Shutdown"))

    assert made.fates() == [(1, 1, "no answer within 10 s"), (1, 2, 200)]
    assert times(made) == [0.1, 15.1]


@pytest.mark.parametrize(
    ("terms", "replies", "attempts"),
    [
        ({"retries": ()}, [BUSY], 1),
        ({"retry_on_4xx": False}, [DENIED], 1),
        ({}, [DENIED, ACCEPTED], 2),
        ({"ack_mode": "[accepted]"}, [Reply(200), Reply(200, (), b'"[accepted]"')], 2),
        ({}, [Reply(204)], 1),
    ],
)
async def test_what_counts_as_an_acknowledgement_is_said_by_the_profile(terms, replies, attempts):
    made = await shop(*replies, **terms)

    await made.told(Emit(1, LANE, "Shutdown"))

    assert len(made.fates()) == attempts


async def test_the_line_of_a_result_is_cut_once_it_is_sent_and_it_is_sent_again():
    made = await shop()
    result = nexo.response(
        EVENT_HEADER, PaymentResponse("Success", amount="1.00", currency="EUR", reference="A", at=nexo.stamp(0))
    )
    result = replace(result, header=replace(result.header, poi_id=LANE))

    await made.told(Cut(), Emit(1, LANE, "Shutdown"), Post(2, result))

    assert sorted(made.fates()) == [(1, 1, 200), (2, 1, "the line was cut on purpose"), (2, 2, 200)]
    assert len(bodies(made)) == 3, "what was cut had been sent"


async def test_who_refuses_to_be_dialled_is_dialled_again():
    made = await shop(webhook="nowhere", retries=(5.0,))

    await made.told(Emit(1, LANE, "Shutdown"))

    assert made.fates() == [(1, 1, "name not resolved"), (1, 2, "name not resolved")]


async def test_without_a_url_nothing_is_sent():
    made = await shop(settings={"nexo": {}})

    await made.told(Emit(1, LANE, "Shutdown"))

    assert [(body.id, body.why) for body in made.noted(NoUrl)] == [(1, "no event URL is set")]
    assert made.posted() == []


async def test_a_url_of_another_port_is_dialled_where_the_profile_says():
    made = await shop(webhook="nowhere", routes={"127.0.0.1:8080": "webhook"})

    await made.told(Emit(1, LANE, "Shutdown"))

    assert made.fates() == [(1, 1, 200)]


async def test_a_message_goes_to_every_url():
    made = await shop()
    entries = [{"url": f"http://127.0.0.1:8080/{name}"} for name in "ab"]
    urls = {"eventLocalUrls": entries[:1], "eventPublicUrls": entries[1:]}

    await made.told(Configure(MERCHANT, {"nexo": {"eventUrls": urls}}), Emit(1, LANE, "Shutdown"))

    assert [request.target for _, request in made.hook.requests] == ["/a", "/b"]
    assert all(request.header("Authorization") is None for _, request in made.hook.requests)


# ---- sealed ----------------------------------------------------------------------------------------------------------


async def test_to_an_encrypted_url_it_is_sealed_anew_each_time():
    made = await shop(BUSY, ACCEPTED, settings=nexo_settings(encrypted=True))

    await made.told(Emit(1, LANE, "Shutdown"))

    first, second = bodies(made)
    assert first != second
    for body in (first, second):
        opened = envelope.open_sealed(nexo.parse(body), SHARED)
        assert opened.event.event == "Shutdown"
    assert made.posted()[0].message.event.event == "Shutdown"
    assert made.posted()[0].sealed


async def test_an_encrypted_url_without_a_key_gets_nothing():
    settings = nexo_settings(encrypted=True)
    del settings["nexo"]["encryptionKey"]
    made = await shop(settings=settings)

    await made.told(Emit(1, LANE, "Shutdown"))

    assert [body.why for body in made.noted(NoUrl)] == ["no encryption key is set for an encrypted event URL"]


@pytest.mark.parametrize("tamper", Tamper)
async def test_a_tampered_envelope_is_not_opened_and_not_sent_again(tamper):
    made = await shop(DENIED, settings=nexo_settings(encrypted=True))

    await made.told(Emit(1, LANE, "Shutdown", bend=Bend(tamper=tamper)))

    (body,) = bodies(made)
    assert isinstance(envelope.open_sealed(nexo.parse(body), SHARED), Unopened)
    assert made.posted()[0].bent == tamper
    assert not made.posted()[0].genuine


async def test_the_same_envelope_once_more():
    made = await shop(settings=nexo_settings(encrypted=True))

    await made.told(Emit(1, LANE, "Shutdown"), within=1.0)
    await made.told(Again(2, 1, verbatim=True), Again(3, 1))

    first, verbatim, anew = bodies(made)
    assert first == verbatim != anew
    assert [posted.bent for posted in made.posted()] == ["", "the same bytes again", ""]


async def test_again_of_what_was_never_sent_is_nothing():
    made = await shop()

    await made.told(Again(2, 1))

    assert made.hook.requests == []


# ---- bent ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bend", "bent"),
    [
        (Bend(body=b"{"), "body replaced"),
        (Bend(body=b"", called="no body"), "no body"),
        (Bend(content_type="text/xml"), "content type text/xml"),
        (Bend(content_type=""), "content type absent"),
        (Bend(method="PUT"), "method PUT"),
        (Bend(login=Login.WRONG), "wrong credentials"),
        (Bend(login=Login.ABSENT), "absent credentials"),
        (Bend(form=Form.SEALED), "sealed to a clear URL"),
    ],
)
async def test_a_bent_webhook_says_so_and_is_not_sent_again(bend, bent):
    made = await shop(DENIED)

    await made.told(Emit(1, LANE, "Shutdown", bend=bend))

    assert [posted.bent for posted in made.posted()] == [bent]
    assert not made.posted()[0].genuine


async def test_a_clear_message_to_an_encrypted_url():
    made = await shop(settings=nexo_settings(encrypted=True))

    await made.told(Emit(1, LANE, "Shutdown", bend=Bend(form=Form.CLEAR)))

    assert made.posted()[0].bent == "clear to an encrypted URL"
    assert nexo.parse(bodies(made)[0]).event.event == "Shutdown"


async def test_a_slow_sender_is_waited_for_before_the_receiver_is():
    made = await shop()

    await made.told(Emit(1, LANE, "Shutdown", bend=Bend(cuts=(10, 100), gap=20.0)))

    assert made.fates() == [(1, 1, 200)]
    assert times(made) == [40.1]


async def test_kept_lines_are_used_again():
    made = await shop()

    await made.told(Emit(1, LANE, "Shutdown", bend=Bend(keep=True)), within=1.0)
    await made.told(Emit(2, LANE, "Initialised", bend=Bend(keep=True)), within=1.0)

    assert len(made.hook.lines) == 1
    assert made.fates() == [(1, 1, 200), (2, 1, 200)]


async def test_a_line_on_which_nothing_was_answered_is_not_kept():
    made = await shop(None, ACCEPTED)

    await made.told(Emit(1, LANE, "Shutdown", bend=Bend(keep=True, retries=())), within=20.0)
    await made.told(Emit(2, LANE, "Initialised", bend=Bend(keep=True)), within=1.0)

    assert len(made.hook.lines) == 2
    assert made.fates() == [(1, 1, "no answer within 10 s"), (2, 1, 200)]


async def test_a_burst_has_a_line_each():
    made = await shop()

    await made.told(*(Emit(number, LANE, "Initialised") for number in range(50)))

    assert len(made.hook.lines) == 50
    assert len(made.fates()) == 50


async def test_any_message_may_be_posted_and_unknown_members_stay():
    made = await shop()
    await made.told(Emit(1, LANE, "Shutdown", extra={"Novelty": {"deep": 1}}), within=1.0)

    await made.told(Post(2, made.posted()[0].message))

    first, second = bodies(made)
    assert first == second
    assert b"Novelty" in first
