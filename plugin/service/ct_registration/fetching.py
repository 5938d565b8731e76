"""Fetches the files of a series into a folder, so that no URL can turn the service against its network.

Every name is resolved once, every address it has is checked, and the connection goes to the checked address.
Redirects are followed by hand and judged like the first URL; sizes are counted while streaming; proxies of the
environment are ignored.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self, cast
from urllib.parse import urljoin, urlsplit

import httpx

from plugin.service.ct_registration.addresses import HostFile, OwnFile, UrlPolicy, UrlRefused, check_addresses
from plugin.service.ct_registration.outcome import WorkFailed
from plugin.service.ct_registration.own_files import Connect, OwnFiles
from plugin.service.pacs.connection import ErrorAnswer, OrthancAway

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRIED = frozenset({429, 500, 502, 503, 504})
_PAUSES_S = (0.2, 1.0)
"""Between the attempts to fetch one file."""
_PIECE_BYTES = 1 << 18


@dataclass(frozen=True, kw_only=True)
class FetchLimits:
    """Bounds of what one job may fetch."""

    file_bytes: int
    total_bytes: int = 8 << 30
    """Twice 600 slices of 2048 x 2048 pixels are less."""
    redirects: int = 3
    connect_s: float = 5.0
    read_s: float = 30.0
    """Longest silence of a host."""
    at_once: int = 4


@dataclass(frozen=True)
class NamedFile:
    """What to fetch, with the name that messages give it: URLs themselves may hold secrets."""

    name: str
    place: str | OwnFile
    """URL, or a file of this Orthanc."""


class FileFetcher:
    """Fetches over one set of connections. Use as an async context manager."""

    def __init__(
        self,
        policy: UrlPolicy,
        connect: Connect,
        limits: FetchLimits,
        *,
        resolve: Resolver | None = None,
    ) -> None:
        self._policy = policy
        self._limits = limits
        self._resolve = resolve or resolved
        self._fetched_bytes = 0
        self._outer: dict[str, httpx.AsyncClient] = {}
        self._own = OwnFiles(connect)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._outer.values():
            await client.aclose()
        self._own.close()

    async def fetch_all(
        self, files: Sequence[NamedFile], folder: Path, *, fetched: Callable[[int], Awaitable[None]]
    ) -> list[Path]:
        """Files in the order of ``files``, named by their place. ``fetched`` hears how many are there.

        Raises WorkFailed naming the first URL that cannot be fetched.
        """
        waiting = iter(list(enumerate(files)))
        paths = [folder / f"{place:04d}" for place in range(len(files))]
        done = 0

        async def work() -> None:
            nonlocal done
            for place, named in waiting:
                await self._fetch_named(named, paths[place])
                done += 1
                await fetched(done)

        workers = [asyncio.create_task(work()) for _ in range(min(self._limits.at_once, len(files)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        return paths

    async def series_files(self, series_id: str, *, name: str) -> tuple[OwnFile, ...]:
        """The files of a series of this Orthanc. Raises WorkFailed."""
        try:
            series = cast("dict[str, list[str]]", await asyncio.to_thread(self._own.get_json, f"/series/{series_id}"))
        except OrthancAway as error:
            raise WorkFailed("IllegalUrlParameter", f"{name} cannot be read ({error})") from None
        except LookupError:
            raise WorkFailed("InvalidFile.Content", f"{name} is no series of this Orthanc any more") from None
        return tuple(OwnFile(f"/instances/{instance}/file") for instance in series["Instances"])

    async def _fetch_named(self, named: NamedFile, path: Path) -> None:
        try:
            await self._fetch(named.place, path)
        except UrlRefused as error:
            raise WorkFailed("IllegalUrlParameter", f"{named.name} {error}") from None
        except OrthancAway as error:
            raise WorkFailed("IllegalUrlParameter", f"{named.name} cannot be reached ({error})") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WorkFailed("IllegalUrlParameter", f"{named.name} cannot be reached ({_kind(error)})") from None

    async def _fetch(self, place: str | OwnFile, path: Path) -> None:
        for pause_s in (*_PAUSES_S, None):
            try:
                located = self._policy.locate(place) if isinstance(place, str) else place
                if isinstance(located, OwnFile):
                    await asyncio.to_thread(self._save_own, located, path)
                else:
                    await self._follow(located, path)
                return
            except (httpx.TransportError, _TryAgain):
                if pause_s is None:
                    raise
                await asyncio.sleep(pause_s)

    def _save_own(self, place: OwnFile, path: Path) -> None:
        try:
            with path.open("wb") as file:
                self._own.read(place.path, self._counted(file))
        except ErrorAnswer as error:
            if error.status in _RETRIED:
                raise _TryAgain(error.status) from None
            raise UrlRefused(f"cannot be fetched: its host answers {error.status}") from None

    async def _follow(self, place: HostFile, path: Path) -> None:
        for _ in range(self._limits.redirects + 1):
            response = await self._client(place.host).send(await self._pinned(place), stream=True)
            try:
                target = response.headers.get("location")
                if response.status_code not in _REDIRECTS or target is None:
                    await self._save(response, path)
                    return
                # Another host must not make us read this Orthanc with our token.
                following = self._policy.locate(urljoin(place.url, target), may_be_own=False)
                assert isinstance(following, HostFile), "it may not be of this Orthanc"
                place = following
            finally:
                await response.aclose()
        raise UrlRefused(f"is redirected more than {self._limits.redirects} times")

    def _client(self, host: str) -> httpx.AsyncClient:
        """One for each name: connections are kept by address, and a certificate was checked for one name only."""
        if host not in self._outer:
            headers = {"User-Agent": "ophtha", "Accept-Encoding": "identity", "Accept": "application/dicom, */*"}
            timeout = httpx.Timeout(self._limits.read_s, connect=self._limits.connect_s)
            self._outer[host] = httpx.AsyncClient(
                timeout=timeout, headers=headers, trust_env=False, follow_redirects=False
            )
        return self._outer[host]

    async def _pinned(self, place: HostFile) -> httpx.Request:
        """A request to the address that was checked; the name stays in ``Host`` and in the certificate's check."""
        address = check_addresses(await self._resolve(place.host, place.port), may_be_loopback=place.may_be_loopback)
        parts = urlsplit(place.url)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        request = self._client(place.host).build_request(
            "GET",
            f"{place.scheme}://{_bracketed(address)}:{place.port}{path}",
            headers={"Host": parts.netloc},
        )
        request.extensions["sni_hostname"] = place.host
        return request

    async def _save(self, response: httpx.Response, path: Path) -> None:
        if response.status_code in _RETRIED:
            raise _TryAgain(response.status_code)
        if response.status_code != 200:
            raise UrlRefused(f"cannot be fetched: its host answers {response.status_code}")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise UrlRefused("is answered compressed although that was not asked for")
        limit = self._limits.file_bytes
        if int(response.headers.get("content-length", "0") or 0) > limit:
            raise UrlRefused(f"is larger than {limit >> 20} MB")
        with path.open("wb") as file:
            take = self._counted(file)
            async for piece in response.aiter_raw(_PIECE_BYTES):
                take(piece)

    def _counted(self, file: BinaryIO) -> Callable[[bytes], None]:
        """Writes pieces of one file as long as neither it nor all of them grow too large, else raises UrlRefused."""
        size, limits = 0, self._limits

        def take(piece: bytes) -> None:
            nonlocal size
            size += len(piece)
            self._fetched_bytes += len(piece)
            if size > limits.file_bytes:
                raise UrlRefused(f"is larger than {limits.file_bytes >> 20} MB")
            if self._fetched_bytes > limits.total_bytes:
                raise UrlRefused(f"brings the series beyond {limits.total_bytes >> 20} MB")
            file.write(piece)

        return take


class _TryAgain(httpx.HTTPError):
    """The host is busy."""

    def __init__(self, status: int) -> None:
        super().__init__(f"its host answers {status}")


async def resolved(host: str, port: int) -> list[str]:
    """Addresses of a host. Raises UrlRefused."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise UrlRefused("has a host that does not resolve") from None
    return [str(entry[4][0]) for entry in found]


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _kind(error: Exception) -> str:
    return str(error) if isinstance(error, _TryAgain) else type(error).__name__
