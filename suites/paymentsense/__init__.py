"""What an EPoS is held to by Paymentsense Connect, one file a chapter."""
