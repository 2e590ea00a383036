"""What is answered about a DUT before it is put on the bench, a programme a module: ICS, IXIT, profile."""
