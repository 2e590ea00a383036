"""The spine: what every programme shares, and nothing that only one of them needs."""
