"""The spine: wire, evidence, checks, transports, rig and faults; it knows no device model and no pytest."""
