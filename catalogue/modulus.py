"""Every requirement of the Modulus terminal gateway's WebSocket API, in the order of its chapters.

Our copy of the page has lost the headings of its last section; `[Connection rejected]` and the like are those headings,
from other captures or by what stands under them. `source` says where a requirement was read:

    seed  our copy of the quick start page
    M3    the public page "actions"
    M4    the public page "notifications"
    M5    the public page "concepts"
    M6    the public page "reference"
    M9    the public API reference of the HTTP side
"""

from __future__ import annotations

from bisect import bisect_right
from functools import partial

from harness.evidence import requirement
from harness.evidence.requirement import Condition, Requirement, Seen

PROGRAMME = "Modulus POS"
DOCUMENT = "Modulus Labs Terminal Gateway, WebSocket quick start"
CHAPTERS = (
    "Prerequisites and endpoint",
    "Authentication",
    "Connection lifecycle",
    "Discovery and payment",
    "Handling messages",
    "Heartbeat",
    "Self-test",
    "Extended",
)
"""Chapters A to H, each with the numbers from its entry in `FIRST` on."""

FIRST = (1, 10, 30, 50, 70, 80, 95, 100)
"""The first number of each chapter."""

WIRE, DISPLAY, OPERATOR = Seen.WIRE, Seen.DISPLAY, Seen.OPERATOR

MUST = partial(requirement.MUST, binds=("POS",))
SHOULD = partial(requirement.SHOULD, binds=("POS",))
MAY = partial(requirement.MAY, binds=("POS",))

# ---- What a vendor may claim, and so what applies --------------------------------------------------------------------

DISCOVERY = Condition("discovery")
EXTENDED = Condition("extended")
GROUPS = Condition("groups")
HTTP_SIDE = Condition("http_side")
PAYMENTS = Condition("payments")
QUERY_KEY = Condition("query_key")
SCREEN = Condition("screen")

# A table to be read beside the document, so laid out by hand: first the sentence, below it all that is said about it.
# fmt: off

# ---- A. Prerequisites and endpoint -----------------------------------------------------------------------------------

MOD_001 = MUST("MOD-001", "The POS connects by wss to the path /v1 of its endpoint",
               "WebSocket Endpoint")
MOD_002 = MUST("MOD-002", "The POS has the endpoint it was provisioned with as a setting, not as a constant",
               "WebSocket Endpoint", seen=(WIRE, OPERATOR))
MOD_003 = MUST("MOD-003", "The POS has outbound access to its endpoint on port 443",
               "Prerequisites / [Connection rejected]")
MOD_004 = MUST("MOD-004", "The POS can build and read JSON",
               "Prerequisites")
MOD_005 = MUST("MOD-005", "The POS has an API key that was issued for the integration",
               "Prerequisites")
MOD_006 = MUST("MOD-006", "The POS never falls back to plain ws",
               "WebSocket Endpoint / Secure Reconnection", implied=True)
MOD_007 = MUST("MOD-007", "The POS sends each application message as one WebSocket text message that holds one JSON "
                          "object, and so does the gateway",
               "Establishing a Connection", binds=("POS", "gateway"), implied=True)

# ---- B. Authentication -----------------------------------------------------------------------------------------------

MOD_010 = MUST("MOD-010", "The POS authenticates during the handshake and not afterwards",
               "Authentication")
MOD_011 = MUST("MOD-011", "The POS supplies its API key as x-api-key, a header or a query parameter of that name",
               "Authentication")
MOD_012 = MAY("MOD-012", "The POS may send the header x-group-id",
              "Authentication via Headers", when=(GROUPS,))
MOD_013 = MAY("MOD-013", "The POS may put its API key into the query string",
              "Authentication via Query Parameter", when=(QUERY_KEY,))
MOD_014 = SHOULD("MOD-014", "The POS uses the header for its API key in production, because addresses get logged",
                 "Authentication via Query Parameter / Use Headers")
MOD_015 = MUST("MOD-015", "The gateway refuses a missing key, an invalid one, and one without the right to WebSocket "
                          "access",
               "[Connection rejected]", binds=("gateway",))
