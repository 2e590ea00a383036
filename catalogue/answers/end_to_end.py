"""What is answered about a POS and a terminal that are certified together: claims, values, readings.

What belongs to one dialect stands in a section of its name, as in the answers of that programme; a section that is left
out has that programme's recommended answers. The web API has values alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from catalogue.answers import adyen as of_adyen
from catalogue.answers import modulus as of_modulus
from catalogue.answers import paymentsense as of_connect
from harness.evidence.answers import Answers, Seconds

Amount = Annotated[str, Field(pattern=r"^\d{1,9}\.\d{2}$")]


class WebapiIxit(Answers):
    """Values of the web API, which is one of ours. It knows the terminal by its TerminalID."""

    key: str = Field("bench-key", description="of the merchant that the terminal is paired with")
    password: str = "bench-password"  # noqa: S105 — of our own fake web API
    part: Amount | None = Field("8.08", description="of a sale of which the terminal approves a part")


class Ics(Answers):
    """Which dialects the POS speaks; the cases of the others are *not applicable*."""

    speaks_connect: bool = Field(True, description="it orders by Paymentsense Connect, pay at counter")
    speaks_modulus: bool = Field(True, description="it orders by the Modulus gateway")
    speaks_adyen: bool = Field(True, description="it orders by the Adyen device API")
    speaks_webapi: bool = Field(True, description="it orders by URL, at the eConduit web API")
    connect: of_connect.Ics = of_connect.Ics()
    modulus: of_modulus.Ics = of_modulus.Ics()
    adyen: of_adyen.Ics = of_adyen.Ics()


class Ixit(Answers):
    """Values of both DUTs on the bench. Seconds are document seconds unless said otherwise."""

    terminal_id: str = Field("77001234", min_length=1, description="as the terminal registers itself")
    amount: Amount = Field("12.40", description="of a sale that the terminal approves")
    declined: Amount = Field("1.05", description="of a sale that the terminal declines")
    connect: of_connect.Ixit = of_connect.Ixit()
    modulus: of_modulus.Ixit = of_modulus.Ixit()
    adyen: of_adyen.Ixit = of_adyen.Ixit()
    webapi: WebapiIxit = WebapiIxit()
    time_scale: Annotated[float, Field(ge=1, le=1000, strict=False)] = 1.0
    boot_within: Seconds = Field(60.0, description="WALL seconds until it is ready; a boot does not scale")


class Profile(Answers):
    """How the open points are read."""

    ordered_within: Seconds = Field(15.0, description="from the cashier's press to the command at the terminal")
    outcome_within: Seconds = Field(60.0, description="from the command to the response of a terminal that is there")
    told_within: Seconds = Field(
        10.0, description="from the response of the terminal, or where the POS has to ask from its question, to the POS"
    )
    asked_within: Seconds = Field(30.0, description="from a lost answer to the question of a POS that has to ask")
    booked_within: Seconds = Field(10.0, description="from what the POS is told to its book")
    returns_within: Seconds = Field(60.0, description="from the end of an outage to the terminal's registration")
    after_drop: Literal["either", "resend", "hold"] = Field(
        "either", description="what the terminal does with the outcome of an order that its line was lost with"
    )
    patience: Seconds = Field(400.0, description="beyond it every POS has given a sale without outcome up")
    connect: of_connect.Profile = of_connect.Profile()
    modulus: of_modulus.Profile = of_modulus.Profile()
    adyen: of_adyen.Profile = of_adyen.Profile()
