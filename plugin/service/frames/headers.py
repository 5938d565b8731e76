"""Headers of the images of a series, without their pixels."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote

from pydantic import JsonValue
from pydicom.dataset import Dataset

from ophtha_core.dicom.geometry import SlicePlane, frame_planes
from ophtha_core.dicom.layout import is_image, read_layout
from ophtha_core.dicom.reading import PARSE_ERRORS, known_integer, read_dataset
from ophtha_core.display.stack import Stack, StackedFrame, stack_of
from ophtha_core.errors import UnreadableImage
from plugin.service.errors import NotFound
from plugin.service.pixels_masker.connection import OrthancConnection

_TEXTS: Final = ("PhotometricInterpretation", "SOPClassUID")
_KEYWORDS: Final = (
    *_TEXTS,
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PlanarConfiguration",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "InstanceNumber",
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
)


@dataclass(frozen=True, kw_only=True)
class InstanceHeader:
    """The headers of one image; ``instance`` is Orthanc's identifier."""

    instance: str
    dataset: Dataset

    def frames(self) -> tuple[StackedFrame, ...]:
        """Its frames, each with its plane where the headers say it. Empty when it is no readable image."""
        try:
            if not is_image(self.dataset):
                return ()
            layout = read_layout(self.dataset)
        except UnreadableImage:
            return ()
        return tuple(
            StackedFrame(
                instance=self.instance,
                frame=frame,
                rows=layout.rows,
                columns=layout.columns,
                plane=plane,
                instance_number=known_integer(self.dataset, "InstanceNumber"),
            )
            for frame, plane in enumerate(self._planes(layout.frames))
        )

    def _planes(self, frames: int) -> tuple[SlicePlane | None, ...]:
        try:
            return frame_planes(self.dataset, frames=frames)
        except UnreadableImage:
            return (None,) * frames


def series_headers(orthanc: OrthancConnection, series_id: str) -> tuple[InstanceHeader, ...]:
    """Headers of every instance of a series, in one question. Raises NotFound, OrthancAway."""
    answer = orthanc.get(f"/series/{quote(series_id, safe='')}/instances-tags?simplify")
    if not answer.is_ok:
        raise NotFound("There is no series of this identifier")
    tags = cast("dict[str, dict[str, JsonValue]]", answer.json())
    return tuple(_header(orthanc, instance, each) for instance, each in tags.items())


def stack_of_series(headers: tuple[InstanceHeader, ...]) -> Stack:
    """Every frame of a series, in order."""
    return stack_of(frame for header in headers for frame in header.frames())


def _header(orthanc: OrthancConnection, instance: str, tags: Mapping[str, JsonValue]) -> InstanceHeader:
    if "Rows" in tags and "ImagePositionPatient" not in tags and tags.get("NumberOfFrames", "1") != "1":
        # Geometry within sequences: the file itself is simpler than their JSON.
        file = orthanc.get(f"/instances/{instance}/file").body
        return InstanceHeader(instance=instance, dataset=read_dataset(file, headers_only=True))
    dataset = Dataset()
    for keyword in _KEYWORDS:
        value = tags.get(keyword)
        if isinstance(value, str) and value.strip():
            with suppress(*PARSE_ERRORS):  # what is malformed is as good as absent
                setattr(dataset, keyword, _parsed(keyword, value.strip()))
    return InstanceHeader(instance=instance, dataset=dataset)


def _parsed(keyword: str, value: str) -> object:
    if keyword in _TEXTS:
        return value
    numbers = [float(each) for each in value.split("\\") if each]
    if keyword.startswith(("Window", "Rescale")):
        return numbers[0]
    return numbers if len(numbers) > 1 else int(numbers[0])
