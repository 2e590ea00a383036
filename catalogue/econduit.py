"""Every requirement of "eConduit Direct Certification", in the order of its chapters.

A chapter owns twenty numbers, so that it can grow without renumbering what reports already cite. Clause names in square
brackets are headings that our copy of the document has lost. `source` says where a requirement was read:

    seed  our copy of the document
    P1    a second, less damaged copy of the same page
    P2    the public page "runTransaction"
    P4    the public page "checkStatus"
    P6    the public documentation of the same API under another brand
"""

from __future__ import annotations

from harness.evidence.requirement import MAY, MUST, SHOULD, Condition, Requirement, Seen

PROGRAMME = "eConduit Direct"
DOCUMENT = "eConduit Direct Certification"
CHAPTERS = (
    "Framing and encoding",
    "Connection and endpoints",
    "Registration",
    "Heartbeat",
    "Transactions",
    "User feedback and certification",
    "Extended",
)
"""Chapters A to G: A owns the numbers below 20, B those below 40, and so on."""

WIRE, DISPLAY, OPERATOR = Seen.WIRE, Seen.DISPLAY, Seen.OPERATOR

# ---- What a vendor may claim, and so what applies --------------------------------------------------------------------

ACKS_ASKED = Condition("acks_asked")
ACKS_NOT_ASKED = Condition("acks_not_asked")
CABLE = Condition("cable")
COLOUR_DISPLAY = Condition("colour_display")
POS_API_EXTENDED = Condition("pos_api_extended")
SECONDARY_ENDPOINT = Condition("secondary_endpoint")
STATUS_DISPLAY = Condition("status_display")
TRANSACTIONS = Condition("transactions")
WIFI = Condition("wifi")

# A table to be read beside the document, so laid out by hand: first the sentence, below it all that is said about it.
# fmt: off

# ---- A. Framing and encoding -----------------------------------------------------------------------------------------

ECD_001 = MUST("ECD-001", "The terminal ends every message to the cloud with exactly the two bytes 0x04 0x04",
               "Overview")
ECD_002 = MUST("ECD-002", "The terminal ends its registration message with the two bytes 0x04 0x04",
               "Overview / Registration")
ECD_003 = MUST("ECD-003", "The terminal ends each heartbeat with the two bytes 0x04 0x04",
               "Overview / Heartbeat")
ECD_004 = MUST("ECD-004", "The terminal ends each transaction response with the two bytes 0x04 0x04",
               "Overview / Transactions", when=(TRANSACTIONS,))
ECD_005 = MUST("ECD-005", "The terminal sends the byte 0x04 only in the pair that ends a message, and neither CR, LF "
                          "nor NUL after that pair",
               "Overview", implied=True)
ECD_006 = MUST("ECD-006", "The terminal and the cloud find the end of a message by its terminator alone, whether a "
                          "message comes in several TCP segments or several messages come in one",
               "Overview", binds=("T", "C"), implied=True)
ECD_007 = MUST("ECD-007", "The terminal sends names and values, which are case sensitive, in the documented case",
               "Registration")
ECD_008 = MUST("ECD-008", "The terminal wraps every name and every value in quotation marks, so that all values are "
                          "JSON strings",
               "Registration")
ECD_009 = MUST("ECD-009", "The terminal sends valid JSON, with its braces and with straight quotes, without comments "
                          "or a trailing comma",
               "Registration", implied=True)
ECD_010 = SHOULD("ECD-010", "The terminal sends ASCII or UTF-8 text without a byte-order mark",
                 "Registration", implied=True)

# ---- B. Connection and endpoints -------------------------------------------------------------------------------------

ECD_020 = MUST("ECD-020", "The terminal opens the connection outbound and is never dialled by the cloud",
               "Overview")
ECD_021 = MUST("ECD-021", "The terminal speaks plain TCP, with no TLS, HTTP or WebSocket preamble, on port 80 too",
               "Connection")
ECD_022 = MUST("ECD-022", "The terminal keeps the socket open at all times, across idle periods and after transactions",
               "Overview / Connection")
ECD_023 = MUST("ECD-023", "The terminal takes its commands and sends its answers on the one socket it opened",
               "Connection", when=(TRANSACTIONS,))
ECD_024 = MUST("ECD-024", "The terminal tries the secondary endpoint automatically if the primary cannot be reached",
               "Connection", when=(SECONDARY_ENDPOINT,))
ECD_025 = SHOULD("ECD-025", "The terminal has both production endpoints configurable in the terminal management system",
                 "Connection", when=(SECONDARY_ENDPOINT,), seen=(WIRE, OPERATOR))
ECD_026 = MUST("ECD-026", "The terminal has the host and port it registers with configurable in the download "
                          "management system",
               "Registration", seen=(WIRE, OPERATOR))
