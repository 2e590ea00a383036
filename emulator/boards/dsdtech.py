"""DSD TECH SH-UR boards: lines ended by CR LF, `AT+CH1=1` and `AT+CH1=0`, each answered by `OK` and what was said.

`AT+CH1=?` asks for one relay, answered alike. Without its line end nothing is done; what it does not know it ignores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.boards import Firmware, Switch

END = b"\r\n"
COMMAND = re.compile(rb"AT\+CH([1-8])=([01?])")


class DsdTech(Firmware):
    SIZES = (1, 2, 4, 8)

    def command(self) -> int:
        ended = self.line.find(END)
        return 0 if ended < 0 else ended + len(END)

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        said = command.removesuffix(END)
        if said == b"AT":
            yield b"OK" + END
        elif (understood := COMMAND.fullmatch(said)) and int(understood[1]) <= len(self.sensed):
            relay, what = int(understood[1]) - 1, understood[2]
            state = self.sensed[relay] if what == b"?" else what == b"1"
            if what != b"?":
                yield self.switched(relay, on=state)
            yield b"OK+CH%d=%d" % (relay + 1, state) + END

    def wrong(self, answer: bytes) -> bytes:
        return re.sub(rb"CH\d", lambda named: b"CH%d" % (int(named[0][2:]) % 8 + 1), answer)
