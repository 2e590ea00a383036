"""Every requirement of "Event notifications" of Adyen's Terminal API, in the order of its chapters.

Three kinds of DUT are held to it: a webhook receiver (WR), the back office that sets the event URLs up (CF), and
whoever emits events, a payment terminal (PT) or a gateway (sender). What binds the sender alone is kept by the harness
while it plays Adyen's cloud, and is asked of a DUT that emits. `source` says where a requirement was read:

    seed  our copy of the document, "Event notifications"
    A1    the same public page, captures of 2025
    A2    an earlier edition of it
    A4    the public typings, samples and security code of the Node library
    A6    the public reference of the Management API
    A10   the public page "Verify transaction status"
    A11   the public page "Pay at table"
"""

from __future__ import annotations

from harness.evidence.requirement import MAY, MUST, SHOULD, Condition, Requirement, Seen

PROGRAMME = "Adyen terminal events"
DOCUMENT = "Event notifications"
CHAPTERS = (
    "Purpose and endpoint",
    "Set-up in the Customer Area",
    "Set-up by Management API",
    "Notification message",
    "Meaning of events",
    "Asynchronous responses",
    "Encryption",
    "Robustness",
)
"""Chapters A to H, and where the numbers of each begin."""

_BEGINS = (1, 20, 40, 60, 70, 90, 110, 120)

WIRE, DISPLAY, OPERATOR = Seen.WIRE, Seen.DISPLAY, Seen.OPERATOR

# ---- What a vendor may claim, and so what applies --------------------------------------------------------------------

RECEIVES = Condition("receives")
CONFIGURES = Condition("configures")
BY_HAND = Condition("customer_area")
EMITS = Condition("emits")
ASYNCHRONOUS = Condition("asynchronous")
CREDENTIALS = Condition("credentials")
ENCRYPTION = Condition("encryption")
LIVE = Condition("live")
SHOWS_STATE = Condition("shows_state")
KEEPS_BOOK = Condition("keeps_book")
SALE_WAKE_UP = Condition("sale_wake_up")
REFUNDS = Condition("refunds")

# A table to be read beside the document, so laid out by hand: first the sentence, below it all that is said about it.
# fmt: off

# ---- A. Purpose and endpoint -----------------------------------------------------------------------------------------

ADY_001 = MAY("ADY-001", "The receiver uses events to tell the staff about availability and state of a terminal",
              "Introduction", binds=("WR",), when=(RECEIVES, SHOWS_STATE), seen=(DISPLAY, OPERATOR))
ADY_002 = MUST("ADY-002", "The back office has event notifications set up before it makes an asynchronous request",
               "Introduction", binds=("CF",), when=(RECEIVES, ASYNCHRONOUS))
ADY_003 = MUST("ADY-003", "The sender posts asynchronous Terminal API responses to the endpoint that gets the events",
               "Introduction / Asynchronous responses", binds=("sender",), when=(EMITS, ASYNCHRONOUS))
ADY_004 = MUST("ADY-004", "The receiver takes HTTP callbacks at an endpoint that accepts JSON messages",
               "Set up, Customer Area 1 / API 1", binds=("WR",), when=(RECEIVES,))
ADY_005 = MUST("ADY-005", "The receiver has in test an open port for HTTP, 80, 8080 or 8888, or for HTTPS, 443, 8443 "
                          "or 8843, with TLS 1.2",
               "Set up 1", binds=("WR",), when=(RECEIVES,))
ADY_006 = MUST("ADY-006", "The receiver has in live operation an open port for HTTPS, 443, 8443 or 8843, with TLS 1.2",
               "Set up 1", binds=("WR",), when=(RECEIVES, LIVE))
ADY_007 = MUST("ADY-007", "The receiver takes in live operation no plain HTTP and nothing below TLS 1.2",
               "Set up 1", binds=("WR",), implied=True, when=(RECEIVES, LIVE))
