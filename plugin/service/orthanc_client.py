"""The service's way to its Orthanc: plain REST over loopback with the plugin's token."""

from dataclasses import dataclass
from typing import Self

import httpx

from plugin.service.config import OrthancSettings
from plugin.service.errors import NotFound, ServiceError, Unavailable

_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
# Orthanc closes idle connections after one second: give them up before it does.
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=0.5)


@dataclass(frozen=True)
class OrthancAddress:
    """Where Orthanc's REST API is and what it accepts: picklable, so that workers make their own client of it."""

    url: str
    token: str

    @classmethod
    def of(cls, settings: OrthancSettings) -> Self:
        return cls(settings.url, settings.token.get_secret_value())

    def client(self) -> httpx.AsyncClient:
        """For the service's event loop."""
        return httpx.AsyncClient(
            base_url=self.url, headers=self._headers, timeout=_TIMEOUT, limits=_LIMITS, verify=False
        )

    def sync_client(self) -> httpx.Client:
        """For a worker. The certificate is Orthanc's own, on loopback: its name says nothing."""
        return httpx.Client(base_url=self.url, headers=self._headers, timeout=_TIMEOUT, limits=_LIMITS, verify=False)

    @property
    def _headers(self) -> dict[str, str]:
        # Over loopback compressing costs far more than it saves: 0.4 s for a DICOM file of 6 MB.
        return {"Authorization": self.token, "Accept-Encoding": "identity"}


class OrthancRefused(ServiceError):
    """Orthanc answered with an error that has no better name here."""


class Orthanc:
    """Orthanc's REST API, with its refusals as the service's errors."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get_json(self, path: str, **params: str) -> object:
        """Decoded JSON of a GET. Raises NotFound, Unavailable, OrthancRefused."""
        return (await self.request("GET", path, params=params)).json()

    async def get_bytes(self, path: str) -> bytes:
        """Body of a GET. Raises NotFound, Unavailable, OrthancRefused."""
        return (await self.request("GET", path)).content

    async def store(self, dicom: bytes) -> dict[str, object]:
        """Store one DICOM file; Orthanc's answer with ``ID`` and ``Status``."""
        response = await self.request("POST", "/instances", content=dicom)
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    async def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        json: object = None,
        params: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Any request. Raises NotFound, Unavailable, OrthancRefused."""
        try:
            response = await self.client.request(method, path, content=content, json=json, params=params or None)
        except httpx.TransportError as error:
            raise Unavailable(f"Orthanc does not answer ({type(error).__name__})") from error
        if response.status_code == 404:
            raise NotFound("Orthanc has no such resource; it may have been deleted")
        if response.is_error:
            raise OrthancRefused(f"Orthanc answered {response.status_code} to {method} {path.split('?')[0]}")
        return response
