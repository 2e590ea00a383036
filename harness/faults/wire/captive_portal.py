"""Captive portal: whatever the terminal says to anybody, a web page answers.

The wire plays the portal's TCP without keeping connections, for each segment of the terminal says all that the answer
needs: what it acknowledges is where the portal's next byte stands. So a line that was up when the harm began is taken
over as easily as a new one is opened: the next thing said on it is answered with the page. The page and the FIN behind
it fit into one segment; a segment that is sent again is answered with the same bytes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import forge
from harness.faults.wire.dials import spelled
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import ACK, FIN, PSH, RST, SYN, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means

_HTTP = b"HTTP/1.1 "
_BODY = b"<html><body>Welcome. Please sign in to use this network.</body></html>\n"
_WRAP = 1 << 32


def page(redirect: bool) -> bytes:
    """The answer of the portal: a redirection to its door, or the door itself."""
    head = [b"302 Found", b"Location: http://portal.invalid/login"] if redirect else [b"200 OK"]
    head += [b"Content-Type: text/html", b"Content-Length: %d" % len(_BODY), b"Connection: close"]
    return _HTTP + b"\r\n".join(head) + b"\r\n\r\n" + _BODY


class _Portal(Rule):
    def __init__(self, scene: Scene, page: bytes) -> None:
        super().__init__(scene)
        self._page = page
        self._through: dict[bytes, int] = {}
        """Of each line that was answered: the sequence number behind the portal's FIN."""

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if not frame.is_tcp:
            return None
        if frame.toward is Toward.TERMINAL:
            return ()  # the cloud is behind the portal
        if frame.flags & SYN:
            self._through.pop(frame.way, None)
            return (forge.answer(frame, SYN | ACK, sequence=self.scene.rng.getrandbits(32)),)
        if frame.flags & (RST | ACK) != ACK or not (frame.payload or frame.flags & FIN):
            return ()
        if self._through.get(frame.way) == frame.acknowledged:
            return (forge.answer(frame, ACK),)  # the page has arrived, and the portal has nothing more to say
        said = self._page if frame.payload else b""
        self._through[frame.way] = (frame.acknowledged + len(said) + 1) % _WRAP
        if said:
            self.bite(f"{len(frame.payload)} bytes for {spelled(frame.destination)}")
        return (forge.answer(frame, ACK | FIN | (PSH if said else 0), said),)


@dataclass(frozen=True)
class CaptivePortal(WireFault):
    """Every TCP connection of the terminal, to whatever address, is accepted by a portal, which answers the first thing
    said with a web page and closes. The cloud hears nothing, and nothing of it is heard.

    A line that is up when it begins sees the page in answer to the next thing said on it, and the cloud's end is left
    half-open. With `redirect` the page is a redirection, as most portals send, else a page. All but TCP passes."""

    name: ClassVar[str] = "captive portal"
    means: ClassVar[Means] = Means.STREAMS
    outage: ClassVar[bool] = True
    swallows: ClassVar[bool] = True

    redirect: bool = True

    def rule(self, scene: Scene) -> Rule:
        return _Portal(scene, page(self.redirect))

    def signs(self, seen: Sightings) -> Sign:
        """Web pages toward the terminal that nobody has sent."""
        frames = [Frame(one.data, one.toward) for one in seen.forged if one.toward is Toward.TERMINAL]
        pages = [frame for frame in frames if frame.is_tcp and frame.payload.startswith(_HTTP)]
        return Sign(len(pages), f"a web page as from {spelled(pages[0].source)}") if pages else NO_SIGN
