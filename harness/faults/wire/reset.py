"""Reset: a line ends under one party, or both, by a reset that neither has sent.

What forges a reset has given the line up: a firewall, a balancer, a router that was restarted. So while the harm lasts
it carries nothing more of that line, and the end that was not told is left half-open: it believes in the line, and
nobody answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import forge
from harness.faults.wire.dials import spelled
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import ACK, RST, SYN, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means


class _Hang(Rule):
    def __init__(self, scene: Scene, to: Sequence[Toward]) -> None:
        super().__init__(scene)
        self._to = to
        self._given_up: set[bytes] = set()
        """Each line twice: by its way to the cloud, and by its way back."""

    def begin(self, now: float) -> Sequence[Out]:
        outs = []
        for flow in self.scene.flows:
            if flow.ended or flow.next_of_terminal is None or flow.next_of_cloud is None:
                continue  # nobody believes in it any more, or it is only dialled and nobody does yet
            self._given_up |= {_way(flow.terminal, flow.cloud), _way(flow.cloud, flow.terminal)}
            self.bite(f"the line from {spelled(flow.terminal)} to {spelled(flow.cloud)}")
            outs += [forge.reset(flow, end) for end in self._to]
        return outs

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if not frame.is_tcp or frame.way not in self._given_up:
            return None
        if frame.flags & (SYN | ACK) == SYN:
            self._given_up -= {frame.way, frame.way_back}  # a new line in the old one's name
            return None
        sender = forge.back(frame)
        if sender in self._to and frame.flags & (RST | ACK) == ACK:
            # The reset has not reached it, or not convinced it: a segment was lost and it awaits another number, and
            # challenges (RFC 5961). In what it says stands the number that it does await.
            return (forge.answer(frame, RST | ACK),)
        return ()


def _way(source: tuple[bytes, int], destination: tuple[bytes, int]) -> bytes:
    """The way of a line as its frames have it."""
    return source[0] + destination[0] + source[1].to_bytes(2) + destination[1].to_bytes(2)


@dataclass(frozen=True)
class _Reset(WireFault):
    """Every line that is up when it begins is reset; new ones are not harmed."""

    means: ClassVar[Means] = Means.STREAMS
    swallows: ClassVar[bool] = True
    to: ClassVar[tuple[Toward, ...]]

    def rule(self, scene: Scene) -> Rule:
        return _Hang(scene, self.to)

    def signs(self, seen: Sightings) -> Sign:
        """Resets that nobody has sent, and each end that is to be harmed got one."""
        frames = [Frame(one.data, one.toward) for one in seen.forged]
        resets = [frame for frame in frames if frame.is_tcp and frame.flags & RST and frame.toward in self.to]
        if {frame.toward for frame in resets} != set(self.to):
            return NO_SIGN
        return Sign(len(resets), f"a reset toward the {resets[0].toward}, as from {spelled(resets[0].source)}")


@dataclass(frozen=True)
class ResetToTerminal(_Reset):
    """The terminal's end of every line is reset; the cloud's is left half-open."""

    name: ClassVar[str] = "reset to terminal"
    to: ClassVar[tuple[Toward, ...]] = (Toward.TERMINAL,)


@dataclass(frozen=True)
class ResetToCloud(_Reset):
    """The cloud's end of every line is reset; the terminal's is left half-open."""

    name: ClassVar[str] = "reset to cloud"
    to: ClassVar[tuple[Toward, ...]] = (Toward.CLOUD,)


@dataclass(frozen=True)
class ResetToBoth(_Reset):
    """Both ends of every line are reset."""

    name: ClassVar[str] = "reset to both"
    to: ClassVar[tuple[Toward, ...]] = (Toward.TERMINAL, Toward.CLOUD)
