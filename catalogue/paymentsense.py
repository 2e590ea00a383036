"""Every requirement of Paymentsense Connect's "WebSockets – Getting Started", in the order of its chapters, and a group
of what its public documentation asks for beyond that page.

Clause names are the headings of the page. `source` says where a requirement was read:

    seed  our copy of the page
    C2    the public changelog of the WebSockets
    C3    the public page of extra information about the WebSockets
    C4    the public integration checklist
    C6    the public documentation of the same service over REST
    C7    the source of a public client, parts of which were checked against a live account
    Y     the public documentation of another vendor's near-identical pay-at-table design: an analogue
"""

from __future__ import annotations

from harness.evidence.requirement import MAY, MUST, SHOULD, Condition, Requirement, Seen

PROGRAMME = "Paymentsense Connect"
DOCUMENT = "WebSockets – Getting Started"
CHAPTERS = ("Transport and connection address", "Messages", "Pings and liveness", "Extended")
"""Chapters A to D: A owns the numbers below 40, B those below 60, C those below 100, D the rest."""

ANALOGUES = (
    "method names are analogues, taken from another vendor's near-identical design; confirm them with Paymentsense "
    "before certifying"
)
"""Said of the methods of pay at table, which no page that could be had names (`source` Y)."""

WIRE, DISPLAY, OPERATOR = Seen.WIRE, Seen.DISPLAY, Seen.OPERATOR
EPOS, CONNECT = ("EPoS",), ("Connect",)
BOTH = ("EPoS", "Connect")

# ---- What a vendor may claim, and so what applies --------------------------------------------------------------------

PAC = Condition("pac")
PAT = Condition("pat")
FINAL_RECEIPT = Condition("final_receipt")
INSTALLED_BY_RESELLERS = Condition("installed_by_resellers")
INSTALLED_BY_ITS_MAKER = Condition("installed_by_its_maker")
SPEAKS_V1, SPEAKS_V0 = Condition("api_version", ("v1",)), Condition("api_version", ("v0",))
NEW_INTEGRATION = Condition("new_integration")
EXTENDED = Condition("extended")

# A table to be read beside the document, so laid out by hand: first the sentence, below it all that is said about it.
# fmt: off

# ---- A. Transport and connection address -----------------------------------------------------------------------------

PSC_001 = MUST("PSC-001", "The EPoS connects by a secure WebSocket",
               "Introduction / How To Connect", binds=EPOS)
PSC_002 = MUST("PSC-002", "The EPoS connects to the host address that was given to the customer site",
               "Host / How To Connect", binds=EPOS)
PSC_003 = MUST("PSC-003", "The EPoS uses at each location the host address and the API token of that location",
               "Requirements for Interacting with Connect", binds=EPOS, seen=(WIRE, OPERATOR))
PSC_004 = MUST("PSC-004", "The EPoS has the host address configurable for each site",
               "Host", binds=EPOS, implied=True, seen=(WIRE, OPERATOR))
PSC_005 = MUST("PSC-005", "The EPoS gives its integration type as the path of the address, pac or pat and nothing else",
               "How To Connect", binds=EPOS)
PSC_006 = SHOULD("PSC-006", "The EPoS writes the path in lower case, as it is listed",
                 "How To Connect", binds=EPOS, implied=True)
PSC_007 = MUST("PSC-007", "The EPoS provides the API key in the address, as the parameter token",
               "Authorization / How To Connect", binds=EPOS)
PSC_008 = MUST("PSC-008", "The EPoS has the API key configurable",
               "How To Connect", binds=EPOS, seen=(WIRE, OPERATOR))
PSC_009 = MUST("PSC-009", "Connect does not authorise a connection without a valid API key",
               "Authorization", binds=CONNECT)
PSC_010 = MUST("PSC-010", "The EPoS asks for v1 or v0 as api-version",
               "How To Connect", binds=EPOS)
PSC_011 = MUST("PSC-011", "The EPoS does not use v0, if it is a new integration",
               "How To Connect", binds=EPOS, when=(NEW_INTEGRATION,))
