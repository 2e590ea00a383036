"""The only sockets and the only clock: they carry out what Endpoints say, and write it down."""
