"""Headers of the images of a series, without their pixels."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, cast

from pydantic import JsonValue
from pydicom.dataset import Dataset

from ophtha_core.dicom.geometry import SlicePlane, frame_planes
from ophtha_core.dicom.layout import PixelLayout, is_image, read_layout, refuse_absent_frames
from ophtha_core.dicom.reading import PARSE_ERRORS, known_integer, known_number, read_dataset
from ophtha_core.dicom.wellformed import well_formed
from ophtha_core.display.aspect import pixel_aspect
from ophtha_core.display.stack import Stack, StackedFrame, stack_of
from ophtha_core.errors import UnreadableImage
from plugin.service.errors import Unprocessable
from plugin.service.frames.description import SeriesFrames, WindowDescription, frames_of

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
    "PixelAspectRatio",
    "ImagerPixelSpacing",
    "InstanceNumber",
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
)
_Tags = Mapping[str, JsonValue]


@dataclass(frozen=True, kw_only=True)
class FileHeader:
    """The header of a file, and how large the file is."""

    dataset: Dataset
    file_bytes: int


@dataclass(frozen=True, kw_only=True)
class SeriesHeaders:
    """What Orthanc's JSON says of the instances of a series, and the headers of those whose geometry it does not."""

    tags: bytes
    files: Mapping[str, FileHeader] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InstanceHeader:
    """The headers of one image; ``instance`` is Orthanc's identifier. ``file_bytes`` of images with several frames."""

    instance: str
    dataset: Dataset
    file_bytes: int | None = None

    def layout(self) -> PixelLayout:
        """Raises UnreadableImage, also when the file cannot hold what its header declares."""
        layout = read_layout(self.dataset)
        if self.file_bytes is not None:
            refuse_absent_frames(layout, file_bytes=self.file_bytes)
        return layout

    def frames(self) -> tuple[StackedFrame, ...]:
        """Its frames, each with its plane where the headers say it. Empty when it is no readable image."""
        try:
            if not is_image(self.dataset):
                return ()
            layout = self.layout()
        except UnreadableImage:
            return ()
        aspect = pixel_aspect(self.dataset)
        return tuple(
            StackedFrame(
                instance=self.instance,
                frame=frame,
                rows=layout.rows,
                columns=layout.columns,
                plane=plane,
                pixel_aspect=aspect,
                instance_number=known_integer(self.dataset, "InstanceNumber"),
            )
            for frame, plane in enumerate(self._planes(layout.frames))
        )

    def _planes(self, frames: int) -> tuple[SlicePlane | None, ...]:
        try:
            return frame_planes(self.dataset, frames=frames)
        except UnreadableImage:
            return (None,) * frames


def instances_to_open(tags: bytes) -> tuple[str, ...]:
    """Instances whose file says more than Orthanc's JSON: the places of several frames, if they are there."""
    return tuple(instance for instance, each in _instances(tags).items() if _has_several_frames(each))


def read_file_header(dicom: bytes) -> FileHeader:
    """Raises UnreadableImage."""
    return FileHeader(dataset=well_formed(read_dataset(dicom, headers_only=True)), file_bytes=len(dicom))


def headers_of(series: SeriesHeaders) -> tuple[InstanceHeader, ...]:
    """Headers of every instance."""
    return tuple(_header(series, instance, tags) for instance, tags in _instances(series.tags).items())


def stack_of_series(series: SeriesHeaders) -> Stack:
    """Every frame of a series, in order."""
    return _stacked(headers_of(series))


def describe_series(series_id: str, series: SeriesHeaders) -> SeriesFrames:
    """The frames of a series. Raises Unprocessable where it holds no image."""
    headers = headers_of(series)
    stack = _stacked(headers)
    if not stack.frames:
        raise Unprocessable("The series holds no image")
    first = next(header for header in headers if header.instance == stack.frames[0].instance)
    layout = first.layout()
    centre, width = (known_number(first.dataset, keyword) for keyword in ("WindowCenter", "WindowWidth"))
    return SeriesFrames(
        series=series_id,
        is_volume=stack.is_volume and layout.samples == 1,
        grey=layout.samples == 1 and layout.photometric.startswith("MONOCHROME"),
        value_range=layout.value_range,
        window=None if centre is None or width is None else WindowDescription(center=centre, width=width),
        frames=frames_of(stack),
    )


def _stacked(headers: tuple[InstanceHeader, ...]) -> Stack:
    return stack_of(frame for header in headers for frame in header.frames())


def _instances(tags: bytes) -> dict[str, _Tags]:
    return cast("dict[str, _Tags]", json.loads(tags))


def _has_several_frames(tags: _Tags) -> bool:
    return "Rows" in tags and str(tags.get("NumberOfFrames") or "1").strip() not in ("", "0", "1")


def _header(series: SeriesHeaders, instance: str, tags: _Tags) -> InstanceHeader:
    if instance in series.files:
        file = series.files[instance]
        return InstanceHeader(instance=instance, dataset=file.dataset, file_bytes=file.file_bytes)
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
