"""Scenarios that need a process of their own: one that may enter namespaces, or one that may do nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

POWERLESS = """
import ctypes, os, pathlib, sys
user, group = os.geteuid(), os.getegid()
assert ctypes.CDLL(None).unshare(0x10000000) == 0
pathlib.Path("/proc/self/setgroups").write_text("deny")
pathlib.Path("/proc/self/uid_map").write_text(f"1000 {user} 1")
pathlib.Path("/proc/self/gid_map").write_text(f"1000 {group} 1")
pathlib.Path("/proc/sys/user/max_user_namespaces").write_text("0")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Becomes an ordinary user of a place where no user namespace may be made."""


def alone(scenario: Callable[[], None], *, powerless: bool = False) -> str:
    """Run a function of a test module in a fresh process; what it printed. It fails as the function does."""
    call = ["-c", f"from {scenario.__module__} import {scenario.__name__} as scenario; scenario()"]
    command = [sys.executable, *(["-c", POWERLESS] if powerless else []), *call]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