ADY_008 = MUST("ADY-008", "The receiver accepts a POST on the very URL that was configured, without a redirect or a "
                          "login page",
               "Set up 1 / 8", binds=("WR",), implied=True, when=(RECEIVES,))
ADY_009 = MUST("ADY-009", "The receiver acknowledges each message soon and with success",
               "Set up", binds=("WR",), implied=True, when=(RECEIVES,), source="A1, A2")
ADY_010 = MUST("ADY-010", "The receiver acknowledges a message before it does slow business processing",
               "Set up", binds=("WR",), implied=True, when=(RECEIVES,), source="A2")

# ---- B. Set-up in the Customer Area ----------------------------------------------------------------------------------

ADY_020 = MUST("ADY-020", "The back office has the URL entered at the level that is wanted: merchant account, store or "
                          "terminal",
               "Customer Area 2 and 3", binds=("CF",), when=(BY_HAND,), seen=(OPERATOR,))
ADY_021 = MUST("ADY-021", "The back office has \"Decrypted\" selected in the section Terminal API",
               "Customer Area 5", binds=("CF",), when=(BY_HAND,), seen=(OPERATOR,))
ADY_022 = MUST("ADY-022", "The back office has a URL in each entry of the event URLs",
               "Customer Area 6 to 8", binds=("CF",), when=(BY_HAND,), seen=(OPERATOR,))
ADY_023 = MAY("ADY-023", "The back office sets a user name and a password, which are those of its server",
              "Customer Area 8", binds=("CF",), when=(RECEIVES, CREDENTIALS))
ADY_024 = MUST("ADY-024", "The sender puts user name and password, where they are set, into the header of the "
                          "notification by basic authentication",
               "Customer Area 8", binds=("sender",), when=(EMITS, CREDENTIALS))
ADY_025 = MUST("ADY-025", "The receiver refuses a call with wrong credentials or none, if it has any, and changes no "
                          "state for it",
               "Customer Area 8", binds=("WR",), implied=True, when=(RECEIVES, CREDENTIALS))
ADY_026 = MUST("ADY-026", "The back office selects Public for a URL on a public network and Local for one on a local "
                          "area network",
               "Customer Area 8", binds=("CF",), when=(CONFIGURES,))
ADY_027 = MUST("ADY-027", "The back office has encryption chosen for each URL on its own",
               "Customer Area 8", binds=("CF", "sender"), when=(ENCRYPTION,))
ADY_028 = MUST("ADY-028", "The back office has its settings saved, so that they hold afterwards",
               "Customer Area 9 and 10", binds=("CF",), when=(CONFIGURES,))
ADY_029 = MUST("ADY-029", "The sender posts events to the URL from then on, and asynchronous responses too",
               "Customer Area, last paragraph", binds=("sender",), when=(EMITS,))

# ---- C. Set-up by Management API -------------------------------------------------------------------------------------

ADY_040 = MUST("ADY-040", "The back office has an API credential with the role for terminal advanced settings, read "
                          "and write",
               "API, role", binds=("CF",), when=(CONFIGURES,))
ADY_041 = MAY("ADY-041", "The back office looks with a GET on terminalSettings at what is set in nexo.eventUrls first",
              "API 2", binds=("CF",), when=(CONFIGURES,))
ADY_042 = MUST("ADY-042", "The back office knows the settings inherited from the next higher level before it removes "
                          "its own",
               "API 2, note", binds=("CF",), when=(CONFIGURES,))
ADY_043 = MUST("ADY-043", "The back office changes settings with a PATCH to terminalSettings of a company, merchant, "
                          "store or terminal",
               "API 3", binds=("CF",), when=(CONFIGURES,))
ADY_044 = MUST("ADY-044", "The back office sends eventLocalUrls, eventPublicUrls or both inside nexo.eventUrls",
               "API 3", binds=("CF",), when=(CONFIGURES,))
