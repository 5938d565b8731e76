"""Headers by which the plugin tells the service who sent a request: those of clients with such names are dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import quote, unquote

_PREFIX = "x-ophtha-relay-"
_ADDRESS = _PREFIX + "address"
_LET_IN_BY = _PREFIX + "let-in-by"
_NAME = _PREFIX + "name"


class LetInBy(StrEnum):
    """Who decided that a request may come in."""

    NOBODY = "nobody"
    """It came through as nobody's: the service asks who it is."""
    ANYBODY = "anybody"
    """Orthanc asks nobody for a password."""
    PASSWORD = "password"
    """Orthanc, or the plugin's request filter, has checked a password."""
    AUTHORIZATION = "authorization"
    """Orthanc's authorization plugin."""
    TOKEN = "token"
    """The token that Orthanc gives its plugins."""


@dataclass(frozen=True)
class RelayedCaller:
    """Who sent a request: the address at the other end of Orthanc's connection (None where Orthanc did not tell),
    and the name whose password was checked."""

    address: str | None
    let_in_by: LetInBy
    name: str | None = None

    def introduced(self, headers: Mapping[str, str]) -> dict[str, str]:
        """A client's headers with what the plugin knows of it; keys in lower case."""
        told = {_LET_IN_BY: self.let_in_by.value}
        if self.address is not None:
            told[_ADDRESS] = self.address
        if self.name is not None:
            told[_NAME] = quote(self.name, safe="")
        return {**{name: value for name, value in headers.items() if not name.lower().startswith(_PREFIX)}, **told}

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """What the plugin told; without its word, nobody."""
        name = headers.get(_NAME)
        return cls(
            address=headers.get(_ADDRESS) or None,
            let_in_by=LetInBy(headers.get(_LET_IN_BY, LetInBy.NOBODY)),
            name=None if name is None else unquote(name),
        )
