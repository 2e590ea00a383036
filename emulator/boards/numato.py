"""Numato USB relay modules: lines of text ended by CR, each byte echoed, each line followed by a prompt.

`relay on N`, `relay off N`, `relay read N` (`on` or `off`), `relay readall` and `relay writeall` with all relays as
hex, the first in the lowest bit; `ver` and `id get`. N counts from 0, and from A after 9. The echo of CR is LF CR. What
it does not know it answers with the prompt alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import digits, hexdigits

from emulator.boards import LONGEST_COMMAND, Firmware, Switch, mask

NAMES = digits + "ABCDEFGHIJKLMNOPQRSTUV"
END = b"\n\r"
VERSION, ID = b"00000008", b"00000000"


class Numato(Firmware):
    SIZES = (1, 2, 4, 8, 16, 32)

    def __init__(self, relays: int) -> None:
        super().__init__(relays)
        self._typed = b""

    def command(self) -> int:
        return 1  # it echoes what is typed, byte by byte

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        if command == b"\r":
            words, self._typed = self._typed.decode("latin-1").split(), b""
            yield END
            yield from self._carry_out(words)
            yield b">"
        elif command != b"\n":
            self._typed = (self._typed + command)[:LONGEST_COMMAND]
            yield command

    def _carry_out(self, words: list[str]) -> Iterator[Switch | bytes]:
        match words:
            case ["relay", "on" | "off" as state, name] if (relay := self._relay(name)) is not None:
                yield self.switched(relay, on=state == "on")
            case ["relay", "read", name] if (relay := self._relay(name)) is not None:
                yield (b"on" if self.sensed[relay] else b"off") + END
            case ["relay", "readall"]:
                yield f"{mask(self.sensed):0{self._digits}x}".encode() + END
            case ["relay", "writeall", states] if len(states) == self._digits and set(states) <= set(hexdigits):
                yield self.masked(int(states, 16))
            case ["ver"]:
                yield VERSION + END
            case ["id", "get"]:
                yield ID + END

    @property
    def _digits(self) -> int:
        """How many hex digits all relays take; small modules have two."""
        return max(2, len(self.sensed) // 4)

    def _relay(self, name: str) -> int | None:
        relay = NAMES.find(name) if len(name) == 1 else -1
        return relay if relay in range(len(self.sensed)) else None
