"""Keeps the abstract images in step with what Orthanc holds."""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import product

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.found_images import FoundImage
from plugin.service.annotations.state import Platform, next_ids
from plugin.service.errors import Unavailable

_LOCK = threading.Lock()
_SERIES_AT_ONCE = 50
_SERIES_IN_PARALLEL = 4
Place = tuple[int, int, int, int]


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
            _describe(session, image, found)
    session.add_all(added)
    session.flush()
    base = t.AbstractSlice
    grown = select(base.image_id, base.channel, base.z_stack, base.time).where(
        base.image_id.in_([image.id for image in known.values()])
    )
    there = {tuple(row) for row in session.execute(grown)} if known else set()
    present = [*added, *(image for image in known.values() if image.deleted_ms is None)]
    _add_slices(session, [place for image in present for place in _places(image) if place not in there])


def _describe(session: Session, image: t.AbstractImage, found: FoundImage) -> None:
    if image.uploaded_file_id is None:
        image.describe(original_filename=_name(session, image, found))
    x_um, y_um = found.spacing_um or (image.physical_size_x_um, image.physical_size_y_um)
    # Annotations may lie on the frames of a cine that an earlier version took for planes: so they stay.
    were_planes = found.duration > 1 and image.depth is not None and image.depth > 1
    image.describe(
        width=found.width,
        height=found.height,
        depth=found.duration if were_planes else found.depth,
        duration=1 if were_planes else found.duration,
        channels=found.channels,
        zoom_levels=found.levels,
        physical_size_x_um=x_um,
        physical_size_y_um=y_um,
        physical_size_z_um=found.depth_step_um,
        fps=found.fps,
        bit_per_sample=found.bits,
        sample_per_pixel=found.samples,
        colorspace=found.photometric,
        magnification=found.magnification,
        content_type="application/dicom",
    )
    image.stored_instances = found.stored_instances
    image.fault = found.fault
    image.deleted_ms = None


def _name(session: Session, image: t.AbstractImage, found: FoundImage) -> str:
    """Of slides one that no other image has: several of one maker may all be called alike."""
    if found.instance is not None:
        return found.name
    other = select(t.AbstractImage.id).where(
        t.AbstractImage.original_filename == found.name, t.AbstractImage.orthanc_series != found.series
    )
    if session.scalar(other.limit(1)) is None:
        return found.name
    return f"{found.name.removesuffix('.dcm')} {found.series[:8]}.dcm".strip()


def _places(image: t.AbstractImage) -> list[Place]:
    """The planes of an image: its id, then channel, focal plane and time."""
    places = product(range(image.channels), range(image.depth), range(image.duration))
    return [(image.id, *place) for place in places]


def _add_slices(session: Session, places: Sequence[Place]) -> None:
    session.add_all(
        t.AbstractSlice(id=identifier, image_id=image_id, channel=channel, z_stack=focal, time=time)
        for identifier, (image_id, channel, focal, time) in zip(next_ids(session, len(places)), places, strict=True)
    )
    session.flush()
