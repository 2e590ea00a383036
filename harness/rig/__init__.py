"""The bench: what is switched, read and asked around the device under test."""
