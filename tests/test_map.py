"""The map cannot rot: every room it names is there, and every room that is there is on it."""

from __future__ import annotations

import re

import pytest

from tests.runs import PROJECT

MAP = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = ("harness", "catalogue", "fake_cloud", "emulator", "fixtures", "reports")

_NAME = re.compile(r"[A-Za-z_0-9.]+\.(?:py|md|toml|ini|txt)\b|[a-z_0-9.]+/")


def named() -> set[str]:
    """The files and folders that the map names, by their last part."""
    tree = re.search(r"## The rooms\n(.*?)\n## ", MAP, re.DOTALL)
    assert tree is not None
    return {name.rstrip("/") for name in _NAME.findall(MAP)}


def modules() -> list[str]:
    return sorted(
        str(path.relative_to(PROJECT))
        for room in ROOMS
        for path in (PROJECT / room).rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
        and not {"defects", "html", "relays", "boards"} & set(path.parts)
    )


def test_there_is_something_to_compare() -> None:
    assert len(named()) > 40
    assert len(modules()) > 40


@pytest.mark.parametrize("module", modules())
def test_every_module_is_on_the_map(module: str) -> None:
    name = module.rpartition("/")[2]
    assert name in named() or name.removesuffix(".py") in MAP, f"docs/architecture.md does not name {module}"


@pytest.mark.parametrize("name", sorted(named()))
def test_everything_on_the_map_is_there(name: str) -> None:
    elsewhere = {".ci", "run", "vectors", "out"}
    there = name in elsewhere or any(PROJECT.rglob(name)) or (PROJECT / name).exists()
    assert there, f"docs/architecture.md names {name}, which is not there"


def test_no_module_is_two() -> None:
    long = {
        module: lines
        for module in modules()
        if (lines := len((PROJECT / module).read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long, f"over 400 lines: {long}"
