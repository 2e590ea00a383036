"""What is answered about a DUT of Adyen events: claims (ICS), values (IXIT), readings of open points (profile)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.evidence.answers import Answers, Seconds

Amount = Annotated[str, Field(pattern=r"^\d{1,9}\.\d{2}$")]
PoiId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+-\d+$")]
Url = Annotated[str, Field(pattern=r"^https?://[^/\s]+(/\S*)?$")]
Port = Annotated[int, Field(ge=1, le=65535)]

# ---- ICS -------------------------------------------------------------------------------------------------------------


class Ics(Answers):
    """What the vendor claims of the DUT; a claim of `no` makes the requirements that need it *not applicable*."""

    receives: bool = Field(True, description="it is a webhook receiver, the server of a POS")
    configures: bool = Field(True, description="it sets its event URL up by the Management API")
    customer_area: bool = Field(False, description="its event URL is set up by hand in the Customer Area")
    emits: bool = Field(False, description="it is a terminal or gateway that emits events")
    asynchronous: bool = Field(True, description="it uses asynchronous cloud communication")
    credentials: bool = Field(True, description="its event URL has a user name and a password")
    encryption: bool = Field(True, description="its event URL can be encrypted")
    live: bool = Field(True, description="it is judged as it is in live operation: https only")
    shows_state: bool = Field(True, description="it shows its staff which terminal is available")
    keeps_book: bool = Field(True, description="it starts payments and keeps a book of them that the bench can read")
    refunds: bool = Field(True, description="its cashier can give a sale back")
    sale_wake_up: bool = Field(True, description="it answers a reference typed on a terminal with a payment request")

    @model_validator(mode="after")
    def _one_side(self) -> Ics:
        if self.emits == self.receives:
            raise ValueError("a DUT is held to one side of the wire: receives or emits, the other false")
        return self


# ---- IXIT ------------------------------------------------------------------------------------------------------------


class Ixit(Answers):
    """Values of the DUT on the bench. Seconds are document seconds unless said otherwise."""

    url: Url = Field("https://127.0.0.1:8443/events", description="the event URL, as it is given to Adyen")
    level: Literal["company", "merchant", "store", "terminal"] = Field(
        "merchant", description="the level at which it sets its event URL"
    )
    company: str = Field("HarnessCompany", min_length=1)
    merchant: str = Field("HarnessMerchant", min_length=1)
    store: str = Field("ST0001", min_length=1, description="the store of its terminals")
    terminals: Annotated[tuple[PoiId, ...], Field(strict=False, min_length=1)] = Field(
        ("V400m-000000001", "S1F2-000158700000001"),
        description="POIIDs it knows, all below the level; two show that it keeps them apart",
    )
    sale_id: str = Field("HARNESS-POS-1", min_length=1)
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    amount: Amount = Field("12.40", description="of a payment that a case starts")
    wake_up_reference: str = Field("0123456789", min_length=1, description="a reference it has an open order for")
    api_key: str = "bench-api-key"
    encrypted: bool = Field(False, description="its event URL was set up encrypted; only of one that is set by hand")
    username: str = "events"
    password: str = Field("Harness-Webhook-1!", description="of the event URL")
    passphrase: str = Field("Harness-Passphrase-1!", min_length=12, description="of the shared encryption key")
    key_identifier: str = Field("harness-key", min_length=1)
    key_version: Annotated[int, Field(ge=0)] = 1
    maintenance_within: Seconds = Field(120.0, description="how long maintenance of an emitting terminal takes at most")
    time_scale: Annotated[float, Field(ge=1, le=1000, strict=False)] = 1.0
    boot_within: Seconds = Field(60.0, description="WALL seconds until it is ready; a boot does not scale")

    @property
    def place(self) -> tuple[str, str]:
        """Level and id of the place at which the event URL is set."""
        ids = {"company": self.company, "merchant": self.merchant, "store": self.store, "terminal": self.terminals[0]}
        return self.level, ids[self.level]


# ---- Profile ---------------------------------------------------------------------------------------------------------


class AckProfile(Answers):
    mode: Literal["any 2xx", "[accepted]"] = Field("any 2xx", description="what a valid acknowledgement is")
    within: Seconds = Field(10.0, description="an acknowledgement that comes later is none")
    target: Seconds = Field(2.0, description="what is slower than this waits for something: a warning")
    retry: Literal["retried", "none"] = Field("retried", description="what is not acknowledged is sent again")
    retries: Annotated[tuple[Seconds, ...], Field(strict=False)] = Field(
        (5.0, 30.0, 120.0), description="pauses before each further attempt"
    )
    retry_on_4xx: bool = Field(True, description="a call that is refused is sent again like one that timed out")

    @property
    def pauses(self) -> tuple[float, ...]:
        """Before each further attempt; none if nothing is sent again."""
        return self.retries if self.retry == "retried" else ()


class ConfigProfile(Answers):
    encryption_source: Literal["per url"] = Field(
        "per url", description="the flag of each URL decides; 'Decrypted' is the view in which keys are edited"
    )
    nesting: Literal["eventUrls", "either"] = Field(
        "eventUrls", description="the lists belong into nexo.eventUrls; either: directly in nexo is taken too"
    )
    local_names: Literal["accept", "warn", "refuse"] = Field(
        "warn", description="a host name in eventLocalUrls that says nothing of a local network: it may lead anywhere"
    )


class EventsProfile(Answers):
    unique_deviceid: bool = Field(True, description="different events have different DeviceIDs; the samples reuse one")
    details: Literal["placeholder"] = Field(
        "placeholder", description="newstate and oldstate of the samples say nothing: EventToNotify does"
    )
    service_id: Literal["optional"] = Field("optional", description="an event may have a ServiceID; tried both ways")
    visible_within: Seconds = Field(5.0, description="a state is to be seen at the POS so soon after its event")


class ScreenProfile(Answers):
    """Words that the POS shows, in any case of letters; without them any change of its screen will do."""

    available: str = Field("", description="of a terminal that is available again")
    unavailable: str = Field("", description="of a terminal that is not available")


class TlsProfile(Answers):
    max: Literal["1.2", "1.3"] = Field("1.3", description="1.3 is allowed beside 1.2; 1.2: nothing else")


class AuthProfile(Answers):
    refusal: Annotated[tuple[Literal[401, 403], ...], Field(strict=False, min_length=1)] = Field(
        (401, 403), description="with which status bad credentials are refused; 401 is preferred"
    )


class EncryptionProfile(Answers):
    clear_reject: Literal["allowed", "forbidden"] = Field(
        "allowed", description="the gateway's own Reject may come in clear to an encrypted URL; a success never"
    )


class EndpointProfile(Answers):
    test_ports: Annotated[tuple[Port, ...], Field(strict=False)] = (80, 8080, 8888, 443, 8443, 8843)
    live_ports: Annotated[tuple[Port, ...], Field(strict=False)] = (443, 8443, 8843)
    port_map: dict[str, str] = Field(
        {}, description="where the lab has a port of the list: `127.0.0.1:8080` to the HOST:PORT that is dialled"
    )


class ResultProfile(Answers):
    query_after: Seconds = Field(150.0, description="without a result for so long the status is asked for")
    query_latest: Seconds = Field(200.0, description="no later than this")


class Profile(Answers):
    """How the open points of the document are read (the `profile key` column of the fact sheet)."""

    ack: AckProfile = AckProfile()
    config: ConfigProfile = ConfigProfile()
    events: EventsProfile = EventsProfile()
    screen: ScreenProfile = ScreenProfile()
    tls: TlsProfile = TlsProfile()
    auth: AuthProfile = AuthProfile()
    encryption: EncryptionProfile = EncryptionProfile()
    endpoint: EndpointProfile = EndpointProfile()
    result: ResultProfile = ResultProfile()

    @model_validator(mode="after")
    def _in_order(self) -> Profile:
        if self.ack.target > self.ack.within:
            raise ValueError("ack: target must not be beyond within")
        if self.result.query_after >= self.result.query_latest:
            raise ValueError("result: query_after < query_latest must hold")
        return self
