"""The person a request acts for, whichever way it was found out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from plugin.service.config import Role, User


class KnownBy(StrEnum):
    """How it is known who somebody is."""

    NOT_ASKED = "not asked"
    """Orthanc asks nobody: whoever reaches its port may do there what the port offers."""
    TOKEN = "token"
    """Another plugin of this Orthanc."""
    PASSWORD = "password"
    AUTHORIZATION = "authorization plugin"
    PROXY = "proxy"
    KEYS = "keys"
    SIGNATURE = "signature"
    COOKIE = "cookie"
    DEMO = "demo"


_BY_KEYS = frozenset({KnownBy.KEYS, KnownBy.SIGNATURE, KnownBy.COOKIE})


@dataclass(frozen=True)
class Person:
    """``name`` is None for whoever was let in without being asked."""

    name: str | None
    role: Role
    known_by: KnownBy
    is_known_to_orthanc: bool = True
    """Whether Orthanc shows this person its archive; else there are only the person's projects and own jobs."""

    @property
    def sees_all(self) -> bool:
        """Administrators see every project and every job, and so does who may do anything at Orthanc's port anyway."""
        return self.role is Role.ADMIN

    @property
    def may_write(self) -> bool:
        return self.role is not Role.GUEST

    @property
    def has_keys(self) -> bool:
        """Whether a key, not a password, tells who it is: then a link may be opened without a password."""
        return self.known_by in _BY_KEYS


class People:
    """Persons by how they are known, with the roles of the settings."""

    def __init__(self, users: Sequence[User], default_role: Role) -> None:
        self._by_orthanc_name = {user.orthanc_name: user for user in users if user.orthanc_name is not None}
        self._names = frozenset(user.name for user in users)
        self._with_keys = frozenset(user.name for user in users if user.public_key is not None)
        self._default_role = default_role

    def known_to_orthanc(self, name: str, known_by: KnownBy) -> Person:
        """Who has this name at Orthanc or at a trusted proxy.

        A user of the settings with the same name is somebody else, unless the settings say that they are one.
        """
        # The authorization plugin shows each a part of the archive, and is asked about each resource.
        sees_archive = known_by is not KnownBy.AUTHORIZATION
        user = self._by_orthanc_name.get(name)
        if user is not None:
            return Person(user.name, user.role, known_by, sees_archive)
        own_name = f"{name} (Orthanc)" if name in self._names else name
        return Person(own_name, self._default_role, known_by, sees_archive)

    def owner_of_keys(self, user: User, known_by: KnownBy) -> Person:
        """A user of the settings, known by its keys."""
        return Person(user.name, user.role, known_by, is_known_to_orthanc=user.orthanc_name is not None)

    def is_known_to_orthanc(self, name: str) -> bool:
        """Whether a user of the settings is somebody whom Orthanc knows."""
        return any(user.name == name for user in self._by_orthanc_name.values())

    def has_keys(self, name: str) -> bool:
        """Whether this user of the settings may come by the API port, where nobody sees the jobs of others."""
        return name in self._with_keys


def not_asked(known_by: KnownBy = KnownBy.NOT_ASKED) -> Person:
    """Whoever came in without a name."""
    return Person(None, Role.ADMIN, known_by)
