"""Whole runs whose screen a camera reads: the emulator draws its display into a folder, where the camera looks."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from emulator.picture import STATUS_LINE, picture
from harness.evidence.bench import Screen
from tests.runs import PROJECT, Folder, many

ONLINE, OFFLINE, NEVER = (
    "test_online_is_shown_after_registration",
    "test_offline_is_shown_without_a_cloud",
    "test_not_online_without_success_at_power_on[failed]",
)
RUNS = {
    "conforms": ((ONLINE, OFFLINE, NEVER), ()),
    "shouts": ((ONLINE,), ("--defect", "shouts-on-the-screen")),
    "not red": ((OFFLINE,), ("--defect", "offline-not-red")),
    "covered": ((ONLINE, OFFLINE), ()),
}
"""The cases of each run, and how its terminal misbehaves."""

TIME_SCALE = 8
"""The document gives a screen ten seconds; the camera needs five frames in them, on a machine that is busy too."""


def bench(folder: Path, pictures: Path, looked_at: Path, *options: str) -> Path:
    """A bench file: somebody's program draws its display into a folder, and a camera looks at one."""
    for place in {pictures, looked_at}:
        place.mkdir(parents=True)
        (place / "off.png").write_bytes(picture(Screen("", "black")))
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
        "ixit": {"time_scale": TIME_SCALE, "boot_within": 20},
        "screen": {"source": str(looked_at), "corners": corners, "every": 0.05},
        "wire": "proxy",
    }
    path = folder / f"{pictures.parent.name}.yaml"
    path.write_text(yaml.safe_dump(file), "utf-8")
    return path


@pytest.fixture(scope="module")
def ended(tmp_path_factory) -> dict[str, Folder]:
    """Every run, ended and proven to have judged."""
    folder = tmp_path_factory.mktemp("camera")
    arguments = []
    for number, (name, (cases, options)) in enumerate(RUNS.items()):
        pictures = folder / str(number) / "pictures"
        looked_at = folder / str(number) / "cap" if name == "covered" else pictures
        file = bench(folder, pictures, looked_at, *options)
        arguments.append([*(f"suites/econduit/test_display.py::{case}" for case in cases), "--bench", str(file)])
    return dict(zip(RUNS, many(arguments, folder), strict=True))


def test_a_terminal_that_conforms_passes_by_its_pictures(ended):
    run = ended["conforms"]
    assert run.cases == {"PASS": 3}, run.found
    assert not run.warned_requirements
    kept = {path.name for path in run.folder.glob("cases/*/*.png")}
    assert "screen-001.png" in kept


def test_wrong_letters_fail(ended):
    run = ended["shouts"]
    assert run.cases == {"FAIL": 1}, run.found
    assert "'POS ONLINE'" in run.found
    assert "ECD-104" in run.failed_requirements


def test_an_offline_text_that_is_not_red_is_warned_of(ended):
    """ECD-103 is a recommendation, and the rest of the case is as it should be."""
    run = ended["not red"]
    assert run.cases == {"PASS": 1}, run.found
    assert run.warned_requirements == {"ECD-103"}


def test_behind_a_covered_lens_nothing_is_decided(ended):
    run = ended["covered"]
    assert run.cases == {"INCONC": 2}, run.found
    assert "no screen was seen" in run.found
