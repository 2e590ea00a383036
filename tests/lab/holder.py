"""A run to be killed: acquires a place (`COORDINATOR PLACE PYTHON`), cuts its mains, says so, and waits."""

from __future__ import annotations

import asyncio
import sys

from harness.rig.bench_file import LabFile
from harness.rig.lab import Lab

coordinator, place, python = sys.argv[1:]
lab = Lab.acquire(LabFile(coordinator=coordinator, place=place, python=python, power=True))
asyncio.run(lab.power.switch(on=False))
print("dark", flush=True)  # noqa: T201 — what the test waits for
sys.stdin.read()
