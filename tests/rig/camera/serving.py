"""A camera on the network, as far as a test needs one: answers each GET with what it is given, or never ends to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Camera:
    """`answer`: the bytes of the whole answer; `holds`: it does not end it. `asked`: the requests it got."""

    answer: bytes = b""
    holds: bool = False
    asked: list[bytes] = field(default_factory=list)
    url: str = ""
    held: list[socket.socket] = field(default_factory=list)
    holding: threading.Event = field(default_factory=threading.Event)

    def shows(self, picture: bytes, status: str = "200 OK") -> None:
        self.answer = f"HTTP/1.0 {status}\r\nContent-Length: {len(picture)}\r\n\r\n".encode() + picture

    def serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                self.asked.append(line.recv(4096))
                line.sendall(self.answer)
                if self.holds:
                    self.held.append(line)
                    self.holding.set()
                else:
                    line.close()


@contextlib.contextmanager
def camera() -> Iterator[Camera]:
    """It is on until the block ends."""
    served = Camera()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served.url = f"http://127.0.0.1:{listener.getsockname()[1]}/snapshot.jpg?channel=1"
        thread = threading.Thread(target=served.serve, args=(listener,))
        thread.start()
        try:
            yield served
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for line in served.held:
                line.close()
