"""A device under test in software: conformant by itself, and with one bad habit at a time from `emulator.defects`."""
