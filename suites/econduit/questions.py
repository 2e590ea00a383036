"""The checklist: what a person at the bench is asked, in words for somebody who has never read the document.

Every question is put so that *yes* means that the requirement is met. What to do and to look at comes first; a line of
it is a paragraph on the screen. Texts may name the facts of a run: {terminal_id}, {primary}, {spare}, {heartbeat}.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalogue.econduit import (
    ECD_025,
    ECD_026,
    ECD_033,
    ECD_045,
    ECD_046,
    ECD_047,
    ECD_052,
    ECD_053,
    ECD_055,
    ECD_058,
    ECD_064,
    ECD_080,
    ECD_085,
    ECD_087,
    ECD_100,
    ECD_101,
    ECD_102,
    ECD_103,
    ECD_104,
    ECD_105,
    ECD_106,
    ECD_107,
    ECD_124,
    ECD_126,
)
from harness.evidence.requirement import Requirement
from harness.wire.econduit import Ack


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the checklist. `of`: the requirement under which it is asked, and its answer prepared; `also`: those
    that the answer judges besides; `meanwhile`: the kind of event that must come while he looks, if one must."""

    of: Requirement
    look_for: str
    question: str
    also: tuple[Requirement, ...] = ()
    meanwhile: str = ""

    @property
    def about(self) -> tuple[Requirement, ...]:
        return (self.of, *self.also)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question about the connected terminal, and its counterpart about one that is not. Yes is wanted to both.

    `offline_first`: what it shows while connected is asked after the cloud has come back."""

    online: Question
    offline: Question
    offline_first: bool = False


# ---- Connected and at rest -------------------------------------------------------------------------------------------

AT_REST = "The terminal is connected to the cloud now and has nothing to do. Look at its display, and touch nothing."
TOLD = "The terminal has told the cloud that its TerminalID is: {terminal_id}\n"

CONNECTED = (
    Question(ECD_101, AT_REST, 'Does the display show the words "POS Online"?'),
    Question(
        ECD_064,
        "About every {heartbeat} seconds the terminal sends the cloud a sign of life, and the cloud answers it. Watch "
        "the display for at least three times as long, and touch nothing.",
        "Did the display stay exactly as it was all the time: no flicker, no message, no other screen?",
        meanwhile=Ack.__name__,
    ),
    Question(
        ECD_046,
        TOLD + "Find this number as its end user would, with the terminal alone and nobody to call: on a label on its "
        "case, on its display, or in a menu.",
        "Did you find it easily, and is it the same as the one above, sign by sign?",
    ),
    Question(
        ECD_047,
        TOLD + "Compare it with the serial number and with the MAC address of the terminal (its label, its menu, its "
        "box). If it is neither, it may be the TID: the number under which the merchant's bank knows the terminal, "
        "printed on its receipts.",
        "Is it the serial number, or the MAC address, or a TID that the merchants who use it know?",
    ),
    Question(
        ECD_045,
        TOLD + "Search for this number in the list of all terminals of the platform (its operator, or the vendor's "
        "list of devices, has it).",
        "Does this number belong to this one terminal, and to no other in the list?",
    ),
    Question(
        ECD_026,
        "Open the management system from which the terminal takes its settings (the download system). Look for the "
        "host and the port to which it connects, {primary} today.\n"
        "To be sure, set them to {spare}, look whether they are accepted, and put them back.",
        "Can both the host and the port be changed there, without new software for the terminal?",
    ),
    Question(
        ECD_025,
        "Open the management system from which the terminal takes its settings. Look for the hosts and the ports to "
        "which it connects: there should be two, a primary and a secondary (also called first and second, or main and "
        "backup).",
        "Can both of them, the primary and the secondary, be changed there?",
    ),
)

# ---- Not connected ---------------------------------------------------------------------------------------------------

GONE = "The cloud has been taken away: the terminal cannot connect now. Look at its display, and touch nothing."

NOT_CONNECTED = (
    Question(ECD_102, GONE, 'Does the display show the words "POS Offline"?'),
    Question(ECD_103, GONE, 'Are the words "POS Offline" on the display in red?'),
)

LEFT_ALONE = Question(
    ECD_033,
    "A moment ago the first server of the cloud was taken away, and the terminal has connected to the second one. Look "
    "at the terminal.",
    "Was it left alone meanwhile: nobody pressed a key, confirmed a message or restarted it, and it asks for nothing "
    "of the kind now?",
)

# ---- Both, one after the other ---------------------------------------------------------------------------------------

EXACTLY = (
    'Are the words "{}" there exactly so, with these capital and small letters, on the screen that the terminal shows '
    "by itself and not in a menu?"
)

BOTH_WAYS = (
    Pair(
        Question(
            ECD_100,
            AT_REST,
            "Can somebody who uses this terminal tell at a glance that it is connected (by words, a lamp, a sign)?",
        ),
        Question(
            ECD_100,
            GONE,
            "Can he tell at a glance that it is NOT connected now: does it look clearly different from before?",
        ),
    ),
    Pair(
        Question(ECD_104, AT_REST, EXACTLY.format("POS Online")),
        Question(ECD_104, GONE, EXACTLY.format("POS Offline")),
    ),
    Pair(
        Question(
            ECD_105,
            "The cloud has just come back, and the terminal is connected.",
            'Does the display show "POS Online" already?',
        ),
        Question(
            ECD_105,
            "The cloud has just been taken away: the terminal cannot connect now.",
            'Does the display show "POS Offline" already?',
        ),
        offline_first=True,
    ),
)

# ---- Refused ---------------------------------------------------------------------------------------------------------


def _watched(of: Requirement, told: str, also: Requirement) -> Question:
    """A registration that comes to nothing. `told`: what the cloud does, for the person who looks."""
    return Question(
        of,
        f"{told} The terminal may try again and again. Watch its display for half a minute, and touch nothing.",
        'Did the display stay without "POS Online", and without any other sign of being connected, all the time, not '
        "even for a moment?",
        (also,),
    )


REFUSED = _watched(ECD_055, "The cloud refuses the terminal now, whenever it connects.", ECD_052)
STRANGE_ANSWER = _watched(ECD_052, "The cloud answers the terminal now with a word that means nothing.", ECD_055)
ALMOST_RIGHT = _watched(
    ECD_053, "The cloud answers the terminal now with the right word in small letters: a refusal, too.", ECD_055
)
NO_ANSWER = _watched(ECD_106, "The cloud lets the terminal connect now, and never answers what it says.", ECD_055)
UNKNOWN_TYPE = Question(
    ECD_058,
    "The cloud refuses the terminal now because it does not know its type, whenever it connects.\n"
    "Look where a technician would who has to find out why it does not connect: its display, its log, its service "
    "menu, its printer.",
    'Is he told that the cloud does not know the type of the terminal ("FAILED-INVALID-TERMINAL-TYPE", or the same in '
    "other words)?",
)

# ---- Sales -----------------------------------------------------------------------------------------------------------

ORDERED = {
    "approve": "The cloud orders a sale of {amount} now. Carry it through at the terminal: present a card, and do what "
    "it asks.",
    "decline": "The cloud orders a sale of {amount} now, which will be declined. Present a card, and do what it asks.",
    "cancel": "The cloud orders a sale of {amount} now. Cancel it at the terminal, as a customer would.",
    "error": "The cloud orders a sale of {amount} now, which will end in an error. Present a card, and do what it "
    "asks.",
}
"""What the person has to do, by the outcome that is wanted; he answers when it is done. Names {amount}."""

AS_USUAL = Question(
    ECD_080,
    ORDERED["approve"],
    "Did the terminal begin by itself, and run the sale as any other: the amount {amount}, its usual screens, the "
    "result at the end?",
)
READY = Question(
    ECD_085,
    "The sale is over. Look at the display, and touch nothing.",
    "Is the terminal back at its idle screen, connected and ready for the next sale, without anybody's doing?",
)
BACK = {
    outcome: Question(
        ECD_107,
        f"{ordered} Then wait until the terminal is back at its idle screen.",
        'Does the idle screen show "POS Online" (or "POS Offline") again, without anybody\'s doing?',
    )
    for outcome, ordered in ORDERED.items()
}
ONCE = Question(
    ECD_087,
    "One sale of {amount} was ordered (reference {reference}), and the line was cut while it ran.\n"
    "Look into the terminal's own records: its journal, its list of transactions, or a printed batch report. The "
    "newest entry is this sale.",
    "Is it there exactly once: one charge of this amount, and not a second one just before it?",
)
"""Names {amount} and {reference}."""

# ---- A POS under test ------------------------------------------------------------------------------------------------

AT_THE_TILL = (
    Question(
        ECD_124,
        "Go to the POS that is under test. Order a sale that is approved for less than was asked (a prepaid card with "
        "too little on it).",
        "Does the POS book the lower amount as part payment, and ask how the rest will be paid?",
    ),
    Question(
        ECD_126,
        "Go to the POS that is under test. Order a sale and, while the terminal waits for the card, try to close the "
        "payment window of the POS and to cancel there.",
        "Does the window stay open, and does the POS leave cancelling to the terminal?",
    ),
)
