"""The moments of the dialogue at which the wire is harmed, as bytes on it show them."""

from __future__ import annotations

from harness.faults.moment import Moment, Passed, Toward

_REGISTRATION = '(?i:"register")'
_ANSWER = "(?i:registration)"
_HEARTBEAT = r"(?i:heartbeat)|\A\Z"
_COMMAND = '(?i:"command")'
_RESPONSE = '(?i:"resultcode")'
"""Letters of either case: a terminal that errs in them is to be harmed like any other. The heartbeat may be empty."""

REGISTRATION_BEGUN = Moment("first byte of a registration", Toward.CLOUD, _REGISTRATION, Passed.FIRST_BYTE)
REGISTRATION_UNENDED = Moment("between body and terminator of a registration", Toward.CLOUD, _REGISTRATION, Passed.BODY)
REGISTRATION_UNANSWERED = Moment("before the answer to a registration", Toward.TERMINAL, _ANSWER, Passed.NOTHING)
HEARTBEAT_UNACKED = Moment("heartbeat sent and not acked", Toward.CLOUD, _HEARTBEAT, Passed.WHOLE)
COMMAND_UNENDED = Moment("between body and terminator of a command", Toward.TERMINAL, _COMMAND, Passed.BODY)
COMMAND_ARRIVED = Moment("after the command reached the terminal", Toward.TERMINAL, _COMMAND, Passed.WHOLE)
RESPONSE_DUE = Moment("before the response", Toward.CLOUD, _RESPONSE, Passed.NOTHING)
RESPONSE_BEGUN = Moment("first byte of a response", Toward.CLOUD, _RESPONSE, Passed.FIRST_BYTE)
RESPONSE_UNENDED = Moment("between response and terminator", Toward.CLOUD, _RESPONSE, Passed.BODY)
ANSWERED = Moment("right after the answer", Toward.CLOUD, _RESPONSE, Passed.WHOLE)

OF_A_REGISTRATION = (REGISTRATION_BEGUN, REGISTRATION_UNENDED, REGISTRATION_UNANSWERED)
OF_A_HEARTBEAT = (HEARTBEAT_UNACKED,)
OF_A_TRANSACTION = (COMMAND_UNENDED, COMMAND_ARRIVED, RESPONSE_DUE, RESPONSE_BEGUN, RESPONSE_UNENDED, ANSWERED)
