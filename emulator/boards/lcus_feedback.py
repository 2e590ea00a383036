"""The LCUS clone that answers (SAMIROB): `A0 relay what sum`, and where it answers, `A0 relay state sum`.

What: `00` off and `01` on, not answered; `02` off, `03` on, `04` the other way round and `05` as it is, answered. It
has no `FF`.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.boards import Firmware, Switch

START, LENGTH = 0xA0, 4
OFF, ON, OFF_ANSWERED, ON_ANSWERED, INVERT, ASK = range(6)


class LcusFeedback(Firmware):
    SIZES = (1, 2, 4, 8)

    def command(self) -> int:
        if self.line[0] != START:
            return 1
        if len(self.line) < LENGTH:
            return 0
        return LENGTH if sum(self.line[:3]) & 0xFF == self.line[3] else 1

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        if len(command) < LENGTH or command[1] - 1 not in range(len(self.sensed)) or command[2] > ASK:
            return
        relay, what = command[1] - 1, command[2]
        state = {ON: True, OFF: False, ON_ANSWERED: True, OFF_ANSWERED: False, INVERT: not self.sensed[relay]}.get(what)
        if state is not None:
            yield self.switched(relay, on=state)
        if what not in (OFF, ON):
            yield _answer(relay, self.sensed[relay] if state is None else state)

    def wrong(self, answer: bytes) -> bytes:
        return _answer(answer[1], on=bool(answer[2]))  # its number, counted from 1, is the next one's from 0


def _answer(relay: int, on: bool) -> bytes:
    said = bytes((START, relay + 1, on))
    return said + bytes((sum(said) & 0xFF,))