MOD_016 = MUST("MOD-016", "The POS reports a refusal and does not retry in a tight loop",
               "[Connection rejected]", implied=True, seen=(WIRE, DISPLAY))
MOD_017 = MUST("MOD-017", "The POS keeps its API key out of source code, in the environment or a store of secrets",
               "Protect API Keys", seen=(OPERATOR,))
MOD_018 = MUST("MOD-018", "The POS never exposes its API key in scripts that run at the client's side",
               "Protect API Keys", seen=(OPERATOR,))
MOD_019 = SHOULD("MOD-019", "The POS leaves its API key out of its own logs",
                 "Authentication via Query Parameter / Use Headers", implied=True, seen=(OPERATOR,))

# ---- C. Connection lifecycle -----------------------------------------------------------------------------------------

MOD_030 = MUST("MOD-030", "The POS reconnects after a failure",
               "Heartbeat settings")
MOD_031 = MUST("MOD-031", "The POS reacts to a close by reconnecting after a pause, of 5 s in the sample",
               "Establishing a Connection")
MOD_032 = MUST("MOD-032", "The POS recovers by itself from a connection that drops",
               "Testing Your Connection, step 4")
MOD_033 = MUST("MOD-033", "The POS connects and reconnects only to the legitimate endpoint and validates its "
                          "certificate",
               "Secure Reconnection")
MOD_034 = MUST("MOD-034", "The POS is the only instance that uses its API key",
               "[Unexpected disconnection]")
MOD_035 = MUST("MOD-035", "The POS closes its connection properly when the application ends",
               "[Unexpected disconnection]")
MOD_036 = MUST("MOD-036", "The POS has at most one socket and drops the old one before it opens another",
               "[Unexpected disconnection]", implied=True)
MOD_037 = MUST("MOD-037", "The POS authenticates again and asks for the terminals again after a reconnect",
               "Quick Start Flow", implied=True, when=(DISCOVERY,))
MOD_038 = SHOULD("MOD-038", "The POS spaces its attempts out while they keep failing",
                 "Establishing a Connection", implied=True)
MOD_039 = SHOULD("MOD-039", "The site has proxies and firewalls that let WebSocket connections last",
                 "[Connection drops frequently]", binds=("site",), seen=(OPERATOR,))
MOD_040 = MUST("MOD-040", "The POS survives transport errors, which may come before the close",
               "Establishing a Connection", implied=True)

# ---- D. Discovery and payment ----------------------------------------------------------------------------------------

MOD_050 = MUST("MOD-050", "The POS sends requests that are objects with an action",
               "Quick Start Flow")
MOD_051 = MUST("MOD-051", "The POS discovers terminals with the action getTerminals",
               "Discover Available Terminals", when=(DISCOVERY,))
MOD_052 = MUST("MOD-052", "The gateway answers with terminalsResponse, which has deviceId and status of each terminal",
               "Discover Available Terminals", binds=("gateway",))
MOD_053 = MUST("MOD-053", "The POS orders a payment with the action payment, a terminalId and a paymentRequest object",
               "Initiate Payment", when=(PAYMENTS,))
MOD_054 = MUST("MOD-054", "The POS puts transactionId, amount, currency and paymentMethod into a paymentRequest",
               "Initiate Payment", when=(PAYMENTS,))
MOD_055 = SHOULD("MOD-055", "The POS writes the amount as a decimal string with a point, like 99.99",
                 "Initiate Payment", when=(PAYMENTS,))
MOD_056 = MUST("MOD-056", "The POS pays on a terminalId that it has received from discovery",
               "Discover Available Terminals / Initiate Payment", implied=True, when=(PAYMENTS,))
MOD_057 = MUST("MOD-057", "The POS gives each payment attempt a transactionId of its own",
               "Initiate Payment", implied=True, when=(PAYMENTS,))
MOD_058 = MUST("MOD-058", "The POS sends no payment to a terminal that is not online",
               "Discover Available Terminals", implied=True, when=(PAYMENTS,))
