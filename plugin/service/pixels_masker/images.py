"""Looks at the headers of source images before a job begins."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import cast

from pydantic import JsonValue
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import read_dataset, unreadable
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.plan import MaskedFrames, reach_of
from ophtha_core.masking.region import Fill, Region, Region3D
from plugin.service.errors import Detail, Unprocessable, field_location
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pixels_masker.refusal import refuse
from plugin.service.pixels_masker.source import SourceInstance
from plugin.service.pixels_masker.targets import Mask
from plugin.service.readers.calling import CallReader

_FITS_EVERY_IMAGE = (0, 1)
_HEADERS = (
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PlanarConfiguration",
    "PhotometricInterpretation",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
)


def refuse_unfit_fills(
    orthanc: OrthancConnection, instances: Iterable[SourceInstance], mask: Mask, read: CallReader
) -> None:
    """A fill value that an image cannot store is found before anything is stored. Raises BadRequest, OrthancAway."""
    doubtful = [each for each in mask.regions if _is_doubtful(each.region)]
    if not doubtful:
        return
    found: dict[str, str] = {}
    for instance in instances:
        regions = [each.region for each in doubtful if each.targets(instance) and each.region.field not in found]
        for region in regions:
            try:
                _reach(orthanc, instance, (region,), read)
            except InvalidInput as error:
                found[error.field] = error.message
            except (UnreadableImage, Unprocessable):
                break  # the job itself says so, or passes over it
    if found:
        raise refuse(*(Detail(field_location(field), message) for field, message in found.items()))


def hits_any(orthanc: OrthancConnection, instances: Iterable[SourceInstance], mask: Mask, read: CallReader) -> bool:
    """Whether a pixel of any instance would be masked; also when that cannot be told. Raises OrthancAway."""
    for instance in instances:
        regions = mask.regions_of(instance)
        try:
            if regions and _reach(orthanc, instance, regions, read).frames:
                return True
        except (InvalidInput, UnreadableImage, Unprocessable):
            return True
    return False


def refuse_misses(
    orthanc: OrthancConnection, instances: Iterable[SourceInstance], mask: Mask, read: CallReader
) -> None:
    """A region that hits nothing anywhere; one to keep, also in a single image. Raises BadRequest, OrthancAway."""
    waiting = set(range(len(mask.regions)))
    for instance in instances:
        indices = [each for each in mask.indices_of(instance) if each in waiting or mask.regions[each].region.keep]
        if not indices:
            continue
        try:
            reach = _reach(orthanc, instance, tuple(mask.regions[each].region for each in indices), read)
        except (InvalidInput, UnreadableImage, Unprocessable):
            waiting.difference_update(indices)  # nobody can tell yet: the job will
            continue
        kept = [each for each in indices if mask.regions[each].region.keep]
        if reach.is_all_masked:
            raise refuse(Detail(_region_at(kept[0]), f"has nothing to keep in instance {instance.instance_id}"))
        waiting.difference_update(index for index, hits in zip(indices, reach.hits, strict=True) if hits)
    if waiting:
        raise refuse(*(Detail(_region_at(each), "hits no pixel of any instance") for each in sorted(waiting)))


def refuse_absent_frames(orthanc: OrthancConnection, instances: Iterable[SourceInstance], mask: Mask) -> None:
    """Frames that no image has which a region is meant for. Raises BadRequest, OrthancAway."""
    lacking = {index: max(each.region.frames) for index, each in enumerate(mask.regions) if each.region.frames}
    lacking = {index: frame for index, frame in lacking.items() if frame > 0}
    for instance in instances:
        meant = lacking.keys() & set(mask.indices_of(instance))
        if meant:
            count = _frame_count(orthanc, instance)
            lacking = {index: frame for index, frame in lacking.items() if index not in meant or frame >= count}
    if lacking:
        locations = [(*_region_at(each), "TargetFrames") for each in sorted(lacking)]
        raise refuse(*(Detail(each, "names a frame that no targeted image has") for each in locations))


def _frame_count(orthanc: OrthancConnection, instance: SourceInstance) -> float:
    """As far as the header tells; what is malformed is the job's to refuse."""
    answer = orthanc.get(f"/instances/{instance.instance_id}/content/0028-0008")
    text = answer.body.decode("ascii", "replace").strip("\0 ") if answer.is_ok else ""
    return int(text) or 1 if text.isdecimal() else math.inf if text else 1


def _region_at(index: int) -> tuple[str | int, ...]:
    return "body", "MaskPixelData", "Regions", index


def _is_doubtful(region: Region) -> bool:
    return isinstance(region.paint, Fill) and region.paint.value not in _FITS_EVERY_IMAGE


def _reach(
    orthanc: OrthancConnection, instance: SourceInstance, regions: tuple[Region, ...], read: CallReader
) -> MaskedFrames:
    """What the regions hit. Raises InvalidInput naming a fill, UnreadableImage, Unprocessable, OrthancAway."""
    what, path = f"Instance {instance.instance_id}", f"/instances/{instance.instance_id}"
    answer = orthanc.get(f"{path}/tags?simplify")
    if not answer.is_ok:
        raise UnreadableImage("Orthanc cannot read the headers")
    found = read(what, _reach_by_tags, answer.body, regions)
    return read(what, _reach_by_file, orthanc.get(f"{path}/file").body, regions) if found is None else found


def _reach_by_tags(tags: bytes, regions: tuple[Region, ...]) -> MaskedFrames | None:
    """None where the file must be asked: the geometry of frames is simpler there than the JSON of its sequences."""
    told = cast("Mapping[str, JsonValue]", json.loads(tags))
    in_space = any(isinstance(region, Region3D) for region in regions)
    if "Rows" in told and in_space and ("NumberOfFrames" in told or "ImagePositionPatient" not in told):
        return None
    dataset = Dataset()
    with unreadable("the headers"):
        for keyword in _HEADERS:
            value = told.get(keyword)
            if isinstance(value, str) and value:
                setattr(dataset, keyword, _parsed(keyword, value))
    return reach_of(dataset, regions)


def _reach_by_file(file: bytes, regions: tuple[Region, ...]) -> MaskedFrames:
    return reach_of(read_dataset(file, headers_only=True), regions)


def _parsed(keyword: str, value: str) -> object:
    if keyword == "PhotometricInterpretation":
        return value
    numbers = value.split("\\")
    return [float(each) for each in numbers] if len(numbers) > 1 else int(value)
