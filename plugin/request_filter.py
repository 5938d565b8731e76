"""Stands before every request that Orthanc routes, and hears where it comes from.

With ``"AuthenticationEnabled": true`` Orthanc asks for passwords itself. With ``false`` and ``RegisteredUsers`` present
this filter does: Orthanc would reject an ``Authorization`` header that is not Basic before any plugin sees it. A filter
can only refuse with 403, so it lets the product's own routes through: there the service asks who it is, with 401.
"""

import re
from collections.abc import Mapping

from plugin.callers import Callers
from plugin.passwords import Passwords

OWN_ROUTES = (
    "/plugins/ophtha(/.*)?",
    "/plugins/oct(/.*)?",
    "/plugins/registration(/.*)?",
    "/server/ping",
    "/session/.*",
    "/api(/.*)?",
)
"""Routes of every installation that the service answers, as Orthanc matches them."""
MASKING_ROUTE = "/plugins/pixels-masker(/.*)?"
ORIGINS_ROUTE = "/plugins/ophtha/origins"
"""Writes with the plugin's rights what the service asks for: it stays behind the filter, as ``/jobs`` does."""
_ASKED_BY_THE_SERVICE = re.compile("|".join((*OWN_ROUTES, MASKING_ROUTE)))


class RequestFilter:
    """Decides on each request before Orthanc routes it."""

    def __init__(self, callers: Callers, passwords: Passwords | None) -> None:
        self._callers = callers
        self._passwords = passwords

    def allows(self, uri: str, address: str, headers: Mapping[str, str]) -> bool:
        """True when the request may go on."""
        self._callers.hear(address, headers)
        if self._passwords is None:
            return True
        if _ASKED_BY_THE_SERVICE.fullmatch(uri) and uri != ORIGINS_ROUTE:
            return True
        authorization = headers.get("authorization", "")
        return self._callers.is_token(authorization) or self._passwords.name_of(authorization) is not None
