"""Denkovi USB relay board with sixteen relays: commands ended by `//`, each switching command answered by itself.

`01+//` to `16-//` switch one relay, `on//` and `off//` all, `x` with two bytes and `//` sets all; `ask//` is answered
by such two bytes: the highest bit of the first is relay 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.boards import Firmware, Switch

END, SET, SET_LENGTH = b"//", b"x", 5


class Denkovi16(Firmware):
    SIZES = (16,)

    def command(self) -> int:
        if self.line.startswith(SET):  # its two bytes may be anything, an end too
            return SET_LENGTH if len(self.line) >= SET_LENGTH else 0
        ended = self.line.find(END)
        return 0 if ended < 0 else ended + len(END)

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        relays = len(self.sensed)
        said = command.removesuffix(END)
        if said == b"ask":
            yield sum(on << relays - 1 - one for one, on in enumerate(self.sensed)).to_bytes(relays // 8)
        elif (switch := self._switch(said)) is not None:
            yield switch
            yield command

    def _switch(self, said: bytes) -> Switch | None:
        if said in (b"on", b"off"):
            return self.alike(on=said == b"on")
        if said.startswith(SET) and len(said) == SET_LENGTH - len(END):
            bits = int.from_bytes(said[1:])
            return Switch(tuple(bool(bits >> one & 1) for one in reversed(range(len(self.sensed)))))
        number, sign = said[:2], said[2:]
        if number.isdigit() and int(number) - 1 in range(len(self.sensed)) and sign in (b"+", b"-"):
            return self.switched(int(number) - 1, on=sign == b"+")
        return None
