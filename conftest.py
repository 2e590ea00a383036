"""pytest's door: everything is in `fixtures/plugin.py`."""

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    # An installed harness has registered the plugin by its entry point already; this is for a bare checkout.
    pluginmanager.import_plugin("fixtures.plugin")
