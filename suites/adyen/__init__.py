"""What a DUT of Adyen events is held to, one file a chapter."""
