"""A POS in software that speaks any of the dialects, for orders that go all the way to a terminal."""
