"""The worker's part of a segmentation: fetch a volume, find its surfaces, write what is kept and what is stored."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from pydantic_core import to_json
from pydicom.dataset import Dataset

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.reading import read_dataset, unreadable
from ophtha_core.dicom.writing import new_file_bytes
from ophtha_core.errors import InvalidInput, OphthaError, UnreadableImage
from ophtha_core.oct.dicom.height_map import AlgorithmType, SegmentationSource, write_height_map
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.layer_surfaces import LayerSurfaces, Surface
from ophtha_core.oct.segmentation.places import disc_of, fovea_of
from ophtha_core.oct.segmentation.segment import ALGORITHM, VERSION, RetinaSegmentation, segment_retina
from ophtha_core.oct.segmentation.stack import PixelSize
from plugin.service.jobs.deadline import worker_deadline
from plugin.service.jobs.task import TaskControl, TaskSignals
from plugin.service.oct.archive.loading import Level
from plugin.service.oct.archive.opening import is_image, open_volume, read_header
from plugin.service.pacs.borrowing import OrthancDesk
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pacs.lookup import Kind, look_up

MADE_BY: Final = SegmentationSource(kind=AlgorithmType.AUTOMATIC, algorithm=ALGORITHM, version=VERSION)
UNKNOWN_BIAS: Final = "unknown"
_READ_LIMIT_S: Final = 600.0
_FETCHED, _DECODED, _SEGMENTED = 0.25, 0.5, 0.95
"""Shares of the whole at which the steps end."""
_ROW_DECIMALS, _CONFIDENCE_DECIMALS = 2, 2


@dataclass(frozen=True, kw_only=True)
class SegmentationWork:
    """All a worker needs to know."""

    level: Level
    resource_id: str
    surfaces: tuple[Surface, ...]
    store: bool
    desk: OrthancDesk


@dataclass(frozen=True, kw_only=True)
class Segmented:
    """The answer as compressed JSON without its ``stored``, and the object to store (empty where none is asked for)."""

    answer: bytes
    height_map: bytes
    sop_instance_uid: str
    found: bool
    """Whether any surface was held anywhere."""


@dataclass(frozen=True)
class NotSegmented:
    """Why there is nothing to segment."""

    reason: str


def carry_out(control: TaskControl, work: SegmentationWork) -> Segmented | NotSegmented:
    """Segment one volume; what is wrong with it is handed back. Raises TaskStopped, OrthancAway."""
    signals = TaskSignals(control)
    try:
        volume, images = _fetched(signals, work)
        found = _segmentation(signals, volume, images)
        return _result(work, volume, found)
    except OphthaError as error:
        return NotSegmented(str(error))


def _fetched(signals: TaskSignals, work: SegmentationWork) -> tuple[OctVolume, dict[str, Dataset]]:
    """The volume, and its images with their pixels by SOP Instance UID."""
    headers: list[Dataset] = []
    images: dict[str, Dataset] = {}
    with work.desk.connection() as orthanc:
        identifiers = _instances(orthanc, work.level, work.resource_id)
        for number, identifier in enumerate(identifiers):
            file = _file(orthanc, identifier)
            with worker_deadline(_READ_LIMIT_S), unreadable("the object"):
                header = read_header(file)
                if is_image(header):
                    headers.append(header)
                    images[str(header.SOPInstanceUID)] = read_dataset(file)
            signals.check(_FETCHED * (number + 1) / len(identifiers))
        volume = open_volume(headers, {})
        if volume.localizer_uids:
            volume = open_volume(headers, _localizers(orthanc, volume.localizer_uids))
    return volume, images


def _segmentation(signals: TaskSignals, volume: OctVolume, images: dict[str, Dataset]) -> RetinaSegmentation:
    geometry = volume.geometry
    size = PixelSize(
        row_um=geometry.pixel_spacing_row_mm * 1000.0,
        column_um=geometry.pixel_spacing_column_mm * 1000.0,
        slice_um=geometry.slice_spacing_mm * 1000.0,
    )

    def frames() -> Iterator[NDArray[np.float64]]:
        opened: dict[str, ImageFrames] = {}
        for number, bscan in enumerate(volume.bscans):
            uid = str(bscan.source.SOPInstanceUID)
            if uid not in opened:
                opened = {uid: ImageFrames.of(images[uid])}
            with worker_deadline(_READ_LIMIT_S):
                frame = opened[uid].grey(bscan.frame)
            yield frame
            signals.check(_FETCHED + (_DECODED - _FETCHED) * (number + 1) / len(volume.bscans))

    return segment_retina(
        frames(), size, progress=lambda share: signals.check(_DECODED + (_SEGMENTED - _DECODED) * share)
    )


def _result(work: SegmentationWork, volume: OctVolume, found: RetinaSegmentation) -> Segmented:
    surfaces = {name.value: found.layers.surfaces[name] for name in work.surfaces}
    height_map, uid = b"", ""
    known = any(np.isfinite(rows).any() for rows in surfaces.values())
    if work.store and known:
        wanted = LayerSurfaces(surfaces=surfaces, width=found.layers.width, height=found.layers.height)
        stored = write_height_map(volume, wanted, made_by=MADE_BY)
        height_map, uid = new_file_bytes(stored), str(stored.SOPInstanceUID)
    answer = gzip.compress(to_json(_answer(volume, found, surfaces), inf_nan_mode="null"), compresslevel=4)
    return Segmented(answer=answer, height_map=height_map, sop_instance_uid=uid, found=known)


def _answer(
    volume: OctVolume, found: RetinaSegmentation, surfaces: dict[str, NDArray[np.float64]]
) -> dict[str, object]:
    geometry = volume.geometry
    fovea = fovea_of(
        found,
        orientation=geometry.orientation,
        grid=geometry.grid(),
        row_um=geometry.pixel_spacing_row_mm * 1000.0,
    )
    disc = disc_of(found)
    return {
        "surfaces": {name: rows.round(_ROW_DECIMALS).tolist() for name, rows in surfaces.items()},
        "confidence": {name: found.confidence[Surface(name)].round(_CONFIDENCE_DECIMALS).tolist() for name in surfaces},
        "fovea": None if fovea is None else [round(each, 2) for each in fovea],
        "disc": None
        if disc is None
        else {"centre": [round(disc.column, 2), round(disc.slice_index, 2)], "columns": disc.columns},
        "algorithm": ALGORITHM,
        "version": VERSION,
        "bias": UNKNOWN_BIAS,
    }


def _instances(orthanc: OrthancConnection, level: Level, resource_id: str) -> list[str]:
    """Orthanc's ids of the images. Raises InvalidInput where there is no such resource any more."""
    identifier = quote(resource_id, safe="")
    if level is Level.INSTANCES:
        return [identifier]
    try:
        series = cast("dict[str, JsonValue]", orthanc.get_json(f"/series/{identifier}"))
    except LookupError:
        raise InvalidInput("series", "is not in the archive any more") from None
    return [str(each) for each in cast("list[JsonValue]", series["Instances"])]


def _file(orthanc: OrthancConnection, identifier: str) -> bytes:
    answer = orthanc.get(f"/instances/{identifier}/file")
    if not answer.is_ok:
        raise UnreadableImage("an image is not in the archive any more")
    return answer.body


def _localizers(orthanc: OrthancConnection, uids: tuple[str, ...]) -> dict[str, Dataset]:
    """Fundus images that are stored here, by SOP Instance UID."""
    found: dict[str, Dataset] = {}
    for uid in uids:
        for identifier in look_up(orthanc, uid, Kind.INSTANCE)[:1]:
            found[uid] = read_header(_file(orthanc, identifier))
    return found
