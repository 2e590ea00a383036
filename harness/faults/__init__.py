"""Harm on purpose, named by what the victim notices; it counts only if it took hold."""
