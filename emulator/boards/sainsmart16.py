"""SainSmart relay board with sixteen relays, 9 to 36 V: Modbus ASCII as slave FE.

A request is a colon, hex, its LRC in hex, CR LF: `:FE050000FF00FE` switches relay 1 on, `:FE0F0000001002FFFFE3` all,
`:FE0100000010F1` asks for all, answered by `:FE01020000FF` while they are at rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.boards import Firmware, Switch, modbus

SLAVE = 0xFE
END = b"\r\n"
FRAME = re.compile(rb":((?:[0-9A-Fa-f]{2}){7,})\r\n")


class Sainsmart16(Firmware):
    SIZES = (16,)

    def command(self) -> int:
        ended = self.line.find(END)
        return 0 if ended < 0 else ended + len(END)

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        if not (framed := FRAME.fullmatch(command)):
            return
        frame = bytes.fromhex(framed[1].decode())
        if sum(frame) & 0xFF == 0 and frame[0] == SLAVE:
            for said in modbus.carried_out(self, frame[1:-1]):
                yield said if isinstance(said, Switch) else _framed(said)

    def wrong(self, answer: bytes) -> bytes:
        return _framed(modbus.wrong(bytes.fromhex(answer[3:-4].decode())))


def _framed(answer: bytes) -> bytes:
    frame = bytes((SLAVE,)) + answer
    return b":" + (frame + bytes((-sum(frame) & 0xFF,))).hex().upper().encode() + END
