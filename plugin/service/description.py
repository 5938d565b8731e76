"""The API's description: what FastAPI reads from the signatures, and how each operation lets callers in."""

from typing import Any, Final

from fastapi import FastAPI
from pydantic import JsonValue

from plugin.service.annotations.described_bodies import describe_bodies

_Alternatives = list[dict[str, list[str]]]

SCHEMES: Final[dict[str, JsonValue]] = {
    "orthanc": {
        "type": "http",
        "scheme": "basic",
        "description": "On Orthanc's own port: one of its users. Where Orthanc asks for no password, nobody needs one.",
    },
    "publicKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "Public key of a user, with `privateKey`; over TLS or from the same machine only",
    },
    "privateKey": {"type": "apiKey", "in": "header", "name": "X-Auth-Secret", "description": "With `publicKey`"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`CYTOMINE <public key>:<signature>` on the routes of annotations, `ACS3-HMAC-SHA256 …` on "
        "those of registration: no secret is sent. See `docs/annotations.md` and `docs/registration.md`.",
    },
    "link": {
        "type": "apiKey",
        "in": "query",
        "name": "Signature",
        "description": "Of a link that was handed out, with `Expires` and `Via`",
    },
}
_ORTHANC: Final[_Alternatives] = [{"orthanc": []}]
_KEYS: Final[_Alternatives] = [{"publicKey": [], "privateKey": []}]
_SIGNATURE: Final[_Alternatives] = [{"signature": []}]
_LET_IN: Final[tuple[tuple[str, _Alternatives], ...]] = (
    ("/server/ping", []),
    ("/api/", _SIGNATURE + _KEYS),
    ("/session/", _SIGNATURE + _KEYS),
    ("/upload", _SIGNATURE + _KEYS),
    ("/plugins/registration/results/", [{"link": []}]),
    ("/plugins/registration/", _ORTHANC + _SIGNATURE + _KEYS),
    ("/plugins/", _ORTHANC),
)
"""The first beginning of a path that fits tells its alternatives; an empty list: everybody."""


class Application(FastAPI):
    """FastAPI, with a complete description."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = describe_bodies(self, super().openapi())
            schema.setdefault("components", {})["securitySchemes"] = SCHEMES
            for path, operations in schema["paths"].items():
                for operation in operations.values():
                    operation["security"] = _alternatives(path)
        return super().openapi()


def _alternatives(path: str) -> _Alternatives:
    return next(alternatives for beginning, alternatives in _LET_IN if path.startswith(beginning))
