"""Harm to the mains: what becomes of them, as a case says it."""
