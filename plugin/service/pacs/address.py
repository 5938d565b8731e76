"""Where Orthanc is, and how it knows its service."""

from dataclasses import dataclass
from typing import Self

from plugin.service.config import OrthancSettings


@dataclass(frozen=True)
class OrthancAddress:
    """Where Orthanc's REST API is and the ``Authorization`` header it accepts; "" where it asks for none."""

    url: str
    token: str

    @classmethod
    def of(cls, settings: OrthancSettings) -> Self:
        return cls(settings.url, settings.token.get_secret_value())
