"""Who is let in: what Connect makes of a handshake, by the rules of "Authorization" and "How To Connect"."""

from __future__ import annotations

from fake_cloud.paymentsense.terms import Terms
from harness.wire.http1 import Request
from harness.wire.paymentsense import (
    FINAL_RECEIPT,
    INSTALLER,
    INTEGRATIONS,
    PAC,
    SOFTWARE_HOUSE,
    TOKEN,
    VERSION,
    Address,
    Admitted,
    TurnedAway,
)
from harness.wire.paymentsense_schema import V1, VERSIONS


def judge(request: Request, address: Address, terms: Terms) -> Admitted | TurnedAway:
    """Whether a connection is let in, and as what. Only the first reason against it is told.

    The ids of software house and installer are wanted in both versions, since the document makes no difference; a final
    receipt is asked for in v1 alone."""
    integration = address.integration if terms.case_strict else address.integration.lower()
    version = address.value(VERSION)
    served = version or terms.default_version
    flag = bool(address.all(FINAL_RECEIPT))
    token = address.value(TOKEN)
    if integration not in INTEGRATIONS:
        return TurnedAway(404, "no such integration type")
    if not token and request.header("Authorization") is not None:
        # As the live service was seen to do: such a client is let in, and nothing it says is ever answered.
        return Admitted(integration, served, flag, mute=True)
    if token is None or token not in terms.sites:
        return TurnedAway(401, "no valid API key")
    if version is not None and version not in VERSIONS:
        return TurnedAway(400, "no such api-version")
    if terms.missing_ids_status is not None:
        for name, known in ((SOFTWARE_HOUSE, terms.software_houses), (INSTALLER, terms.installers)):
            if not (given := address.value(name)) or (known and given not in known):
                return TurnedAway(terms.missing_ids_status, f"no known {name}")
    if flag and integration == PAC and not terms.flag_on_pac:
        return TurnedAway(400, f"{FINAL_RECEIPT} with pac")
    return Admitted(integration, served, flag and served == V1, terms.sites[token])
