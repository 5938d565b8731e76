"""What DICOM objects made from annotations have in common: their maker, their place, the codes of classes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import UID

from ophtha_core.annotations.classes import DrawnClass
from ophtha_core.dicom.derived_header import MAY_BE_EMPTY, frame_of_reference_of
from ophtha_core.errors import InvalidInput

MODEL_NAME: Final = "Annotation export"
CATEGORY: Final = Code("91723000", "SCT", "Anatomical Structure")
_PRIVATE_SCHEME: Final = "99OPHTHA"
_CODE_LENGTH: Final = 16
_MEANING_LENGTH: Final = 64


@dataclass(frozen=True)
class ObjectIdentity:
    """Identifiers of a new object, given by the caller so that making it twice makes the same object."""

    series_instance_uid: UID
    sop_instance_uid: UID
    series_number: int


def completed(source: Dataset) -> Dataset:
    """A source header with what highdicom asks for beside the attributes that are always there.

    Patient and study attributes may be empty; a slide without a stated place lies at the origin, unrotated.
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
    return whole


def code_of(drawn: DrawnClass) -> Code:
    """A private code whose meaning is the name of the class."""
    return Code(f"CLASS-{drawn.value}"[:_CODE_LENGTH], _PRIVATE_SCHEME, drawn.name[:_MEANING_LENGTH])


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
