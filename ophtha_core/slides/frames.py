"""Decode one stored frame for display, with the colours its own stream states, and keep a few of them."""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.uid import ExplicitVRBigEndian

from ophtha_core.dicom.codestream import CodestreamHeader, with_adobe_marker
from ophtha_core.dicom.compression import decode_frame, read_codestream_header, refuse_expansion
from ophtha_core.dicom.layout import Cells, PixelLayout, chroma_as_stored
from ophtha_core.dicom.native import NativePixels
from ophtha_core.dicom.syntax import Coding, coding_of
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.display import Display, Pixels
from ophtha_core.slides.index import StoredImage

FrameReader = Callable[[str, int], bytes]
"""Stored bytes of a frame (from 0) of the instance named by its key."""

FrameDecoder = Callable[[bytes, StoredImage], Pixels]

DEFAULT_CACHE_BYTES: Final = 64 * 2**20
_JPEG_XL: Final = {f"1.2.840.10008.1.2.4.{number}" for number in (110, 111, 112)}
"""Lossless, JPEG recompressed, and any (PS3.5 A.4.12): too young for pydicom to have names for all of them."""


class FrameCache:
    """Decoded frames, the least recently used dropped first. Safe to share between threads."""

    def __init__(self, *, limit_bytes: int = DEFAULT_CACHE_BYTES, decode: "FrameDecoder | None" = None) -> None:
        """``decode`` stands for ``decode_for_display``, where that is not done in this process."""
        self._decode = decode or decode_for_display
        self._limit_bytes = limit_bytes
        self._used_bytes = 0
        self._frames: OrderedDict[tuple[str, int, Display], Pixels] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, image: StoredImage, frame: int, read: FrameReader) -> Pixels:
        """The frame, decoded; read through ``read`` when it is not at hand. Raises UnreadableImage."""
        key = image.key, frame, image.display
        with self._lock:
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
        pixels = self._decode(read(image.key, frame), image)
        pixels.flags.writeable = False
        with self._lock:
            if key not in self._frames and pixels.nbytes <= self._limit_bytes:
                self._frames[key] = pixels
                self._used_bytes += pixels.nbytes
                while self._used_bytes > self._limit_bytes:
                    self._used_bytes -= self._frames.popitem(last=False)[1].nbytes
        return pixels


def decode_for_display(stored: bytes, image: StoredImage) -> Pixels:
    """8-bit grey (rows, columns) or RGB (rows, columns, 3) of one stored frame. Raises UnreadableImage."""
    if image.syntax in _JPEG_XL:
        return _decode_jpeg_xl(stored, image)
    coding = coding_of(image.syntax)
    layout = _layout_of_frame(stored, image, coding)
    if _is_plain_colour(layout) and coding in (Coding.JPEG, Coding.JPEG_2000):
        return _decode_with_pillow(stored, coding, layout)
    cells, photometric = _cells(stored, image, coding, layout)
    return image.display.show(cells, layout, photometric)


def decode_values(stored: bytes, image: StoredImage) -> npt.NDArray[np.float64]:
    """Values in output units (rows, columns, samples) of one stored frame of integers. Raises UnreadableImage."""
    coding = coding_of(image.syntax)
    layout = _layout_of_frame(stored, image, coding)
    return image.display.values(_cells(stored, image, coding, layout)[0], layout)


def _cells(stored: bytes, image: StoredImage, coding: Coding, layout: PixelLayout) -> tuple[Cells, str]:
    if coding is not Coding.NATIVE:
        decoded = decode_frame(stored, coding, layout)
        return decoded.cells, decoded.photometric
    one = chroma_as_stored(replace(layout, frames=1), len(stored))
    big_endian = image.syntax == ExplicitVRBigEndian
    needed = -(-one.native_frame_bits // 8)
    native = NativePixels.from_value(stored[: needed + needed % 2], one, big_endian=big_endian, words=False)
    return native.read(0), one.photometric


def _layout_of_frame(stored: bytes, image: StoredImage, coding: Coding) -> PixelLayout:
    """The layout of the frame at hand: tiles at the border may be cut to what they show (PS3.3 C.8.12.4.1.1)."""
    layout = image.layout
    if not image.is_tiled or coding in (Coding.NATIVE, Coding.RLE):
        return layout
    header = read_codestream_header(stored, coding)
    is_cut = header.rows <= layout.rows and header.columns <= layout.columns
    return replace(layout, rows=header.rows, columns=header.columns) if is_cut else layout


def _is_plain_colour(layout: PixelLayout) -> bool:
    return layout.samples == 3 and layout.bits_allocated == 8 and layout.is_integer


def _decode_jpeg_xl(stored: bytes, image: StoredImage) -> Pixels:
    """JPEG XL decodes to grey or RGB, whatever the header says; converters write it, and nothing here does."""
    layout = image.layout
    refuse_expansion(stored, layout)
    try:
        decoded = imagecodecs.jpegxl_decode(stored)
    except (RuntimeError, ValueError) as error:
        raise UnreadableImage("a JPEG XL tile cannot be decoded") from error
    cells = decoded[:, :, None] if decoded.ndim == 2 else decoded
    if cells.shape[2] != layout.samples or cells.shape[0] > layout.rows or cells.shape[1] > layout.columns:
        raise UnreadableImage("a tile has another size than its instance declares")
    return image.display.show(cells, layout, "RGB" if layout.samples == 3 else layout.photometric)


def _decode_with_pillow(stored: bytes, coding: Coding, layout: PixelLayout) -> Pixels:
    header = read_codestream_header(stored, coding)
    if (header.rows, header.columns, header.components) != layout.shape:
        raise UnreadableImage("a tile has another size than its instance declares")
    refuse_expansion(stored, layout)
    if coding is Coding.JPEG:
        stored = _with_stated_colours(stored, header, layout)
    try:
        with Image.open(io.BytesIO(stored)) as picture:
            return np.array(_as_ycbcr(picture, coding, header, layout).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableImage("a tile cannot be decoded") from error


def _with_stated_colours(stored: bytes, header: CodestreamHeader, layout: PixelLayout) -> bytes:
    """A JPEG that does not state its colour space gets the one PhotometricInterpretation states."""
    if header.has_jfif or header.adobe_transform is not None or header.has_rgb_ids:
        return stored
    return with_adobe_marker(stored, 1 if layout.is_ybr else 0)


def _as_ycbcr(picture: Image.Image, coding: Coding, header: CodestreamHeader, layout: PixelLayout) -> Image.Image:
    """JPEG 2000 without component transform holds YCbCr only under YBR_FULL.

    YBR_FULL_422 has no meaning there (PS3.5 section 8.2.4) and is what converters write above RGB code streams.
    Subsampled components are taken for YCbCr by Pillow, which has converted them already.
    """
    is_converted = header.component_transform or header.is_subsampled
    if coding is not Coding.JPEG_2000 or is_converted or layout.photometric != "YBR_FULL":
        return picture
    return Image.merge("YCbCr", picture.split())
