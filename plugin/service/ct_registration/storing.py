"""Puts the results of a registration into Orthanc, and takes them out again: all of them or none."""

import tarfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx

from plugin.service.ct_registration.files import ResultFile
from plugin.service.ct_registration.outcome import WorkFailed
from plugin.service.jobs.task import Permit
from plugin.service.orthanc_client import OrthancAddress
from registration.results.identifiers import Identifiers

_STORED_AT_ONCE = 2
"""One is read and sent while Orthanc writes the other."""
_SETTLE_S = 0.3
_PATIENCE_S = 30.0
_RETRY_EVERY_S = 0.5


def store_results(orthanc: OrthancAddress, folder: Path, lease: Permit, *, progress: Callable[[float], None]) -> str:
    """Store the CT series and the two registration objects; the CT series' Orthanc id.

    ``progress`` gets shares from 0 to 1 and may raise. Raises WorkFailed, LeaseOver; what is stored by then stays until
    :func:`remove_stored`.
    """
    series: str | None = None
    total = (folder / ResultFile.DICOM).stat().st_size
    with orthanc.sync_client() as client, ThreadPoolExecutor(_STORED_AT_ONCE) as threads:
        under_way: deque[Future[str]] = deque()
        for position, file in _slices(folder / ResultFile.DICOM):
            under_way.append(threads.submit(_store, client, file, lease))
            if len(under_way) > _STORED_AT_ONCE:
                series = under_way.popleft().result()
            progress(0.98 * position / total)
        for stored in under_way:
            series = stored.result()
        for each in (ResultFile.SPATIAL_REGISTRATION, ResultFile.DEFORMABLE_REGISTRATION):
            _store(client, (folder / each).read_bytes(), lease)
        progress(1.0)
    assert series is not None, "the reference has slices"
    return series


def remove_stored(orthanc: OrthancAddress, identifiers: Identifiers, permit: Callable[[], None]) -> None:
    """Take out every series of an attempt. ``permit`` is asked right before each request, and may raise.

    Raises httpx.HTTPError while that is not possible.
    """
    with orthanc.sync_client() as client:
        while _remove_once(client, identifiers, permit):
            # A request of a worker that was ended may still be on its way.
            time.sleep(_SETTLE_S)


def _remove_once(client: httpx.Client, identifiers: Identifiers, permit: Callable[[], None]) -> bool:
    removed = False
    for uid in (identifiers.series, identifiers.registration_series):
        found = client.post("/tools/lookup", content=str(uid).encode()).raise_for_status().json()
        for each in found:
            permit()
            answer = client.delete(each["Path"])
            if answer.status_code != 404:
                answer.raise_for_status()
            removed = True
    return removed


def _slices(archive: Path) -> Iterator[tuple[int, bytes]]:
    with archive.open("rb") as raw, tarfile.open(fileobj=raw, mode="r|gz") as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None, "the archive holds files only"
            yield raw.tell(), file.read()


def _store(client: httpx.Client, file: bytes, lease: Permit) -> str:
    """Store one instance; the id of its series. Storing the same twice is the same as once."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        lease.require()
        try:
            answer = client.post("/instances", content=file)
            break
        except httpx.TransportError as error:
            if time.monotonic() > give_up_at:
                raise WorkFailed("InternalError.Algo", "Orthanc does not answer: nothing was stored") from error
            time.sleep(_RETRY_EVERY_S)
    if answer.is_error:
        raise WorkFailed("InternalError.Algo", f"Orthanc does not store the result: it answers {answer.status_code}")
    return str(answer.json()["ParentSeries"])
