"""A shop for tests: Adyen's cloud as we play it, a DUT beside it, and what both said, on a clock that jumps."""

from __future__ import annotations

import random
from collections.abc import MutableMapping
from dataclasses import replace
from typing import TypeVar

from emulator.adyen.backend import Backend
from emulator.adyen.sender import Sender
from emulator.adyen.settings import BackendSettings, SenderSettings
from emulator.http_party import POWER_ON
from fake_cloud.adyen.instructions import Emit
from fake_cloud.adyen.party import LISTENERS, Adyen
from fake_cloud.adyen.terms import Terms
from harness.evidence.bench import Booked, Pressed, Screen
from harness.transports.memory import MemoryHost
from harness.wire.adyen import Acknowledged, DeviceCall, Heard, SettingsCall
from harness.wire.endpoint import Told
from harness.wire.envelope import Key
from harness.wire.nexo import EventNotification, SaleToPOIRequest

T = TypeVar("T")

ONE, OTHER = BackendSettings.terminals
KEY = Key("Harness-Passphrase-1!", "harness-key")
SEALED = {"encrypted": True, "key": KEY}
KEY_SET = {("merchant", "HarnessMerchant"): {"nexo": {"encryptionKey": {
    "identifier": KEY.identifier, "passphrase": KEY.passphrase, "version": KEY.version}}}}  # fmt: skip


class Shop:
    """A DUT and the cloud. `storage`: of a DUT that was there before."""

    def __init__(self, dut: Backend | Sender, terms: Terms) -> None:
        self.dut = dut
        self.noted: list[object] = []
        self.host = MemoryHost(on_noted=lambda _party, _line, body: self.noted.append(body))
        self.cloud = Adyen(terms, random.Random(2))  # noqa: S311
        self._ids = 0

    async def open(self, settle: float = 1.0) -> Shop:
        """Everybody is there, and what is done at the start is done."""
        await self.host.attach(self.cloud, dict.fromkeys(LISTENERS, ("", 0)))
        await self.host.attach(self.dut, {self.dut.listener: ("", 0)}, recorded=False)
        self.host.feed(self.dut.name, POWER_ON)
        return await self.wait(settle)

    async def wait(self, seconds: float) -> Shop:
        await self.host.until(lambda: False, seconds, "nothing")
        return self

    async def press(self, key: str, wait: float = 1.0, **fields: str) -> Shop:
        self.host.feed(self.dut.name, Told("user", Pressed(key, fields)))
        return await self.wait(wait)

    async def tell(self, *instructions: object, wait: float = 1.0) -> Shop:
        for instruction in instructions:
            self.host.feed("adyen", Told("case", instruction))
        return await self.wait(wait)

    def emit(self, event: str, poi_id: str = ONE, **about: object) -> Emit:
        """An event with an id of its own."""
        self._ids += 1
        return replace(Emit(self._ids, poi_id, event), **about)

    # ---- What came of it ---------------------------------------------------------------------------------------------

    def heard(self, kind: type[T]) -> list[T]:
        """What the cloud understood or said."""
        return [body for _, body in self.host.trace.heard("adyen", kind)]

    @property
    def screens(self) -> list[str]:
        return [body.text for body in self.noted if isinstance(body, Screen)]

    @property
    def book(self) -> dict[str, tuple[str, str]]:
        """State and amount by reference."""
        return {body.reference: (body.state, body.amount) for body in self.noted if isinstance(body, Booked)}

    @property
    def asked(self) -> list[str]:
        """What the device API was asked for, by the names of the messages."""
        calls = (call.message for call in self.heard(DeviceCall))
        return [message.name for message in calls if isinstance(message, SaleToPOIRequest)]

    @property
    def patches(self) -> list[SettingsCall]:
        return [call for call in self.heard(SettingsCall) if call.method == "PATCH"]

    @property
    def statuses(self) -> list[int]:
        """How the webhook answered, call by call."""
        return [told.status for told in self.heard(Acknowledged)]

    @property
    def events(self) -> list[EventNotification]:
        """What a terminal told us."""
        messages = (heard.message for heard in self.heard(Heard))
        found = (message.event for message in messages if isinstance(message, SaleToPOIRequest))
        return [event for event in found if event is not None]


def backend(
    kind: type[Backend] = Backend,
    storage: MutableMapping[str, str] | None = None,
    terms: Terms | None = None,
    **changes: object,
) -> Shop:
    """A shop whose DUT is a backend. `changes`: settings other than the usual."""
    settings = replace(BackendSettings(), **changes)
    disk = {} if storage is None else storage
    return Shop(kind(settings, disk, random.Random(1)), terms or Terms())  # noqa: S311


def sender(kind: type[Sender] = Sender, storage: MutableMapping[str, str] | None = None, **changes: object) -> Shop:
    """A shop whose DUT is a terminal."""
    settings = replace(SenderSettings(), **changes)
    terms = Terms(receiver_key=settings.key)
    return Shop(kind(settings, {} if storage is None else storage, random.Random(1)), terms)  # noqa: S311
