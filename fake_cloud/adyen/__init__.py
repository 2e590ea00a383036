"""Adyen's cloud as a DUT sees it: sender of webhooks, Management API, device API, and receiver of events."""
