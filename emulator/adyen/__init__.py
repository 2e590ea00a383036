"""The two DUTs of the Adyen programme in software: a POS backend that takes webhooks; a terminal that emits events."""
