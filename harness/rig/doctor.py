"""What is well and what is not on a bench before a run, a line each: ok, broken or absent, and what to do about it.

These are the probes that the rig can make by itself; those that need the bench put together stand with whoever puts it
together (`fixtures/preflight.py`). A probe leaves nothing behind.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import Distribution
from pathlib import Path

from harness.rig.bench_file import SIMULATED, CameraFile, Inline, RelayFile, split
from harness.rig.camera.screen import glance
from harness.rig.certificates import OF_THE_DUT, Authority
from harness.rig.integrity import ClockWatch
from harness.rig.operator import is_attended
from harness.rig.ports import Port, serial_ports
from harness.rig.software_bench import ANY_ADDRESS
from harness.transports.host import BenchError
from harness.transports.listening import bound


class State(StrEnum):
    """How a part of the bench was found."""

    OK = "ok"
    BROKEN = "broken"
    ABSENT = "absent"
    """It is not there, and the bench file does not ask for it: the cases that need it are not run."""


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the bench, how it was found, and what to do if it is not as it should be."""

    what: str
    state: State
    found: str
    do: str = ""

    def __str__(self) -> str:
        do = "".join(f"\n{'':<8}{'':<17}{line}" for line in f"do: {self.do}".splitlines()) if self.do else ""
        return f"{self.state:<8}{self.what:<17}{self.found}{do}"


# ---- The harness's own installation ----------------------------------------------------------------------------------

MODULE = "serial/__init__.py"
INSTALL = (
    "pip uninstall {others}; pip install --force-reinstall 'pyserial>=3.5,<4'; labgrid belongs into a Python of its own"
)


def serial_library(
    installed: Callable[[], Iterable[Distribution]] = importlib.metadata.distributions, imported: Path | None = None
) -> Line:
    """Is `serial` pyserial, whole, and nobody else's? Others install a module of that name over it, and pip is silent.

    `installed`: the distributions; `imported`: the file that Python takes for it."""
    what = "serial library"
    owners = {
        distribution.name: (distribution, file)
        for distribution in installed()
        for file in distribution.files or ()
        if file.as_posix() == MODULE
    }
    names = [f"{name} {owner.version}" for name, (owner, _) in sorted(owners.items())]
    do = INSTALL.format(others=" ".join(sorted(owners.keys() | {"pyserial"})))
    if "pyserial" not in owners:
        found = f"pyserial is not installed ({MODULE} belongs to {' and '.join(names) or 'nobody'})"
        return Line(what, State.BROKEN, found, do)
    if len(owners) > 1:
        return Line(what, State.BROKEN, f"{MODULE} belongs to {' and '.join(names)}: one has overwritten the other", do)
    pyserial, file = owners["pyserial"]
    at = Path(str(pyserial.locate_file(file)))
    spec = importlib.util.find_spec("serial") if imported is None else None
    taken = imported or Path((spec and spec.origin) or "nowhere")
    if taken.resolve() != at.resolve():
        return Line(what, State.BROKEN, f"Python takes {taken} for it, not {at}", "rename or remove what is in the way")
    if not at.exists():
        return Line(what, State.BROKEN, f"{at} is not there: something has removed it", do)
    if file.hash is not None and _digest(at) != file.hash.value:
        return Line(what, State.BROKEN, f"{at} is not the one of {names[0]}: something has overwritten it", do)
    return Line(what, State.OK, names[0])


def _digest(path: Path) -> str:
    """As a RECORD of an installation tells it."""
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()


CAMERA_NEEDS = ("cv2", "rapidocr")


def camera(screen: object, needs: Iterable[str] = CAMERA_NEEDS, look: Callable[[CameraFile], object] = glance) -> Line:
    """Does a camera see the display, if one looks at it? `screen`: as in the bench file; `look`: at it, once."""
    if not isinstance(screen, CameraFile):
        return Line("camera", State.ABSENT, "the bench file names none")
    missing = [name for name in needs if importlib.util.find_spec(name) is None]
    if missing:
        found = f"{screen.source} is to be read, and there is no {' and no '.join(missing)}"
        return Line("camera", State.BROKEN, found, "pip install '.[camera]'")
    try:
        return Line("camera", State.OK, f"{screen.source} shows {look(screen)}")
    except BenchError as error:
        return Line("camera", State.BROKEN, str(error), "look at the camera, its cable and its address")


