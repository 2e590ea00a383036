"""ICStation ICSE013A, ICSE012A and ICSE014A, with two, four and eight relays: a board that cannot be asked.

`50` is answered by the model, as long as `51` has not come; from then on every byte is a mask of all relays, the first
in the lowest bit, a 0 switching on: another `50` too. Only a power cut ends that.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.boards import Firmware, Switch

IDENTIFY, START = 0x50, 0x51
MODELS = {2: 0xAD, 4: 0xAB, 8: 0xAC}


class Icstation(Firmware):
    SIZES = (2, 4, 8)

    def __init__(self, relays: int) -> None:
        super().__init__(relays)
        self._started = False

    def command(self) -> int:
        return 1

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        (byte,) = command
        if self._started:
            yield self.masked(~byte)
        elif byte == IDENTIFY:
            yield bytes((MODELS[len(self.sensed)],))
        elif byte == START:
            self._started = True
