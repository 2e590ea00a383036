"""Calibrating a camera: the picture with its coordinates, then what is read, and what to put into the bench file."""

from __future__ import annotations

import argparse

import pytest
import yaml

from emulator.picture import STATUS_LINE, picture
from harness.evidence.answers import AnswerError, read
from harness.evidence.bench import Screen
from harness.rig import calibrate
from harness.rig.bench_file import BenchFile, CameraFile
from harness.rig.camera.sources import decoded
from harness.transports.host import BenchError

LEFT, TOP, RIGHT, BOTTOM = STATUS_LINE
CORNERS = (f"{LEFT},{TOP}", f"{RIGHT},{TOP}", f"{RIGHT},{BOTTOM}", f"{LEFT},{BOTTOM}")


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "screen.png").write_bytes(picture(Screen("POS Offline", "red")))
    return str(folder)


def told(capsys, *arguments: str) -> str:
    """What the command prints."""
    parser = argparse.ArgumentParser()
    calibrate.add_arguments(parser)
    assert calibrate.main(parser.parse_args(arguments)) == 0
    return capsys.readouterr().out


def test_without_corners_the_picture_has_its_coordinates(source, tmp_path, capsys):
    out = tmp_path / "camera.png"
    said = told(capsys, "--source", source, "--out", str(out))
    assert "480 by 320 pixels" in said
    assert "upper left, upper right, lower right, lower left" in said
    plain = decoded(picture(Screen("POS Offline", "red")), "picture")
    drawn = decoded(out.read_bytes(), "out")
    assert drawn.shape == plain.shape
    assert (drawn != plain).any()


def test_with_corners_what_is_read_is_told_and_the_section_can_be_pasted(source, tmp_path, capsys):
    out = tmp_path / "camera.png"
    said = told(capsys, "--source", source, "--out", str(out), "--corners", *CORNERS)
    assert "# 'POS Offline' in red" in said
    assert decoded(out.read_bytes(), "out").shape[0] > 320
    bench = read(BenchFile, f"dut: bench\noperator: terminal\nwire: none\n{said}", "bench.yaml")
    assert isinstance(bench.screen, CameraFile)
    assert bench.screen.source == source
    assert [(at.x, at.y) for at in bench.screen.corners] == [tuple(map(float, corner.split(","))) for corner in CORNERS]
    assert set(yaml.safe_load(said)["screen"]) == set(CameraFile.model_fields)


def test_a_camera_too_far_away_is_told(source, tmp_path, capsys):
    near = ("240,150", "440,150", "440,190", "240,190")
    said = told(capsys, "--source", source, "--out", str(tmp_path / "c.png"), "--corners", *near)
    assert "less than 48 pixels high" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--corners", CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3]),
            r"--corners: found .*; allowed: .*corners in the order upper left, upper right",
        ),
        (
            ("--corners", "40,120", "540,120", "540,200", "40,200"),
            r"--corners: found 540,120 540,200; allowed: points within the picture, 480 by 320 pixels",
        ),
        (("--out", "camera.jpeg"), r"--out: found camera.jpeg; allowed: a file whose name ends in .png"),
    ],
)
def test_wrong_usage_is_told_with_what_is_allowed(source, capsys, arguments, sentence):
    with pytest.raises(AnswerError, match=sentence):
        told(capsys, "--source", source, *arguments)


@pytest.mark.parametrize("corner", ["1", "1,2,3", "a,b"])
def test_a_corner_is_two_numbers(corner):
    with pytest.raises(argparse.ArgumentTypeError, match="X,Y in pixels"):
        calibrate.corner(corner)


def test_a_picture_that_cannot_be_written_is_told(source, tmp_path, capsys):
    with pytest.raises(BenchError, match=r"--out: cannot write .*: No such file or directory"):
        told(capsys, "--source", source, "--out", str(tmp_path / "none" / "camera.png"))


def test_a_source_that_is_none_is_told(tmp_path, capsys):
    with pytest.raises(BenchError, match=r"screen.source: found /no/such/camera"):
        told(capsys, "--source", "/no/such/camera", "--out", str(tmp_path / "camera.png"))
