"""Defects of chapter F, user feedback."""

from __future__ import annotations

from dataclasses import replace

from catalogue.econduit import ECD_101, ECD_102, ECD_103, ECD_104
from emulator.defects.defect import Defect
from harness.evidence.bench import Screen


class ShoutsOnTheScreen(Defect):
    """The idle texts are in capitals: `POS ONLINE`, `POS OFFLINE`."""

    row = 21
    breaks = (ECD_101, ECD_102, ECD_104)

    def online_screen(self) -> Screen:
        return replace(super().online_screen(), text="POS ONLINE")

    def offline_screen(self) -> Screen:
        return replace(super().offline_screen(), text="POS OFFLINE")


class SaysConnected(Defect):
    """The idle text is `Connected`, not the document's."""

    row = 21
    breaks = (ECD_101, ECD_104)

    def online_screen(self) -> Screen:
        return replace(super().online_screen(), text="Connected")


class OfflineNotRed(Defect):
    """`POS Offline` is white like everything else on a display that has colours."""

    row = 21
    breaks = (ECD_103,)

    def offline_screen(self) -> Screen:
        return replace(super().offline_screen(), colour="white")
