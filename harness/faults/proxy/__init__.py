"""The wire where namespaces are forbidden: a TCP relay on loopback, in a process of its own.

What can be done to a line it can do: end it, at one side or both, delay and throttle what is said on it, refuse dials
or let them hang, answer in the cloud's place. What is done to packets it cannot: on loopback both kernels acknowledge
what the relay still holds. So silence, power cuts and half-open lines are *not run* on it.
"""
