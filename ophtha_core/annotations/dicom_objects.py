"""What DICOM objects made from annotations have in common: their maker, their place, the codes of classes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import UID

from ophtha_core.annotations.classes import UNLABELLED, DrawnClass
from ophtha_core.dicom.derived_header import MAY_BE_EMPTY, frame_of_reference_of
from ophtha_core.dicom.reading import items_of, known_integer, known_number
from ophtha_core.errors import InvalidInput

MODEL_NAME: Final = "Annotation export"
CATEGORY: Final = Code("91723000", "SCT", "Anatomical Structure")
_OTHER: Final = Code("74964007", "SCT", "Other")
_PRIVATE_SCHEME: Final = "99OPHTHA"
_CODE_LENGTH: Final = 16
_MEANING_LENGTH: Final = 64
_UM_PER_MM: Final = 1000.0
_UNKNOWN_THICKNESS_MM: Final = 0.001
"""Of slides that say nothing of it: attributes of type 1C must have a value."""


@dataclass(frozen=True)
class ObjectIdentity:
    """Identifiers of a new object, given by the caller so that making it twice makes the same object."""

    series_instance_uid: UID
    sop_instance_uid: UID
    series_number: int


def completed(source: Dataset) -> Dataset:
    """A source header with what highdicom asks for beside the attributes that are always there.

    Patient and study attributes may be empty; a slide without a stated place lies at the origin, unrotated. Pixel
    size and thickness that are not stated follow from the imaged volume.
    """
    whole = Dataset()
    whole.update(source)
    for keyword in MAY_BE_EMPTY:
        if keyword not in whole:
            setattr(whole, keyword, None)
    if "TotalPixelMatrixColumns" not in whole:
        return whole
    if "ImageOrientationSlide" not in whole:
        whole.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    if not whole.get("TotalPixelMatrixOriginSequence"):
        origin = Dataset()
        origin.XOffsetInSlideCoordinateSystem = origin.YOffsetInSlideCoordinateSystem = 0
        whole.TotalPixelMatrixOriginSequence = [origin]
    if "FrameOfReferenceUID" not in whole:
        whole.FrameOfReferenceUID = frame_of_reference_of(whole)
    whole.SharedFunctionalGroupsSequence = [_measured(whole)]
    return whole


def _measured(source: Dataset) -> Dataset:
    """The shared functional groups of a slide with all that pixel measures need (PS3.3 C.7.6.16.2.1)."""
    shared = Dataset()
    for group in items_of(source, "SharedFunctionalGroupsSequence")[:1]:
        shared.update(group)
    measures = Dataset()
    for stated in _stated_measures(source, shared):
        measures.update(stated)
    if "PixelSpacing" not in measures:
        spacing = _spacing_mm(source)
        if spacing is None:
            raise InvalidInput("image", "has no PixelSpacing, which the DICOM object needs")
        measures.PixelSpacing = list(spacing)
    if not known_number(measures, "SliceThickness"):
        measures.SliceThickness = _thickness_mm(source, measures)
    shared.PixelMeasuresSequence = [measures]
    return shared


def _stated_measures(source: Dataset, shared: Dataset) -> list[Dataset]:
    of_frames = items_of(source, "PerFrameFunctionalGroupsSequence")[:1]
    return [each for group in (shared, *of_frames) for each in items_of(group, "PixelMeasuresSequence")][:1]


def _spacing_mm(source: Dataset) -> tuple[float, float] | None:
    """Row and column spacing from the imaged volume (mm) and the total pixel matrix."""
    height, width = (known_number(source, f"ImagedVolume{side}") for side in ("Height", "Width"))
    rows, columns = (known_integer(source, f"TotalPixelMatrix{side}") for side in ("Rows", "Columns"))
    if not (height and width and rows and columns):
        return None
    return _decimal(height / rows), _decimal(width / columns)


def _decimal(value: float) -> float:
    """As many digits as the imaged volume has (FL), few enough for a decimal string."""
    return float(f"{value:.7g}")


def _thickness_mm(source: Dataset, measures: Dataset) -> float:
    depth_um = known_number(source, "ImagedVolumeDepth")
    if depth_um is not None and depth_um > 0:
        return _decimal(depth_um / _UM_PER_MM)
    between_mm = known_number(measures, "SpacingBetweenSlices")
    return between_mm if between_mm is not None and between_mm > 0 else _UNKNOWN_THICKNESS_MM


def label_of(drawn: DrawnClass) -> str:
    """The name of a class as a text of at most 64 characters; a backslash would separate two (PS3.5 section 6.2)."""
    readable = (character if character.isprintable() and character != "\\" else "/" for character in drawn.name)
    return "".join(readable).strip()[:_MEANING_LENGTH] or f"Class {drawn.value}"


def code_of(drawn: DrawnClass) -> Code:
    """A private code whose meaning is the name of the class; a standard one for annotations without a class."""
    if drawn.name == UNLABELLED:
        return _OTHER
    return Code(f"CLASS-{drawn.value}"[:_CODE_LENGTH], _PRIVATE_SCHEME, label_of(drawn))


@contextmanager
def needing(source: Dataset) -> Iterator[None]:
    """Turn what highdicom misses in the source image into InvalidInput naming the attribute."""
    try:
        yield
    except AttributeError as error:
        missing = str(error).rpartition("attribute ")[2].strip("'\"") or "an attribute"
        raise InvalidInput("image", f"has no {missing}, which the DICOM object needs") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("image", "has a header that the DICOM object cannot refer to") from error
