"""The protocol's request signatures: HMAC-SHA1 over a text made of the request.

Clients up to 3.x and orthanc-wsi sign ``METHOD\\n\\nCONTENT-TYPE\\nDATE\\n/api/<uri>[?query]``, clients from 4.0 on
only ``METHOD\\n\\nCONTENT-TYPE\\nDATE``: the newer signature holds for every address within the same second.
"""

import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final
from urllib.parse import parse_qsl, urlencode

from plugin.service.annotations.session_cookie import decode_base64

SCHEME: Final = "CYTOMINE"


@dataclass(frozen=True)
class SignedRequest:
    """What of a request may have been signed. ``target`` is path and query as they came over the wire."""

    method: str
    content_type: str
    date: str
    host: str
    target: str


@dataclass(frozen=True)
class Credentials:
    """Public key and signature of an ``Authorization`` header."""

    public_key: str
    signature: bytes


def read_authorization(header: str) -> Credentials | None:
    """Credentials of a header of this scheme; None for any other header."""
    scheme, _, value = header.partition(" ")
    public_key, separator, encoded = value.strip().rpartition(":")
    signature = decode_base64(encoded)
    if scheme.upper() != SCHEME or not separator or signature is None:
        return None
    return Credentials(public_key=public_key, signature=signature)


class Cover(Enum):
    """What a signature holds for, beside method, content type and date."""

    ANYTHING = "anything"
    TARGET = "target"


def cover_of(private_key: str, signature: bytes, request: SignedRequest) -> Cover | None:
    """What the signature covers; None where the owner of the key would have made another one of this request."""
    matches = [
        cover
        for cover, token in _tokens(request)
        if hmac.compare_digest(hmac.digest(private_key.encode(), token.encode(), "sha1"), signature)
    ]
    return matches[0] if matches else None


def age_s(date: str) -> float | None:
    """How old a request with this ``Date`` header is (seconds); None when there is no such date."""
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _tokens(request: SignedRequest) -> Iterator[tuple[Cover, str]]:
    content_types = dict.fromkeys((request.content_type, ""))
    for content_type in content_types:
        newer = f"{request.method}\n\n{content_type}\n{request.date}"
        yield Cover.ANYTHING, newer
        for address in _addresses(request):
            yield Cover.TARGET, f"{newer}\n{address}"


def _addresses(request: SignedRequest) -> Iterator[str]:
    """The address as clients write it into the text to sign.

    Outside ``/api/`` the client's base address is no part of the URL, so it signs ``/api/`` and the whole URL.
    """
    for target in dict.fromkeys((request.target, _encoded_by_requests(request.target))):
        yield target
        for protocol in ("http", "https"):
            yield f"/api/{protocol}://{request.host}{target}"
            yield f"{protocol}://{request.host}{target}"


def _encoded_by_requests(target: str) -> str:
    """The query in the encoding of Python's clients: Orthanc hands it on decoded."""
    path, separator, query = target.partition("?")
    return f"{path}?{urlencode(parse_qsl(query, keep_blank_values=True))}" if separator else target
