"""Height Map Segmentation (PS3.3 A.91, C.8.20.5): surfaces of retinal layers over the B-scans of a volume.

One frame for each surface, one row for each frame of the source, one column for each of its columns. A pixel is the
distance of the surface from the top of the source's pixel matrix in rows (PS3.17 CCCCC): 0 is the upper edge of the
first row, Rows the lower edge of the last. Outlines count from the centre of the first row, half a pixel below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code
from pydicom.uid import UID

from ophtha_core.dicom.derived_header import MANUFACTURER, derived_uid
from ophtha_core.dicom.reading import (
    integer_of,
    items_of,
    known_integer,
    known_numbers,
    known_text,
    unreadable,
)
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.codes import RETINA, SIDES, SOURCE_IMAGE
from ophtha_core.oct.dicom.header import codes, derived_identity, derived_object
from ophtha_core.oct.dicom.planes import volume_planes
from ophtha_core.oct.dicom.surface_codes import SURFACE_CODES, segment_surface
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.layer_surfaces import LayerSurfaces, Surface

Floats = NDArray[np.float64]

HEIGHT_MAP_STORAGE: Final = UID("1.2.840.10008.5.1.4.1.1.66.8")
"""pydicom 3.0 does not name it yet."""
SERIES_NUMBER: Final = 9104
HALF_ROW: Final = 0.5
"""From the upper edge of the first row to its centre."""
_UNDEFINED: Final = -1.0
_STRUCTURE: Final = Code("91723000", "SCT", "Anatomical Structure")
_SEGMENTATION: Final = Code("113076", "DCM", "Segmentation")
_ARTIFICIAL_INTELLIGENCE: Final = Code("123110", "DCM", "Artificial Intelligence")
_LARGEST_VALUES: Final = 2**26


class AlgorithmType(StrEnum):
    """Segment Algorithm Type (0062,0008)."""

    AUTOMATIC = "AUTOMATIC"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"
    MANUAL = "MANUAL"


@dataclass(frozen=True, kw_only=True)
class SegmentationSource:
    """Who or what found surfaces; ``algorithm`` and ``version`` are empty where a person drew them."""

    kind: AlgorithmType
    algorithm: str = ""
    version: str = ""


GIVEN_BY_CALLER: Final = SegmentationSource(
    kind=AlgorithmType.AUTOMATIC, algorithm="Segmentation given by the caller", version="unknown"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class HeightMap:
    """A stored segmentation: rows of each surface as DICOM counts them, and the source frame of each of its rows.

    ``surfaces`` have shape (rows, columns), NaN where undefined; ``sources`` are (SOP Instance UID, frame from 0), or
    one UID whose frames are meant in their order. ``made_at`` is date and time as DICOM writes them.
    """

    sop_instance_uid: str
    surfaces: Mapping[str, Floats]
    sources: tuple[tuple[str, int], ...]
    made_by: SegmentationSource
    is_ours: bool
    made_at: str

    @property
    def source_uids(self) -> frozenset[str]:
        """Images that the surfaces lie in."""
        return frozenset(uid for uid, _ in self.sources)

    def on(self, volume: OctVolume) -> LayerSurfaces:
        """The surfaces on the B-scans of a volume, in its order. Raises InvalidInput (`layers`) for another one."""
        geometry = volume.geometry
        places = {place: row for row, place in enumerate(self.sources)}
        rows = [places.get((str(each.source.SOPInstanceUID), each.frame), -1) for each in volume.bscans]
        if max(rows) < 0:
            raise InvalidInput("layers", "the height map was made from another volume")
        found = {}
        for name, values in self.surfaces.items():
            if values.shape[1] != geometry.columns:
                raise InvalidInput(
                    "layers", f"the height map has {values.shape[1]} columns, the volume {geometry.columns}"
                )
            padded = np.vstack([values, np.full((1, geometry.columns), np.nan)])[rows]
            inside = (padded >= 0) & (padded <= geometry.rows)
            found[name] = np.where(inside, padded - HALF_ROW, np.nan)
        return LayerSurfaces(surfaces=found, width=geometry.columns, height=geometry.rows)


def read_height_map(dataset: Dataset) -> HeightMap:
    """What a Height Map Segmentation holds. Raises UnreadableImage where it contradicts itself."""
    values = _values(dataset)
    segments = {known_integer(each, "SegmentNumber"): each for each in items_of(dataset, "SegmentSequence")}
    numbers = [_segment_number(dataset, frame) for frame in range(len(values))]
    named: list[tuple[str, Surface | None, Floats]] = []
    for number, rows in zip(numbers, values, strict=True):
        surface, label = segment_surface(segments.get(number) or Dataset())
        named.append((str(surface or label), surface, rows))
    first = segments.get(numbers[0]) or Dataset()
    return HeightMap(
        sop_instance_uid=known_text(dataset, "SOPInstanceUID"),
        surfaces=_in_order(named),
        sources=_sources(dataset, rows=values.shape[1]),
        made_by=_made_by(first),
        is_ours=known_text(dataset, "Manufacturer") == MANUFACTURER,
        made_at=known_text(dataset, "ContentDate") + known_text(dataset, "ContentTime"),
    )


def write_height_map(
    volume: OctVolume, layers: LayerSurfaces, *, made_by: SegmentationSource, instance_number: int = 1
) -> Dataset:
    """The coded surfaces of a volume as one object of its study.

    Raises InvalidInput (`layers`) where no surface has a code.
    """
    surfaces = {surface: layers.surfaces[surface] for surface in Surface if surface in layers.surfaces}
    if not surfaces:
        raise InvalidInput("layers", "no surface has a code: there is nothing to store")
    stack = np.stack(list(surfaces.values())) + HALF_ROW
    stored = np.where(np.isfinite(stack), stack, _UNDEFINED).astype("<f4")
    content = [repr((made_by, [str(each) for each in surfaces])).encode(), stored.tobytes()]
    identity = derived_identity(
        volume, kind="HEIGHTMAP", content=content, series_number=SERIES_NUMBER, instance_number=instance_number
    )
    image = derived_object(volume, sop_class=HEIGHT_MAP_STORAGE, modality="SEG", identity=identity)
    image.SeriesDescription = "Retinal surfaces (research)"
    _segmentation_module(image, volume, list(surfaces), made_by=made_by)
    _frames(image, volume, list(surfaces))
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.NumberOfFrames, image.Rows, image.Columns = stored.shape
    image.BitsAllocated = 32
    image.FloatPixelPaddingValue = _UNDEFINED
    image.FloatPixelData = stored.tobytes()
    return image


def _values(dataset: Dataset) -> Floats:
    rows, columns = integer_of(dataset, "Rows"), integer_of(dataset, "Columns")
    frames = known_integer(dataset, "NumberOfFrames") or 1
    if not rows or not columns or min(rows, columns, frames) < 1 or rows * columns * frames > _LARGEST_VALUES:
        raise UnreadableImage("the height map says of itself no size that can be")
    with unreadable("FloatPixelData"):
        stored = np.frombuffer(dataset.FloatPixelData, dtype="<f4", count=frames * rows * columns)
    values = stored.reshape(frames, rows, columns).astype(np.float64)
    padding = known_numbers(dataset, "FloatPixelPaddingValue", count=1)
    if padding is not None:
        values[values == padding[0]] = np.nan
    return values


def _segment_number(dataset: Dataset, frame: int) -> int:
    """Of a frame; of one that does not say it, its place."""
    for groups in _groups(dataset, frame):
        for item in items_of(groups, "SegmentIdentificationSequence"):
            number = known_integer(item, "ReferencedSegmentNumber")
            if number is not None:
                return number
    return frame + 1


def _groups(dataset: Dataset, frame: int) -> list[Dataset]:
    per_frame = items_of(dataset, "PerFrameFunctionalGroupsSequence")[frame : frame + 1]
    return [*per_frame, *items_of(dataset, "SharedFunctionalGroupsSequence")[:1]]


def _sources(dataset: Dataset, *, rows: int) -> tuple[tuple[str, int], ...]:
    """Source frame of each row: as numbered, else the frames of one image in their order."""
    images = [
        image
        for groups in _groups(dataset, 0)
        for derivation in items_of(groups, "DerivationImageSequence")
        for image in items_of(derivation, "SourceImageSequence")
    ]
    places: list[tuple[str, int]] = []
    for image in images:
        uid = known_text(image, "ReferencedSOPInstanceUID")
        numbers = _frame_numbers(image)
        if numbers is None:
            numbers = list(range(1, rows + 1)) if len(images) == 1 else [1]
        places += [(uid, number - 1) for number in numbers]
    if len(places) != rows:
        raise UnreadableImage(f"the height map has {rows} rows and names {len(places)} source frames")
    return tuple(places)


def _frame_numbers(image: Dataset) -> list[int] | None:
    if "ReferencedFrameNumber" not in image:
        return None
    with unreadable("ReferencedFrameNumber"):
        said = image.ReferencedFrameNumber
        return [int(each) for each in (said if isinstance(said, MultiValue) else [said])]


def _in_order(named: Sequence[tuple[str, Surface | None, Floats]]) -> dict[str, Floats]:
    """Coded surfaces in anatomical order, the others among them by their median depth."""
    order = list(Surface)
    coded = sorted(((s, rows) for _, s, rows in named if s is not None), key=lambda entry: order.index(entry[0]))
    found = [(str(surface), rows) for surface, rows in coded]
    for name, surface, rows in named:
        if surface is None:
            depth = _median(rows)
            place = next((i for i, (_, other) in enumerate(found) if _median(other) > depth), len(found))
            found.insert(place, (name, rows))
    return dict(found)


def _median(rows: Floats) -> float:
    return float(np.nanmedian(rows)) if np.isfinite(rows).any() else float("inf")


def _made_by(segment: Dataset) -> SegmentationSource:
    kind = known_text(segment, "SegmentAlgorithmType")
    algorithms = items_of(segment, "SegmentationAlgorithmIdentificationSequence")
    return SegmentationSource(
        kind=AlgorithmType(kind) if kind in list(AlgorithmType) else AlgorithmType.AUTOMATIC,
        algorithm=known_text(segment, "SegmentAlgorithmName"),
        version=known_text(algorithms[0], "AlgorithmVersion") if algorithms else "",
    )


def _segmentation_module(
    image: Dataset, volume: OctVolume, surfaces: Sequence[Surface], *, made_by: SegmentationSource
) -> None:
    image.ImageType = ["DERIVED", "PRIMARY"]
    image.ContentLabel = "SURFACES"
    image.ContentDescription = "Surfaces of retinal layers (research)"
    image.ContentCreatorName = None
    image.SegmentationType = "HEIGHTMAP"
    image.FrameOfReferenceUID = volume_planes(volume).frame_of_reference_uid
    image.PositionReferenceIndicator = ""
    image.BurnedInAnnotation = "NO"
    image.LossyImageCompression = "00"
    image.PresentationLUTShape = "IDENTITY"
    image.AcquisitionContextSequence = DicomSequence()
    image.SegmentSequence = DicomSequence(
        [_segment(number, surface, volume, made_by) for number, surface in enumerate(surfaces, start=1)]
    )


def _segment(number: int, surface: Surface, volume: OctVolume, made_by: SegmentationSource) -> Dataset:
    segment = Dataset()
    segment.SegmentNumber = number
    segment.SegmentLabel = surface.value
    segment.SegmentedPropertyCategoryCodeSequence = codes(_STRUCTURE)
    segment.SegmentedPropertyTypeCodeSequence = codes(SURFACE_CODES[surface])
    segment.AnatomicRegionSequence = codes(RETINA)
    if volume.geometry.laterality is not None:
        region = segment.AnatomicRegionSequence[0]
        region.AnatomicRegionModifierSequence = codes(SIDES[volume.geometry.laterality])
    segment.SegmentAlgorithmType = made_by.kind.value
    if made_by.kind is not AlgorithmType.MANUAL:
        segment.SegmentAlgorithmName = made_by.algorithm
        algorithm = Dataset()
        algorithm.AlgorithmFamilyCodeSequence = codes(_ARTIFICIAL_INTELLIGENCE)
        algorithm.AlgorithmName = made_by.algorithm
        algorithm.AlgorithmVersion = made_by.version
        segment.SegmentationAlgorithmIdentificationSequence = DicomSequence([algorithm])
    return segment


def _frames(image: Dataset, volume: OctVolume, surfaces: Sequence[Surface]) -> None:
    organization = Dataset()
    organization.DimensionOrganizationUID = derived_uid(f"dimensions {image.SOPInstanceUID}")
    image.DimensionOrganizationSequence = DicomSequence([organization])
    index = Dataset()
    index.DimensionOrganizationUID = organization.DimensionOrganizationUID
    index.DimensionIndexPointer, index.FunctionalGroupPointer = 0x0062000B, 0x0062000A
    image.DimensionIndexSequence = DicomSequence([index])
    shared = Dataset()
    shared.DerivationImageSequence = DicomSequence([_derivation(volume)])
    image.SharedFunctionalGroupsSequence = DicomSequence([shared])
    image.PerFrameFunctionalGroupsSequence = DicomSequence([_frame(number) for number in range(1, len(surfaces) + 1)])


def _frame(number: int) -> Dataset:
    identification, content, groups = Dataset(), Dataset(), Dataset()
    identification.ReferencedSegmentNumber = number
    content.DimensionIndexValues = [number]
    groups.SegmentIdentificationSequence = DicomSequence([identification])
    groups.FrameContentSequence = DicomSequence([content])
    return groups


def _derivation(volume: OctVolume) -> Dataset:
    """The source of each row, by its frame number."""
    derivation = Dataset()
    derivation.DerivationCodeSequence = codes(_SEGMENTATION)
    images = []
    for uid, bscans in groupby(volume.bscans, key=lambda bscan: str(bscan.source.SOPInstanceUID)):
        image, frames = Dataset(), list(bscans)
        image.ReferencedSOPClassUID = frames[0].source.SOPClassUID
        image.ReferencedSOPInstanceUID = uid
        image.ReferencedFrameNumber = [bscan.frame + 1 for bscan in frames]
        image.PurposeOfReferenceCodeSequence = codes(SOURCE_IMAGE)
        images.append(image)
    derivation.SourceImageSequence = DicomSequence(images)
    return derivation
