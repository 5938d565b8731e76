"""Users of the key-signed protocols, by their keys."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.service.config import User
from plugin.service.errors import Unauthorized


@dataclass(frozen=True)
class KeyRing:
    """The configured users. How a request is signed is each protocol's own matter."""

    users: Sequence[User]

    def by_public_key(self, public_key: str) -> User | None:
        known = (user for user in self.users if user.public_key is not None)
        return next((user for user in known if hmac.compare_digest(*_bytes(user.public_key or "", public_key))), None)

    def by_keys(self, public_key: str, private_key: str) -> User | None:
        """The user both keys belong to."""
        user = self.by_public_key(public_key)
        if user is None or not hmac.compare_digest(*_bytes(secret_of(user), private_key)):
            return None
        return user

    def require_keys(self, headers: Mapping[str, str]) -> User:
        """The user named by ``X-Auth-Token`` and ``X-Auth-Secret``. Raises Unauthorized."""
        user = self.by_keys(headers.get("x-auth-token", ""), headers.get("x-auth-secret", ""))
        if user is None:
            raise Unauthorized("X-Auth-Token and X-Auth-Secret name no user")
        return user


def secret_of(user: User) -> str:
    """The private key of a user who has keys."""
    assert user.private_key is not None, "users without keys are known by other means"
    return user.private_key.get_secret_value()


def _bytes(known: str, given: str) -> tuple[bytes, bytes]:
    return known.encode(), given.encode()