PSC_012 = SHOULD("PSC-012", "The EPoS always gives api-version explicitly",
                 "How To Connect", binds=EPOS)
PSC_013 = SHOULD("PSC-013", "The EPoS uses the latest version",
                 "How To Connect", binds=EPOS)
PSC_014 = MUST("PSC-014", "The EPoS gives the parameter software-house-id",
               "How To Connect", binds=EPOS)
PSC_015 = MUST("PSC-015", "The EPoS has its software-house-id fixed in the software, the same for all its customers "
                          "and not configurable",
               "How To Connect", binds=EPOS, seen=(WIRE, OPERATOR))
PSC_016 = MUST("PSC-016", "The EPoS gives the software-house-id that Paymentsense has issued",
               "How To Connect", binds=EPOS)
PSC_017 = MUST("PSC-017", "The EPoS gives the parameter installer-id",
               "How To Connect", binds=EPOS)
PSC_018 = MAY("PSC-018", "The EPoS gives its software-house-id as installer-id where its maker installs it too",
              "How To Connect", binds=EPOS, when=(INSTALLED_BY_ITS_MAKER,))
PSC_019 = MUST("PSC-019", "The EPoS has the installer-id configurable at installation",
               "How To Connect", binds=EPOS, seen=(WIRE, OPERATOR))
PSC_020 = MUST("PSC-020", "The EPoS gives the id of the reseller that installed it as installer-id",
               "How To Connect", binds=EPOS, when=(INSTALLED_BY_RESELLERS,))
PSC_021 = MUST("PSC-021", "The EPoS passes final-pos-receipt-request only with pat and v1",
               "How To Connect", binds=EPOS)
PSC_022 = MUST("PSC-022", "Connect always asks for a final POS receipt after the transaction, if the flag was passed",
               "How To Connect", binds=CONNECT, when=(PAT, FINAL_RECEIPT, SPEAKS_V1))
PSC_023 = MUST("PSC-023", "The EPoS answers the request for the final receipt, if it passed the flag",
               "How To Connect", binds=EPOS, implied=True, when=(PAT, FINAL_RECEIPT, SPEAKS_V1))
PSC_024 = MUST("PSC-024", "Connect does not ask for a final receipt without the flag",
               "How To Connect", binds=CONNECT, implied=True, when=(PAT,))
PSC_025 = MUST("PSC-025", "The EPoS writes each parameter once, under its exact name, its value URL-encoded and no "
                          "placeholder left standing",
               "How To Connect", binds=EPOS, implied=True)
PSC_026 = SHOULD("PSC-026", "The EPoS passes final-pos-receipt-request as a bare name without a value",
                 "How To Connect", binds=EPOS, implied=True, when=(PAT, FINAL_RECEIPT, SPEAKS_V1))
PSC_027 = MUST("PSC-027", "The EPoS validates the TLS certificate and the host name in it",
               "Introduction", binds=EPOS, implied=True)
PSC_028 = MUST("PSC-028", "The EPoS reports a refused handshake to its user and does not retry it in a tight loop",
               "Authorization", binds=EPOS, implied=True, seen=(WIRE, DISPLAY))
PSC_029 = SHOULD("PSC-029", "The EPoS keeps the token out of its logs and error messages",
                 "Authorization", binds=EPOS, implied=True, seen=(DISPLAY, OPERATOR))
PSC_030 = MUST("PSC-030", "The EPoS does not rely on headers alone for its authorisation",
               "Authorization", binds=EPOS, implied=True)

# ---- B. Messages -----------------------------------------------------------------------------------------------------

PSC_040 = MUST("PSC-040", "The EPoS and Connect exchange messages in JSON that follow JSON-RPC 2",
               "Introduction", binds=BOTH)
PSC_041 = MUST("PSC-041", "The EPoS and Connect give every message the member jsonrpc with the value 2.0",
               "Introduction", binds=BOTH, implied=True)
PSC_042 = MUST("PSC-042", "The EPoS and Connect send messages that match their schemas",
               "Introduction", binds=BOTH)
