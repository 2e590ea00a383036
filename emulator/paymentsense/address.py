"""The address by which an EPoS reaches Connect: where it dials, and what it says of itself in the first line."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import ClassVar
from urllib.parse import quote

from emulator.paymentsense.settings import SOFTWARE_HOUSE_ID, Settings
from harness.wire.http1 import Headers


class Addressed:
    """An EPoS at its site. `storage` outlives it, and holds what its installer has set."""

    trusts_anybody: ClassVar[bool] = False
    """Whether who keeps it shall hand it a transport that looks at no certificate (PSC-027 forbids it)."""

    def __init__(self, settings: Settings, storage: MutableMapping[str, str]) -> None:
        self.settings = settings
        self.storage = storage

    def site(self, name: str) -> str:
        """A value of this site: as the installer set it, else as it was delivered."""
        return self.storage.get(f"site {name}", str(getattr(self.settings, name)))

    def address(self) -> str:
        return self.site("address")

    def secure(self) -> bool:
        """Always: the API key travels in the first line (PSC-001)."""
        return True

    def host(self) -> str:
        """The site's own host (PSC-002, 003)."""
        return self.site("host")

    def path(self) -> str:
        return f"/{self.site('integration')}"

    def software_house_id(self) -> str:
        return SOFTWARE_HOUSE_ID

    def version(self) -> str:
        """Given always, and the latest if nobody wants the old one (PSC-011, 012, 013)."""
        return self.settings.version

    def parameters(self) -> list[tuple[str, str]]:
        """Names and values, still unencoded; each once (PSC-007 … 025)."""
        return [
            ("token", self.site("token")),
            ("api-version", self.version()),
            ("software-house-id", self.software_house_id()),
            ("installer-id", self.site("installer_id")),
        ]

    def encoded(self, value: str) -> str:
        return quote(value, safe="")

    def asks_final_receipt(self) -> bool:
        """Only a pat till may ask for it, and only with v1 (PSC-021)."""
        return self.settings.final_receipt and (self.site("integration"), self.version()) == ("pat", "v1")

    def target(self) -> str:
        """Path and query; the flag is a bare name (PSC-026)."""
        query = [f"{name}={self.encoded(value)}" for name, value in self.parameters()]
        return f"{self.path()}?{'&'.join([*query, *['final-pos-receipt-request'] * self.asks_final_receipt()])}"

    def headers(self) -> Headers:
        """None beside those of the WebSocket: the key belongs in the URI (PSC-030)."""
        return ()
