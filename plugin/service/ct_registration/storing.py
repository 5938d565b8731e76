"""Puts the results of a registration into Orthanc, and takes them out again: all of them or none."""

import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from plugin.service.ct_registration.files import ResultFile
from plugin.service.ct_registration.outcome import WorkFailed
from plugin.service.jobs.task import Permit
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from plugin.service.pacs.lookup import Kind, look_up
from registration.results.identifiers import Identifiers

_SETTLE_S = 0.3
_PATIENCE_S = 30.0
_RETRY_EVERY_S = 0.5


def store_results(orthanc: OrthancConnection, folder: Path, lease: Permit, *, progress: Callable[[float], None]) -> str:
    """Store the CT series and the two registration objects; the CT series' Orthanc id.

    ``progress`` gets shares from 0 to 1 and may raise. Raises WorkFailed, LeaseOver; what is stored by then stays until
    :func:`remove_stored`.
    """
    series: str | None = None
    total = (folder / ResultFile.DICOM).stat().st_size
    for position, file in _slices(folder / ResultFile.DICOM):
        series = _store(orthanc, file, lease)
        progress(0.98 * position / total)
    for each in (ResultFile.SPATIAL_REGISTRATION, ResultFile.DEFORMABLE_REGISTRATION):
        _store(orthanc, (folder / each).read_bytes(), lease)
    progress(1.0)
    assert series is not None, "the reference has slices"
    return series


def remove_stored(orthanc: OrthancConnection, identifiers: Identifiers, permit: Callable[[], None]) -> None:
    """Take out every series of an attempt. ``permit`` is asked right before each request, and may raise.

    Raises OrthancAway while that is not possible.
    """
    while _remove_once(orthanc, identifiers, permit):
        # A request of a worker that was ended may still be on its way.
        time.sleep(_SETTLE_S)


def _remove_once(orthanc: OrthancConnection, identifiers: Identifiers, permit: Callable[[], None]) -> bool:
    removed = False
    for uid in (identifiers.series, identifiers.registration_series):
        for series in look_up(orthanc, str(uid), Kind.SERIES):
            permit()
            answer = orthanc.repeatable("DELETE", f"/series/{series}")
            if not answer.is_ok and answer.status != 404:
                raise OrthancAway(f"Orthanc does not delete a series: {answer.reason}")
            removed = True
    return removed


def _slices(archive: Path) -> Iterator[tuple[int, bytes]]:
    with archive.open("rb") as raw, tarfile.open(fileobj=raw, mode="r|gz") as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None, "the archive holds files only"
            yield raw.tell(), file.read()


def _store(orthanc: OrthancConnection, file: bytes, lease: Permit) -> str:
    """Store one instance; the id of its series. Storing the same twice is the same as once."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        lease.require()
        try:
            answer = orthanc.once("POST", "/instances", file)
            break
        except OrthancAway as error:
            if time.monotonic() > give_up_at:
                raise WorkFailed("InternalError.Algo", "Orthanc does not answer: nothing was stored") from error
            time.sleep(_RETRY_EVERY_S)
    if not answer.is_ok:
        raise WorkFailed("InternalError.Algo", f"Orthanc does not store the result: it answers {answer.status}")
    return cast("dict[str, str]", answer.json())["ParentSeries"]
