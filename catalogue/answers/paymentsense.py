"""What is answered about an EPoS before it is put on the bench: claims (ICS), values (IXIT), and how open points are
read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from harness.evidence.answers import Answers, Seconds, mistake, refuse
from harness.wire.paymentsense import ANALOGUE, NAMES, UNAVAILABLE
from harness.wire.paymentsense_schema import NOTIFICATIONS

Amount = Annotated[str, Field(pattern=r"^\d{1,6}\.\d{2}$")]
Word = Annotated[str, Field(min_length=1)]


# ---- ICS -------------------------------------------------------------------------------------------------------------


class Ics(Answers):
    """What the vendor claims of the EPoS; a claim of `no` makes the requirements that need it *not applicable*."""

    pac: bool = Field(True, description="it drives card machines at the counter (integration type pac)")
    pat: bool = Field(True, description="it is asked by card machines at the table (integration type pat)")
    final_receipt: bool = Field(True, description="it can pass final-pos-receipt-request")
    api_version: Literal["v1", "v0"] = Field("v1", description="the api-version that it speaks")
    new_integration: bool = Field(True, description="it was not integrated before v1")
    installed_by_resellers: bool = Field(True, description="resellers install it")
    installed_by_its_maker: bool = Field(True, description="the firm that makes it installs it too")
    extended: bool = Field(True, description="what is public beyond the document is certified too (group D)")


# ---- IXIT ------------------------------------------------------------------------------------------------------------


class Site(Answers):
    """What Paymentsense has given to one customer site, and who installed the EPoS there."""

    host: Word = Field("testhost.connect.paymentsense.cloud", description="the host address of the site")
    token: str = Field("3f0e5b1c-7d52-4a86-9c1e-2b6f0a94d817", min_length=6, description="the API key of the site")
    installer_id: Word = Field("IN777", description="the installer-id issued to who installed it there")


class Machines(Answers):
    """TIDs of simulated card machines; how each ends its transactions. Without one, the cases that need it are *not
    run*."""

    chip_and_pin: Word | None = "2211SIP0"
    contactless: Word | None = "2211SCD0"
    declined: Word | None = "2211DIP0"
    signature: Word | None = "2211SIS0"
    unsuccessful: Word | None = "2211UIP0"
    timed_out: Word | None = "2211TIP0"

    @property
    def all(self) -> tuple[str, ...]:
        tids = (self.chip_and_pin, self.contactless, self.declined, self.signature, self.unsuccessful, self.timed_out)
        return tuple(tid for tid in tids if tid is not None)


class Ixit(Answers):
    """Values of the EPoS on the bench. Seconds are document seconds unless said otherwise."""

    site: Site = Site()
    other_site: Site | None = Field(
        Site(
            host="otherhost.connect.paymentsense.cloud",
            token="8a44c0de-12f7-4c3b-b6a9-5e0d7713f2c9",  # noqa: S106 — of our own Connect
            installer_id="IN888",
        ),
        description="a second site, for cases in which the operator moves the EPoS to it",
    )
    software_house_id: Word = Field("SH001X", description="the software-house-id issued to the maker of the EPoS")
    machines: Machines = Machines()
    currency: Literal["GBP", "EUR"] = "GBP"
    amount: Amount = Field("12.40", description="the amount of a sale, where none is special")
    table: Word = Field("12", description="a table that can be asked for, with a bill on it")
    time_scale: Annotated[float, Field(ge=1, le=1000, strict=False)] = 1.0
    boot_within: Seconds = Field(
        60.0, description="WALL seconds from power on to the first dial; a boot does not scale"
    )
    idle_hours: Seconds = Field(4.0, description="how long pings are watched at an idle EPoS")
    frame_limit: Annotated[int, Field(ge=1024)] = 1 << 20


# ---- Profile ---------------------------------------------------------------------------------------------------------


class PingProfile(Answers):
    kind: Literal["control"] = Field("control", description="a ping is a control frame of the WebSocket (RFC 6455)")
    close_mode: Literal["both", "1011", "drop"] = Field(
        "both", description="how an EPoS that leaves pings unanswered is ended"
    )
    period: Annotated[float, Field(ge=5, le=60, strict=False)] = 30.0
    pong_within: Seconds = 20.0
    missed: Annotated[int, Field(ge=1)] = Field(2, description="pings unanswered in a row that end the connection")


class CancelResult(Answers):
    """What `cancelTransaction` is answered: a member and its value; no member sends the value bare."""

    member: str = "result"
    value: Word = "cancelling"
    value_v0: Word = Field("cancelled", description="what v0 said instead; no more of an outcome for that")


class MethodsProfile(Answers):
    """What is called how: the document that would fix it is lost, so the names can be set."""

    names: dict[str, Word] = Field({}, description="methods that are called otherwise on the wire than in the sheet")
    confirmed: tuple[str, ...] = Field(
        (), strict=False, description="analogues whose names Paymentsense has confirmed as they stand"
    )
    cancel_result: CancelResult = CancelResult()
    transaction_response: Literal["notification", "request"] = Field(
        "notification", description="whether an EPoS shall answer when it is told of a payment at the table"
    )
    table_unlock: Literal["notification", "request"] = "notification"

    @property
    def on_wire(self) -> dict[str, str]:
        """What each method is called on the wire, by its canonical name."""
        return {**NAMES, **self.names}

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Methods whose names are an analogue, and were neither confirmed nor changed."""
        return tuple(method for method in ANALOGUE if method not in {*self.confirmed, *self.names})

    @model_validator(mode="after")
    def _known_and_apart(self) -> MethodsProfile:
        allowed = f"names for {', '.join(NAMES)}"
        refuse(
            [mistake(called, allowed, "names", method) for method, called in self.names.items() if method not in NAMES]
        )
        refuse([mistake(method, f"names of {', '.join(ANALOGUE)}", "confirmed", number)
                for number, method in enumerate(self.confirmed) if method not in ANALOGUE])  # fmt: skip
        if len(set(self.on_wire.values())) < len(NAMES):
            raise ValueError("names: no two methods may have one name")
        return self