ECD_027 = MUST("ECD-027", "The terminal re-establishes a severed connection as fast as possible, whatever the cause",
               "Connection / [Testing]")
ECD_028 = MUST("ECD-028", "The terminal re-establishes the connection as fast as possible after a loss of internet "
                          "beyond the local network",
               "[Testing]")
ECD_029 = MUST("ECD-029", "The terminal re-establishes the connection as fast as possible after a loss of Wi-Fi",
               "[Testing]", when=(WIFI,))
ECD_030 = MUST("ECD-030", "The terminal re-establishes the connection as fast as possible after a loss of network, "
                          "such as a pulled cable",
               "[Testing]", when=(CABLE,))
ECD_031 = MUST("ECD-031", "The terminal takes an endpoint for one that cannot be reached if it refuses, times out, is "
                          "unreachable or has a name that does not resolve",
               "Connection", implied=True, when=(SECONDARY_ENDPOINT,))
ECD_032 = MUST("ECD-032", "The terminal keeps cycling through its endpoints for ever, unattended and with a bounded "
                          "back-off, while none can be reached",
               "Connection", implied=True)
ECD_033 = MUST("ECD-033", "The terminal falls back to the secondary endpoint without operator action or reboot",
               "Connection", implied=True, when=(SECONDARY_ENDPOINT,), seen=(WIRE, OPERATOR))
ECD_034 = MUST("ECD-034", "The terminal has at most one live connection and closes the old socket no later than a new "
                          "one registers",
               "Connection", implied=True)
ECD_035 = MUST("ECD-035", "The terminal notices a half-open connection, its peer silent without a reset, and counts "
                          "it as severed",
               "Connection", implied=True)
ECD_036 = SHOULD("ECD-036", "The terminal can return from the secondary endpoint to the primary when it reconnects "
                            "later",
                 "Connection", implied=True, when=(SECONDARY_ENDPOINT,))

# ---- C. Registration -------------------------------------------------------------------------------------------------

ECD_040 = MUST("ECD-040", "The terminal sends the registration message when it first starts",
               "Registration")
ECD_041 = MUST("ECD-041", "The terminal sends its registration as the first message of a connection, before any "
                          "heartbeat or other frame",
               "Registration", implied=True)
ECD_042 = MUST("ECD-042", "The terminal sends a new registration on the new connection after any drop",
               "Registration")
ECD_043 = MUST("ECD-043", "The terminal registers exactly once on each connection",
               "Registration", implied=True)
ECD_044 = MUST("ECD-044", "The terminal registers with a TerminalID that is present and not empty",
               "Registration")
ECD_045 = MUST("ECD-045", "The terminal registers with a TerminalID that is unique across the platform",
               "Registration", seen=(WIRE, OPERATOR))
ECD_046 = MUST("ECD-046", "The terminal has a TerminalID that its end user finds easily, on a label, a screen or a "
                          "menu, without calling support",
               "Registration", seen=(WIRE, OPERATOR))
ECD_047 = SHOULD("ECD-047", "The terminal uses its serial number or MAC address as TerminalID, or a TID if the end "
                            "users will know it",
                 "Registration", seen=(OPERATOR,))
ECD_048 = MUST("ECD-048", "The terminal keeps the same TerminalID across restarts, reconnects and changes of network",
               "Registration", implied=True)
ECD_049 = MUST("ECD-049", "The terminal registers with a SoftwareVersion that names the payment application and its "
                          "version",
               "Registration")
ECD_050 = MUST("ECD-050", "The terminal registers with Command, TerminalType, TerminalModel and AckHeartbeat present, "
                          "as in the full message",
               "Registration", implied=True, source="P1")
ECD_051 = MUST("ECD-051", "The cloud answers a registration with one of OK-REGISTRATION, FAILED-REGISTRATION and "
                          "FAILED-INVALID-TERMINAL-TYPE",
               "Registration", binds=("C",))
ECD_052 = MUST("ECD-052", "The terminal takes only the answer OK-REGISTRATION for success, and every other answer, "
                          "unknown text included, for failure",
               "Registration", seen=(WIRE, DISPLAY))
ECD_053 = MUST("ECD-053", "The terminal compares the registration answer whole and case-sensitively, so that "
                          "ok-registration and OK-REGISTRATION2 are failures",
               "Registration", implied=True, seen=(WIRE, DISPLAY))
ECD_054 = MUST("ECD-054", "The terminal enters a waiting state for terminal commands once its registration has "
                          "succeeded",
               "Registration", when=(TRANSACTIONS,))
ECD_055 = MUST("ECD-055", "The terminal runs no transaction and is not online without a successful registration",
               "Registration / User Feedback", implied=True, seen=(WIRE, DISPLAY))
