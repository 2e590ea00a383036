"""The parties a DUT talks to, each a pure Endpoint that a case can bend."""
