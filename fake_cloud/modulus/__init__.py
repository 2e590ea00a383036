"""The Modulus terminal gateway and the terminals behind it."""