# ---- This machine ----------------------------------------------------------------------------------------------------

ROOM = 1_000_000_000
"""Bytes that a run may need: all cases leave some tens of millions, each flood of a DUT up to forty millions more."""


def disk(folder: Path, free: Callable[[Path], int] = lambda at: shutil.disk_usage(at).free) -> Line:
    """Is there room for what a run leaves behind? `folder`: for runs; it need not be there yet."""
    at = next(place for place in (folder.resolve(), *folder.resolve().parents) if place.exists())
    room = free(at)
    found = f"{room / 1e9:.1f} GB free for traces and captures in {folder}; a run may need {ROOM / 1e9:.0f} GB"
    if room < ROOM:
        return Line("disk space", State.BROKEN, found, "remove old runs there, or name another place with --out")
    if not (at.is_dir() and os.access(at, os.W_OK)):
        return Line("disk space", State.BROKEN, f"{at} is no folder that can be written to", "name another with --out")
    return Line("disk space", State.OK, found)


def clock(watch: ClockWatch) -> Line:
    """Have this machine's clocks kept their distance since the watch began?"""
    impaired = watch.impaired()
    if impaired is None:
        return Line("clock", State.OK, "steady while the bench was looked at")
    do = "let it be slewed, not stepped (chrony; or `timedatectl set-ntp false` for the time of the run)"
    return Line("clock", State.BROKEN, impaired.what, do)


def listeners(addresses: Mapping[str, str]) -> Line:
    """Can the counterparts listen where the bench file says? All at once, so that one port given twice is seen."""
    if not addresses:
        return Line("listeners", State.ABSENT, "none takes a port of this machine")
    taken = []
    with ExitStack() as held:
        for name, address in addresses.items():
            try:
                bound(split(address), held.enter_context(socket.socket())).listen(1)
            except (BenchError, OSError, TypeError) as error:  # the last: a host name that cannot be encoded
                taken.append(f"listen.{name}: {error}")
    if taken:
        do = "end what has the port (`ss -ltnp` tells), or give another in the bench file"
        return Line("listeners", State.BROKEN, "; ".join(taken), do)
    return Line("listeners", State.OK, ", ".join(f"{name} {address}" for name, address in addresses.items()))


def interfaces(file: Inline, cards: Path = Path("/sys/class/net")) -> Line:
    """Are the two interfaces of an inline wire there, and has the DUT's a cable in it?"""
    there = sorted(card.name for card in cards.iterdir())
    missing = [name for name in (file.terminal, file.cloud) if name not in there]
    if missing:
        found = f"there is no {' and no '.join(missing)}"
        return Line("interfaces", State.BROKEN, found, f"plug the adapter in; there are: {', '.join(there)}")
    if file.terminal == file.cloud:
        return Line("interfaces", State.BROKEN, f"{file.terminal} is to be both ends", "name two interfaces")
    return Line("interfaces", State.OK, f"{file.terminal} toward the terminal, {file.cloud} toward the cloud")


def operator(wanted: str, fd: int = 0) -> Line:
    """Is there somebody to ask, if the bench file says so? `fd`: where the answers would be read."""
    if wanted == "none":
        return Line("operator", State.ABSENT, "the bench file names none")
    if wanted == "terminal" and not is_attended(fd):
        found = "stdin is no terminal that somebody sits at: the cases that ask are not run"
        return Line("operator", State.ABSENT, found, "start the run at a terminal, or name a file of prepared answers")
    return Line(
        "operator", State.OK, "asked at this terminal" if wanted == "terminal" else f"answers prepared in {wanted}"
    )


# ---- A DUT that is software ------------------------------------------------------------------------------------------


def command(words: Sequence[str], directory: Path) -> Line:
    """Can the program be started? `words`: its command, filled in; `directory`: where it runs."""
    if not directory.is_dir():
        return Line("command", State.BROKEN, f"{directory} is no folder to run it in", "look at `directory:`")
    program = words[0] if "/" not in words[0] else str(directory / words[0])
    if shutil.which(program) is None:
        there = Path(program).exists()
        found = f"{words[0]} may not be executed" if there else f"there is no {words[0]}"
        return Line("command", State.BROKEN, found, "chmod +x it" if there else "look at the first word of `command:`")
    return Line("command", State.OK, f"{words[0]}, in {directory}")


