"""Whose a request is: what only the request filter hears, kept for the callback of the same thread.

A REST callback is told neither the address of who asks nor whether anybody checked a password. The filter is told the
address; and it does not run for a request with Orthanc's own token, nor for one that another plugin makes.
"""

import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugin.passwords import Passwords, name_of_basic
from plugin.relayed_caller import LetInBy, RelayedCaller


@dataclass(frozen=True)
class _Heard:
    address: str
    headers: Mapping[str, str]


class Callers:
    """Puts the two halves of a request together."""

    def __init__(
        self,
        token: str,
        *,
        checked_by: LetInBy,
        passwords: Passwords | None = None,
        this_thread: Callable[[], int] = threading.get_ident,
    ) -> None:
        """``checked_by`` tells who checks what reaches a callback; ``passwords`` are those of the plugin's own filter,
        which lets nobody's requests through."""
        self._token = token.encode()
        self._checked_by = checked_by
        self._passwords = passwords
        self._this_thread = this_thread
        # One entry for each thread of Orthanc: the next request of the thread replaces it.
        self._heard: dict[int, _Heard] = {}

    def hear(self, address: str, headers: Mapping[str, str]) -> None:
        """In the filter: a request comes from ``address``."""
        self._heard[self._this_thread()] = _Heard(address, headers)

    def caller(self, headers: Mapping[str, str]) -> RelayedCaller:
        """In the callback: who sent the request with these headers."""
        heard = self._heard.pop(self._this_thread(), None)
        # What the thread heard last is another request's when the filter did not run for this one.
        address = heard.address if heard is not None and heard.headers == headers else None
        authorization = headers.get("authorization", "")
        if self.is_token(authorization):
            return RelayedCaller(address, LetInBy.TOKEN)
        if self._checked_by is not LetInBy.PASSWORD:
            return RelayedCaller(address, self._checked_by)
        name = self._checked_name(authorization)
        return RelayedCaller(address, LetInBy.NOBODY if name is None else LetInBy.PASSWORD, name)

    def is_token(self, authorization: str) -> bool:
        """Whether this is the token that Orthanc gave its plugins."""
        return hmac.compare_digest(authorization.encode(), self._token)

    def _checked_name(self, authorization: str) -> str | None:
        """Orthanc has refused every wrong password, unless it leaves that to the filter."""
        if self._passwords is None:
            return name_of_basic(authorization)
        return self._passwords.name_of(authorization)