ADY_045 = MUST("ADY-045", "The back office sends each list of event URLs as an array with one entry or more",
               "API 3", binds=("CF",), when=(CONFIGURES,))
ADY_046 = MUST("ADY-046", "The back office sends encrypted as a Boolean, and url, username and password as strings",
               "API 3", binds=("CF",), when=(CONFIGURES,))
ADY_047 = MUST("ADY-047", "The back office sends each url in the form http(s)://domain",
               "API 3", binds=("CF",), when=(CONFIGURES,))
ADY_048 = MUST("ADY-048", "The back office puts addresses of a local area network into the local list and public ones "
                          "into the public list",
               "API 3", binds=("CF",), when=(CONFIGURES,))
ADY_049 = MUST("ADY-049", "The back office reads the answer as the whole configuration of that level, and keeps what "
                          "it did not mean to change",
               "API 4", binds=("CF",), when=(CONFIGURES,))
ADY_050 = MUST("ADY-050", "The back office sends the object that holds a parameter complete, because members left out "
                          "fall back to the inherited value",
               "API 3 and 4", binds=("CF",), implied=True, when=(CONFIGURES,), source="A6")
ADY_051 = MUST("ADY-051", "The back office sends only https URLs for live operation",
               "Set up 1", binds=("CF",), implied=True, when=(CONFIGURES, LIVE))

# ---- D. Notification message -----------------------------------------------------------------------------------------

ADY_060 = MUST("ADY-060", "The terminal sends an event as a SaleToPOIRequest with MessageHeader and EventNotification",
               "Examples", binds=("PT", "sender"), when=(EMITS,))
ADY_061 = MUST("ADY-061", "The terminal sends events with MessageClass and MessageCategory Event, MessageType "
                          "Notification and ProtocolVersion 3.0",
               "Examples", binds=("PT", "sender"), when=(EMITS,))
ADY_062 = MUST("ADY-062", "The terminal names SaleID, POIID, which is model and serial number, and a DeviceID of "
                          "digits",
               "Examples", binds=("PT", "sender"), when=(EMITS,))
ADY_063 = MUST("ADY-063", "The terminal sends EventToNotify, EventDetails and a TimeStamp in UTC with milliseconds and "
                          "Z",
               "Examples", binds=("PT", "sender"), when=(EMITS,))
ADY_064 = MUST("ADY-064", "The terminal sends as EventToNotify one of the defined values",
               "Event notification types", binds=("PT", "sender"), when=(EMITS,))
ADY_065 = MUST("ADY-065", "The terminal gives different events different DeviceIDs",
               "Examples", binds=("PT", "sender"), implied=True, when=(EMITS,))
ADY_066 = MUST("ADY-066", "The receiver takes the members of a message in any order, with the header first or last",
               "Examples / Asynchronous responses", binds=("WR",), when=(RECEIVES,))
ADY_067 = MUST("ADY-067", "The receiver acknowledges unknown members and unknown values of EventToNotify, and lets "
                          "them have no effect",
               "Event notification types", binds=("WR",), implied=True, when=(RECEIVES,))
ADY_068 = MUST("ADY-068", "The receiver finds the terminal by its POIID and keeps several terminals apart",
               "Examples", binds=("WR",), implied=True, when=(RECEIVES, SHOWS_STATE))

# ---- E. Meaning of events --------------------------------------------------------------------------------------------

ADY_070 = MUST("ADY-070", "The terminal sends Shutdown when it is shutting down",
               "Event notification types", binds=("PT",), when=(EMITS,))
ADY_071 = MUST("ADY-071", "The terminal sends BeginMaintenance when maintenance starts",
               "Event notification types", binds=("PT",), when=(EMITS,))
ADY_072 = MUST("ADY-072", "The terminal sends EndMaintenance when that maintenance is over",
               "Event notification types", binds=("PT",), when=(EMITS,))
