"""Keeps the abstract images in step with what Orthanc holds."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.orthanc_images import FoundImage
from plugin.service.annotations.state import Platform, next_ids
from plugin.service.errors import Unavailable

_LOCK = threading.Lock()
_SERIES_AT_ONCE = 50


def take_stock(platform: Platform) -> None:
    """Add images that came to Orthanc, flag those that left, and look again at series that grew.

    Costs two small requests when nothing has changed.
    """
    with _LOCK:
        census = platform.orthanc.census()
        if platform.census == census:
            return
        stored = platform.orthanc.all_series()
        with platform.sessions() as session:
            known = {
                series: count
                for series, count in session.execute(
                    select(t.AbstractImage.orthanc_series, t.AbstractImage.stored_instances).where(
                        t.AbstractImage.orthanc_series.is_not(None), t.AbstractImage.deleted_ms.is_(None)
                    )
                )
            }
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
    with platform.writing() as session:
        for begin in range(0, len(gone), 500):
            session.execute(
                update(t.AbstractImage)
                .where(t.AbstractImage.orthanc_series.in_(gone[begin : begin + 500]))
                .values(deleted_ms=t.now_ms())
            )


def _look_at(platform: Platform, series: dict[str, int]) -> None:
    found = {each: platform.orthanc.images_of(each) for each in series}
    with platform.writing() as session:
        for each, images in found.items():
            if images:
                platform.without_pictures.pop(each, None)
                _record(session, each, images)
            else:
                platform.without_pictures[each] = series[each]


def _record(session: Session, series: str, images: Iterable[FoundImage]) -> None:
    known = {
        image.orthanc_instance or "": image
        for image in session.scalars(select(t.AbstractImage).where(t.AbstractImage.orthanc_series == series))
    }
    present: set[str] = set()
    for found in images:
        key = found.instance or ""
        present.add(key)
        image = known.get(key)
        if image is None:
            image = t.AbstractImage(
                id=next_ids(session, 1)[0], created_ms=t.now_ms(), orthanc_series=series, orthanc_instance=key
            )
            session.add(image)
        _describe(image, found)
        session.flush()
        _add_slices(session, image)
    for key, image in known.items():
        if key not in present:
            image.deleted_ms = t.now_ms()


def _describe(image: t.AbstractImage, found: FoundImage) -> None:
    image.original_filename = found.name
    image.width, image.height, image.depth = found.width, found.height, found.frames
    image.duration = image.channels = 1
    image.zoom_levels = found.levels
    if found.spacing_um is not None:
        image.physical_size_x_um, image.physical_size_y_um = found.spacing_um
    image.bit_per_sample, image.sample_per_pixel = found.bits, found.samples
    image.colorspace = found.photometric
    image.magnification = found.magnification
    image.content_type = "application/dicom"
    image.stored_instances = found.stored_instances
    image.deleted_ms = None


def _add_slices(session: Session, image: t.AbstractImage) -> None:
    planes = set(session.scalars(select(t.AbstractSlice.z_stack).where(t.AbstractSlice.image_id == image.id)))
    missing = [plane for plane in range(image.depth) if plane not in planes]
    for identifier, plane in zip(next_ids(session, len(missing)), missing, strict=True):
        session.add(t.AbstractSlice(id=identifier, image_id=image.id, channel=0, z_stack=plane, time=0))
