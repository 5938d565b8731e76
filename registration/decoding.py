"""Stored values of one frame, for every transfer syntax of DICOM CT images."""

from collections.abc import Callable

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from registration.errors import UndecodableFile

_CODESTREAM_DECODERS: dict[UID, Callable[[bytes], NDArray[np.generic]]] = {
    JPEGBaseline8Bit: imagecodecs.jpeg_decode,
    JPEGExtended12Bit: imagecodecs.jpeg_decode,
    JPEGLossless: imagecodecs.jpeg_decode,
    JPEGLosslessSV1: imagecodecs.jpeg_decode,
    JPEGLSLossless: imagecodecs.jpegls_decode,
    JPEGLSNearLossless: imagecodecs.jpegls_decode,
    JPEG2000Lossless: imagecodecs.jpeg2k_decode,
    JPEG2000: imagecodecs.jpeg2k_decode,
    HTJ2KLossless: imagecodecs.jpeg2k_decode,
    HTJ2KLosslessRPCL: imagecodecs.jpeg2k_decode,
    HTJ2K: imagecodecs.jpeg2k_decode,
}

_DECODER_ERRORS = (RuntimeError, ValueError, AttributeError, NotImplementedError, KeyError, IndexError, EOFError)


def stored_values(dataset: Dataset, *, frame: int, name: str) -> NDArray[np.int32]:
    """Stored pixel values of frame ``frame`` (from 0), shape (Rows, Columns), sign extended from BitsStored.

    ``name`` is how errors call the file. Raises :class:`UndecodableFile`.
    """
    transfer_syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decode = _CODESTREAM_DECODERS.get(transfer_syntax)
        if decode is None:
            values = pixel_array(dataset, index=frame, raw=True)
        else:
            frames = int(dataset.get("NumberOfFrames") or 1)
            values = decode(get_frame(dataset.PixelData, frame, number_of_frames=frames))
    except _DECODER_ERRORS as error:
        raise UndecodableFile(f"{name}: the pixel data cannot be decoded ({transfer_syntax.name})") from error
    if values.shape != (dataset.Rows, dataset.Columns):
        raise UndecodableFile(
            f"{name}: the pixel data hold a frame of shape {values.shape}, "
            f"the header says {dataset.Rows} x {dataset.Columns}"
        )
    return _sign_extended(values.astype(np.int32), dataset)


def _sign_extended(values: NDArray[np.int32], dataset: Dataset) -> NDArray[np.int32]:
    # Bits above BitsStored may hold overlays (retired) or garbage, and codecs differ in how they return signed values.
    unused_bits = 32 - int(dataset.BitsStored)
    if dataset.PixelRepresentation == 1:
        return (values << unused_bits) >> unused_bits
    return values & ((1 << int(dataset.BitsStored)) - 1)
