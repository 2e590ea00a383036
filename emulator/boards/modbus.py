"""Boards that speak Modbus RTU as slave 1: relays are coils from 0.

Function 05 switches one coil (`FF00` on, `0000` off, `5500` the other way round; all coils at address `00FF`) and is
answered by itself, 0F sets several, 01 reads them: whole bytes of them, even where the board has fewer. What cannot be
done is answered by an exception; a wrong CRC, or another slave's number, not at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.boards import Firmware, Switch, mask

SLAVE = 1
SHORTEST = 8
"""Bytes of a request, but for the one whose sixth byte says how many follow."""

READ, SWITCH, SET = 0x01, 0x05, 0x0F
ON, OFF, INVERT, ALL = 0xFF00, 0x0000, 0x5500, 0x00FF
NO_SUCH_FUNCTION, NO_SUCH_COIL, NO_SUCH_VALUE = 1, 2, 3


class Modbus(Firmware):
    SIZES = (1, 2, 4, 8, 16, 32)

    def command(self) -> int:
        if self.line[0] != SLAVE:
            return 1
        if len(self.line) < SHORTEST:
            return 0
        length = self.line[6] + 9 if self.line[1] == SET else SHORTEST
        if len(self.line) < length:
            return 0
        return length if _checked(self.line[: length - 2]) == self.line[:length] else 1

    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        if len(command) >= SHORTEST:
            for said in carried_out(self, command[1:-2]):
                yield said if isinstance(said, Switch) else _checked(bytes((SLAVE,)) + said)

    def wrong(self, answer: bytes) -> bytes:
        return _checked(answer[:1] + wrong(answer[1:-2]))


def carried_out(board: Firmware, request: bytes) -> Iterator[Switch | bytes]:
    """A request and its answer from their function codes on, however they are framed."""
    function, address, value = request[0], int.from_bytes(request[1:3]), int.from_bytes(request[3:5])
    relays, size = len(board.sensed), (value + 7) // 8
    if function not in (READ, SWITCH, SET):
        yield _exception(function, NO_SUCH_FUNCTION)
    elif function == SWITCH:
        if value not in (ON, OFF, INVERT):
            yield _exception(function, NO_SUCH_VALUE)
        elif address == ALL:
            yield Switch(tuple(value == ON or (value == INVERT and not was) for was in board.sensed))
            yield request
        elif address < relays:
            yield board.switched(address, on=value == ON or (value == INVERT and not board.sensed[address]))
            yield request
        else:
            yield _exception(function, NO_SUCH_COIL)
    elif not value or (function == SET and (len(request) != 6 + size or request[5] != size)):
        yield _exception(function, NO_SUCH_VALUE)
    elif address + value > (relays + 7) // 8 * 8:
        yield _exception(function, NO_SUCH_COIL)
    elif function == READ:
        states = mask(board.sensed) >> address & (1 << value) - 1
        yield bytes((function, size)) + states.to_bytes(size, "little")
    else:
        which = (1 << value) - 1 << address
        states = int.from_bytes(request[6:], "little") << address
        yield board.masked(mask(board.sensed) & ~which | states & which)
        yield request[:5]


def wrong(answer: bytes) -> bytes:
    """An answer for the next coil, or with the states upside down."""
    if answer[0] == SWITCH:
        return answer[:2] + bytes((answer[2] ^ 1,)) + answer[3:]
    return answer[:2] + bytes(byte ^ 0xFF for byte in answer[2:])


def _exception(function: int, code: int) -> bytes:
    return bytes((function | 0x80, code))


def _checked(frame: bytes) -> bytes:
    """A frame with its CRC-16 behind it, the low byte first."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return frame + crc.to_bytes(2, "little")
