"""Looks at the headers of source images before a job begins."""

import json
from collections.abc import Iterable, Mapping
from typing import cast

from pydantic import JsonValue
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import read_dataset, unreadable
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.plan import check_regions
from ophtha_core.masking.region import Fill, Region, Region3D
from plugin.service.errors import Detail, Unprocessable, field_location
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pixels_masker.request import refuse
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
                _hits(orthanc, instance, (region,), read)
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
            if regions and _hits(orthanc, instance, regions, read):
                return True
        except (InvalidInput, UnreadableImage, Unprocessable):
            return True
    return False


def _is_doubtful(region: Region) -> bool:
    return isinstance(region.paint, Fill) and region.paint.value not in _FITS_EVERY_IMAGE


def _hits(orthanc: OrthancConnection, instance: SourceInstance, regions: tuple[Region, ...], read: CallReader) -> bool:
    """Whether any region hits. Raises InvalidInput naming a fill, UnreadableImage, Unprocessable, OrthancAway."""
    what, path = f"Instance {instance.instance_id}", f"/instances/{instance.instance_id}"
    answer = orthanc.get(f"{path}/tags?simplify")
    if not answer.is_ok:
        raise UnreadableImage("Orthanc cannot read the headers")
    found = read(what, _hits_by_tags, answer.body, regions)
    return read(what, _hits_by_file, orthanc.get(f"{path}/file").body, regions) if found is None else found


def _hits_by_tags(tags: bytes, regions: tuple[Region, ...]) -> bool | None:
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
    return bool(check_regions(dataset, regions))


def _hits_by_file(file: bytes, regions: tuple[Region, ...]) -> bool:
    return bool(check_regions(read_dataset(file, headers_only=True), regions))


def _parsed(keyword: str, value: str) -> object:
    if keyword == "PhotometricInterpretation":
        return value
    numbers = value.split("\\")
    return [float(each) for each in numbers] if len(numbers) > 1 else int(value)