ADY_073 = MUST("ADY-073", "The terminal sends OutOfOrder when it is out of order",
               "Event notification types", binds=("PT",), when=(EMITS,))
ADY_074 = MUST("ADY-074", "The terminal sends Initialised when it has been initialised and is ready for transactions",
               "Event notification types", binds=("PT",), when=(EMITS,))
ADY_075 = MUST("ADY-075", "The terminal sends Reject when a request was rejected, with an explanation in EventDetails",
               "Event notification types", binds=("PT",), when=(EMITS,))
ADY_076 = MUST("ADY-076", "The terminal sends SaleWakeUp when it starts a payment request, with the reference that was "
                          "typed on it in EventDetails",
               "Event notification types", binds=("PT",), when=(EMITS,))
ADY_077 = SHOULD("ADY-077", "The receiver has a terminal shown as not available after Shutdown, BeginMaintenance and "
                            "OutOfOrder, and holds new payments",
                 "Introduction / Event notification types", binds=("WR",), implied=True, when=(RECEIVES, SHOWS_STATE),
                 seen=(WIRE, DISPLAY))
ADY_078 = SHOULD("ADY-078", "The receiver has a terminal shown as available again after EndMaintenance and Initialised",
                 "Introduction / Event notification types", binds=("WR",), implied=True, when=(RECEIVES, SHOWS_STATE),
                 seen=(WIRE, DISPLAY))
ADY_079 = MUST("ADY-079", "The receiver ends the waiting transaction on a Reject and has the reason shown, and counts "
                          "nothing as paid",
               "Event notification types", binds=("WR",), implied=True, when=(RECEIVES, KEEPS_BOOK),
               seen=(WIRE, DISPLAY))
ADY_080 = MUST("ADY-080", "The receiver makes a payment or input request to that POIID for the reference of a "
                          "SaleWakeUp",
               "Event notification types", binds=("WR",), implied=True, when=(RECEIVES, SALE_WAKE_UP),
               source="seed, A11")
ADY_081 = MUST("ADY-081", "The receiver reads EventDetails of state events as form-encoded pairs and of SaleWakeUp as "
                          "plain text",
               "Examples", binds=("WR",), implied=True, when=(RECEIVES, SALE_WAKE_UP))
ADY_082 = MUST("ADY-082", "The receiver goes by TimeStamp, not by arrival, and lets no late event overwrite a newer "
                          "one",
               "Examples", binds=("WR",), implied=True, when=(RECEIVES, SHOWS_STATE))
ADY_083 = MUST("ADY-083", "The receiver acts once on an event that is delivered twice",
               "Set up", binds=("WR",), implied=True, when=(RECEIVES,), source="A2")

# ---- F. Asynchronous responses ---------------------------------------------------------------------------------------

ADY_090 = MUST("ADY-090", "The sender answers asynchronous requests to the event endpoint, if one is set",
               "Asynchronous responses", binds=("sender",), when=(EMITS, ASYNCHRONOUS))
ADY_091 = MUST("ADY-091", "The sender answers asynchronously exactly as locally or synchronously, and the receiver "
                          "reads it so",
               "Asynchronous responses", binds=("sender", "WR"), when=(ASYNCHRONOUS,))
ADY_092 = MUST("ADY-092", "The receiver tells an event, a SaleToPOIRequest, from a result, a SaleToPOIResponse, at one "
                          "endpoint",
               "Introduction", binds=("WR",), implied=True, when=(RECEIVES, ASYNCHRONOUS))
ADY_093 = MUST("ADY-093", "The receiver matches a result to its request by SaleID, ServiceID and POIID",
               "Asynchronous responses", binds=("WR",), implied=True, when=(RECEIVES, ASYNCHRONOUS, KEEPS_BOOK))
ADY_094 = MUST("ADY-094", "The receiver settles by Result Success, or Partial for its amount, and never by Failure",
               "Asynchronous responses", binds=("WR",), implied=True, when=(RECEIVES, ASYNCHRONOUS, KEEPS_BOOK))
