"""Who checks the people that come through Orthanc's port, by Orthanc's configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from plugin.passwords import Passwords
from plugin.relayed_caller import LetInBy


@dataclass(frozen=True)
class Authentication:
    """``checked_by`` is ANYBODY where nobody asks; ``passwords`` are those that the plugin's own filter asks for."""

    checked_by: LetInBy
    passwords: Passwords | None = None

    @classmethod
    def of(cls, configuration: Mapping[str, object]) -> Self:
        if _is_enabled(configuration):
            return cls(LetInBy.PASSWORD)
        users = configuration.get("RegisteredUsers")
        if configuration.get("AuthenticationEnabled") is False and isinstance(users, dict) and users:
            return cls(LetInBy.PASSWORD, Passwords(users))
        return cls(LetInBy.AUTHORIZATION if _has_authorization_plugin(configuration) else LetInBy.ANYBODY)


def warning_of(configuration: Mapping[str, object], authentication: Authentication) -> str | None:
    """What an administrator should know of an Orthanc that is open to the network; None when it is not."""
    if not configuration.get("RemoteAccessAllowed") or authentication.checked_by is not LetInBy.ANYBODY:
        return None
    return (
        "RemoteAccessAllowed is true and nobody is asked for a password: whoever reaches this port may read, change "
        'and delete everything. Set "AuthenticationEnabled" to true with "RegisteredUsers", or let a proxy reach it'
    )


def is_open_to_others(configuration: Mapping[str, object]) -> bool:
    """Whether anybody but a person at this machine, who is asked nothing, is expected."""
    checked_by = Authentication.of(configuration).checked_by
    return bool(configuration.get("RemoteAccessAllowed", False)) or checked_by is not LetInBy.ANYBODY


def _is_enabled(configuration: Mapping[str, object]) -> bool:
    """Without a word about it, Orthanc asks whoever is not on its own machine."""
    enabled = configuration.get("AuthenticationEnabled")
    return bool(configuration.get("RemoteAccessAllowed", False)) if enabled is None else enabled is True


def _has_authorization_plugin(configuration: Mapping[str, object]) -> bool:
    section = configuration.get("Authorization")
    return isinstance(section, dict) and any(name.startswith("WebService") for name in section)
