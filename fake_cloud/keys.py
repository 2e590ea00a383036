"""Keys that those who dial the fake cloud show it: learned by the places where they stand, and kept out of sight.

A run knows the secrets of its DUT from the answers. The fake cloud beside an editor may be dialled by programs with
keys that nobody told it. They are looked for where the documents put them: the query parameter `token`, the headers
`x-api-key` and `Authorization`, the login of the web API, and `password` and `passphrase` in settings.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping

from harness.evidence.secrets import SHORTEST, Secrets
from harness.wire.endpoint import Received
from harness.wire.websocket import Upgrade

MOST = 200
"""Keys that are learned; who shows more than that is not looking for a way in with a key of his own."""

LONGEST = 200
"""Characters of one."""

_PLACES = re.compile(
    r"[?&](?:token|x-api-key|key|password|apikey|apipassword)=([^&\s#]+)"
    r"|^(?:x-api-key|x-api-token|authorization):[ \t]*([^\r\n]+)"
    r'|"(?:password|passphrase|apiKey|apiPassword)"\s*:\s*"([^"\\]+)"',
    re.IGNORECASE | re.MULTILINE,
)


class Keys:
    """What must be shown to nobody: `given` by who started the fake cloud, and learned since."""

    def __init__(self, given: Mapping[str, str]) -> None:
        """Raises ValueError for one that is too short to be told from ordinary text."""
        self._known = dict(given)
        self.hidden = Secrets(self._known)

    def learn(self, body: object) -> None:
        """Look at something that came, before it is shown."""
        found = [key for key in _shown(body) if SHORTEST <= len(key) <= LONGEST and key not in self._known.values()]
        if found and len(self._known) < MOST:
            self._known |= {f"shown {len(self._known) + number}": key for number, key in enumerate(found)}
            self.hidden = Secrets(self._known)


def _shown(body: object) -> Iterator[str]:
    match body:
        case Received(_, data):
            text = data.decode("latin-1")
        case Upgrade(request):
            text = "\n".join([request.target, *(f"{name}: {value}" for name, value in request.headers)])
        case _:
            return
    for places in _PLACES.findall(text):
        for key in filter(None, places):
            scheme, _, login = key.strip().partition(" ")
            if scheme.casefold() == "basic":
                yield login
                yield _password(login)
            else:
                yield login or key


def _password(login: str) -> str:
    """That of HTTP Basic credentials, "" if they are none."""
    try:
        return b64decode(login, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
