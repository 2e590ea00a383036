"""Puts a command into the terminal's namespaces: `python -I -S enter.py REPORT NAMESPACE,... COMMAND ...`.

It runs alone in a fresh process, since only a process without threads may enter a user namespace, and imports as little
as it can, since it stands between a power-on and the DUT's first instruction. REPORT and the NAMESPACEs are numbers of
inherited file descriptors. What goes wrong before the command runs is written to REPORT, whose end without a word means
that the command has taken over.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38


def enter(namespaces: list[int]) -> None:
    """Enter them in their order: a user namespace first, which gives the right to the others. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.getcwd()
    for namespace in namespaces:
        if libc.setns(namespace, 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        os.set_inheritable(namespace, False)
    os.chdir(here)  # a mount namespace is entered at its root
    # Entering a user namespace takes back the kernel's promise to kill this process with the harness.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def main(report: int, namespaces: list[int], command: list[str]) -> None:
    """Become the command; return if that failed, which was reported."""
    os.set_inheritable(report, False)
    failed = "cannot enter the terminal's namespaces"
    try:
        enter(namespaces)
        failed = command[0]
        os.execvp(command[0], command)  # noqa: S606 — what it is for
    except OSError as error:
        os.write(report, f"{failed}: {error.strerror or error}".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(number) for number in sys.argv[2].split(",")], sys.argv[3:])
    sys.exit(126)
