"""Who somebody is, and what somebody may see, by the word of Orthanc's authorization plugin.

Asked with the caller's own headers and never with Orthanc's token, which may do everything.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope

from plugin.service.errors import NotFound

_PROFILE: Final = "/auth/user/profile"
_NOT_PASSED_ON: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "cookie", "date", "expect", "host",
     "if-modified-since", "if-none-match", "origin", "range", "referer", "te", "transfer-encoding", "upgrade"}
)  # fmt: skip
_IN_ADDRESSES: Final = ("token", "auth-token", "authorization")
"""Tokens that the plugin also takes from the query of a GET: there they are headers to us."""
_BELIEVED_FOR_S: Final = 5.0
_MOST_REMEMBERED: Final = 10_000


class OrthancAsCaller(Protocol):
    """Orthanc's REST API with the rights of whoever sends the headers."""

    async def get_json_as(self, headers: Mapping[str, str], path: str) -> object:
        """Raises NotFound where Orthanc shows nothing, Unavailable."""


class Profiles:
    """Asks, and believes an answer for a moment: a page asks for many pictures at once."""

    def __init__(self, orthanc: OrthancAsCaller) -> None:
        self._orthanc = orthanc
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()

    async def name_of(self, scope: Scope) -> str | None:
        """The name in the profile; None where the plugin knows nobody. Raises Unavailable."""
        headers = own_headers(scope)
        digest = hashlib.sha256(repr(sorted(headers.items())).encode()).hexdigest()
        known = self._known.get(digest)
        if known is None or known[0] < time.monotonic():
            known = self._known[digest] = (time.monotonic() + _BELIEVED_FOR_S, await self._asked(headers))
            while len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        return known[1]

    async def shows(self, scope: Scope, path: str) -> bool:
        """Whether Orthanc would show a resource to who sends the request. Raises Unavailable."""
        try:
            await self._orthanc.get_json_as(own_headers(scope), path)
        except NotFound:
            return False
        return True

    async def _asked(self, headers: Mapping[str, str]) -> str | None:
        try:
            profile = await self._orthanc.get_json_as(headers, _PROFILE)
        except NotFound:
            return None
        name = profile.get("name") if isinstance(profile, dict) else None
        return name if isinstance(name, str) and name else None


def own_headers(scope: Scope) -> dict[str, str]:
    """What of a request tells Orthanc who sends it; a token of the query as the header of that name."""
    query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    tokens = {name: query[name] for name in _IN_ADDRESSES if name in query}
    sent = {
        name: value
        for name, value in Headers(scope=scope).items()
        if name not in _NOT_PASSED_ON and not name.startswith(("x-ophtha-", "x-forwarded-", "sec-"))
    }
    return {**tokens, **sent}
