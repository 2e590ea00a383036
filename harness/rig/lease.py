"""The lease of a bench: it keeps two runs from one bench, and tells the next run what a killed one has left behind.

A lease is a file in a folder that all users of the machine share. Its owner holds a lock on it, which the kernel takes
back however the owner ends: whether it lives is never guessed from a process number or from the age of a heartbeat.
What is written in it says who the owner is and what of the bench is not in its safe state at this moment; it is one
page, written in one piece, and outlives a SIGKILL. A run that is refused has changed nothing.

The users of one bench machine trust each other: the file can be written by all of them, since the next run may be
another user's. Nobody can use it to write elsewhere: a link is not followed, and what is read from it is only shown.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import pwd
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType

from harness.rig.bench_file import SIMULATED, BenchFile, SafeState
from harness.transports.host import BenchError

SHARED = (Path("/run/lock"), Path("/tmp"))  # noqa: S108 — the one place, whatever a user's TMPDIR says
"""Where leases lie: the first of them that every user of the machine may write to."""

PREFIX = "terminal-bench-"
PAGE = 4096
"""Bytes of a lease: as much as the kernel writes in one piece."""

LONGEST = 200
"""Characters of a name that are kept; four of the longest fill no page."""

ATTEMPTS = 100
"""How often a lease may vanish between our finding it and our locking it."""

_WORDS = {("power", False): "off", ("power", True): "on", ("link", False): "down", ("link", True): "up"}


@dataclass(frozen=True, slots=True)
class Holder:
    """What a lease says: whose it is, and what is not in its safe state.

    `at`: the bench, as its key says; `since`, `heartbeat`: UTC, as text; `left`: power and link, and whether they are
    on; `ended`: the run has ended in good order, but could not put `left` back."""

    at: str
    owner: str
    pid: int
    bench: str
    since: str
    heartbeat: str
    left: dict[str, bool] = field(default_factory=dict)
    ended: bool = False

    def __str__(self) -> str:
        return f"{self.owner} (pid {self.pid}, bench {self.bench})"


class Taken(BenchError):  # noqa: N818 — what is so, not what broke
    """Another run has this bench."""


def key(file: BenchFile, path: Path) -> str:
    """What a run on this bench shares with no other: the place of a lab, the relay's port, or the bench file itself.

    "" for a bench that is made anew for each run. `path`: of the bench file."""
    if file.lab is not None:
        return f"{file.lab.coordinator}/{file.lab.place}"
    if file.relay is not None and file.relay.port != SIMULATED:
        port = file.relay.port
        device = os.path.realpath(port)
        if device.startswith("/dev/pts/"):  # the number of a pseudo-terminal is soon another's
            return os.path.abspath(port)
        return device if port.startswith("/") else port
    return os.path.realpath(path) if file.dut == "bench" else ""


class Lease:
    """A bench that is ours until `release`, or until we die. Calls raise BenchError if the file cannot be written."""

    def __init__(self, fd: int, path: Path, holder: Holder, safe: SafeState, clock: Callable[[], float]) -> None:
        self._fd = fd
        self._path = path
        self._holder = holder
        self._safe = safe.model_dump()
        self._clock = clock
        self._before: Holder | None = None
        self._unreadable = False
        self._restored: set[str] = set()

    @classmethod
    def take(
        cls,
        key: str,
        bench: str,
        owner: str | None = None,
        *,
        safe: SafeState | None = None,
        folder: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Lease:
        """Take a bench, also from a run that is dead.

        `key`: what the bench shares with no other (`key`); `bench`: its name, `owner`: user@host, both for whoever is
        refused; `safe`: its safe state. Raises Taken, naming the owner, if a run that lives has it."""
        path = (folder or shared_folder()) / _file_name(key)
        fd = _locked(path, key)
        now = _told(clock())
        holder = Holder(_plain(key), _plain(owner or _owner()), os.getpid(), _plain(bench), now, now)
        lease = cls(fd, path, holder, safe or SafeState(), clock)
        try:
            lease._follow()
            lease.beat()
        except BaseException:
            os.close(fd)
            raise
        return lease

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    # ---- What the run before has left --------------------------------------------------------------------------------

    @property
    def left(self) -> Mapping[str, bool]:
        """What the run before had not put back: power and link, and whether they were on; empty if nothing is known."""
        return dict(self._before.left) if self._before is not None else {}

    @property
    def taken_over(self) -> str:
        """A sentence on the run that had this bench and did not put it back, or died; "" if the bench was free."""
        before = self._before
        if self._unreadable:
            return f"a run that died has left {self._path}, which cannot be read; how it left the bench is not known"
        if before is None:
            return ""
        how = "ended without putting this bench back" if before.ended else "died holding this bench"
        of = f"the run of {before.owner} (pid {before.pid}), begun {before.since}, {how}"
        if not before.left:
            return f"{of}, which it had left in its safe state"
        return of + "".join(
            f"; its {what} was {_WORDS.get((what, on), 'switched')} and "
            f"{'has been restored' if what in self._restored else 'has not been restored'}"
            for what, on in sorted(before.left.items())
        )

    # ---- While it is ours --------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """We live: whoever is refused is told when this was said last."""
        if self._fd < 0:
            return
        self._holder = replace(self._holder, heartbeat=_told(self._clock()))
        try:
            _put(self._fd, self._holder)
        except OSError as error:
            raise BenchError(f"cannot write the lease {self._path} of this bench: {error.strerror}") from error

    def note(self, what: str, on: bool) -> None:
        """Power or link is on or off from now on: what is not as in the safe state is `left` if we are killed."""
        if on == self._safe.get(what):
            self._holder.left.pop(what, None)
            self._restored.add(what)
        else:
            self._holder.left[what] = on
        self.beat()

    @contextlib.contextmanager
    def switching(self, what: str, on: bool) -> Iterator[None]:
        """Around one switching of power or link: what leaves the safe state is noted before it, what returns to it
        after it. If the switching fails, what was noted stays."""
        home = on == self._safe.get(what)
        if not home:
            self.note(what, on)
        yield
        if home:
            self.note(what, on)

    def release(self) -> None:
        """Give the bench back; twice is once. What could not be put back stays told in the file, for the next run."""
        fd, self._fd = self._fd, -1
        if fd < 0:
            return
        try:
            if self._holder.left:
                _put(fd, replace(self._holder, ended=True, heartbeat=_told(self._clock())))
            else:
                _remove(fd, self._path)
        except OSError as error:
            raise BenchError(f"cannot release the lease {self._path}: {error.strerror}") from error
        finally:
            os.close(fd)

    def _follow(self) -> None:
        """What the run before has not put back is ours to tell until it is, should we be killed too."""
        try:
            self._before = _read(self._fd)
        except ValueError:
            self._unreadable = True
        self._holder.left.update(self.left)


def leases(folder: Path | None = None) -> list[tuple[Holder, bool]]:
    """What is held on this machine, or was left by runs that died; and whether the owner lives."""
    folder = folder or shared_folder()
    living = _flocks()
    found = []
    for path in sorted(folder.glob(f"{PREFIX}*")):
        with contextlib.suppress(OSError, ValueError):  # released meanwhile, or written by nobody we know
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                holder = _read(fd)
                if holder is not None:
                    found.append((holder, (holder.pid, os.fstat(fd).st_ino) in living))
            finally:
                os.close(fd)
    return found


# ---- The file --------------------------------------------------------------------------------------------------------


def shared_folder() -> Path:
    """Where all users of this machine find each other's leases."""
    for folder in SHARED:
        with contextlib.suppress(OSError):
            if folder.stat().st_mode & 0o1777 == 0o1777:
                return folder
    raise BenchError(f"no folder for the lease of a bench; allowed: {' or '.join(map(str, SHARED))} with mode 1777")


