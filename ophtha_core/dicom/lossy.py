"""Encode one frame with a loss that a quality from 1 to 100 bounds, alike in every coding.

The quality is JPEG's own. Codings that take an error instead get one that is as visible: 100 is half a thousandth of
the span of the frame's values (root mean square), 90 a thousandth, 50 two hundredths.
"""

import math
from typing import Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.dicom.syntax import Coding
from ophtha_core.errors import UnreadableImage

DEFAULT_QUALITY: Final = 90
"""Orthanc's own."""

_QUALITY_PER_DECADE: Final = 30.0
_STEPS_PER_ERROR: Final = 2.0
"""Quantisation step of HTJ2K whose error stays below one, in units of the error."""
_LARGEST_NEAR: Final = 255
_ROUNDING_MARGIN: Final = 8.0
"""Errors this many times the root mean square do not occur."""

Values = NDArray[np.generic]


def encode_lossy(values: Values, coding: Coding, layout: PixelLayout, *, quality: int) -> bytes:
    """Encode sample values (rows x columns x samples, signed where the layout is). RGB is converted as each coding
    prescribes (JPEG: half-width chroma). Raises UnreadableImage when the codec refuses."""
    samples = np.ascontiguousarray(values[:, :, 0] if layout.samples == 1 else values)
    try:
        match coding:
            case Coding.JPEG:
                return _jpeg(samples, layout, quality)
            case Coding.JPEG_LS:
                return _jpeg_ls(samples, layout, quality)
            case Coding.JPEG_2000:
                return _jpeg_2000(samples, layout, quality)
            case Coding.HTJ2K:
                return _htj2k(samples, layout, quality)
            case _:
                raise UnreadableImage(f"{coding.name} has no lossy form")
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise UnreadableImage(f"a frame cannot be encoded as {coding.name}") from error


def _jpeg(samples: Values, layout: PixelLayout, quality: int) -> bytes:
    bits = 8 if layout.bits_stored <= 8 else 12
    samples = samples.astype(np.uint8 if bits == 8 else np.uint16, copy=False)
    if layout.samples == 1:
        return bytes(imagecodecs.jpeg8_encode(samples, level=quality, bitspersample=bits))
    return bytes(
        imagecodecs.jpeg8_encode(
            samples, level=quality, bitspersample=bits, colorspace="RGB", outcolorspace="YCBCR", subsampling="422"
        )
    )


def _jpeg_ls(samples: Values, layout: PixelLayout, quality: int) -> bytes:
    near = min(max(round(_error(samples, quality) * math.sqrt(3)), 1), _LARGEST_NEAR)
    kept = _away_from_the_ends(samples, layout, near)
    return bytes(imagecodecs.jpegls_encode(kept.view(f"u{kept.dtype.itemsize}"), level=near))


def _jpeg_2000(samples: Values, layout: PixelLayout, quality: int) -> bytes:
    decibels = math.ceil(20 * math.log10(2**layout.bits_stored / _error(samples, quality)))
    return bytes(
        imagecodecs.jpeg2k_encode(
            samples,
            level=decibels,
            codecformat="j2k",
            reversible=False,
            mct=layout.photometric == "RGB",
            bitspersample=layout.bits_stored,
        )
    )


def _htj2k(samples: Values, layout: PixelLayout, quality: int) -> bytes:
    error = _error(samples, quality)
    kept = _away_from_the_ends(samples, layout, math.ceil(_ROUNDING_MARGIN * error))
    # The encoder takes the precision from the array type, and the step as a part of its range.
    step = _STEPS_PER_ERROR * error / 2 ** (8 * samples.dtype.itemsize)
    return bytes(
        imagecodecs.htj2k_encode(kept, level=step, reversible=False, rgb=layout.photometric == "RGB", tlm=True)
    )


def _error(samples: Values, quality: int) -> float:
    """Root mean square error to aim at; never 0."""
    span = int(samples.max()) - int(samples.min())
    return max(span, 1) * 10 ** (-quality / _QUALITY_PER_DECADE)


def _away_from_the_ends(samples: Values, layout: PixelLayout, margin: int) -> Values:
    """Samples that an error of ``margin`` does not carry beyond BitsStored, where the codec's own range is wider."""
    if layout.bits_stored == 8 * samples.dtype.itemsize:
        return samples
    lowest, highest = layout.value_range
    return np.clip(samples, lowest + margin if lowest else 0, highest - margin).astype(samples.dtype)
