"""Faults that can be said in Outputs: pure, and the same on every transport."""