PSC_043 = MAY("PSC-043", "The EPoS is developed with the schemas at hand to validate its messages",
              "Introduction", binds=EPOS, seen=(),
              why_unseen="how software is developed leaves no trace in what it does")
PSC_044 = MUST("PSC-044", "The EPoS gives each request an id, a number or a string, unique among those outstanding",
               "Introduction", binds=EPOS, implied=True)
PSC_045 = MUST("PSC-045", "The EPoS repeats the id of a request in its reply, with the same type and value",
               "Introduction", binds=EPOS, implied=True)
PSC_046 = MUST("PSC-046", "The EPoS gives each reply exactly one of result and error",
               "Introduction", binds=EPOS, implied=True)
PSC_047 = MUST("PSC-047", "The EPoS never answers a notification",
               "Introduction", binds=EPOS, implied=True)
PSC_048 = MUST("PSC-048", "The EPoS matches replies to its requests by id, in any order and between notifications",
               "Introduction", binds=EPOS, implied=True, when=(PAC,), seen=(WIRE, DISPLAY))
PSC_049 = MUST("PSC-049", "The EPoS answers requests from Connect",
               "Introduction", binds=EPOS, implied=True)
PSC_050 = MUST("PSC-050", "The EPoS answers an unknown method with the error -32601 and ignores an unknown "
                          "notification",
               "Introduction", binds=EPOS, implied=True)
PSC_051 = MUST("PSC-051", "The EPoS keeps running and connected after invalid JSON or an unknown field",
               "Introduction", binds=EPOS, implied=True)
PSC_052 = MUST("PSC-052", "The EPoS sends one JSON value in each text message, in UTF-8, and puts fragments from "
                          "Connect together",
               "Introduction", binds=EPOS, implied=True)
PSC_053 = MUST("PSC-053", "The EPoS ends an operation visibly at an error reply and never reads it as success",
               "Introduction", binds=EPOS, implied=True, when=(PAC,), seen=(WIRE, DISPLAY))

# ---- C. Pings and liveness -------------------------------------------------------------------------------------------

PSC_060 = MUST("PSC-060", "Connect pings the EPoS periodically over the WebSocket",
               "Pings", binds=CONNECT)
PSC_061 = MUST("PSC-061", "The EPoS answers each ping with a pong of the same payload",
               "Pings", binds=EPOS)
PSC_062 = MUST("PSC-062", "Connect ends the connection of an EPoS that leaves its pings unanswered",
               "Pings", binds=CONNECT)
PSC_063 = MUST("PSC-063", "The EPoS answers pings while a transaction runs, a dialog is open, or it is idle for hours",
               "Pings", binds=EPOS, implied=True)
PSC_064 = MUST("PSC-064", "The EPoS takes a ping for the control frame it is, never for a message",
               "Pings", binds=EPOS, implied=True, seen=(WIRE, DISPLAY))
PSC_065 = MUST("PSC-065", "The EPoS notices that its connection was ended, tells its user and connects again with the "
                          "same address",
               "Pings", binds=EPOS, implied=True, seen=(WIRE, DISPLAY))
PSC_066 = MUST("PSC-066", "The EPoS resolves a request that was outstanding at a break as unknown, and neither as paid "
                          "nor as failed, nor leaves it hanging",
               "Pings", binds=EPOS, implied=True, when=(PAC,), seen=(WIRE, DISPLAY))
PSC_067 = SHOULD("PSC-067", "The EPoS backs off between attempts to connect again",
                 "Pings", binds=EPOS, implied=True)

# ---- D. Extended -----------------------------------------------------------------------------------------------------

PSC_100 = MUST("PSC-100", "The EPoS lets its user choose the terminal, for each transaction or for each till",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), seen=(WIRE, OPERATOR), source="C4")
PSC_101 = MUST("PSC-101", "The EPoS can start both a sale and a refund",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), source="C4")
PSC_102 = MUST("PSC-102", "The EPoS shows the notifications of the terminal while a transaction runs",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), seen=(DISPLAY,), source="C4")
PSC_103 = MUST("PSC-103", "The EPoS asks its user to verify a signature and sends the answer under the id of the "
                          "request",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), seen=(WIRE, DISPLAY), source="C4, C7")
