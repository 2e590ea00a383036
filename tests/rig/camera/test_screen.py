"""The camera as a Screen of the bench: what it writes into a trace, and how it ends."""

from __future__ import annotations

import hashlib
import sys
import threading
from pathlib import Path

import pytest

from emulator.picture import STATUS_LINE, picture
from harness.evidence.bench import Exited, Mains, Photographed, Screen, Unread
from harness.rig.bench_file import CameraFile, Corner
from harness.rig.camera import screen as module
from harness.rig.camera.screen import CameraScreen, glance, prepare
from harness.transports.host import BenchError
from harness.transports.tcp import TcpHost
from tests.rig.camera.serving import camera

PATIENCE = 30.0
OFFLINE, ONLINE = Screen("POS Offline", "red"), Screen("POS Online", "white")
DARK = Screen("", "black")


class Bench:
    """A display whose pictures are put into a folder, a camera that looks at it, and the case's own folder."""

    def __init__(self, folder: Path, source: str = "") -> None:
        self.pictures, self.keep = folder / "pictures", folder / "case"
        self.pictures.mkdir()
        self.keep.mkdir()
        left, top, right, bottom = STATUS_LINE
        corners = tuple(Corner(x=x, y=y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)))
        self.host = TcpHost()
        self.file = CameraFile(source=source or str(self.pictures), corners=corners, every=0.01)
        self.camera = CameraScreen(self.file, self.host, self.keep)

    def show(self, screen: Screen) -> None:
        (self.pictures / "new").write_bytes(picture(screen))
        (self.pictures / "new").replace(self.pictures / "screen.png")

    @property
    def told(self) -> list[object]:
        return [body for _, body in self.host.trace.heard("bench", Screen, Unread)]

    async def tells(self, number: int) -> bool:
        """So many screens, or times without, are told."""
        return await self.host.until(lambda: len(self.told) >= number, PATIENCE, "what the camera sees")


@pytest.fixture
async def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.show(DARK)
    yield bench
    bench.camera.stop()
    await bench.host.close()


async def test_what_changes_on_the_display_is_told_with_its_picture(bench):
    bench.show(OFFLINE)
    bench.camera.start()
    assert await bench.tells(1)
    bench.show(ONLINE)
    assert await bench.tells(2)
    assert bench.told == [OFFLINE, ONLINE]
    events = [event for event in bench.host.trace if isinstance(event.body, Screen | Photographed)]
    assert [type(event.body) for event in events] == [Screen, Photographed] * 2
    for shown, photographed in zip(events[::2], events[1::2], strict=True):
        png = (bench.keep / photographed.body.file).read_bytes()
        assert hashlib.sha256(png).hexdigest() == photographed.body.sha256
        assert photographed.at == shown.at <= bench.host.now
    assert 0 < events[3].body.late < PATIENCE


async def test_what_cannot_be_read_is_told_with_its_picture(bench):
    bench.camera.start()
    assert await bench.tells(1)
    (unread,) = bench.told
    assert "nothing legible" in unread.why
    assert (bench.keep / unread.file).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("switched", [Mains(on=True), Exited(1, "")])
async def test_after_its_mains_were_switched_the_same_screen_is_told_again(bench, switched):
    bench.show(OFFLINE)
    bench.camera.start()
    assert await bench.tells(1)
    bench.host.record("bench", switched)
    since = bench.host.now
    assert await bench.tells(2)
    assert bench.told == [OFFLINE] * 2
    assert bench.host.trace.heard("bench", Screen)[1][0].at >= since


async def test_what_is_in_doubt_is_owned_up_to_once(bench, monkeypatch):
    monkeypatch.setattr("harness.rig.camera.vote.GIVEN_UP", 10**9)
    monkeypatch.setattr(module, "STALE", PATIENCE)
    bench.show(OFFLINE)
    bench.camera.start()
    assert await bench.tells(1)
    bench.camera.own_up()
    assert bench.told == [OFFLINE]
    bench.show(DARK)
    assert await bench.host.until(lambda: bench.camera.in_doubt, PATIENCE, "a doubt")
    bench.camera.own_up()
    bench.camera.own_up()
    assert [type(body) for body in bench.told] == [Screen, Unread]
    bench.show(OFFLINE)
    assert await bench.tells(3)
    assert bench.told[2] == OFFLINE


async def test_a_camera_that_hangs_is_owned_up_to(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "STALE", -1.0)
    with camera() as served:
        served.answer, served.holds = b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n", True
        bench = Bench(tmp_path, served.url)
        bench.camera.start()
        bench.camera.own_up()
        bench.camera.stop()
    assert ["has given no picture for" in unread.why for unread in bench.told] == [True]


async def test_a_stopped_camera_looks_no_more(bench):
    bench.camera.start()
    assert await bench.tells(1)
    bench.camera.stop()
    bench.camera.stop()
    bench.camera.own_up()
    assert not [thread for thread in threading.enumerate() if thread.name == "camera"]
    assert len(bench.told) == 1


async def test_a_camera_that_dies_breaks_the_bench(bench):
    bench.camera.start()
    assert await bench.tells(1)
    (bench.pictures / "screen.png").unlink()
    with pytest.raises(BenchError, match="no image in it"):
        await bench.host.until(lambda: False, PATIENCE, "the end of the camera")


async def test_a_picture_that_cannot_be_kept_breaks_the_bench(bench):
    bench.keep.rmdir()
    bench.camera.start()
    with pytest.raises(BenchError, match="cannot keep the camera's picture"):
        await bench.host.until(lambda: False, PATIENCE, "the end of the camera")


def test_a_glance_says_what_is_read_now(bench):
    bench.show(ONLINE)
    assert glance(bench.file).text == "POS Online"
    (bench.pictures / "screen.png").unlink()
    with pytest.raises(BenchError, match="no image in it"):
        glance(bench.file)


async def test_without_the_extra_it_is_named(bench, monkeypatch):
    for name in ("reader", "sources"):
        monkeypatch.delitem(sys.modules, f"harness.rig.camera.{name}", raising=False)
        monkeypatch.delattr(f"harness.rig.camera.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(BenchError, match=r"needs the extra `camera` \(pip install '.\[camera\]'\): cv2"):
        prepare()
    bench.camera.start()
    with pytest.raises(BenchError, match="cv2 is not installed"):
        await bench.host.until(lambda: False, PATIENCE, "the end of the camera")


async def test_a_camera_that_is_not_there_breaks_the_bench(tmp_path):
    bench = Bench(tmp_path, "/dev/video977")
    bench.camera.start()
    with pytest.raises(BenchError, match="found /dev/video977"):
        await bench.host.until(lambda: False, PATIENCE, "the end of the camera")
    bench.camera.stop()


async def test_a_camera_that_never_ends_its_answer_breaks_the_bench_and_can_be_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SILENCE", 0.3)
    with camera() as served:
        served.answer, served.holds = b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n", True
        bench = Bench(tmp_path, served.url)
        bench.camera.start()
        with pytest.raises(BenchError, match=r"gave no picture for 0.3 s|timed out"):
            await bench.host.until(lambda: False, PATIENCE, "the end of the camera")
        bench.camera.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "camera"]
