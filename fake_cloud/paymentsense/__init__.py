"""Paymentsense Connect as a counterpart: the cloud that an EPoS connects to, and the card machines behind it."""
