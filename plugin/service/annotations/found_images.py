"""What readers make of Orthanc's JSON of headers: the images of a series, and where their pixels lie."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from pydicom.dataset import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.layout import is_image, read_layout, refuse_absent_frames
from ophtha_core.dicom.reading import items_of, known_number, known_text
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.index import InstanceHeader, SlidePyramid, frame_pyramid, is_slide, read_pyramid
from plugin.service.annotations.orthanc_headers import dataset_of_tags, with_own_tags

_UNKNOWN: Final = UID("")
_DESCRIBING: Final = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation", "PixelSpacing", "ImagerPixelSpacing",
)  # fmt: skip
_FUNCTIONAL_GROUPS: Final = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_STRONGEST_LENS: Final = 10_000


@dataclass(frozen=True)
class FoundImage:
    """An image in Orthanc. ``instance`` is None for a slide, which is a whole series. Sizes in pixels."""

    series: str
    instance: str | None
    name: str
    width: int
    height: int
    frames: int
    levels: int
    spacing_um: tuple[float, float] | None
    bits: int
    samples: int
    photometric: str
    magnification: int | None
    stored_instances: int


@dataclass(frozen=True)
class InstanceTags:
    """Orthanc's JSON of a header; ``own`` is what its index knows. ``tags`` is None where the series shares them."""

    key: str
    file_bytes: int
    own: Mapping[str, object]
    tags: bytes | None


@dataclass(frozen=True)
class SeriesTags:
    """The instances of a series, and the JSON of what all of them have in common, where that describes them."""

    series: str
    title: str
    shared: bytes | None
    instances: tuple[InstanceTags, ...]


def may_share(tags: bytes) -> bool:
    """Whether it pays to ask what the instances of a series have in common: those of slides have little."""
    first = _dataset(tags)
    return not is_slide(first) and not any(name in first for name in _FUNCTIONAL_GROUPS)


def describes_all(shared: bytes, tags: bytes) -> bool:
    """Whether what the instances have in common describes each, as far as one of them tells."""
    common, first = _dataset(shared), _dataset(tags)
    return all((name in first) == (name in common) for name in _DESCRIBING)


def find_images(series: SeriesTags) -> list[FoundImage]:
    """The images of a series; those that cannot be read are left out. Raises UnreadableImage for a broken slide."""
    headers = _headers(series)
    if any(is_slide(header.dataset) for header in headers):
        pyramid = read_pyramid(headers)
        return [_found(series, None, f"{series.title}.dcm", pyramid, headers[0].dataset, frames=1)]
    return list(_single_images(series, headers))


def read_slide(parts: Sequence[tuple[str, bytes, str]]) -> SlidePyramid:
    """The pyramid of a series from key, tags and transfer syntax of each instance. Raises UnreadableImage."""
    return read_pyramid([InstanceHeader(key, _dataset(tags), UID(syntax)) for key, tags, syntax in parts])


def read_single(key: str, tags: bytes, syntax: str, frame: int) -> SlidePyramid:
    """One frame of an image as a pyramid. Raises UnreadableImage."""
    return frame_pyramid(InstanceHeader(key, _dataset(tags), UID(syntax)), frame=frame)


def read_tags(tags: bytes) -> Dataset:
    """The header that Orthanc's JSON tells of."""
    return _dataset(tags)


def _dataset(tags: bytes) -> Dataset:
    return dataset_of_tags(cast("Mapping[str, object]", json.loads(tags)))


def _headers(series: SeriesTags) -> list[InstanceHeader]:
    shared = None if series.shared is None else _dataset(series.shared)
    return [
        InstanceHeader(
            each.key,
            _dataset(each.tags) if each.tags is not None else with_own_tags(shared or Dataset(), each.own),
            _UNKNOWN,
        )
        for each in series.instances
    ]


def _single_images(series: SeriesTags, headers: Sequence[InstanceHeader]) -> Iterator[FoundImage]:
    for instance, header in zip(series.instances, headers, strict=True):
        if not is_image(header.dataset):
            continue
        with suppress(UnreadableImage):  # the others of the series are shown
            layout = read_layout(header.dataset)
            refuse_absent_frames(layout, file_bytes=instance.file_bytes)
            name = f"{series.title} {known_text(header.dataset, 'InstanceNumber')}".strip() + ".dcm"
            pyramid = frame_pyramid(header, frame=0)
            yield _found(series, header.key, name, pyramid, header.dataset, frames=layout.frames)


def _found(
    series: SeriesTags, instance: str | None, name: str, pyramid: SlidePyramid, dataset: Dataset, *, frames: int
) -> FoundImage:
    layout = pyramid.base_image.layout
    return FoundImage(
        series=series.series,
        instance=instance,
        name=name,
        width=pyramid.width_px,
        height=pyramid.height_px,
        frames=frames,
        levels=len(pyramid.levels),
        spacing_um=pyramid.spacing_um,
        bits=layout.bits_stored,
        samples=layout.samples,
        photometric=layout.photometric,
        magnification=_magnification(dataset),
        stored_instances=len(series.instances),
    )


def _magnification(dataset: Dataset) -> int | None:
    for path in items_of(dataset, "OpticalPathSequence"):
        power = known_number(path, "ObjectiveLensPower")
        if power is not None and 0 < power < _STRONGEST_LENS:
            return round(power)
    return None