MOD_059 = MUST("MOD-059", "The gateway pushes the outcome as paymentComplete, with terminalId and a paymentResponse of "
                          "transactionId, status, amount and authorizationCode",
               "Receive Payment Result", binds=("gateway",), when=(PAYMENTS,))
MOD_060 = MUST("MOD-060", "The POS matches a result by its transactionId, whatever else comes in between",
               "Receive Payment Result", implied=True, when=(PAYMENTS,), seen=(DISPLAY,))
MOD_061 = MUST("MOD-061", "The POS settles a sale by the status SUCCESS only",
               "Receive Payment Result", implied=True, when=(PAYMENTS,), seen=(DISPLAY,))
MOD_062 = MUST("MOD-062", "The POS checks terminal and amount of a result against its request",
               "Receive Payment Result / Validate Messages", implied=True, when=(PAYMENTS,), seen=(DISPLAY,))
MOD_063 = MUST("MOD-063", "The POS applies a repeated paymentComplete once",
               "Receive Payment Result", implied=True, when=(PAYMENTS,), seen=(DISPLAY,))
MOD_064 = MUST("MOD-064", "The POS changes nothing upon a result for an unknown transaction, and logs it",
               "Validate Messages", implied=True, when=(PAYMENTS,), seen=(DISPLAY,))
MOD_065 = MUST("MOD-065", "The POS takes a payment without a result in time for unknown, and checks it rather than "
                          "repeating it blindly",
               "Receive Payment Result", implied=True, when=(PAYMENTS,), seen=(WIRE, DISPLAY))

# ---- E. Handling messages --------------------------------------------------------------------------------------------

MOD_070 = MUST("MOD-070", "The POS handles terminalsResponse, paymentComplete, terminalStatusUpdate, forceDisconnect "
                          "and pong",
               "Establishing a Connection / [Missed messages]", seen=(WIRE, DISPLAY))
MOD_071 = MUST("MOD-071", "The POS tolerates an unknown action and keeps its connection",
               "Establishing a Connection")
MOD_072 = MUST("MOD-072", "The POS guards its reading of JSON, so that bad text does not end it",
               "[Missed messages]")
MOD_073 = MUST("MOD-073", "The POS validates the structure of a message before it processes it",
               "Validate Messages", seen=(WIRE, DISPLAY))
MOD_074 = SHOULD("MOD-074", "The POS logs all incoming messages for debugging",
                 "[Missed messages]", seen=(OPERATOR,))
MOD_075 = MUST("MOD-075", "The POS changes its view of a terminal upon a terminalStatusUpdate",
               "Establishing a Connection", implied=True, when=(PAYMENTS,), seen=(WIRE, DISPLAY))
MOD_076 = MUST("MOD-076", "The POS recognises forceDisconnect and shows its reason",
               "Establishing a Connection / [Unexpected disconnection]", when=(SCREEN,), seen=(DISPLAY,))
MOD_077 = MUST("MOD-077", "The POS does not fight for its connection after a forceDisconnect",
               "[Unexpected disconnection]", implied=True)
MOD_078 = MUST("MOD-078", "The POS processes messages in the order of arrival and without blocking",
               "Handle Messages", implied=True)

# ---- F. Heartbeat ----------------------------------------------------------------------------------------------------

MOD_080 = MUST("MOD-080", "The POS sends the action ping periodically while it is connected",
               "Heartbeat")
MOD_081 = SHOULD("MOD-081", "The POS sends its ping every 30 s",
                 "Heartbeat settings")
MOD_082 = SHOULD("MOD-082", "The POS waits for the pong for 10 s at most",
                 "Heartbeat settings")
MOD_083 = MUST("MOD-083", "The POS takes a connection for dead and ends it when the pong is missing",
               "Heartbeat, Implementation")
MOD_084 = MUST("MOD-084", "The POS reconnects after it has ended a connection for want of a pong",
               "Heartbeat settings")
MOD_085 = MUST("MOD-085", "The POS keeps its connection when the pong comes in time",
               "Heartbeat, Implementation")
