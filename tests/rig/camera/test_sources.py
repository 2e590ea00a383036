"""Where pictures come from, and what is said when none comes."""

from __future__ import annotations

import os
import socket
import threading

import numpy as np
import pytest

from harness.rig.camera.sources import SUFFIXES, decoded, encoded, open_source
from harness.transports.host import BenchError
from tests.rig.camera.serving import camera


def grey(value: int) -> bytes:
    return encoded(np.full((4, 6, 3), value, np.uint8))


def shade(picture) -> int:
    return int(picture[0, 0, 0])


# ---- A folder --------------------------------------------------------------------------------------------------------


def test_the_newest_image_of_a_folder_is_seen(tmp_path):
    source = open_source(str(tmp_path))
    (tmp_path / "b.png").write_bytes(grey(10))
    os.utime(tmp_path / "b.png", (1, 1))
    assert shade(source.look()) == 10
    (tmp_path / "a.png").write_bytes(grey(20))
    (tmp_path / "newer.txt").write_text("no image")
    assert shade(source.look()) == 20
    (tmp_path / "a.png").unlink()
    assert shade(source.look()) == 10


def test_an_image_that_is_replaced_is_seen(tmp_path):
    source = open_source(str(tmp_path))
    for value in (10, 20):
        (tmp_path / "new").write_bytes(grey(value))
        (tmp_path / "new").replace(tmp_path / "screen.png")
        os.utime(tmp_path / "screen.png", (1, 1))
        assert shade(source.look()) == value


def test_an_empty_folder_is_a_broken_camera(tmp_path):
    with pytest.raises(BenchError, match="no image in it; allowed: a folder with one") as raised:
        open_source(str(tmp_path)).look()
    assert all(suffix in str(raised.value) for suffix in SUFFIXES)


def test_a_folder_that_is_gone_is_a_broken_camera(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    source = open_source(str(folder))
    folder.rmdir()
    with pytest.raises(BenchError, match="No such file"):
        source.look()


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n", b"<html>"])
def test_what_is_no_picture_is_said_with_its_origin(data):
    with pytest.raises(BenchError, match=rf"the camera: {len(data)} bytes that are no picture"):
        decoded(data, "the camera")


# ---- A snapshot ------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_asked_for_at_each_look():
    with camera() as served:
        source = open_source(served.url)
        for value in (10, 20):
            served.shows(grey(value))
            assert shade(source.look()) == value
    assert [request.split(b"\r\n")[0] for request in served.asked] == [b"GET /snapshot.jpg?channel=1 HTTP/1.1"] * 2


def test_a_name_and_password_are_sent_and_not_told():
    with camera() as served:
        served.shows(b"", "401 Unauthorized")
        source = open_source(served.url.replace("//", "//admin:geh%20heim@"))
        with pytest.raises(BenchError, match="it answers 401 Unauthorized") as raised:
            source.look()
    assert b"Authorization: Basic YWRtaW46Z2VoIGhlaW0=" in served.asked[0]
    assert "heim" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "told"),
    [(b"", "closed connection without response"), (b"HTTP/1.0 200 OK\r\n\r\nhello", "5 bytes that are no picture")],
)
def test_an_answer_that_is_none_is_a_broken_camera(answer, told):
    with camera() as served:
        served.answer = answer
        with pytest.raises(BenchError, match=f"/snapshot.jpg.*{told}"):
            open_source(served.url).look()


def test_a_refused_snapshot_is_a_broken_camera():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    with pytest.raises(BenchError, match=r"refused; is the camera on"):
        open_source(url).look()


def test_a_look_at_a_camera_that_never_ends_its_answer_is_ended_from_outside():
    with camera() as served:
        served.answer, served.holds = b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n", True
        source = open_source(served.url)
        failed: list[BenchError] = []

        def look() -> None:
            try:
                source.look()
            except BenchError as error:
                failed.append(error)

        thread = threading.Thread(target=look)
        thread.start()
        assert served.holding.wait(20)
        source.interrupt()
        thread.join(20)
        assert not thread.is_alive()
        assert len(failed) == 1


# ---- None ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/dev/video977", "/no/such/folder", "ftp://camera/", "http:///x", "http://h:x/"])
def test_what_is_no_camera_is_said_with_what_is_allowed(name):
    with pytest.raises(BenchError, match=r"screen.source: found .*; allowed: /dev/video") as raised:
        open_source(name)
    assert name in str(raised.value)


def test_a_device_that_is_no_camera_is_refused():
    with pytest.raises(BenchError, match="/dev/null: cannot be opened as a camera"):
        open_source("/dev/null")
