"""What is answered about a DUT before it is put on the bench: claims (ICS), values (IXIT), readings of open points."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.evidence.answers import Answers, Seconds
from harness.wire.econduit import HEARTBEAT_BODIES

Amount = Annotated[str, Field(pattern=r"^\d{1,9}\.\d{2}$")]


# ---- ICS -------------------------------------------------------------------------------------------------------------


class Ics(Answers):
    """What the vendor claims of the terminal; a claim of `no` makes the requirements that need it *not applicable*."""

    acks_asked: bool = Field(True, description="it can register with AckHeartbeat true")
    acks_not_asked: bool = Field(True, description="it can register with AckHeartbeat false or absent")
    secondary_endpoint: bool = Field(True, description="it has a secondary endpoint")
    status_display: bool = Field(True, description="it has a display that shows POS Online or POS Offline")
    colour_display: bool = Field(True, description="its display has colours")
    transactions: bool = Field(True, description="it processes transactions")
    wifi: bool = Field(True, description="it connects by Wi-Fi")
    cable: bool = Field(True, description="it connects by cable")
    pos_api_extended: bool = Field(False, description="a POS is under test as well (group G)")


# ---- IXIT ------------------------------------------------------------------------------------------------------------


class Outcomes(Answers):
    """Amounts that provoke an outcome at this terminal; one that is missing makes the cases that need it *not run*."""

    approve: Amount | None = "1.00"
    decline: Amount | None = "1.05"
    cancel: Amount | None = "1.06"
    error: Amount | None = "1.07"


class Ixit(Answers):
    """Values of the terminal on the bench. Seconds are document seconds unless said otherwise."""

    terminal_id: str = Field("77001234", min_length=1, description="the TerminalID an end user reads on the terminal")
    terminal_types: tuple[str, ...] = Field(("AcmePay",), strict=False, description="TerminalTypes the cloud knows")
    heartbeat_seconds: Seconds = 60.0
    time_scale: Annotated[float, Field(ge=1, le=1000, strict=False)] = 1.0
    boot_within: Seconds = Field(
        60.0, description="WALL seconds from power on to the first dial; a boot does not scale"
    )
    transaction_within: Seconds = Field(60.0, description="the longest a transaction takes without a customer's delay")
    outcomes: Outcomes = Outcomes()
    soak_hours: Seconds = 24.0
    frame_limit: Annotated[int, Field(ge=1024)] = 1 << 20
    pos_key: str = "bench-key"
    pos_password: str = "bench-password"  # noqa: S105 — of our own fake web API


# ---- Profile ---------------------------------------------------------------------------------------------------------


class HeartbeatProfile(Answers):
    bodies: tuple[str, ...] = Field(HEARTBEAT_BODIES, strict=False)
    reset_on_traffic: Literal["either"] = Field(
        "either", description="other traffic may restart the idle timer or not: no other reading is judged"
    )
    while_busy: Literal["allowed", "forbidden"] = "allowed"
    earliest: Seconds = 45.0
    latest: Seconds = 75.0
    silent_limit: Seconds = Field(120.0, description="idle silence beyond this fails")


class CloudProfile(Answers):
    terminate_registration: Literal["terminated", "bare", "crlf"] = "terminated"
    terminate_commands: bool = True
    close_after_failure: bool = True
    duplicate_id: Literal["newest_wins", "refuse"] = "newest_wins"


class RegistrationProfile(Answers):
    ack_values: tuple[str, ...] = Field(("true", "false"), strict=False)
    extra_fields: Literal["warn", "allow", "forbid"] = "warn"
    answer_within: Seconds = 15.0


class ConnectionProfile(Answers):
    failback: Literal["noted", "required"] = "noted"
    reconnect_limit: Seconds = Field(30.0, description="'as quick as possible' has no figure: judged against this")
    reconnect_warn: Seconds = 10.0
    ack_within: Seconds = Field(20.0, description="a missing ack counts as a severed line after this")
    dials_a_minute: Annotated[int, Field(gt=0)] = 30
    longest_pause: Seconds = Field(60.0, description="longest pause between two dials while both endpoints are down")


class TransactionsProfile(Answers):
    codec: Literal["json"] = Field("json", description="no other format of a terminal family is known yet")
    when_busy: Literal["either", "busy", "serial"] = "either"
    after_drop: Literal["either", "resend", "hold"] = "either"


class DisplayProfile(Answers):
    scope: Literal["idle", "always"] = "idle"
    colour: bool = Field(True, description="the offline text is expected in red")
    online_within: Seconds = 10.0
    offline_within: Seconds = 30.0


class Profile(Answers):
    """How the open points of the document are read (the `profile key` column of the fact sheet)."""

    heartbeat: HeartbeatProfile = HeartbeatProfile()
    cloud: CloudProfile = CloudProfile()
    registration: RegistrationProfile = RegistrationProfile()
    connection: ConnectionProfile = ConnectionProfile()
    transactions: TransactionsProfile = TransactionsProfile()
    display: DisplayProfile = DisplayProfile()

    @model_validator(mode="after")
    def _in_order(self) -> Profile:
        if not self.heartbeat.earliest < self.heartbeat.latest <= self.heartbeat.silent_limit:
            raise ValueError("heartbeat: earliest < latest <= silent_limit must hold")
        if self.connection.reconnect_warn > self.connection.reconnect_limit:
            raise ValueError("connection: reconnect_warn must not be beyond reconnect_limit")
        return self
