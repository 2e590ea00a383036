"""What a wire's process says to the harness: queued, so that nobody waits for a harness that does not listen."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import deque
from collections.abc import Callable
from typing import Any


class Outbox:
    """Messages to a control socket, in order, as far as there is room. `gone` is called if nobody is there any more."""

    def __init__(self, loop: asyncio.AbstractEventLoop, control: socket.socket, gone: Callable[[], object]) -> None:
        self._loop = loop
        self._control = control
        self._gone = gone
        self._unsent: deque[bytes] = deque()

    def send(self, message: dict[str, Any]) -> None:
        """Say something, now or when there is room."""
        if not self._unsent:
            self._loop.add_writer(self._control.fileno(), self._write)
        self._unsent.append(json.dumps(message).encode())
        self._write()

    def _write(self) -> None:
        try:
            while self._unsent:
                self._control.send(self._unsent[0])
                self._unsent.popleft()
        except BlockingIOError:
            return
        except ConnectionError:
            self._unsent.clear()
            self._gone()
        self._loop.remove_writer(self._control.fileno())
