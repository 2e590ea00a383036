"""The display of the DUT as a camera sees it: a Screen of the bench that looks from a thread of its own.

OpenCV, a snapshot's server and the OCR all block; so one thread takes pictures and reads them, and hands what is new
over to the event loop. A reading is dated by the first picture that showed it, and kept with that picture.

What cannot be read is said: an `Unread` once the frames have not agreed for long enough, and at once where something is
about to be judged (`own_up`). So at each moment at which a check looks, the trace holds what was certain, and no more.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from harness.evidence.bench import Exited, Mains, Photographed, Screen, Unread
from harness.rig.bench_file import CameraFile
from harness.rig.camera import missing
from harness.rig.camera.vote import Doubt, Film, Frame, Look, Reading
from harness.transports.host import BenchError
from harness.transports.tcp import TcpHost

if TYPE_CHECKING:
    from harness.rig.camera.sources import Source

MISSES = 3
"""Looks in a row that may fail before the camera counts as dead: a network camera loses one now and then."""

SILENCE = 15.0
"""Wall seconds without a look that ended, before the camera counts as dead; the first has to load the OCR."""

STALE = 1.0
"""Wall seconds without a picture, beside three times the pause between two, after which the newest one is not news."""

STOPPED_WITHIN = 10.0
"""Wall seconds in which the thread ends: the longest is a device that has just fallen silent."""

MOST_PICTURES = 200
"""Pictures that one case may leave behind; a display that flickers for a day must not fill the disk."""


class CameraScreen:
    """A camera that looks at the display. What it reads goes into the trace of its host.

    `keep`: the folder of the case, for the pictures by which the display was read; `coloured`: whether the display has
    colours, so that text and colour must agree."""

    def __init__(self, camera: CameraFile, host: TcpHost, keep: Path, *, coloured: bool = True) -> None:
        self._camera = camera
        self._host = host
        self._keep = keep
        self._coloured = coloured
        self._source: Source | None = None
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._since = self._looked = 0.0
        self._followed = 0
        self._doubt: Doubt | None = None
        self._pictures = 0
        self._watchdog: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look from now on. What keeps the camera from it breaks the bench: whoever waits is told."""
        if self._thread is not None:
            return
        self._loop = asyncio.get_running_loop()
        self._ending.clear()
        self._followed = len(self._host.trace)
        self._afresh()
        self._watchdog = self._loop.call_later(SILENCE, self._silent)
        self._thread = threading.Thread(target=self._watch, name="camera", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more. May be said twice. Raises BenchError if the camera holds on to its thread."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._ending.set()
        self._doubt = None
        if self._source is not None:
            self._source.interrupt()
        thread.join(STOPPED_WITHIN)
        if thread.is_alive():
            raise BenchError(f"the camera {self._camera.source} does not end its look within {STOPPED_WITHIN:g} s")

    @property
    def in_doubt(self) -> bool:
        """Whether the newest frames do not show what was read last."""
        return self._doubt is not None

    def own_up(self) -> None:
        """Before something is judged: if the newest frames do not show what was read last, the trace says so."""
        if self._thread is None:
            return
        self._follow_mains()
        if self._doubt is not None:
            self._tell(self._doubt.frame.taken, Unread(self._doubt.why))
            self._afresh()
        elif (blind := time.monotonic() - self._looked) > STALE + 3 * self._camera.every:
            self._tell(self._looked, Unread(f"the camera has given no picture for {blind:.1f} s"))
            self._afresh()

    # ---- In the thread -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        try:
            with closing(_opened(self._camera.source)) as self._source:
                self._look_on(self._source)
        except BenchError as error:
            self._hand_over(self._host.broke, error)
        except Exception as error:  # noqa: BLE001 — kept, and raised to the case that waits
            self._hand_over(self._host.broke, BenchError(f"the camera {self._camera.source} broke: {error!r}"))

    def _look_on(self, source: Source) -> None:
        from harness.rig.camera import reader

        corners = self._camera.corners
        film = Film(coloured=self._coloured, fine=reader.fine(corners))
        since, missed, last, look = self._since, 0, None, Look("", 0.0, "")
        while not self._ending.is_set():
            asked = time.monotonic()
            try:
                picture = source.look()
            except BenchError:
                missed += 1
                if missed == MISSES and not self._ending.is_set():
                    raise
            else:
                missed, taken = 0, time.monotonic()
                if picture is not last:  # a folder gives the same one until something new is in it
                    last, look = picture, reader.read(reader.straight(picture, corners))
                if since != self._since:
                    film.forget()
                    since = self._since
                if asked >= since:
                    news = film.see(Frame(look, asked, taken, picture))
                    self._hand_over(self._heard, asked, news, film.doubt, self._photograph(news))
            self._ending.wait(max(0.0, self._camera.every - (time.monotonic() - asked)))

    def _photograph(self, news: Reading | Doubt | None) -> tuple[str, str]:
        """The picture of what is new, in the folder of the case: its name and hash; empty if there is none."""
        if news is None or self._pictures >= MOST_PICTURES:
            return "", ""
        from harness.rig.camera.sources import encoded

        self._pictures += 1
        png = encoded(news.frame.picture)
        name = f"screen-{self._pictures:03}.png"
        try:
            (self._keep / name).write_bytes(png)
        except OSError as error:
            raise BenchError(f"cannot keep the camera's picture {self._keep / name}: {error.strerror}") from error
        return name, hashlib.sha256(png).hexdigest()

    def _hand_over(self, do: Callable[..., None], *arguments: object) -> None:
        if not self._ending.is_set():
            self._loop.call_soon_threadsafe(do, *arguments)

    # ---- In the event loop -------------------------------------------------------------------------------------------

    def _heard(self, asked: float, news: Reading | Doubt | None, doubt: Doubt | None, picture: tuple[str, str]) -> None:
        if self._watchdog is None or self._ending.is_set():
            return
        self._watchdog.cancel()
        self._watchdog = self._loop.call_later(SILENCE, self._silent)
        self._follow_mains()
        if asked < self._since:
            return
        self._looked, self._doubt = asked, doubt
        if isinstance(news, Doubt):
            self._tell(news.frame.taken, Unread(news.why, picture[0]))
        elif news is not None:
            at = news.frame.taken
            self._tell(at, news.screen)
            self._tell(at, Photographed(*picture, late=self._host.at(at) - self._host.at(at - news.late)))

    def _follow_mains(self) -> None:
        """What a display has shown before its mains were switched counts for nothing: what it shows then is told anew,
        even if it is the same."""
        events = self._host.trace.events
        if any(isinstance(event.body, Mains | Exited) for event in events[self._followed :]):
            self._afresh()
        self._followed = len(events)

    def _afresh(self) -> None:
        """Only frames that are taken from now on count."""
        self._since = self._looked = time.monotonic()
        self._doubt = None

    def _tell(self, taken: float, body: Screen | Unread | Photographed) -> None:
        self._host.trace.record(self._host.at(taken), "bench", 0, body)
        self._host.stir()

    def _silent(self) -> None:
        self._host.broke(BenchError(f"the camera {self._camera.source} gave no picture for {SILENCE:g} s"))


def _opened(source: str) -> Source:
    """Raises BenchError without the extra, or without the camera."""
    try:
        from harness.rig.camera import reader, sources  # noqa: F401 — both are missing without it
    except ImportError as error:
        raise missing(error) from error
    return sources.open_source(source)


def prepare() -> None:
    """Load what reads pictures. It takes a second of the whole process, which a case that runs must not lose.

    Raises BenchError without the extra `camera`."""
    try:
        from harness.rig.camera import reader
    except ImportError as error:
        raise missing(error) from error
    reader.load()


def glance(camera: CameraFile) -> Look:
    """One look at the display, for whoever wants to know whether the camera sees it. Raises BenchError."""
    with closing(_opened(camera.source)) as source:
        from harness.rig.camera import reader

        return reader.read(reader.straight(source.look(), camera.corners))
