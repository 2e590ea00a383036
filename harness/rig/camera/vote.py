"""What several frames say together: a reading that nobody has to doubt, or none.

One frame proves nothing: letters blur, light flickers, a frame taken while the display changes shows both screens. So
frames vote. A reading that the document expects needs a majority. One that would accuse the terminal (another text, the
offline text in another colour than red) needs all of them, and a camera that is close enough: an unclear picture must
never become a FAIL. The text `POS Online` in red is never believed, for then one of the two was read wrong.
"""

from __future__ import annotations

import statistics
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from harness.checks.screen import OFFLINE, ONLINE
from harness.evidence.bench import Screen

VOTES = 5
"""Frames in a vote."""

MAJORITY = 4
"""How many of them must say the same, if it is what the document expects."""

SURE, CERTAIN = 0.3, 0.55
"""How sure of its least sure letter a frame must be to count, and the middle one of a vote to accuse."""

GIVEN_UP = 2 * VOTES
"""Frames in a row without a decision after which the display counts as unread."""

_ALIKE = str.maketrans("0Il|", "O111")
"""Signs that one camera cannot tell from another."""


NOT_RED = "not red"
"""What is known of a colour of which no more is known."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame says. `sure`: of the least sure letter, 0 to 1; `colour`: a CSS name, NOT_RED, or "" if it cannot
    be told."""

    text: str
    sure: float
    colour: str

    def __str__(self) -> str:
        if not self.text:
            return "nothing legible in the status line"
        colour = self.colour or "a colour that cannot be told"
        return f"{self.text!r} in {colour}, its least sure letter by {self.sure:.2f}"


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture (an array of OpenCV's) and what it says. `asked`, `taken`: monotonic seconds between which it was."""

    look: Look
    asked: float
    taken: float
    picture: Any


@dataclass(frozen=True, slots=True)
class Reading:
    """The display was read. `frame`: the first that showed it; `late`: wall seconds by which it may have shown it
    sooner than that frame was taken."""

    screen: Screen
    frame: Frame
    late: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """The display could not be read from this frame on."""

    frame: Frame
    why: str


def spelled(text: str) -> str:
    """A text as the document spells it, if it differs from that only by signs that look the same (0 and O, 1 and l)."""
    alike = text.translate(_ALIKE)
    return next((known for known in (ONLINE, OFFLINE) if alike == known.translate(_ALIKE)), text)


def vote(looks: Sequence[Look], *, coloured: bool, fine: bool) -> Screen | None:
    """What the display shows, or None if these frames do not decide.

    `coloured`: the display has colours; without them the text stands alone, and so all frames must agree on it.
    `fine`: the camera is close enough for a reading that accuses."""
    sure = [look for look in looks if look.sure >= SURE and look.text]
    if len(looks) < VOTES or not sure:
        return None
    text, votes = Counter(spelled(look.text) for look in sure).most_common(1)[0]
    colours = Counter(look.colour for look in sure if spelled(look.text) == text)
    if not coloured and text in (ONLINE, OFFLINE):
        return Screen(text) if votes == VOTES else None
    if text == ONLINE:
        not_red = votes - colours[""] >= MAJORITY and not colours["red"]
        return Screen(text, _named(colours, MAJORITY)) if not_red else None
    if text == OFFLINE and colours["red"] >= MAJORITY:
        return Screen(text, "red")
    if not fine or votes < VOTES or not (text == OFFLINE or _certain(text, sure)):
        return None
    colour = _named(colours, VOTES) if coloured else ""
    # Only of the offline text the document says a colour.
    return None if coloured and not colour and _offline(text) else Screen(text, colour)


def _named(colours: Counter[str], votes: int) -> str:
    """The colour that has so many votes; "" if none has."""
    return next((name for name, counted in colours.items() if counted >= votes and name != NOT_RED), "")


def _offline(text: str) -> bool:
    return text.casefold() == OFFLINE.casefold()


def _certain(text: str, looks: Sequence[Look]) -> bool:
    return statistics.median(look.sure for look in looks) >= CERTAIN and not _misread(text)


def _misread(text: str) -> bool:
    """Whether a text is a known one but for its spaces and its letter case: a camera loses a space without a doubt."""
    return any(text.count(" ") != known.count(" ") and _run_on(text) == _run_on(known) for known in (ONLINE, OFFLINE))


def _run_on(text: str) -> str:
    return text.replace(" ", "").casefold()


def _same(one: Screen, other: Screen) -> bool:
    """Whether two screens are one to the document: light and camera give the same letters another colour, and the
    document says one only of the offline text."""
    return one.text == other.text and (one.colour == other.colour or not _offline(one.text))


class Film:
    """The newest frames, and what was read of them. `doubt`: from which frame on what was read last is not seen any
    more; None while it is, and once that has been told."""

    def __init__(self, *, coloured: bool, fine: bool) -> None:
        self._coloured = coloured
        self._fine = fine
        self.forget()

    def forget(self) -> None:
        """Begin anew: what the frames so far have shown counts for nothing."""
        self._frames: deque[Frame] = deque(maxlen=GIVEN_UP)
        self._shown: Screen | None = None
        self._undecided = 0
        self._given_up = False
        self.doubt: Doubt | None = None

    def see(self, frame: Frame) -> Reading | Doubt | None:
        """Take one more frame; what it changes: a new reading, or that there is none any more."""
        self._frames.append(frame)
        window = list(self._frames)[-VOTES:]
        screen = vote([each.look for each in window], coloured=self._coloured, fine=self._fine)
        if self._shows(frame, self._shown):
            self.doubt = None
        elif self.doubt is None and not self._given_up:
            self.doubt = Doubt(frame, str(frame.look))
        if screen is None:
            self._undecided += 1
            if self._undecided < GIVEN_UP or self._given_up:
                return None
            told, self.doubt = self.doubt or Doubt(frame, str(frame.look)), None
            self._shown, self._given_up = None, True
            return told
        self._undecided, self._given_up = 0, False
        if self._shown is not None and _same(screen, self._shown):
            return None
        first = next(each for each in window if self._shows(each, screen))
        reading = Reading(screen, first, self._late(first))
        self._shown, self.doubt = screen, None
        return reading

    def _shows(self, frame: Frame, screen: Screen | None) -> bool:
        look = frame.look
        return screen is not None and _same(Screen(spelled(look.text), look.colour if self._coloured else ""), screen)

    def _late(self, first: Frame) -> float:
        """How long before a frame its screen may have come up: since the last frame that showed the one before."""
        earlier = list(takewhile(lambda frame: frame is not first, self._frames))
        if not earlier:
            return 0.0
        return first.taken - next(self._showing_the_last(earlier), earlier[-1]).asked

    def _showing_the_last(self, frames: list[Frame]) -> Iterator[Frame]:
        return (frame for frame in reversed(frames) if self._shows(frame, self._shown))
