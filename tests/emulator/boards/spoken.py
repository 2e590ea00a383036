"""What a board says and does, as one reads it: bytes as hex, relays as a word of 0 and 1, the first relay first."""

from __future__ import annotations

from emulator.relay_board import Answer, Moved, RelayBoard


def relays(contacts: tuple[bool, ...]) -> str:
    return "".join("01"[on] for on in contacts)


def heard(board: RelayBoard, said: bytes | str) -> list[str | bytes]:
    """What comes of these bytes: the relays after each command carried out, and each run of answers in one piece."""
    outcomes: list[str | bytes] = []
    for outcome in board.receive(said if isinstance(said, bytes) else bytes.fromhex(said)):
        match outcome:
            case Moved(contacts):
                outcomes.append(relays(contacts))
            case Answer(data) if outcomes and isinstance(outcomes[-1], bytes):
                outcomes[-1] += data
            case Answer(data):
                outcomes.append(data)
    return outcomes