def _file_name(key: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key.rpartition("/")[2])[:40].strip("-")
    return f"{PREFIX}{readable}-{hashlib.sha256(os.fsencode(key)).hexdigest()[:12]}"


def _locked(path: Path, key: str) -> int:
    """The lease's file, open and locked by us. Raises Taken, or BenchError."""
    try:
        for _ in range(ATTEMPTS):
            try:
                fd = _open(path)
            except FileExistsError:
                continue  # another run was quicker to make it
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(fd), path.lstat()):
                    return fd
            except FileNotFoundError:
                pass  # its owner released it before we had the lock
            except BlockingIOError as error:
                raise Taken(_refusal(fd, path, key)) from error
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)
    except OSError as error:
        why = "it is a symbolic link, which is not followed" if error.errno == errno.ELOOP else error.strerror
        raise BenchError(f"cannot take the lease {path} of the bench at {key}: {why}") from error
    raise BenchError(f"cannot take the lease {path} of the bench at {key}: it vanished {ATTEMPTS} times")


def _open(path: Path) -> int:
    """Its file, made if there is none. O_CREAT is used for a new one alone: of another user's file the kernel would
    refuse it in a folder that everybody may write to."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        fd = os.open(path, flags)
    except FileNotFoundError:
        fd = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
        os.fchmod(fd, 0o666)  # whatever our umask says: the next run may be another user's
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(fd)
        raise OSError(errno.EINVAL, "it is no plain file")
    return fd


def _refusal(fd: int, path: Path, key: str) -> str:
    try:
        holder = _read(fd)
    except ValueError:
        holder = None
    finally:
        os.close(fd)
    if holder is None:
        return f"the bench at {key} is held by a run that has not said whose it is (lease {path})"
    return (
        f"the bench at {key} is held by {holder} since {holder.since}, last heartbeat {holder.heartbeat} (lease {path})"
        "; allowed: one run at a time"
    )


def _put(fd: int, holder: Holder) -> None:
    text = json.dumps(asdict(holder), ensure_ascii=False).encode(errors="replace")
    os.pwrite(fd, text.ljust(PAGE - 1) + b"\n", 0)


def _read(fd: int) -> Holder | None:
    """What the lease says, None if it is free. Raises ValueError for what no run has written."""
    text = os.pread(fd, PAGE, 0)
    if not text.strip():
        return None
    try:
        holder = Holder(**json.loads(text))
    except TypeError as error:
        raise ValueError("other keys than a lease has") from error
    names = (holder.at, holder.owner, holder.bench, holder.since, holder.heartbeat)
    left = holder.left
    if not (all(isinstance(name, str) for name in names) and type(holder.pid) is int and isinstance(left, dict)):
        raise ValueError("other values than a lease has")
    if not all(what in ("power", "link") and isinstance(on, bool) for what, on in left.items()):
        raise ValueError("left what no bench has")
    at, owner, bench, since, heartbeat = map(_plain, names)
    return Holder(at, owner, holder.pid, bench, since, heartbeat, left, bool(holder.ended))


def _remove(fd: int, path: Path) -> None:
    try:
        path.unlink()
    except PermissionError:  # another user made it, whose dead run we have followed
        os.ftruncate(fd, 0)


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else "�" for sign in text)[:LONGEST]


def _told(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


def _owner() -> str:
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    return f"{name}@{os.uname().nodename}"


def _flocks() -> set[tuple[int, int]]:
    """The locks of this kind on this machine: process and inode."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/locks").read_text().splitlines()
        words = [line.split() for line in lines if " FLOCK " in line and "->" not in line]
        return {(int(word[4]), int(word[5].rpartition(":")[2])) for word in words}
    return set()
