"""What readers make of Orthanc's JSON of headers: the images of a series, and where their pixels lie."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from pydicom.dataset import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.layout import is_image, read_layout, refuse_absent_frames
from ophtha_core.dicom.reading import items_of, known_number, known_text, known_value
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.header import read_header
from ophtha_core.slides.index import Slide, SlidePyramid
from ophtha_core.slides.pyramid import InstanceHeader, frame_pyramid, is_slide, read_slide
from plugin.service.annotations.orthanc_headers import dataset_of_tags, with_own_tags

_DESCRIBING: Final = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation", "PixelSpacing", "ImagerPixelSpacing",
)  # fmt: skip
_FUNCTIONAL_GROUPS: Final = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_STRONGEST_LENS: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class FoundImage:
    """An image in Orthanc. ``instance`` is None for a slide, which is a whole series. Sizes in pixels.

    One that has a ``fault`` cannot be shown, and may not even have a size.
    """

    series: str
    instance: str | None
    name: str
    width: int | None = None
    height: int | None = None
    depth: int = 1
    duration: int = 1
    channels: int = 1
    levels: int = 0
    spacing_um: tuple[float, float] | None = None
    depth_step_um: float | None = None
    fps: float | None = None
    bits: int | None = None
    samples: int | None = None
    photometric: str | None = None
    magnification: int | None = None
    stored_instances: int
    fault: str | None = None


@dataclass(frozen=True)
class FoundSlide:
    """A slide in Orthanc, with what its headers tell beside its index."""

    slide: Slide
    name: str
    magnification: int | None
    profile: bytes | None
    """Of its colours; empty when there is none, None where that must be asked."""


@dataclass(frozen=True)
class InstanceTags:
    """What Orthanc tells of an instance: JSON of its header, or for large slides the header as it is ``stored``.

    ``own`` is what its index knows. ``tags`` is None where the series shares them.
    """

    key: str
    file_bytes: int
    own: Mapping[str, object]
    tags: bytes | None
    stored: bytes | None = None
    syntax: str = ""


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


def find_images(series: SeriesTags) -> list[FoundImage] | FoundSlide:
    """The images of a series, or the slide that it is; images that cannot be read are left out.

    Raises UnreadableImage for a series that should be a slide and is none.
    """
    headers = _headers(series)
    if not any(is_slide(header.dataset) for header in headers):
        return list(_single_images(series, headers))
    first = next(header.dataset for header in headers if is_slide(header.dataset))
    return FoundSlide(
        read_slide(headers), _slide_name(series.title, first), _magnification(first), _profile(series, first)
    )


def describe_slide(series: str, found: FoundSlide, *, stored_instances: int) -> FoundImage:
    """A slide as one of the images in Orthanc."""
    slide = found.slide
    layout = slide.levels[0].images[0].layout if slide.levels else None
    depths = slide.depths_um
    return FoundImage(
        series=series,
        instance=None,
        name=found.name,
        width=slide.width_px,
        height=slide.height_px,
        depth=max(len(depths), 1),
        channels=max(len(slide.channels), 1),
        levels=len(slide.levels),
        spacing_um=slide.spacing_um,
        depth_step_um=(depths[-1] - depths[0]) / (len(depths) - 1) if len(depths) > 1 else None,
        bits=None if layout is None else layout.bits_stored,
        samples=None if layout is None else layout.samples,
        photometric=None if layout is None else layout.photometric,
        magnification=found.magnification,
        stored_instances=stored_instances,
        fault=slide.fault,
    )


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
    return [_header(each, shared or Dataset()) for each in series.instances]


def _header(instance: InstanceTags, shared: Dataset) -> InstanceHeader:
    if instance.stored is not None:
        header, places = read_header(instance.stored)
        return InstanceHeader(instance.key, header, UID(instance.syntax), places)
    tags = instance.tags
    dataset = _dataset(tags) if tags is not None else with_own_tags(shared, instance.own)
    return InstanceHeader(instance.key, dataset, UID(instance.syntax))


def _profile(series: SeriesTags, dataset: Dataset) -> bytes | None:
    """Orthanc's JSON leaves such values out, stored headers hold them."""
    if any(each.stored is None for each in series.instances):
        return None
    profiles = [known_value(path, "ICCProfile") for path in items_of(dataset, "OpticalPathSequence")]
    return next((each for each in profiles if isinstance(each, bytes)), b"")


def _slide_name(title: str, dataset: Dataset) -> str:
    """What tells slides apart: their container, and what the series is called."""
    container = known_text(dataset, "ContainerIdentifier") or known_text(dataset, "AccessionNumber")
    return (" ".join(dict.fromkeys(filter(None, (container, title)))) or "slide") + ".dcm"


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
    series: SeriesTags, instance: str, name: str, pyramid: SlidePyramid, dataset: Dataset, *, frames: int
) -> FoundImage:
    layout = pyramid.base_image.layout
    is_timed = is_cine(dataset)
    return FoundImage(
        series=series.series,
        instance=instance,
        name=name,
        width=pyramid.width_px,
        height=pyramid.height_px,
        depth=1 if is_timed else frames,
        duration=frames if is_timed else 1,
        levels=len(pyramid.levels),
        spacing_um=pyramid.spacing_um,
        fps=_frames_per_second(dataset) if is_timed else None,
        bits=layout.bits_stored,
        samples=layout.samples,
        photometric=layout.photometric,
        magnification=_magnification(dataset),
        stored_instances=len(series.instances),
    )


def is_cine(dataset: Dataset) -> bool:
    """Whether the frames of an image follow one another in time (PS3.3 C.7.6.5)."""
    timed = ("FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate")
    return any(known_text(dataset, keyword) for keyword in timed)


def _frames_per_second(dataset: Dataset) -> float | None:
    duration_ms = known_number(dataset, "FrameTime")
    if duration_ms is not None and duration_ms > 0:
        return 1000 / duration_ms
    return known_number(dataset, "CineRate") or known_number(dataset, "RecommendedDisplayFrameRate")


def _magnification(dataset: Dataset) -> int | None:
    for path in items_of(dataset, "OpticalPathSequence"):
        power = known_number(path, "ObjectiveLensPower")
        if power is not None and 0 < power < _STRONGEST_LENS:
            return round(power)
    return None
