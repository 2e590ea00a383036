"""LCUS-1, -2, -4 and -8: `A0 relay 01 sum` switches on, `00` off, without an answer; `FF` asks for all relays as text.

The text is made ahead: the first one after a switching still tells what was before it, as was seen on real boards. The
board with one relay cannot be asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.boards import Firmware, Switch

START, ASK, SWITCH_LENGTH = 0xA0, 0xFF, 4


class Lcus(Firmware):
    SIZES = (1, 2, 4, 8)

    def __init__(self, relays: int) -> None:
        super().__init__(relays)
        self._made_ahead = self._text()

    def command(self) -> int:
        if self.line[0] != START:
            return 1
        if len(self.line) < SWITCH_LENGTH:
            return 0
        return SWITCH_LENGTH if sum(self.line[:3]) & 0xFF == self.line[3] else 1

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        if len(command) == SWITCH_LENGTH:
            relay, state = command[1] - 1, command[2]
            if relay in range(len(self.sensed)) and state in (0, 1):
                yield self.switched(relay, on=state == 1)
        elif command[0] == ASK and len(self.sensed) > 1:
            yield self._made_ahead
            self._made_ahead = self._text()

    def _text(self) -> bytes:
        states = (f"CH{one}: {'ON ' if on else 'OFF'}\r\n" for one, on in enumerate(self.sensed, start=1))
        return "".join(states).encode()
