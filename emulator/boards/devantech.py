"""Devantech USB-RLY02 and USB-RLY08: one byte a command, and answers only to what asks.

`65` to `6C` switch relay 1 to 8 on, `6F` to `76` off, `64` and `6E` all; `5C mask` sets all. `5B` is answered by the
mask, `5A` by module number and version, `38` by the serial number. (The USB-RLY16 has eight relays, and number 9.)
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.boards import Firmware, Switch, mask

SERIAL_NUMBER, VERSION, STATES, SET = 0x38, 0x5A, 0x5B, 0x5C
ALL_ON, ALL_OFF = 0x64, 0x6E  # each followed by those for the single relays
MODULES = {2: 10, 8: 8}


class Devantech(Firmware):
    SIZES = (2, 8)

    def command(self) -> int:
        length = 2 if self.line[0] == SET else 1
        return length if len(self.line) >= length else 0

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        what, relays = command[0], len(self.sensed)
        if what == SET:
            yield self.masked(command[1])
        elif what in (ALL_ON, ALL_OFF):
            yield self.alike(on=what == ALL_ON)
        elif what - ALL_ON - 1 in range(relays):
            yield self.switched(what - ALL_ON - 1, on=True)
        elif what - ALL_OFF - 1 in range(relays):
            yield self.switched(what - ALL_OFF - 1, on=False)
        elif what == STATES:
            yield bytes((mask(self.sensed),))
        elif what == VERSION:
            yield bytes((MODULES[relays], 1))
        elif what == SERIAL_NUMBER:
            yield b"00001234"
