"""Keeps the abstract images in step with what Orthanc holds."""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.found_images import FoundImage
from plugin.service.annotations.state import Platform, next_ids
from plugin.service.errors import Unavailable

_LOCK = threading.Lock()
_SERIES_AT_ONCE = 50
_SERIES_IN_PARALLEL = 4


def take_stock(platform: Platform) -> None:
    """Add images that came to Orthanc, flag those that left, and look again at series that grew.

    Costs two small requests when nothing has changed.
    """
    with _LOCK:
        census = platform.orthanc.census()
        if platform.census == census:
            return
        # In this order: what another service takes in meanwhile is looked at once more, and never taken for gone.
        with platform.sessions() as session:
            known = {
                series: count
                for series, count in session.execute(
                    select(t.AbstractImage.orthanc_series, t.AbstractImage.stored_instances).where(
                        t.AbstractImage.orthanc_series.is_not(None), t.AbstractImage.deleted_ms.is_(None)
                    )
                )
            }
        stored = platform.orthanc.all_series()
        gone = [series for series in known if series not in stored]
        new = [
            series
            for series, count in stored.items()
            if known.get(series) != count and platform.without_pictures.get(series) != count
        ]
        _flag_deleted(platform, gone)
        for begin in range(0, len(new), _SERIES_AT_ONCE):
            _look_at(platform, {series: stored[series] for series in new[begin : begin + _SERIES_AT_ONCE]})
        platform.census = census


def take_in(platform: Platform, series: Iterable[str]) -> None:
    """Look at some series now, whatever else has come to Orthanc."""
    with _LOCK:
        counts = {each: platform.orthanc.instances_of(each) for each in series}
        _look_at(platform, counts)


def notice_departures(platform: Platform) -> None:
    """Flag images that have left Orthanc, when it holds less than before; new ones are left for ``take_stock``.

    What is known stays as it is while Orthanc is away.
    """
    with suppress(Unavailable):
        before, present = platform.census, platform.orthanc.census()
        if before is not None and (present.series < before.series or present.instances < before.instances):
            take_stock(platform)


def _flag_deleted(platform: Platform, gone: Sequence[str | None]) -> None:
    if not gone:
        return
    with platform.bookkeeping() as session:
        for begin in range(0, len(gone), 500):
            session.execute(
                update(t.AbstractImage)
                .where(t.AbstractImage.orthanc_series.in_(gone[begin : begin + 500]))
                .values(deleted_ms=t.now_ms())
            )


def _look_at(platform: Platform, series: dict[str, int]) -> None:
    with ThreadPoolExecutor(_SERIES_IN_PARALLEL) as threads:
        found = dict(zip(series, threads.map(platform.orthanc.images_of, series), strict=True))
    with platform.bookkeeping() as session:
        for each, images in found.items():
            if images:
                platform.without_pictures.pop(each, None)
                _record(session, each, images)
            else:
                platform.without_pictures[each] = series[each]


def _record(session: Session, series: str, images: Sequence[FoundImage]) -> None:
    known = {
        image.orthanc_instance or "": image
        for image in session.scalars(select(t.AbstractImage).where(t.AbstractImage.orthanc_series == series))
    }
    by_key = {found.instance or "": found for found in images}
    new = [key for key in by_key if key not in known]
    added = [
        t.AbstractImage(id=identifier, created_ms=t.now_ms(), orthanc_series=series, orthanc_instance=key)
        for identifier, key in zip(next_ids(session, len(new)), new, strict=True)
    ]
    for image in (*added, *known.values()):
        found = by_key.get(image.orthanc_instance or "")
        if found is None:
            image.deleted_ms = t.now_ms()
        else:
            _describe(image, found)
    session.add_all(added)
    session.flush()
    grown = select(t.AbstractSlice.image_id, t.AbstractSlice.z_stack).where(
        t.AbstractSlice.image_id.in_([image.id for image in known.values()])
    )
    there = {(image_id, plane) for image_id, plane in session.execute(grown)} if known else set()
    present = [*added, *(image for image in known.values() if image.deleted_ms is None)]
    _add_slices(
        session,
        [(image.id, plane) for image in present for plane in range(image.depth) if (image.id, plane) not in there],
    )


def _describe(image: t.AbstractImage, found: FoundImage) -> None:
    x_um, y_um = found.spacing_um or (image.physical_size_x_um, image.physical_size_y_um)
    image.describe(
        original_filename=found.name,
        width=found.width,
        height=found.height,
        depth=found.frames,
        duration=1,
        channels=1,
        zoom_levels=found.levels,
        physical_size_x_um=x_um,
        physical_size_y_um=y_um,
        bit_per_sample=found.bits,
        sample_per_pixel=found.samples,
        colorspace=found.photometric,
        magnification=found.magnification,
        content_type="application/dicom",
    )
    image.stored_instances = found.stored_instances
    image.deleted_ms = None


def _add_slices(session: Session, planes: Sequence[tuple[int, int]]) -> None:
    """Planes given as id of the image and number of the plane."""
    session.add_all(
        t.AbstractSlice(id=identifier, image_id=image_id, channel=0, z_stack=plane, time=0)
        for identifier, (image_id, plane) in zip(next_ids(session, len(planes)), planes, strict=True)
    )
    session.flush()
