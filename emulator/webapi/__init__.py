"""A POS in software that orders transactions by URL, at the eConduit web API."""