ADY_095 = MUST("ADY-095", "The receiver compares the authorised amount and currency with the order",
               "Asynchronous responses", binds=("WR",), implied=True, when=(RECEIVES, ASYNCHRONOUS, KEEPS_BOOK))
ADY_096 = MUST("ADY-096", "The receiver acknowledges a result that comes again or fits no request, and changes nothing "
                          "for it",
               "Asynchronous responses", binds=("WR",), implied=True, when=(RECEIVES, ASYNCHRONOUS, KEEPS_BOOK))
ADY_097 = MUST("ADY-097", "The receiver keeps or offers the receipts by their DocumentQualifier",
               "Asynchronous responses", binds=("WR",), implied=True, when=(RECEIVES, ASYNCHRONOUS),
               seen=(DISPLAY, OPERATOR))
ADY_098 = MUST("ADY-098", "The POS asks for the status when no result came in time, and makes no second payment",
               "Asynchronous responses", binds=("POS",), implied=True, when=(RECEIVES, ASYNCHRONOUS), source="A10")

# ---- G. Encryption ---------------------------------------------------------------------------------------------------

ADY_110 = MUST("ADY-110", "The sender encrypts the message to a URL with encrypted true, and sends it in clear with "
                          "false",
               "API 3 / Customer Area 8", binds=("sender",), when=(EMITS, ENCRYPTION))
ADY_111 = MUST("ADY-111", "The receiver decrypts an encrypted message and checks its HMAC before it uses the content",
               "API 3 / Customer Area 8", binds=("WR",), implied=True, when=(RECEIVES, ENCRYPTION))
ADY_112 = MUST("ADY-112", "The receiver does not trust a clear message to an encrypted URL, at least no clear success",
               "API 3 / Customer Area 8", binds=("WR",), implied=True, when=(RECEIVES, ENCRYPTION), source="seed, A4")
ADY_113 = MUST("ADY-113", "The receiver compares the header inside an envelope with the clear one beside it",
               "API 3 / Customer Area 8", binds=("WR",), implied=True, when=(RECEIVES, ENCRYPTION), source="A4")
ADY_114 = SHOULD("ADY-114", "The receiver refuses and logs an unknown key identifier or version without showing which "
                            "check failed",
                 "API 3 / Customer Area 8", binds=("WR",), implied=True, when=(RECEIVES, ENCRYPTION), source="A4")
ADY_115 = SHOULD("ADY-115", "The receiver catches replays by DeviceID or ServiceID and TimeStamp",
                 "API 3 / Customer Area 8", binds=("WR",), implied=True, when=(RECEIVES, ENCRYPTION), source="A4")

# ---- H. Robustness ---------------------------------------------------------------------------------------------------

ADY_120 = MUST("ADY-120", "The receiver answers bad JSON, an empty body, a wrong content type or a missing header with "
                          "4xx or drops it, without a crash or a change of state",
               "Set up 1", binds=("WR",), implied=True, when=(RECEIVES,))
ADY_121 = MUST("ADY-121", "The receiver handles concurrent and bursty delivery on kept and on new connections",
               "Set up 1", binds=("WR",), implied=True, when=(RECEIVES,))
ADY_122 = MUST("ADY-122", "The receiver handles large bodies, such as receipts, and text beyond ASCII",
               "Asynchronous responses", binds=("WR",), implied=True, when=(RECEIVES,))

# fmt: on

CATALOGUE: tuple[Requirement, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Requirement)
)
"""All of them, in the order above."""

BY_ID = {requirement.id: requirement for requirement in CATALOGUE}


def chapter_of(requirement: Requirement) -> str:
    """The chapter a requirement stands in, by its number."""
    number = int(requirement.id.rpartition("-")[2])
    return CHAPTERS[sum(begin <= number for begin in _BEGINS) - 1]
