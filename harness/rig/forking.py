"""The process of which warm programs are forks: `python -m harness.rig.forking CONTROL MODULE IMPORT …`.

CONTROL is the number of an inherited socket, on which one client asks (JSON, with descriptors beside it) and is
answered. The door of the package MODULE and each IMPORT are loaded first. It has no threads, so that its forks may
enter a user namespace. It ends when the client does, and the kernel kills its forks then. A fork that has ended is a
zombie until the client asks for its exit code: its number is nobody else's before.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from harness.rig.enter import enter
from harness.rig.starting import die_with_the_parent
from harness.rig.warm import LARGEST, MOST_FDS

Main = Callable[[Sequence[str]], int]

STREAMS = 3
"""stdin, stdout and stderr: the first descriptors of each start."""

NOT_STARTED = 126


def serve(control: socket.socket, main: Main) -> None:
    """Answer until the client is gone."""
    while True:
        message, fds, _, _ = socket.recv_fds(control, LARGEST, MOST_FDS, socket.MSG_CMSG_CLOEXEC)
        if not message:
            return
        request = json.loads(message)
        answer: dict[str, int] = {}
        match request["do"]:
            case "start":
                answer["pid"] = _forked(control, main, request, fds)
            case "wait":
                _, status = os.waitpid(request["pid"], 0)
                answer["code"] = os.waitstatus_to_exitcode(status)
        for fd in fds:
            os.close(fd)
        control.send(json.dumps(answer).encode())


def _forked(control: socket.socket, main: Main, request: dict[str, Any], fds: list[int]) -> int:
    """The id of a fork that is to be the program; on return it is first of a process group of its own."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = NOT_STARTED
        try:
            control.close()
            code = _be(main, request, fds, parent)
        except BaseException:  # noqa: BLE001 — nothing may return from here: that is another process's life
            traceback.print_exc()
            code = 1
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has done so itself
        os.setpgid(pid, pid)
    return pid


def _be(main: Main, request: dict[str, Any], fds: list[int], parent: int) -> int:
    """Be the program, in its place; its exit code."""
    os.setpgid(0, 0)
    die_with_the_parent()
    inherited = request["inherited"]
    kept, rest = fds[: STREAMS + len(inherited)], fds[STREAMS + len(inherited) :]
    behind = max((STREAMS, *inherited)) + 1  # where all wait until their places are free
    waiting = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, behind) for fd in (*kept, *rest)]
    for fd in fds:
        os.close(fd)
    for fd, number in zip(waiting, (*range(STREAMS), *inherited), strict=False):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(request["directory"])
    if namespaces := waiting[len(kept) + 1 :]:
        report = waiting[len(kept)]
        try:
            enter(namespaces)
        except OSError as error:
            os.write(report, f"cannot enter the terminal's namespaces: {error.strerror or error}".encode())
            return NOT_STARTED
        for fd in (report, *namespaces):
            os.close(fd)
    if os.getppid() != parent:  # it died before the kernel was told
        signal.raise_signal(signal.SIGKILL)
    return main(request["arguments"])


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control:
        main = importlib.import_module(f"{sys.argv[2]}.__main__").main
        for name in sys.argv[3:]:
            importlib.import_module(name)
        gc.collect()
        gc.freeze()  # what is loaded stays loaded: no fork copies it only to look for garbage in it
        serve(control, main)