PSC_104 = MUST("PSC-104", "The EPoS lets its user cancel a running transaction",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), source="C4")
PSC_105 = MUST("PSC-105", "The EPoS takes the outcome of a transaction from its own reply alone, never from the reply "
                          "to a cancellation",
               "Changelog", binds=EPOS, when=(EXTENDED, PAC), seen=(DISPLAY,), source="C2")
PSC_106 = MUST("PSC-106", "The EPoS clears the amount when the transaction was SUCCESSFUL",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), seen=(DISPLAY,), source="C4")
PSC_107 = MUST("PSC-107", "The EPoS tells its user of DECLINED, VOID, UNSUCCESSFUL and CANCELLED, and the amount stays",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), seen=(DISPLAY,), source="C4")
PSC_108 = MUST("PSC-108", "The EPoS checks the state of the terminal after TIMED_OUT, since money may have moved, and "
                          "asks for a manual check if it is AVAILABLE or else for help with the device",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), seen=(WIRE, DISPLAY), source="C4, C7")
PSC_109 = MUST("PSC-109", "The EPoS can run end-of-day reports and stores a copy",
               "Integration Checklist", binds=EPOS, when=(EXTENDED, PAC), seen=(WIRE, OPERATOR), source="C4")
PSC_110 = MUST("PSC-110", "The EPoS has host address and API key configurable for each till",
               "Integration Checklist", binds=EPOS, when=(EXTENDED,), seen=(WIRE, OPERATOR), source="C4")
PSC_111 = MUST("PSC-111", "The EPoS gives amounts as integers in minor units, from 1 to 99999999, and cashback from 0 "
                          "to 10000",
               "REST API", binds=EPOS, when=(EXTENDED,), source="C6")
PSC_112 = SHOULD("PSC-112", "The EPoS shows a userMessage as it was received",
                 "Built-In User Messages", binds=EPOS, when=(EXTENDED, PAC), seen=(DISPLAY,), source="C6")
PSC_113 = MUST("PSC-113", "The EPoS takes the cashback and gratuity that were charged from the result, not from its "
                          "request",
               "REST API", binds=EPOS, when=(EXTENDED, PAC), seen=(DISPLAY,), source="C6")
PSC_114 = MUST("PSC-114", "Connect serves several PAC connections side by side, but one PAT connection only, of which "
                          "the newest wins and the older ones hear Connection Discontinued",
               "Extra Information", binds=CONNECT, when=(EXTENDED,), source="C3")
PSC_115 = MUST("PSC-115", "The EPoS does not fight back with instant reconnects when it hears Connection Discontinued",
               "Extra Information", binds=EPOS, implied=True, when=(EXTENDED, PAT), source="C3")
PSC_116 = MUST("PSC-116", "The EPoS answers a request of a terminal before the terminal takes it for empty or "
                          "failed",
               "Pay At Table", binds=EPOS, when=(EXTENDED, PAT), source="Y")
PSC_117 = MUST("PSC-117", "The EPoS grants the lock of a table once, and lets nobody edit the table until it is "
                          "unlocked",
               "Pay At Table", binds=EPOS, when=(EXTENDED, PAT), seen=(WIRE, DISPLAY), source="C6, Y")
# fmt: on

# ---- The whole -------------------------------------------------------------------------------------------------------

CATALOGUE: tuple[Requirement, ...] = tuple(entry for entry in globals().values() if isinstance(entry, Requirement))
"""All requirements in the order above."""

BY_ID = {requirement.id: requirement for requirement in CATALOGUE}
"""For readers of bundles, which hold ids; code names the constants."""


def chapter_of(requirement: Requirement) -> str:
    """The title of the chapter a requirement of this catalogue stands in, one of `CHAPTERS`."""
    number = int(requirement.id.removeprefix("PSC-"))
    return CHAPTERS[sum(number >= bound for bound in (40, 60, 100))]