ECD_056 = SHOULD("ECD-056", "The terminal retries after a failed registration, but not in a tight loop",
                 "Registration", implied=True)
ECD_057 = MUST("ECD-057", "The terminal counts a registration as failed if no answer comes within a time limit",
               "Registration", implied=True)
ECD_058 = MUST("ECD-058", "The terminal registers with a TerminalType the cloud knows, and brings "
                          "FAILED-INVALID-TERMINAL-TYPE to the technician's notice",
               "Registration", implied=True, seen=(DISPLAY, OPERATOR))

# ---- D. Heartbeat ----------------------------------------------------------------------------------------------------

ECD_060 = MUST("ECD-060", "The terminal sends the heartbeat command periodically while idle",
               "Heartbeat")
ECD_061 = SHOULD("ECD-061", "The terminal sends its heartbeat about once per minute",
                 "Heartbeat")
ECD_062 = MUST("ECD-062", 'The cloud answers a heartbeat with {"Status":"OK"} and 0x04 0x04 if the registration had '
                          "AckHeartbeat true",
               "Heartbeat", binds=("C",), when=(ACKS_ASKED,))
ECD_063 = MUST("ECD-063", "The cloud does not answer a heartbeat at all unless the registration had AckHeartbeat true",
               "Heartbeat", binds=("C",), when=(ACKS_NOT_ASKED,))
ECD_064 = MUST("ECD-064", "The terminal consumes a heartbeat ack silently, neither taking it for a transaction nor "
                          "changing its screen",
               "Heartbeat", implied=True, when=(ACKS_ASKED,), seen=(WIRE, DISPLAY))
ECD_065 = MUST("ECD-065", "The terminal neither waits for a heartbeat ack it has not asked for nor drops the "
                          "connection for want of one",
               "Heartbeat", implied=True, when=(ACKS_NOT_ASKED,))
ECD_066 = MAY("ECD-066", "The terminal may leave out heartbeats while busy, as they are messages of the idle state",
              "Heartbeat", implied=True, when=(TRANSACTIONS,))
ECD_067 = MUST("ECD-067", "The terminal never sends a heartbeat inside or between the parts of another message",
               "Heartbeat / Overview", implied=True)
ECD_068 = MUST("ECD-068", "The terminal resumes heartbeats after a transaction and after a reconnect, with its timer "
                          "restarted and without a burst",
               "Heartbeat", implied=True)
ECD_069 = MUST("ECD-069", "The terminal reconnects when the heartbeat acks it has asked for stay away",
               "Heartbeat / Connection", implied=True, when=(ACKS_ASKED,))
ECD_070 = MUST("ECD-070", "The terminal keeps up its heartbeat unattended for hours",
               "Heartbeat", implied=True)

# ---- E. Transactions -------------------------------------------------------------------------------------------------

ECD_080 = MUST("ECD-080", "The terminal processes commands that arrive in the waiting state as in its existing "
                          "integration",
               "Transactions", when=(TRANSACTIONS,), seen=(WIRE, DISPLAY))
ECD_081 = MUST("ECD-081", "The terminal keeps its message format unchanged, the two appended 0x04 bytes being the "
                          "only difference",
               "Transactions", when=(TRANSACTIONS,))
ECD_082 = MUST("ECD-082", "The terminal sends exactly one response per command, on the connection the command came on",
               "Connection / Transactions", implied=True, when=(TRANSACTIONS,))
ECD_083 = MUST("ECD-083", "The terminal also responds to a command that ends in a decline, a cancellation, a timeout "
                          "or an error",
               "Transactions", implied=True, when=(TRANSACTIONS,))
ECD_084 = MUST("ECD-084", "The terminal identifies the command in its response by echoing the command's reference "
                          "unchanged",
               "Transactions", implied=True, when=(TRANSACTIONS,))
ECD_085 = MUST("ECD-085", "The terminal returns to the waiting state after its response, connected and online",
               "Connection / Registration", implied=True, when=(TRANSACTIONS,), seen=(WIRE, DISPLAY))
ECD_086 = MUST("ECD-086", "The terminal answers a command received while busy or queues it, and never loses it or "
                          "disturbs the running one",
               "Transactions", implied=True, when=(TRANSACTIONS,))
ECD_087 = MUST("ECD-087", "The terminal makes no double charge if the connection drops in mid-transaction, and once "
                          "registered again is usable with the outcome recoverable",
               "Connection / [Testing]", implied=True, when=(TRANSACTIONS,), seen=(WIRE, OPERATOR))
ECD_088 = MUST("ECD-088", "The terminal answers an unknown or malformed command with an error or ignores it, and "
                          "neither hangs nor drops the connection",
               "Transactions", implied=True, when=(TRANSACTIONS,))
