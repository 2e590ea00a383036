"""Defects of chapter A, transport and connection address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from catalogue.paymentsense import (
    PSC_001,
    PSC_002,
    PSC_003,
    PSC_004,
    PSC_005,
    PSC_006,
    PSC_007,
    PSC_008,
    PSC_010,
    PSC_011,
    PSC_012,
    PSC_013,
    PSC_014,
    PSC_015,
    PSC_016,
    PSC_017,
    PSC_019,
    PSC_020,
    PSC_021,
    PSC_025,
    PSC_026,
    PSC_027,
    PSC_028,
    PSC_029,
    PSC_030,
    PSC_110,
)
from emulator.paymentsense.defects.defect import Defect
from harness.wire.endpoint import Output
from harness.wire.http1 import Headers


class PlainWebSocket(Defect):
    """It dials `ws://`, and the API key travels in clear."""

    row = 1
    breaks = (PSC_001,)

    def address(self) -> str:
        return self.settings.plain_address or super().address()

    def secure(self) -> bool:
        return False


class TokenInHeaderOnly(Defect):
    """The API key is in an Authorization header, as for any other service, and not in the address."""

    row = 2
    breaks = (PSC_007, PSC_030)

    def parameters(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().parameters() if name != "token"]

    def headers(self) -> Headers:
        return (("Authorization", f"Bearer {self.site('token')}"),)


class NoVersion(Defect):
    """It leaves `api-version` to chance."""

    row = 3
    breaks = (PSC_010, PSC_011, PSC_012, PSC_013)

    def parameters(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().parameters() if name != "api-version"]


class OldVersion(Defect):
    """It was written for `v0`, and still asks for it."""

    row = 3
    breaks = (PSC_011, PSC_013)

    def version(self) -> str:
        return "v0"


class VersionWithoutLetter(Defect):
    """It asks for version `1` where `v1` is allowed."""

    row = 3
    breaks = (PSC_010, PSC_013)

    def version(self) -> str:
        return "1"


class SoftwareHouseFromSite(Defect):
    """The installer is asked for the software house id, and types what he thinks best: that of the site."""

    row = 4
    breaks = (PSC_015, PSC_016)

    def software_house_id(self) -> str:
        return f"SH-{self.site('installer_id')}"


class NoInstaller(Defect):
    """It knows no installer."""

    row = 5
    breaks = (PSC_017, PSC_020)

    def parameters(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().parameters() if name != "installer-id"]


class InstallerIsSoftwareHouse(Defect):
    """It gives the software house as installer, whoever installed it."""

    row = 5
    breaks = (PSC_019, PSC_020)

    def parameters(self) -> list[tuple[str, str]]:
        return [
            (name, self.software_house_id() if name == "installer-id" else value)
            for name, value in super().parameters()
        ]


class FinalReceiptOnPac(Defect):
    """One address for both integration types, and the flag of the one is in it."""

    row = 6
    breaks = (PSC_021,)

    def asks_final_receipt(self) -> bool:
        return True


class UnencodedParameters(Defect):
    """Values stand in the address as they were typed, whatever they mean there."""

    row = 8
    breaks = (PSC_025,)
    needs: ClassVar[Mapping[str, object]] = {"installer_id": "IN777&co#1"}

    def encoded(self, value: str) -> str:
        return value


class TokenTwice(Defect):
    """The token is at the beginning of the address, and once more at its end."""

    row = 8
    breaks = (PSC_025,)

    def parameters(self) -> list[tuple[str, str]]:
        return [*super().parameters(), ("token", self.site("token"))]


class PlaceholderLeft(Defect):
    """The template of the address was not filled in."""

    row = 8
    breaks = (PSC_025, PSC_020)

    def parameters(self) -> list[tuple[str, str]]:
        return [(name, "[installer-id]" if name == "installer-id" else value) for name, value in super().parameters()]

    def encoded(self, value: str) -> str:
        return value


class AcceptsAnyCertificate(Defect):
    """Certificates were trouble in development, and are looked at no longer."""

    row = 9
    breaks = (PSC_027,)
    trusts_anybody = True


class HammersAfterRefusal(Defect):
    """A refused handshake is repeated at once, fifty times a second."""

    row = 10
    breaks = (PSC_028,)

    def pause(self, first: float, most: float, now: float) -> Iterator[Output]:
        refused = first == self.settings.refused_first
        yield from super().pause(*((0.02, 0.02) if refused else (first, most)), now)


class SilentRefusal(Defect):
    """A refused handshake is repeated as it should be, and nobody is told why the till stays dark."""

    row = 10
    breaks = (PSC_028,)
    mute = False

    def refused(self, why: str, now: float) -> Iterator[Output]:
        self.mute = True
        yield from super().refused(why, now)

    def upgraded(self, now: float) -> Iterator[Output]:
        self.mute = False
        yield from super().upgraded(now)

    def stand(self, status: str) -> Iterator[Output]:
        if not self.mute:
            yield from super().stand(status)


# ---- Not in the sheet's table ----------------------------------------------------------------------------------------


class WrongHost(Defect):
    """Every site uses the host address of the first."""

    row = 0
    breaks = (PSC_002, PSC_003, PSC_004, PSC_110)

    def host(self) -> str:
        return "first.connect.paymentsense.cloud"


class KeyOfTheHouse(Defect):
    """One API key for all sites, built in."""

    row = 0
    breaks = (PSC_003, PSC_007, PSC_008, PSC_110)

    def parameters(self) -> list[tuple[str, str]]:
        return [(name, "one-key-for-all" if name == "token" else value) for name, value in super().parameters()]


class PathOfItsOwn(Defect):
    """The path is what the vendor calls the product."""

    row = 0
    breaks = (PSC_005,)

    def path(self) -> str:
        return "/epos"


class PathInCapitals(Defect):
    """The path is in upper case, as the abbreviation is written in prose."""

    row = 0
    breaks = (PSC_006,)

    def path(self) -> str:
        return super().path().upper()


class NoSoftwareHouse(Defect):
    """It does not say who made it."""

    row = 0
    breaks = (PSC_014, PSC_016)

    def parameters(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().parameters() if name != "software-house-id"]


class FlagWithValue(Defect):
    """The flag is written as any other parameter."""

    row = 0
    breaks = (PSC_026,)

    def target(self) -> str:
        return super().target().replace("final-pos-receipt-request", "final-pos-receipt-request=true")


class TokenOnTheScreen(Defect):
    """What a refusal shows to the user is the whole address."""

    row = 0
    breaks = (PSC_029,)

    def refused(self, why: str, now: float) -> Iterator[Output]:
        yield from super().refused(f"{why} at {self.target()}", now)
