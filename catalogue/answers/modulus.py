"""What is answered about a POS that speaks to the Modulus gateway: claims (ICS), values (IXIT), readings (profile)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.evidence.answers import Answers, Seconds

Amount = Annotated[str, Field(pattern=r"^\d{1,9}\.\d{2}$")]

# ---- ICS -------------------------------------------------------------------------------------------------------------


class Ics(Answers):
    """What the vendor claims of the POS; a claim of `no` makes the requirements that need it *not applicable*."""

    discovery: bool = Field(True, description="it asks for the terminals when it has connected")
    payments: bool = Field(True, description="it orders payments")
    screen: bool = Field(True, description="it shows a user what happens")
    query_key: bool = Field(False, description="it can put its key into the query string")
    groups: bool = Field(False, description="it sends x-group-id")
    http_side: bool = Field(True, description="it asks for transactions over the HTTP API")
    extended: bool = Field(True, description="it is held to the public pages beyond the quick start (chapter H)")


# ---- IXIT ------------------------------------------------------------------------------------------------------------


class Ixit(Answers):
    """Values of the POS on the bench. Seconds are document seconds unless said otherwise."""

    api_key: str = Field("bench-pos-key", min_length=1, description="the key this POS was issued")
    api_secret: str = Field("bench-pos-secret", min_length=1, description="signs its HTTP requests")
    group_id: str = ""
    terminals: tuple[str, ...] = Field(
        ("TERM-001", "TERM-002"), strict=False, min_length=2, description="deviceIds the gateway lists"
    )
    amount: Amount = Field("12.40", description="of a sale that a case starts")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "PHP"
    heartbeat_seconds: Seconds = 30.0
    time_scale: Annotated[float, Field(ge=1, le=1000, strict=False)] = 1.0
    boot_within: Seconds = Field(
        60.0, description="WALL seconds from power on to the first dial; a boot does not scale"
    )
    order_within: Seconds = Field(10.0, description="from a user's press to the payment on the wire")
    frame_limit: Annotated[int, Field(ge=1024)] = 1 << 20


# ---- Profile ---------------------------------------------------------------------------------------------------------


class HeartbeatProfile(Answers):
    """Open point 1: 30 s and 10 s are recommended, that there is a heartbeat is binding."""

    earliest: Seconds = 25.0
    latest: Seconds = 35.0
    silent_limit: Seconds = Field(120.0, description="no ping for so long is no heartbeat")
    pong_earliest: Seconds = Field(8.0, description="a line ended sooner was not given its time")
    pong_latest: Seconds = 15.0
    dead_limit: Seconds = Field(40.0, description="a line without a pong that lasts longer after its ping is not ended")

    @model_validator(mode="after")
    def _in_order(self) -> HeartbeatProfile:
        if not self.earliest < self.latest <= self.silent_limit:
            raise ValueError("earliest < latest <= silent_limit must hold")
        if not self.pong_earliest < self.pong_latest <= self.dead_limit:
            raise ValueError("pong_earliest < pong_latest <= dead_limit must hold")
        return self


class ForceDisconnectProfile(Answers):
    """Open points 4 and 5."""

    reconnect_after: Seconds = Field(60.0, description="a displaced POS dials again no sooner, unless its user says so")
    close_after: Annotated[float, Field(ge=0, strict=False)] | None = Field(
        0.5, description="the gateway closes the displaced connection so long after; null: it does not"
    )


class CloseProfile(Answers):
    """Open point 6, and the handshake failures of table (b)."""

    displaced: Annotated[int, Field(ge=1000, le=4999)] = 1000
    idle: Annotated[int, Field(ge=1000, le=4999)] = 1001
    idle_after: Seconds = Field(600.0, description="silence of the POS after which the gateway closes")
    refusal: Literal["401", "403", "1008"] = Field("401", description="a status, or accept and close with this code")


class ErrorsProfile(Answers):
    """Open point 7."""

    shape: Literal["bare", "action", "transaction"] = Field(
        "action", description="{error, message}; with action; with action and transactionId"
    )


class PaymentProfile(Answers):
    """Open points 8 to 11."""

    ack: Literal["none", "unknown_action"] = "none"
    amount_type: Literal["warn", "allow", "forbid"] = Field("warn", description="an amount that is a JSON number")
    amount_compare: Literal["decimal", "text"] = "decimal"
    parallel: Literal["error", "queue"] = Field("error", description="a second payment on a busy terminal")
    decided_after: Seconds = Field(4.0, description="a terminal decides so long after the order")
    result_within: Seconds = Field(120.0, description="the POS waits for a result no longer")


class GroupsProfile(Answers):
    """Open point 12."""

    enforced: bool = Field(False, description="a terminal of another group is Forbidden")
    terminal_group: str = ""


class RecoveryProfile(Answers):
    """Open point 13."""

    replay: Literal["once", "never"] = "once"
    within: Seconds = Field(120.0, description="a missed result is recovered so soon after a reconnect")


class ConnectionProfile(Answers):
    """What the page leaves open about reconnecting; the sample waits 5 s."""

    first_dial_within: Seconds = 10.0
    reconnect_limit: Seconds = Field(45.0, description="a new handshake comes so soon after a drop")
    dials_a_minute: Annotated[int, Field(gt=0)] = Field(20, description="more is a tight loop")
    open_within: Seconds = Field(10.0, description="from the handshake to the first getTerminals")
    goodbye_within: Seconds = Field(5.0, description="from the user's quitting to the close frame")
    refusal_within: Seconds = Field(15.0, description="from a refused handshake to the screen that says so")
    refusal_words: tuple[str, ...] = Field(
        ("refus", "reject", "denied", "invalid", "unauthor", "forbidden", "not allowed", "api key"),
        strict=False,
        min_length=1,
        description="one of these, or the status itself, tells a user of a refusal",
    )


class TlsProfile(Answers):
    """Open point 14."""

    min: Literal["1.2"] = Field("1.2", description="what is older must be declined: no other reading is judged")


class Profile(Answers):
    """How the open points of the document are read (the `key` column of the fact sheet)."""

    heartbeat: HeartbeatProfile = HeartbeatProfile()
    force_disconnect: ForceDisconnectProfile = ForceDisconnectProfile()
    close: CloseProfile = CloseProfile()
    errors: ErrorsProfile = ErrorsProfile()
    payment: PaymentProfile = PaymentProfile()
    groups: GroupsProfile = GroupsProfile()
    recovery: RecoveryProfile = RecoveryProfile()
    connection: ConnectionProfile = ConnectionProfile()
    tls: TlsProfile = TlsProfile()
