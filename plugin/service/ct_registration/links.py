"""Download links: signed, and useless after a few minutes."""

import hashlib
import hmac
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from plugin.service.access.doors import Door
from plugin.service.ct_registration.files import ResultFile
from plugin.service.ct_registration.refusals import AuthFailed

ROUTE = "/plugins/registration/results"
_KEY_BYTES = 32


@dataclass(frozen=True)
class LinkMaker:
    """Signs links with a key of this installation, kept beside the results: they survive a restart together."""

    key: bytes
    lifetime_s: int

    def link(self, base_url: str, job_id: str, file: ResultFile, *, door: Door) -> str:
        """A link that works from now on for ``lifetime_s``."""
        expires = int(time.time()) + self.lifetime_s
        query = urlencode({"Expires": expires, "Via": door, "Signature": self._signature(job_id, file, expires, door)})
        return f"{base_url}{ROUTE}/{job_id}/{file}?{query}"

    def check(self, job_id: str, file: ResultFile, *, expires: str, via: str, signature: str, door: Door) -> None:
        """Raises AuthFailed. A link made behind Orthanc's door does not open the API port, where nobody asks for a
        password."""
        if not re.fullmatch(r"[0-9]{1,12}", expires) or via not in tuple(Door):
            raise AuthFailed("the link is not signed by this service")
        expected = self._signature(job_id, file, int(expires), Door(via))
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise AuthFailed("the link is not signed by this service")
        if int(expires) < time.time():
            raise AuthFailed("the link has expired; GetAsyncJobResult gives a new one")
        if door is Door.API and via != Door.API:
            raise AuthFailed("the link is for Orthanc's own port")

    def _signature(self, job_id: str, file: ResultFile, expires: int, via: Door) -> str:
        return hmac.new(self.key, f"{job_id}\n{file}\n{expires}\n{via}".encode(), hashlib.sha256).hexdigest()


def link_key(folder: Path) -> bytes:
    """The installation's key, made when it is first needed; readable by the service's user only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "link.key"
    if not path.exists():
        fresh = folder / f"link.key.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(fresh, path)  # the first of two services wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
