"""Where pictures come from: a V4L2 device, an HTTP snapshot, or a folder of images. Each look takes one.

A look ends within seconds or is ended by `interrupt` from another thread. What cannot be given is a BenchError that
names the source.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import re
import socket
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

# How long OpenCV lets a device be silent is read from here, once, when it is loaded. Its own value is 10 s.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

import cv2
import numpy as np

from harness.transports.host import BenchError

PATIENCE = 2.0
"""Wall seconds in which a snapshot URL must answer, and go on answering."""

MOST_BYTES = 32 << 20
"""Of one picture; a photograph of 50 megapixels is smaller."""

QUEUED = 2
"""Frames that a device may hold back from before it was asked: one in its buffer, one on its way there."""

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp"})

ALLOWED = "/dev/video…, http://HOST/PATH, https://HOST/PATH, or a folder of images"


class Source(Protocol):
    """Gives pictures, as arrays of OpenCV's: rows of pixels of blue, green, red, 8 bits each."""

    def look(self) -> Any:
        """The picture of now. Raises BenchError."""

    def interrupt(self) -> None:
        """Said from another thread: a look that is under way there ends, and each further one, with a BenchError."""

    def close(self) -> None:
        """No more pictures; somebody else may have the camera."""


def open_source(source: str) -> Source:
    """The source of that name. Raises BenchError if it is none, or is not there."""
    if re.match(r"https?://", source):
        return Snapshot(source)
    path = Path(source)
    if path.is_dir():
        return Folder(path)
    if path.is_char_device():
        return Device(source)
    raise BenchError(f"screen.source: found {source}: no such device or folder; allowed: {ALLOWED}")


def decoded(data: bytes, origin: str) -> Any:
    """A picture from its file. Raises BenchError if it is none."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if picture is None:
        raise BenchError(
            f"screen.source: {origin}: {len(data)} bytes that are no picture; allowed: PNG, JPEG, BMP, WebP"
        )
    return picture


class Folder:
    """A folder into which something puts images: the newest is what the camera sees."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: tuple[tuple[int, str, int], Any] | None = None

    def look(self) -> Any:
        try:
            with os.scandir(self._path) as entries:
                images = [
                    ((stat := entry.stat()).st_mtime_ns, entry.name, stat.st_ino)
                    for entry in entries
                    if Path(entry.name).suffix.lower() in SUFFIXES
                ]
        except OSError as error:
            raise BenchError(f"screen.source: {self._path}: {error.strerror}; allowed: {ALLOWED}") from error
        if not images:
            wanted = ", ".join(sorted(SUFFIXES))
            raise BenchError(f"screen.source: {self._path}: no image in it; allowed: a folder with one ({wanted})")
        newest = max(images)
        if self._last is None or self._last[0] != newest:
            path = self._path / newest[1]
            try:
                self._last = newest, decoded(path.read_bytes(), str(path))
            except OSError as error:
                raise BenchError(f"screen.source: {path}: {error.strerror}") from error
        return self._last[1]

    def interrupt(self) -> None:
        return

    def close(self) -> None:
        return


class Device:
    """A V4L2 device, such as a USB camera. Raises BenchError if it cannot be opened."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._closing = False
        self._capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if not self._capture.isOpened():
            why = "it may be read" if os.access(path, os.R_OK | os.W_OK) else "no permission to read and write it"
            raise BenchError(f"screen.source: {path}: cannot be opened as a camera ({why}); allowed: {ALLOWED}")

    def look(self) -> Any:
        # What the driver has kept is older than the question.
        taken = all(not self._closing and self._capture.grab() for _ in range(QUEUED + 1))
        there, picture = self._capture.retrieve() if taken else (False, None)
        if not there:
            raise BenchError(f"screen.source: {self._path}: it gives no picture; is it still plugged in?")
        return picture

    def interrupt(self) -> None:
        # OpenCV's own look cannot be ended from here; it ends by itself once the device is silent.
        self._closing = True

    def close(self) -> None:
        self._capture.release()


class Snapshot:
    """A URL that answers each GET with a picture, as network cameras do. A name and password in it are sent (Basic)."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._parts: SplitResult = parts
        self._told = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._socket: socket.socket | None = None
        self._closing = False
        try:
            if not parts.hostname or parts.port == 0:
                raise ValueError("no host")
        except ValueError as error:
            raise BenchError(f"screen.source: found {self._told}: {error}; allowed: {ALLOWED}") from error

    def look(self) -> Any:
        try:
            return decoded(self._get(), self._told)
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise BenchError(f"screen.source: {self._told}: {why}; is the camera on, and its address right?") from error

    def _get(self) -> bytes:
        parts = self._parts
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.connect()
            self._socket = connection.sock
            if self._closing:
                raise BenchError(f"screen.source: {self._told}: closed")
            connection.request(
                "GET", parts._replace(scheme="", netloc="", fragment="").geturl() or "/", headers=self._headers()
            )
            answer = connection.getresponse()
            data = answer.read(MOST_BYTES)
            if answer.status != http.client.OK:
                raise BenchError(
                    f"screen.source: {self._told}: it answers {answer.status} {answer.reason}; allowed: 200"
                )
            return data

    def _headers(self) -> dict[str, str]:
        if self._parts.username is None:
            return {}
        pair = f"{unquote(self._parts.username)}:{unquote(self._parts.password or '')}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def interrupt(self) -> None:
        self._closing = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        return


def encoded(picture: Any) -> bytes:
    """A picture as PNG."""
    _, png = cv2.imencode(".png", picture)
    return bytes(png)
