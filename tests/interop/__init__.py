"""Foreign clients against our own side, each in a folder with the packages it locks."""
