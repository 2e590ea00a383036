"""Bytes to frames to messages, and back: no sockets, no clock, no chance."""