ECD_089 = MUST("ECD-089", "The terminal sends no full card number, track or PIN data in clear on this unencrypted "
                          "socket",
               "Connection", implied=True)
ECD_090 = MUST("ECD-090", "The cloud has a URL, supplied by its operator, for sending test transactions",
               "[Testing]", binds=("C",))

# ---- F. User feedback and certification ------------------------------------------------------------------------------

ECD_100 = MUST("ECD-100", "The terminal lets the end user tell easily whether it is connected",
               "User Feedback", seen=(OPERATOR,))
ECD_101 = MUST("ECD-101", "The terminal shows POS Online while idle and connected",
               "User Feedback", when=(STATUS_DISPLAY,), seen=(DISPLAY,))
ECD_102 = MUST("ECD-102", "The terminal shows POS Offline while not connected",
               "User Feedback", when=(STATUS_DISPLAY,), seen=(DISPLAY,))
ECD_103 = SHOULD("ECD-103", "The terminal shows POS Offline in red where its screen allows",
                 "User Feedback", when=(STATUS_DISPLAY, COLOUR_DISPLAY), seen=(DISPLAY,))
ECD_104 = MUST("ECD-104", "The terminal shows POS Online and POS Offline in exactly that wording and case, on the "
                          "idle screen and not in a menu",
               "User Feedback", implied=True, when=(STATUS_DISPLAY,), seen=(DISPLAY,))
ECD_105 = MUST("ECD-105", "The terminal keeps POS Online and POS Offline in step with the real state of the "
                          "connection, within seconds both ways",
               "User Feedback", implied=True, when=(STATUS_DISPLAY,), seen=(WIRE, DISPLAY))
ECD_106 = MUST("ECD-106", "The terminal shows POS Online only after a successful registration, not for an open socket "
                          "alone",
               "User Feedback / Registration", implied=True, when=(STATUS_DISPLAY,), seen=(DISPLAY,))
ECD_107 = MUST("ECD-107", "The terminal shows POS Online or POS Offline again after every transaction, successful or "
                          "not",
               "User Feedback", implied=True, when=(STATUS_DISPLAY, TRANSACTIONS), seen=(DISPLAY,))
ECD_110 = MUST("ECD-110", "The tester verifies reconnection for each listed cause of loss: internet, Wi-Fi and network",
               "[Testing]", binds=("tester",))

# ---- G. Extended: the POS behind the web API -------------------------------------------------------------------------

ECD_120 = SHOULD("ECD-120", "The POS makes a fresh RefID for every first transaction",
                 "runTransaction", binds=("POS",), when=(POS_API_EXTENDED,), source="P2")
ECD_121 = MUST("ECD-121", "The POS reuses the RefID of the original for a Capture, Void or TipAdjust, and asks for it "
                          "only while the batch is open",
               "runTransaction", binds=("POS",), when=(POS_API_EXTENDED,), source="P2")
ECD_122 = MUST("ECD-122", "The POS uses checkStatus after a lost answer, before the next sale",
               "runTransaction / checkStatus", binds=("POS",), when=(POS_API_EXTENDED,), source="P2, P4")
ECD_123 = MUST("ECD-123", "The POS polls checkStatus no faster than every 5 s for 3 min, then no faster than every 30 "
                          "s",
               "checkStatus", binds=("POS",), when=(POS_API_EXTENDED,), source="P4")
ECD_124 = MUST("ECD-124", "The POS handles an approved amount lower than asked as part payment",
               "Best Practices, Testing and Receipts", binds=("POS",), when=(POS_API_EXTENDED,), seen=(OPERATOR,),
               source="P6")
ECD_125 = SHOULD("ECD-125", "The POS holds back a second command until the terminal is free",
                 "Best Practices, Testing and Receipts", binds=("POS",), when=(POS_API_EXTENDED,), source="P6")
ECD_126 = SHOULD("ECD-126", "The POS leaves cancelling to the terminal and does not let its payment window be closed",
                 "Best Practices, Testing and Receipts", binds=("POS",), when=(POS_API_EXTENDED,), seen=(OPERATOR,),
                 source="P6")
# fmt: on

# ---- The whole -------------------------------------------------------------------------------------------------------

CATALOGUE: tuple[Requirement, ...] = tuple(entry for entry in globals().values() if isinstance(entry, Requirement))
"""All requirements in the order above."""

BY_ID = {requirement.id: requirement for requirement in CATALOGUE}
"""For readers of bundles, which hold ids; code names the constants."""


def chapter_of(requirement: Requirement) -> str:
    """The title of the chapter a requirement of this catalogue stands in, one of `CHAPTERS`."""
    number = int(requirement.id.removeprefix("ECD-"))
    return CHAPTERS[number // 20]
