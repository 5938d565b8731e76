"""Transfer syntaxes, by what can be done with their pixels (PS3.5 section 10, PS3.6 annex A)."""

from enum import Enum, auto
from typing import Final

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from ophtha_core.errors import UnreadableImage


class Coding(Enum):
    """How frames are coded."""

    NATIVE = auto()
    JPEG = auto()
    JPEG_LOSSLESS = auto()
    JPEG_LS = auto()
    JPEG_2000 = auto()
    HTJ2K = auto()
    RLE = auto()


_SPECTRAL_SELECTION: Final = UID("1.2.840.10008.1.2.4.53")
_FULL_PROGRESSION: Final = UID("1.2.840.10008.1.2.4.55")
_RETIRED: Final = {_SPECTRAL_SELECTION, _FULL_PROGRESSION}
"""Progressive JPEG: old archives hold it, nobody writes it any more."""

_CODINGS: Final = {
    ImplicitVRLittleEndian: Coding.NATIVE,
    ExplicitVRLittleEndian: Coding.NATIVE,
    ExplicitVRBigEndian: Coding.NATIVE,
    DeflatedExplicitVRLittleEndian: Coding.NATIVE,
    JPEGBaseline8Bit: Coding.JPEG,
    JPEGExtended12Bit: Coding.JPEG,
    _SPECTRAL_SELECTION: Coding.JPEG,
    _FULL_PROGRESSION: Coding.JPEG,
    JPEGLossless: Coding.JPEG_LOSSLESS,
    JPEGLosslessSV1: Coding.JPEG_LOSSLESS,
    JPEGLSLossless: Coding.JPEG_LS,
    JPEGLSNearLossless: Coding.JPEG_LS,
    JPEG2000Lossless: Coding.JPEG_2000,
    JPEG2000: Coding.JPEG_2000,
    HTJ2KLossless: Coding.HTJ2K,
    HTJ2KLosslessRPCL: Coding.HTJ2K,
    HTJ2K: Coding.HTJ2K,
    RLELossless: Coding.RLE,
}
_MAY_BE_LOSSY: Final = {JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000, HTJ2K, *_RETIRED}
_ALWAYS_LOSSY: Final = {JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, *_RETIRED}
"""The others may hold lossless frames as well."""
_VIDEO_NUMBERS: Final = range(100, 109)


def coding_of(syntax: UID) -> Coding:
    """Raises UnreadableImage for video, and for a transfer syntax without a codec."""
    coding = _CODINGS.get(syntax)
    if coding is not None:
        return coding
    if _is_video(syntax):
        raise UnreadableImage(f"video ({syntax.name}) cannot be masked")
    raise UnreadableImage(f"no codec for transfer syntax {syntax}")


def keeps_syntax(syntax: UID) -> bool:
    """Whether changed pixels can be stored in this syntax again without loss."""
    return syntax not in _MAY_BE_LOSSY


def is_always_lossy(syntax: UID) -> bool:
    """Whether every image in this syntax has lost something."""
    return syntax in _ALWAYS_LOSSY


def is_written(syntax: UID) -> bool:
    """Whether pixels can be encoded in this syntax at all; whether those of an image fit is another question."""
    return syntax in _CODINGS and syntax not in _RETIRED


def _is_video(syntax: UID) -> bool:
    prefix, _, last = syntax.removesuffix(".1").rpartition(".")
    return prefix == "1.2.840.10008.1.2.4" and last.isdecimal() and int(last) in _VIDEO_NUMBERS
