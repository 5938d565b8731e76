"""What readers make of the files of an OCT examination."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import OphthalmicThicknessMapStorage, OphthalmicTomographyImageStorage

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.reading import items_of, known_text, read_dataset
from ophtha_core.dicom.wellformed import well_formed
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.bscans import BScan, bscans_of
from ophtha_core.oct.dicom.codes import RetinalThickness
from ophtha_core.oct.dicom.geometry import in_spatial_order
from ophtha_core.oct.dicom.height_map import HEIGHT_MAP_STORAGE, HeightMap, read_height_map
from ophtha_core.oct.dicom.patterns import PatternScan
from ophtha_core.oct.dicom.thickness_map import measured_thickness, read_thickness_map
from ophtha_core.oct.dicom.volume import OctVolume, read_oct_scan, read_oct_volume
from ophtha_core.oct.thickness import ThicknessMap
from ophtha_core.oct.vessel_map import projection

_MODALITIES: Final = frozenset({"OPT", "OP", "OT", "OCT", "SC", "XC"})
"""What devices call a B-scan; a legacy series names no SOP class of its own."""
_DERIVED: Final = frozenset({"SEG", "OPM"})
_IDENTITY: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")


@dataclass(frozen=True, kw_only=True, eq=False)
class ProjectedImage:
    """Header of an image, and the mean along depth of each of its frames, shape (frames, columns).

    ``projection`` is None where the frames cannot be decoded, for the ``reason``: a fundus image need not be.
    """

    header: Dataset
    projection: NDArray[np.float64] | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredMap:
    """A thickness map; ``made_at`` is date and time as DICOM writes them."""

    measured: RetinalThickness
    thickness: ThicknessMap
    sources: frozenset[str]
    made_at: str


@dataclass(frozen=True, kw_only=True, eq=False)
class MapSearch:
    """One object of those among which a map is looked for; ``map`` is None where it is none."""

    sop_instance_uid: str
    map: StoredMap | None


def read_header(dicom: bytes) -> Dataset:
    """The well-formed part of a header. Raises UnreadableImage where it does not say which object it is."""
    return _identified(read_dataset(dicom, headers_only=True))


def read_projected(dicom: bytes) -> ProjectedImage | None:
    """Header and projection of an image; None of an object without pixels. Raises UnreadableImage."""
    dataset = read_dataset(dicom)
    header = _identified(dataset)
    if not is_image(header):
        return None
    try:
        frames = ImageFrames.of(dataset)
        means = projection(map(frames.grey, range(frames.layout.frames)))
    except UnreadableImage as error:
        return ProjectedImage(header=header, projection=None, reason=str(error))
    return ProjectedImage(header=header, projection=means)


def read_map(dicom: bytes) -> MapSearch:
    """The thickness map that a file holds, if it holds one. Raises UnreadableImage."""
    dataset = read_dataset(dicom)
    found = None
    if known_text(dataset, "SOPClassUID") == OphthalmicThicknessMapStorage:
        found = StoredMap(
            measured=measured_thickness(dataset),
            thickness=read_thickness_map(dataset),
            sources=frozenset(
                known_text(item, "ReferencedSOPInstanceUID") for item in items_of(dataset, "SourceImageSequence")
            ),
            made_at=known_text(dataset, "ContentDate") + known_text(dataset, "ContentTime"),
        )
    return MapSearch(sop_instance_uid=known_text(dataset, "SOPInstanceUID"), map=found)


def read_bscan(dicom: bytes, frame: int) -> NDArray[np.uint8]:
    """One frame as grey values 0 .. 255, its darkest and its brightest percent at the ends. Raises UnreadableImage."""
    grey = ImageFrames.of(read_dataset(dicom)).grey(frame)
    low, high = np.percentile(grey, (1, 99))
    return np.asarray(np.clip((grey - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8))


def read_layers(dicom: bytes) -> HeightMap | None:
    """The surfaces that a file holds, if it is a height map. Raises UnreadableImage where it contradicts itself."""
    dataset = read_dataset(dicom)
    return read_height_map(dataset) if known_text(dataset, "SOPClassUID") == HEIGHT_MAP_STORAGE else None


def open_volume(headers: Sequence[Dataset], localizers: Mapping[str, Dataset]) -> OctVolume:
    """The volume that images make. Raises InvalidInput naming what makes them none."""
    images = [header for header in headers if is_image(header)]
    if not images:
        raise InvalidInput("SOPClassUID", "there is no image")
    for image in images:
        _require_oct(image)
    return read_oct_volume(images, localizers=localizers)


def open_scan(headers: Sequence[Dataset], localizers: Mapping[str, Dataset]) -> OctVolume | PatternScan:
    """A volume, or a circle or star where frame locations make one. Raises InvalidInput as `open_volume` does."""
    images = [header for header in headers if is_image(header)]
    if not images:
        raise InvalidInput("SOPClassUID", "there is no image")
    for image in images:
        _require_oct(image)
    return read_oct_scan(images, localizers=localizers)


def open_bscans(headers: Sequence[Dataset]) -> tuple[BScan, ...]:
    """The B-scans in their order, whatever their geometry. Raises InvalidInput."""
    return in_spatial_order(bscans_of(headers))


def is_image(dataset: Dataset) -> bool:
    """Objects with pixels of their own; a series may hold presentation states, reports and what was derived besides."""
    return "Rows" in dataset and "Columns" in dataset and known_text(dataset, "Modality") not in _DERIVED


def _identified(dataset: Dataset) -> Dataset:
    header = well_formed(dataset)
    for keyword in _IDENTITY:
        if not known_text(header, keyword):
            raise UnreadableImage(f"{keyword} is missing")
    return header


def _require_oct(image: Dataset) -> None:
    if image.SOPClassUID == OphthalmicTomographyImageStorage:
        return
    if (known_text(image, "Modality") or "OT") not in _MODALITIES:
        raise InvalidInput("Modality", "the image is no optical coherence tomography of the eye")
