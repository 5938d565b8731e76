"""What DICOM objects made from annotations have in common: their maker, their place, the codes of classes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from highdicom.color import CIELabColor
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import UID, generate_uid

from ophtha_core.annotations.classes import DrawnClass
from ophtha_core.errors import InvalidInput

MANUFACTURER: Final = "Ophtha"
MODEL_NAME: Final = "Annotation export"
SERIAL_NUMBER: Final = "1"
CATEGORY: Final = Code("91723000", "SCT", "Anatomical Structure")
_PRIVATE_SCHEME: Final = "99OPHTHA"
_CODE_LENGTH: Final = 16
_MEANING_LENGTH: Final = 64


_MAY_BE_EMPTY: Final = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)


@dataclass(frozen=True)
class ObjectIdentity:
    """Identifiers of a new object, given by the caller so that making it twice makes the same object."""

    series_instance_uid: UID
    sop_instance_uid: UID
    series_number: int
    software_version: str


def completed(source: Dataset) -> Dataset:
    """A source header with what highdicom asks for beside the attributes that are always there.

    Patient and study attributes may be empty; a slide without a stated place lies at the origin, unrotated.
    """
    whole = Dataset()
    whole.update(source)
    for keyword in _MAY_BE_EMPTY:
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
        whole.FrameOfReferenceUID = generate_uid(entropy_srcs=[str(whole.SeriesInstanceUID), "frame of reference"])
    return whole


def code_of(drawn: DrawnClass) -> Code:
    """A private code whose meaning is the name of the class."""
    return Code(f"CLASS-{drawn.value}"[:_CODE_LENGTH], _PRIVATE_SCHEME, drawn.name[:_MEANING_LENGTH])


def lab_of(color: str) -> CIELabColor:
    """Colour of ``#rrggbb`` as DICOM recommends it for display (PS3.3 C.10.7.1.1)."""
    red, green, blue = (_linear(each / 255) for each in bytes.fromhex(color.removeprefix("#")))
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (_lab_curve(each) for each in (x, y, z))
    lightness = min(max(116 * fy - 16, 0.0), 100.0)
    return CIELabColor(lightness, _bounded(500 * (fx - fy)), _bounded(200 * (fy - fz)))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _lab_curve(value: float) -> float:
    return float(value ** (1 / 3)) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116


def _bounded(value: float) -> float:
    return min(max(value, -128.0), 127.0)


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
