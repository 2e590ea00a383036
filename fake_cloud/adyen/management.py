"""The Management API, as far as terminal settings go: GET and PATCH at company, merchant, store and terminal level."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fake_cloud.adyen.calls import Answered, json_reply, key_login, problem
from fake_cloud.adyen.configuration import Configuration, invalid_fields
from fake_cloud.adyen.instructions import Grant
from fake_cloud.adyen.terms import Place, Terms
from harness.wire import nexo
from harness.wire.adyen import InForce, Login, SettingsCall, SettingsReply, masked
from harness.wire.endpoint import Noted, Output
from harness.wire.http1 import Request
from harness.wire.nexo import JsonObject

_PATHS = (
    (re.compile(r"/v\d+/companies/([^/]+)/terminalSettings"), "company"),
    (re.compile(r"/v\d+/merchants/([^/]+)/terminalSettings"), "merchant"),
    (re.compile(r"/v\d+/stores/([^/]+)/terminalSettings"), "store"),
    (re.compile(r"/v\d+/merchants/[^/]+/stores/([^/]+)/terminalSettings"), "store"),
    (re.compile(r"/v\d+/terminals/([^/]+)/terminalSettings"), "terminal"),
)


def place_of(path: str) -> Place:
    """Level and id in a path; ("", "") for one that names no place."""
    found = ((pattern.fullmatch(path), level) for pattern, level in _PATHS)
    return next(((level, match[1]) for match, level in found if match), ("", ""))


class Management:
    """Who may see the settings of a place, and change them."""

    def __init__(self, terms: Terms, configuration: Configuration) -> None:
        self._terms = terms
        self._configuration = configuration
        self._roles = Grant(read=True, write=True)

    def grant(self, roles: Grant) -> None:
        self._roles = roles

    def called(self, line: int, request: Request, now: float) -> Iterator[Output | Answered]:  # noqa: ARG002 — as all
        login = key_login(request, self._terms.api_key)
        level, id = place = place_of(request.path)
        body, faults = _read(request)
        yield Noted(line, SettingsCall(request.method, request.path, level, id, login, masked(body), tuple(faults)))
        status, document = self._answer(request.method, place, login, body, faults)
        if status == 200 and request.method == "PATCH":
            yield Noted(line, InForce(level, id, masked(document)))
        yield Answered(line, json_reply(status, document), SettingsReply(status, masked(document)))

    def configure(self, place: Place, settings: JsonObject) -> Iterator[Output]:
        """What somebody sets by hand."""
        yield Noted(0, InForce(*place, masked(self._configuration.patch(place, settings))))

    def _answer(
        self, method: str, place: Place, login: Login, body: JsonObject, faults: list[str]
    ) -> tuple[int, JsonObject]:
        if login is not Login.RIGHT:
            return 401, problem(401, "Unauthorized")
        if place not in self._configuration:
            return 404, problem(404, "Not found")
        if method not in ("GET", "PATCH"):
            return 405, problem(405, "Method not allowed")
        if not (self._roles.read if method == "GET" else self._roles.write):
            return 403, problem(403, "Not the right permission to access this service")
        if method == "GET":
            return 200, self._configuration.effective(place)
        if invalid := invalid_fields(body):
            return 422, problem(422, "Invalid fields", invalid)
        if faults:
            return 400, problem(400, faults[0])
        return 200, self._configuration.patch(place, body)


def _read(request: Request) -> tuple[JsonObject, list[str]]:
    """The JSON object in a PATCH, and what is wrong with it."""
    if request.method != "PATCH":
        return {}, []
    read = nexo.read_json(request.body)
    if isinstance(read, str):
        return {}, [read.partition(": ")[0]]
    return read[0], [*read[1], *(f"{place}: {why}" for place, why in invalid_fields(read[0]))]
