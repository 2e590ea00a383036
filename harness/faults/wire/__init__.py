"""Harm that is done to frames between the DUT and the cloud; the one room that knows scapy."""