MOD_086 = MUST("MOD-086", "The gateway answers each ping with the action pong",
               "Heartbeat / Testing Your Connection, step 3", binds=("gateway",))
MOD_087 = MUST("MOD-087", "The POS starts its heartbeat when the connection opens",
               "Establishing a Connection")
MOD_088 = MUST("MOD-088", "The POS stops its heartbeat at the close and runs exactly one after a reconnect",
               "Heartbeat, Implementation", implied=True)
MOD_089 = MUST("MOD-089", "The POS keeps up its heartbeat during payments and idle times",
               "Heartbeat", implied=True)
MOD_090 = MUST("MOD-090", "The POS sends the JSON ping, for a WebSocket control ping alone is not enough",
               "Heartbeat", implied=True)
MOD_091 = MUST("MOD-091", "The POS answers control pings of the gateway as the WebSocket standard demands",
               "WebSocket", implied=True)

# ---- G. Self-test ----------------------------------------------------------------------------------------------------

MOD_095 = SHOULD("MOD-095", "The integrator has seen the open event, a list of terminals, the answer to a ping and a "
                            "reconnection before going live",
                 "Testing Your Connection", binds=("integrator",), seen=(OPERATOR,))

# ---- H. Extended: what the public pages say beyond our copy ----------------------------------------------------------

MOD_100 = SHOULD("MOD-100", "The POS uses the deviceId as terminalId, and the connectionId only where there is none",
                 "Concepts", when=(EXTENDED, PAYMENTS), source="M5, M9")
MOD_101 = MUST("MOD-101", "The gateway keeps one connection for an API key: the newer wins, and the older is sent "
                          "forceDisconnect",
               "Concepts", binds=("gateway",), when=(EXTENDED,), source="M5")
MOD_102 = MUST("MOD-102", "The POS does not take a terminal that is reconnecting for a failure of a running payment",
               "Concepts / Notifications", when=(EXTENDED, PAYMENTS), seen=(WIRE, DISPLAY), source="M4, M5")
MOD_103 = MUST("MOD-103", "The POS undoes or forbids the result of a sale upon paymentVoided",
               "Notifications", when=(EXTENDED, PAYMENTS), seen=(DISPLAY,), source="M4")
MOD_104 = MUST("MOD-104", "The POS queries a transaction after a timeout instead of sending it again, and retries it "
                          "only if it is FAILED or CANCELLED",
               "API reference", when=(EXTENDED, PAYMENTS, HTTP_SIDE), source="M9")
MOD_105 = SHOULD("MOD-105", "The POS recovers results that it missed once it has reconnected",
                 "Concepts", when=(EXTENDED, PAYMENTS), seen=(WIRE, DISPLAY), source="M5")
MOD_106 = SHOULD("MOD-106", "The POS makes its transactionIds as UUIDv7",
                 "Reference", when=(EXTENDED, PAYMENTS), source="M6")
MOD_107 = MUST("MOD-107", "The POS shows an error reply and ends the attempt that it answers",
               "Actions", when=(EXTENDED, PAYMENTS), seen=(DISPLAY,), source="M3")
MOD_108 = MUST("MOD-108", "The POS shows the errorMessage of a FAILED result, and tells CANCELLED and PENDING from it",
               "Reference", when=(EXTENDED, PAYMENTS), seen=(DISPLAY,), source="M6")
# fmt: on

# ---- The whole -------------------------------------------------------------------------------------------------------

CATALOGUE: tuple[Requirement, ...] = tuple(entry for entry in globals().values() if isinstance(entry, Requirement))
"""All requirements in the order above."""

BY_ID = {requirement.id: requirement for requirement in CATALOGUE}
"""For readers of bundles, which hold ids; code names the constants."""


def chapter_of(requirement: Requirement) -> str:
    """The title of the chapter a requirement of this catalogue stands in, one of `CHAPTERS`."""
    number = int(requirement.id.removeprefix("MOD-"))
    return CHAPTERS[bisect_right(FIRST, number) - 1]