class ErrorsProfile(Answers):
    codes: Literal["standard"] = Field("standard", description="JSON-RPC's own; those for vendors are free")
    unavailable: Annotated[int, Field(ge=-32099, le=-32000)] = UNAVAILABLE


class SignatureProfile(Answers):
    window: Seconds = 80.0
    timeout_result: Literal["SUCCESSFUL", "DECLINED", "UNSUCCESSFUL", "CANCELLED", "VOID"] = Field(
        "VOID", description="how a transaction ends whose signature nobody verified"
    )


class UriProfile(Answers):
    case_strict: bool = Field(False, description="a path in upper case is refused; otherwise it is warned of")
    flag_on_pac: Literal["accept", "refuse"] = "accept"
    flag_value: Literal["warn"] = Field("warn", description="a flag with a value is accepted, and warned of")


class HandshakeProfile(Answers):
    missing_ids: Literal["refuse", "accept"] = Field("refuse", description="accept: and report it")
    missing_ids_status: Literal[401, 403, 422] = 401
    default_version: Literal["v0"] = Field("v0", description="what an absent api-version is served as")
    latest_version: Literal["v1"] = "v1"
    refused_tries: Annotated[int, Field(ge=1)] = Field(30, description="handshakes a minute; more is a tight loop")


class JsonRpcProfile(Answers):
    id_types: Literal["integer or string"] = Field("integer or string", description="null is a violation")
    batch: Literal["refuse"] = Field("refuse", description="arrays of messages are answered with -32600")


class PacProfile(Answers):
    notify_scope: Literal["starter", "all"] = Field(
        "starter", description="which PAC connections hear of a transaction"
    )
    timed_out_after: Seconds = 200.0
    transaction_within: Seconds = Field(210.0, description="how long a client waits for the outcome of a sale")


class PatProfile(Answers):
    answer_within: Seconds = 10.0
    displaced_pause: Seconds = Field(
        5.0, description="an EPoS that was displaced and dials again sooner by itself is fighting back"
    )


class ReconnectProfile(Answers):
    limit: Seconds = 30.0
    a_minute: Annotated[int, Field(ge=1)] = Field(20, description="attempts a minute; more is no back-off")


class ScreenProfile(Answers):
    told_within: Seconds = Field(10.0, description="how soon the user is told of what happened")
    notifications: dict[str, Word] = Field(
        {},
        description="words that it shows of a notification, by its value; of others any change of the screen will do",
    )

    @field_validator("notifications")
    @classmethod
    def _known(cls, words: dict[str, str]) -> dict[str, str]:
        if unknown := [value for value in words if value not in NOTIFICATIONS]:
            raise ValueError(f"found {', '.join(unknown)}; allowed: {', '.join(NOTIFICATIONS)}")
        return words


class OperatorProfile(Answers):
    settings: Literal["asked"] = Field("asked", description="what is configurable and what is not: a person is asked")


class Profile(Answers):
    """How the open points of the document are read (table (d) of the fact sheet), and its timings."""

    ping: PingProfile = PingProfile()
    methods: MethodsProfile = MethodsProfile()
    errors: ErrorsProfile = ErrorsProfile()
    signature: SignatureProfile = SignatureProfile()
    uri: UriProfile = UriProfile()
    handshake: HandshakeProfile = HandshakeProfile()
    jsonrpc: JsonRpcProfile = JsonRpcProfile()
    pac: PacProfile = PacProfile()
    pat: PatProfile = PatProfile()
    reconnect: ReconnectProfile = ReconnectProfile()
    screen: ScreenProfile = ScreenProfile()
    operator: OperatorProfile = OperatorProfile()

    @model_validator(mode="after")
    def _in_order(self) -> Profile:
        if self.ping.pong_within >= self.ping.period:
            raise ValueError("ping: pong_within must be below period")
        if self.pac.transaction_within < self.pac.timed_out_after:
            raise ValueError("pac: transaction_within must not be below timed_out_after")
        return self
