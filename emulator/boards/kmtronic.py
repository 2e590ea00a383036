"""KMTronic USB relay boards: `FF relay 01` switches on, `FF relay 00` off, without an answer.

`FF relay 03` asks for one relay (`FF relay state`); on the boards with four and eight, `FF 09 00` asks for all: a byte
each, `01` or `00`. There are models that never answer: `--mishap silent` makes this one such.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.boards import Firmware, Switch

START, LENGTH = 0xFF, 3
OFF, ON, ASK = 0x00, 0x01, 0x03
ALL, SMALLEST_WITH_ALL = 9, 4


class Kmtronic(Firmware):
    SIZES = (1, 2, 4, 8)

    def command(self) -> int:
        if self.line[0] != START:
            return 1
        return LENGTH if len(self.line) >= LENGTH else 0

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        if len(command) < LENGTH:
            return
        _, number, what = command
        if number == ALL and what == OFF and len(self.sensed) >= SMALLEST_WITH_ALL:
            yield bytes(self.sensed)
        elif number - 1 not in range(len(self.sensed)):
            return
        elif what in (OFF, ON):
            yield self.switched(number - 1, on=what == ON)
        elif what == ASK:
            yield bytes((START, number, self.sensed[number - 1]))
