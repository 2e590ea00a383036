"""Whole runs whose screen a camera reads: the emulator draws its display into a folder, where the camera looks."""

from __future__ import annotations

from pathlib import Path

import yaml

from emulator.picture import STATUS_LINE, Screen, picture
from tests.runs import PROJECT, Run, run

DISPLAY = "suites/econduit/test_display.py"


def bench(folder: Path, *options: str) -> Path:
    """A bench file of an emulator, as a program of somebody's, before a camera."""
    pictures = folder / "pictures"
    pictures.mkdir()
    (pictures / "off.png").write_bytes(picture(Screen("", "black")))
    left, top, right, bottom = STATUS_LINE
    corners = [{"x": x, "y": y} for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
    command = [
        "{python}", "-m", "emulator", "terminal",
        "--primary", "{primary_host}:{primary_port}", "--secondary", "{secondary_host}:{secondary_port}",
        "--terminal-id", "{terminal_id}", "--heartbeat-seconds", "{heartbeat_seconds}",
        "--time-scale", "{time_scale}", "--ack-heartbeat", "{ack_heartbeat}", "--flash", "{state_dir}/flash.json",
        "--picture", str(pictures), *options,
    ]  # fmt: skip
    file = {
        "dut": "process",
        "command": command,
        "directory": str(PROJECT),
        "answers": str(PROJECT / "answers" / "emulator"),
        "ixit": {"time_scale": 15, "boot_within": 20},
        "screen": {"source": str(pictures), "corners": corners, "every": 0.05},
        "wire": "proxy",
    }
    path = folder / "bench.yaml"
    path.write_text(yaml.safe_dump(file), "utf-8")
    return path


def looked_at(folder: Path, cases: str, *options: str) -> Run:
    return run(folder / "out", DISPLAY, "--bench", bench(folder, *options), "-k", cases)


def test_a_terminal_that_conforms_passes_by_its_pictures(tmp_path):
    ended = looked_at(tmp_path, "shown_after_registration or without_a_cloud or at_power_on-failed")
    assert ended.cases == {"PASS": 2}, ended.output
