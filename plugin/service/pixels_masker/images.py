"""Looks at the headers of source images before a job begins."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from pydantic import JsonValue
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import read_dataset, unreadable
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.plan import check_regions
from ophtha_core.masking.region import Fill, Region, Region3D
from plugin.service.errors import Detail, field_location
from plugin.service.pixels_masker.connection import OrthancConnection
from plugin.service.pixels_masker.request import refuse
from plugin.service.pixels_masker.source import SourceInstance
from plugin.service.pixels_masker.targets import Mask

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


def refuse_unfit_fills(orthanc: OrthancConnection, instances: Iterable[SourceInstance], mask: Mask) -> None:
    """A fill value that an image cannot store is found before anything is stored. Raises BadRequest, OrthancAway."""
    doubtful = [each for each in mask.regions if _is_doubtful(each.region)]
    if not doubtful:
        return
    found: dict[str, str] = {}
    for instance in instances:
        regions = [each.region for each in doubtful if each.targets(instance) and each.region.field not in found]
        for region in regions:
            try:
                check_regions(_headers(orthanc, instance, regions), (region,))
            except InvalidInput as error:
                found[error.field] = error.message
            except UnreadableImage:
                break  # the job itself says so, or passes over it
    if found:
        raise refuse(*(Detail(field_location(field), message) for field, message in found.items()))


def hits_any(orthanc: OrthancConnection, instances: Iterable[SourceInstance], mask: Mask) -> bool:
    """Whether a pixel of any instance would be masked; also when that cannot be told. Raises OrthancAway."""
    for instance in instances:
        regions = mask.regions_of(instance)
        try:
            if regions and check_regions(_headers(orthanc, instance, regions), regions):
                return True
        except (InvalidInput, UnreadableImage):
            return True
    return False


def _is_doubtful(region: Region) -> bool:
    return isinstance(region.paint, Fill) and region.paint.value not in _FITS_EVERY_IMAGE


def _headers(orthanc: OrthancConnection, instance: SourceInstance, regions: Sequence[Region]) -> Dataset:
    """What is needed to lay regions over an image. Raises UnreadableImage, OrthancAway."""
    answer = orthanc.get(f"/instances/{instance.instance_id}/tags?simplify")
    if not answer.is_ok:
        raise UnreadableImage("Orthanc cannot read the headers")
    tags = cast("Mapping[str, JsonValue]", answer.json())
    in_space = any(isinstance(region, Region3D) for region in regions)
    if "Rows" in tags and in_space and ("NumberOfFrames" in tags or "ImagePositionPatient" not in tags):
        # Geometry of frames: the file itself is simpler than the JSON of its sequences.
        return read_dataset(orthanc.get(f"/instances/{instance.instance_id}/file").body, headers_only=True)
    dataset = Dataset()
    with unreadable("the headers"):
        for keyword in _HEADERS:
            value = tags.get(keyword)
            if isinstance(value, str) and value:
                setattr(dataset, keyword, _parsed(keyword, value))
    return dataset


def _parsed(keyword: str, value: str) -> object:
    if keyword == "PhotometricInterpretation":
        return value
    numbers = value.split("\\")
    return [float(each) for each in numbers] if len(numbers) > 1 else int(value)
