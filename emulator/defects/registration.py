"""Defects of chapter C, registration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from catalogue.econduit import ECD_032, ECD_042, ECD_046, ECD_048, ECD_052, ECD_053, ECD_055, ECD_056, ECD_106
from emulator.defects.defect import Defect
from emulator.uplink import Standing
from harness.evidence.bench import Screen
from harness.evidence.requirement import Requirement
from harness.wire import econduit
from harness.wire.endpoint import Output

MAC_OF_CABLE, MAC_OF_WIFI = "001122AABB01", "001122AABB02"


class CachesTheOk(Defect):
    """It registers once at boot; a later line is taken for registered as soon as it is up."""

    row = 14
    breaks: ClassVar[tuple[Requirement, ...]] = (ECD_042, ECD_106)
    has_registered = False

    def registered(self, now: float) -> Iterator[Output]:
        self.has_registered = True
        yield from super().registered(now)

    def greet(self, now: float) -> Iterator[Output]:
        yield from self.registered(now) if self.has_registered else super().greet(now)


class NeverRegistersAgain(CachesTheOk):
    """After a drop it dials again and goes on beating without a registration, which its screen admits."""

    row = 13
    breaks = (ECD_042,)
    is_resumed = False

    def greet(self, now: float) -> Iterator[Output]:
        self.is_resumed = self.has_registered
        yield from super().greet(now)

    def screen(self) -> Screen:
        return self.offline_screen() if self.is_resumed else super().screen()


class RetriesInATightLoop(Defect):
    """After a failed registration it dials again at once, some twenty times a second."""

    row = 17
    breaks = (ECD_032, ECD_056)

    def rejected(self, now: float) -> Iterator[Output]:
        yield from super().rejected(now)
        yield from self.wake("redial", now + 0.05)


class OkIsAPrefix(Defect):
    """Any answer that begins with `OK` is taken for success."""

    row = 18
    breaks = (ECD_052, ECD_053)

    def is_success(self, answer: str) -> bool:
        return answer.startswith("OK")


class AnyRegistrationAnswerIsOk(Defect):
    """Any answer with the word `REGISTRATION` in it is taken for success, `FAILED-REGISTRATION` too."""

    row = 18
    breaks = (ECD_052, ECD_053)

    def is_success(self, answer: str) -> bool:
        return "REGISTRATION" in answer


class LetterCaseIgnored(Defect):
    """The answer is compared without regard to letter case."""

    row = 18
    breaks = (ECD_053,)

    def is_success(self, answer: str) -> bool:
        return answer.upper() == econduit.OK_REGISTRATION


class OnlineWhenConnected(Defect):
    """`POS Online` is shown as soon as the socket is up."""

    row = 19
    breaks = (ECD_055, ECD_106)

    def screen(self) -> Screen:
        return self.online_screen() if self.standing is Standing.REGISTERING else super().screen()


class OnlineAfterFailure(Defect):
    """`POS Online` is shown once the cloud has answered, whatever it answered."""

    row = 19
    breaks = (ECD_055, ECD_106)
    was_answered = False

    def answered(self, answer: str, now: float) -> Iterator[Output]:
        self.was_answered = True
        yield from super().answered(answer, now)

    def line_lost(self, now: float) -> Iterator[Output]:
        self.was_answered = False
        yield from super().line_lost(now)

    def screen(self) -> Screen:
        pretends = self.was_answered and self.standing is not Standing.ONLINE
        return self.online_screen() if pretends else super().screen()


class IdFollowsTheInterface(Defect):
    """TerminalID is the MAC address of the interface in use, which changes from line to line."""

    row = 31
    breaks = (ECD_046, ECD_048)
    interface = MAC_OF_WIFI

    def greet(self, now: float) -> Iterator[Output]:
        self.interface = MAC_OF_CABLE if self.interface == MAC_OF_WIFI else MAC_OF_WIFI
        yield from super().greet(now)

    def terminal_id(self) -> str:
        return self.interface


class IdIsNotTheLabel(Defect):
    """TerminalID on the wire is a number that stands neither on the label nor on the screen."""

    row = 31
    breaks = (ECD_046,)

    def terminal_id(self) -> str:
        return MAC_OF_CABLE
