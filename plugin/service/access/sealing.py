"""Encrypts what the records keep of secrets, with a key that is not among them: a copy of the records opens nothing."""

import base64
import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_LOG = logging.getLogger(__name__)
_MARK: Final = "s1:"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class UnusableKeys(ValueError):
    """The file of keys cannot be used; the text says why."""


@dataclass(frozen=True)
class Seal:
    """The first key seals, every key opens: a new first line takes over without anything being lost."""

    keys: tuple[bytes, ...]

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Made at the first start, for the service's user alone. Raises UnusableKeys, OSError."""
        _make_if_missing(path)
        try:
            keys = tuple(bytes.fromhex(line) for line in path.read_text(encoding="ascii").split())
        except ValueError:
            raise UnusableKeys(f"{path} holds something else than hexadecimal keys") from None
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise UnusableKeys(f"{path} must hold keys of {2 * _KEY_BYTES} hexadecimal digits, one a line")
        return cls(keys)

    def close(self, secret: str) -> str:
        """What may be written to the records."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(self.keys[0]).encrypt(nonce, secret.encode(), None)
        return _MARK + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, stored: str) -> str | None:
        """The secret; None when none of the keys has sealed it. What was written before there were seals is open."""
        if not is_sealed(stored):
            return stored
        text = stored.removeprefix(_MARK)
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        for key in self.keys:
            try:
                return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
            except InvalidTag:
                continue
        _LOG.warning("a key in the records was sealed with another file of keys")
        return None


def is_sealed(stored: str) -> bool:
    """Whether this is no secret as it is."""
    return stored.startswith(_MARK)


def _make_if_missing(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
    try:
        os.link(fresh, path)  # the first of two services wins
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
