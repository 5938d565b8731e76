"""Look into DICOM files as another program would, and say what a mask should have made of their pixels."""

import warnings
from io import BytesIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder, pixel_array
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

Pixels = NDArray[np.generic]


def file_of(dataset: FileDataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def parse(dicom: bytes) -> FileDataset:
    return dcmread(BytesIO(dicom))


def syntax_of(dicom: bytes) -> UID:
    return UID(parse(dicom).file_meta.TransferSyntaxUID)


def stored_pixels(dicom: bytes) -> Pixels:
    """Frames x rows x columns x samples, decoded by pydicom or by a codec the product does not use.

    Samples are as stored; those of a lossy syntax are as shown, YBR in RGB.
    """
    dataset = parse(dicom)
    frames = int(dataset.get("NumberOfFrames") or 1)
    shape = frames, dataset.Rows, dataset.Columns, dataset.SamplesPerPixel
    syntax = dataset.file_meta.TransferSyntaxUID
    decode = _DECODERS.get(syntax) if syntax != JPEGExtended12Bit or dataset.BitsStored > 8 else None
    if syntax in (JPEGLSLossless, JPEGLSNearLossless) and not get_decoder(syntax).is_available:
        decode = imagecodecs.jpegls_decode  # no other codec has a wheel for the newest Python
    if decode is None:
        with warnings.catch_warnings(action="ignore"):
            return pixel_array(dataset, raw=syntax not in _LOSSY).reshape(shape)
    pixels = np.stack([decode(frame) for frame in generate_frames(dataset.PixelData, number_of_frames=frames)])
    if dataset.PixelRepresentation == 1 and pixels.dtype.kind == "u":
        unused = 8 * pixels.dtype.itemsize - dataset.BitsStored
        pixels = (pixels << unused).view(f"i{pixels.dtype.itemsize}") >> unused
    return pixels.reshape(shape)


def _htj2k(frame: bytes) -> Pixels:
    pixels = imagecodecs.htj2k_decode(frame)
    # Without a component transform this decoder returns colours plane by plane.
    return np.moveaxis(pixels, 0, 2) if pixels.ndim == 3 and pixels.shape[0] == 3 != pixels.shape[2] else pixels


_LOSSY = {JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000}
_DECODERS = {
    JPEGLossless: imagecodecs.jpegsof3_decode,
    JPEGLosslessSV1: imagecodecs.jpegsof3_decode,
    HTJ2KLossless: _htj2k,
    HTJ2KLosslessRPCL: _htj2k,
    # Lossy coefficients round differently in other decoders, and no other decodes 12-bit JPEG.
    HTJ2K: imagecodecs.jpeg2k_decode,
    JPEGExtended12Bit: imagecodecs.jpeg8_decode,
}


def brute_mean(values: Pixels, width_px: int) -> Pixels:
    """Mean of each window of rows x columns ``values``, one pixel at a time, the border replicated, truncated."""
    rows, columns = values.shape
    result = np.empty_like(values)
    offsets = range(-(width_px // 2), width_px - width_px // 2)
    for row in range(rows):
        for column in range(columns):
            total = 0
            for dy in offsets:
                for dx in offsets:
                    value = values[min(max(row + dy, 0), rows - 1), min(max(column + dx, 0), columns - 1)]
                    total += float(value) if values.dtype.kind == "f" else int(value)
            result[row, column] = _divided(total, width_px**2, values.dtype)
    return result


def brute_mean_inside(values: Pixels, inside: NDArray[np.bool_], width_px: int) -> Pixels:
    """As ``brute_mean``, over the pixels of the window that are inside."""
    result = values.copy()
    for row, column in np.argwhere(inside):
        top, left = row - width_px // 2, column - width_px // 2
        window = slice(max(top, 0), top + width_px), slice(max(left, 0), left + width_px)
        seen = values[window][inside[window]]
        result[row, column] = _divided(sum(int(v) for v in seen), len(seen), values.dtype)
    return result


def _divided(total: float, count: int, dtype: np.dtype[np.generic]) -> float:
    if dtype.kind == "f":
        return total / count
    return abs(int(total)) // count * (1 if total >= 0 else -1)
