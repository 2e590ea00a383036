"""pytest's door: everything is in `fixtures/plugin.py`."""

pytest_plugins = ["fixtures.plugin"]