def keys(pressed: str, fd: int = 0) -> Line:
    """Does anybody press the keys of the DUT? `pressed`: as in the bench file; `fd`: where a person would be asked."""
    if pressed == "stdin":
        return Line("keys", State.OK, "JSON lines on its stdin")
    if pressed == "none":
        found = "the bench file names none: the cases that press a key are not run"
        return Line("keys", State.ABSENT, found, "`keys: stdin`, or `keys: operator` and a person at a terminal")
    if not is_attended(fd):
        found = "stdin is no terminal that somebody sits at: the cases that press a key are not run"
        return Line("keys", State.ABSENT, found, "start the run at a terminal")
    return Line("keys", State.OK, "pressed by who sits at this terminal")


def shown(screen: object) -> Line:
    """Is it read what the DUT shows and books? `screen`: as in the bench file."""
    if screen == "stdout":
        return Line("screen", State.OK, "JSON lines on its stdout")
    return Line("screen", State.ABSENT, "nobody reads it: the cases that look at screen or book are not run")


def authority(kept: Path | None, names: Sequence[str], *, serves: bool = False) -> Line:
    """Whom the DUT is to trust; an authority that is kept is made, if it is not there yet. `names`: what its
    certificates are for; `serves`: the DUT listens itself, and is given a key and a certificate too."""
    known = ", ".join(names)
    if kept is None:
        found = f"made anew for each run, for {known}; {{authority}} in a command line is its file"
        return Line("authority", State.OK, found)
    try:
        own = Authority(kept, kept)
        if serves:
            own.key_once(kept / OF_THE_DUT, names)
    except BenchError as error:
        return Line("authority", State.BROKEN, str(error), "look at the folder that `authority:` names")
    do = "let the DUT trust this file, before the first run"
    return Line(
        "authority", State.OK, f"{own.ca}, for {known}", f"{do}, and listen with {OF_THE_DUT}" if serves else do
    )


def names(addresses: Mapping[str, str], known: Sequence[str]) -> Line:
    """Do the certificates hold for what a DUT on another machine dials? `addresses`: of our listeners; `known`: the
    names that the bench file, or the IXIT, say, beside those of this machine for itself."""
    everywhere = [name for name, address in addresses.items() if split(address)[0] in ANY_ADDRESS]
    if everywhere and not known:
        found = f"listen.{everywhere[0]} is every address of this machine, and nothing says by which name it is dialled"
        return Line("names", State.BROKEN, found, "`names: [bench.example, 192.0.2.10]` in the bench file")
    return Line("names", State.OK, f"dialled as {', '.join(known) or 'this machine itself'}")


def reached(name: str, address: str, within: float = 1.0) -> Line:
    """Does somebody listen where the DUT is to? `within`: WALL seconds for an answer."""
    try:
        socket.create_connection(split(address), within).close()
    except OSError as error:
        found = f"nobody listens at {address} yet: {error.strerror or error}"
        return Line(name, State.ABSENT, found, "start the DUT; a case asks for that too")
    return Line(name, State.OK, f"somebody listens at {address}")


# ---- The relay board -------------------------------------------------------------------------------------------------


def port(
    file: RelayFile, ports: Callable[[], list[Port]] = serial_ports, may: Callable[[str, int], bool] = os.access
) -> Line:
    """Is the relay's port there, as far as that can be told without opening it? `may`: whether a file may be used."""
    if file.port == SIMULATED or not file.port.startswith("/"):
        return Line("relay port", State.OK, f"{file.port}; it is seen when it is opened")
    if not Path(file.port).exists():
        plugged = "\n".join(f"    {one}" for one in ports()) or "    (none)"
        return Line("relay port", State.BROKEN, f"there is no {file.port}", f"plug it in, or name another:\n{plugged}")
    if not may(file.port, os.R_OK | os.W_OK):
        group = "put this user into the group of the device (dialout), and log in anew"
        return Line("relay port", State.BROKEN, f"{file.port} may not be opened by this user", group)
    return Line("relay port", State.OK, file.port)
