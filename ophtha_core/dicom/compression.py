"""Decode one compressed frame to cells and encode it again in the same, lossless coding.

Cells are rows x columns x samples in the container of the layout, little-endian, without any colour conversion
beyond what the coding itself prescribes (the component transform of JPEG 2000).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import imagecodecs
import numpy as np
from pydicom.pixels.processing import convert_color_space

from ophtha_core.dicom.codestream import (
    CodestreamHeader,
    read_jpeg2000_header,
    read_jpeg_header,
    with_adobe_marker,
    without_stated_colours,
    without_tail,
)
from ophtha_core.dicom.layout import Cells, PixelLayout
from ophtha_core.dicom.rle import decode_rle, encode_rle
from ophtha_core.dicom.syntax import Coding
from ophtha_core.errors import UnreadableImage

UNCHECKED_FRAME_BYTES: Final = 64 * 2**20
LARGEST_EXPANSION: Final = 4096
"""A frame larger than the first number may decode to at most this many times its compressed size."""

LARGEST_JPEG_2000_BITS: Final = 24
"""OpenJPEG keeps samples exact up to here; beyond, it decodes and encodes other values without a word."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """``photometric`` is what the cells are after decoding; ``lossy`` whether the codestream itself is lossy."""

    cells: Cells
    photometric: str
    header: CodestreamHeader
    lossy: bool


def decode_frame(codestream: bytes, coding: Coding, layout: PixelLayout) -> DecodedFrame:
    """Decode one frame. Raises UnreadableImage when it is broken or is not what the layout declares."""
    refuse_expansion(codestream, layout)
    if coding is Coding.RLE:
        header = CodestreamHeader(
            rows=layout.rows,
            columns=layout.columns,
            components=layout.samples,
            precision_bits=layout.bits_allocated,
        )
        return DecodedFrame(decode_rle(codestream, layout), layout.photometric, header, lossy=False)
    header = read_codestream_header(codestream, coding)
    _compare(header, layout)
    codestream = without_tail(codestream)
    if layout.bits_allocated == 1:
        raise UnreadableImage("BitsAllocated 1 in a compressed transfer syntax")
    try:
        decoded, photometric = _DECODERS[coding][1](codestream, header, layout)
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError) as error:
        raise UnreadableImage(f"a {coding.name} frame cannot be decoded") from error
    return DecodedFrame(_as_cells(decoded, header, layout), photometric, header, _is_lossy(coding, header))


def read_codestream_header(codestream: bytes, coding: Coding) -> CodestreamHeader:
    """What a compressed frame says of itself; not for RLE, which says nothing. Raises UnreadableImage."""
    return _DECODERS[coding][0](codestream)


def refuse_expansion(codestream: bytes, layout: PixelLayout) -> None:
    """Raise UnreadableImage when so few bytes are there for so large a frame that it cannot be meant."""
    frame_bytes = layout.rows * layout.columns * layout.samples * max(1, layout.bits_allocated // 8)
    if frame_bytes > UNCHECKED_FRAME_BYTES and frame_bytes > LARGEST_EXPANSION * len(codestream):
        raise UnreadableImage(
            f"a frame of {frame_bytes} bytes is declared, {len(codestream)} compressed bytes are there"
        )


def as_rgb(frame: DecodedFrame) -> DecodedFrame:
    """The frame in RGB where it is 8-bit YBR, by the equations of PS3.3 section C.7.6.3.1.2.

    Decoded YBR may be stored natively, but Orthanc 1.10 shows no native YBR.
    """
    if not frame.photometric.startswith("YBR_FULL") or frame.cells.dtype.itemsize > 1:
        return frame
    return replace(frame, cells=to_rgb(frame.cells), photometric="RGB")


def to_rgb(cells: Cells) -> Cells:
    """8-bit YBR_FULL cells (rows x columns x 3) in RGB."""
    return convert_color_space(cells, "YBR_FULL", "RGB")


def encode_frame(cells: Cells, coding: Coding, layout: PixelLayout, header: CodestreamHeader) -> bytes:
    """Encode cells without loss, with the parameters of the frame they came from (``header``)."""
    native = np.ascontiguousarray(cells.astype(cells.dtype.newbyteorder("="), copy=False))
    if coding is Coding.RLE:
        return encode_rle(native)
    samples = native[:, :, 0] if layout.samples == 1 else native
    try:
        return _ENCODERS[coding](samples, layout, header)
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise UnreadableImage(f"a masked frame cannot be encoded as {coding.name}") from error


def _compare(header: CodestreamHeader, layout: PixelLayout) -> None:
    there = header.rows, header.columns, header.components
    if there != layout.shape:
        raise UnreadableImage(
            "Rows, Columns, SamplesPerPixel are {} x {} x {}, the compressed frame has {} x {} x {}".format(
                *layout.shape, *there
            )
        )
    if header.precision_bits > layout.bits_allocated:
        raise UnreadableImage(f"BitsAllocated is {layout.bits_allocated}, the frame has {header.precision_bits} bits")


def _is_lossy(coding: Coding, header: CodestreamHeader) -> bool:
    match coding:
        case Coding.JPEG:
            return True
        case Coding.JPEG_LS:
            return header.near > 0
        case _:
            return not header.reversible or header.is_subsampled


def _as_cells(decoded: Cells, header: CodestreamHeader, layout: PixelLayout) -> Cells:
    """Rows x columns x samples in the container of the layout; signed values extended to all its bits."""
    if decoded.ndim == 2:
        decoded = decoded[:, :, None]
    elif decoded.shape != layout.shape and decoded.shape == (layout.samples, layout.rows, layout.columns):
        decoded = np.moveaxis(decoded, 0, 2)
    if decoded.shape != layout.shape:
        raise UnreadableImage("a frame decodes to another size than it declares")
    if decoded.dtype.kind == "u" and layout.signed:
        unused = 8 * decoded.dtype.itemsize - header.precision_bits
        signed = np.left_shift(decoded, decoded.dtype.type(unused)).view(f"i{decoded.dtype.itemsize}")
        decoded = np.right_shift(signed, signed.dtype.type(unused))
    elif decoded.dtype.kind == "i" and not layout.signed:
        decoded = decoded.astype(np.int64) & (2**header.precision_bits - 1)
    return np.ascontiguousarray(decoded.astype(layout.cell_dtype))


def _decode_jpeg(codestream: bytes, header: CodestreamHeader, layout: PixelLayout) -> tuple[Cells, str]:
    if layout.samples != 3:
        return imagecodecs.jpeg8_decode(codestream), layout.photometric
    if not _is_ycbcr(header, layout):
        return imagecodecs.jpeg8_decode(codestream, colorspace="RGB", outcolorspace="RGB"), "RGB"
    # An Adobe marker that announces YCbCr under a declared RGB means: the decoder converts.
    shown = "RGB" if layout.photometric == "RGB" and header.adobe_transform == 1 else "YCBCR"
    cells = imagecodecs.jpeg8_decode(codestream, colorspace="YCBCR", outcolorspace=shown)
    return cells, "RGB" if shown == "RGB" else "YBR_FULL"


def _is_ycbcr(header: CodestreamHeader, layout: PixelLayout) -> bool:
    """Whether a three-component JPEG holds YCbCr: its own markers win over PhotometricInterpretation."""
    if header.has_rgb_ids:
        return False
    if header.adobe_transform is not None:
        return header.adobe_transform == 1
    return header.has_jfif or layout.is_ybr


def _decode_jpeg_lossless(codestream: bytes, header: CodestreamHeader, layout: PixelLayout) -> tuple[Cells, str]:
    if layout.samples != 3:
        return imagecodecs.jpeg8_decode(codestream), layout.photometric
    # The samples as they are coded: lossless JPEG converts nothing.
    cells = imagecodecs.jpeg8_decode(codestream, colorspace="RGB", outcolorspace="RGB")
    return cells, _stated_by_markers(header, layout)


def _stated_by_markers(header: CodestreamHeader, layout: PixelLayout) -> str:
    """Colours of a lossless JPEG: an Adobe marker or components named R, G, B win over PhotometricInterpretation."""
    if header.has_rgb_ids or header.adobe_transform == 0:
        return "RGB"
    return "YBR_FULL" if header.adobe_transform == 1 else layout.photometric


def _decode_jpeg_ls(codestream: bytes, _: CodestreamHeader, layout: PixelLayout) -> tuple[Cells, str]:
    return imagecodecs.jpegls_decode(codestream), layout.photometric


# OpenJPEG decodes HTJ2K too; unlike OpenJPH it reports broken code blocks to its caller.
def _decode_jpeg_2000(codestream: bytes, header: CodestreamHeader, layout: PixelLayout) -> tuple[Cells, str]:
    if header.precision_bits > LARGEST_JPEG_2000_BITS:
        raise ValueError(f"more than {LARGEST_JPEG_2000_BITS} bits")
    return imagecodecs.jpeg2k_decode(codestream), _after_component_transform(header, layout)


def _after_component_transform(header: CodestreamHeader, layout: PixelLayout) -> str:
    """OpenJPEG also takes subsampled components for YCbCr and converts them."""
    is_converted = layout.photometric in ("YBR_RCT", "YBR_ICT") or (layout.is_ybr and header.is_subsampled)
    return "RGB" if is_converted else layout.photometric


def _encode_jpeg_lossless(samples: Cells, layout: PixelLayout, header: CodestreamHeader) -> bytes:
    bits = _bits_needed(samples, layout, header)
    if bits > 16:
        raise ValueError("lossless JPEG holds at most 16 bits")
    colour = "RGB" if layout.samples == 3 else None
    encoded = bytes(
        imagecodecs.jpeg8_encode(
            _lowest_bits(samples, bits).astype(np.uint8 if bits <= 8 else np.uint16),
            lossless=True,
            predictor=header.predictor or 1,
            bitspersample=bits,
            colorspace=colour,
            outcolorspace=colour,
        )
    )
    if not layout.is_ybr:
        return encoded
    plain = without_stated_colours(encoded)
    return plain if header.adobe_transform is None else with_adobe_marker(plain, header.adobe_transform)


def _encode_jpeg_ls(samples: Cells, layout: PixelLayout, header: CodestreamHeader) -> bytes:
    if layout.bits_allocated > 16:
        raise ValueError("JPEG-LS holds at most 16 bits")
    return bytes(imagecodecs.jpegls_encode(samples))


def _encode_jpeg_2000(samples: Cells, layout: PixelLayout, header: CodestreamHeader) -> bytes:
    bits = _bits_needed(samples, layout, header)
    if bits > LARGEST_JPEG_2000_BITS:
        raise ValueError(f"more than {LARGEST_JPEG_2000_BITS} bits")
    return bytes(
        imagecodecs.jpeg2k_encode(
            _with_sign(samples, bits, header),
            level=0,
            codecformat="j2k",
            reversible=True,
            mct=header.component_transform,
            bitspersample=bits,
        )
    )


def _encode_htj2k(samples: Cells, layout: PixelLayout, header: CodestreamHeader) -> bytes:
    # The encoder takes the precision from the array type.
    bits = 8 * samples.dtype.itemsize
    rgb = header.component_transform
    return bytes(imagecodecs.htj2k_encode(_with_sign(samples, bits, header), reversible=True, rgb=rgb, tlm=True))


def _bits_needed(samples: Cells, layout: PixelLayout, header: CodestreamHeader) -> int:
    """Precision that holds every sample: that of the source unless a new value needs more of the bits stored."""
    if not layout.signed:
        return max(header.precision_bits, int(samples.max()).bit_length())
    values = samples.view(f"i{samples.dtype.itemsize}")
    magnitude = max(int(values.max()), -int(values.min()) - 1, 0)
    return max(header.precision_bits, magnitude.bit_length() + 1)


def _with_sign(samples: Cells, bits: int, header: CodestreamHeader) -> Cells:
    """The samples as the source's codestream held them: signed, or the lowest ``bits`` of an unsigned number."""
    if header.signed:
        return samples.view(f"i{samples.dtype.itemsize}")
    return _lowest_bits(samples, bits)


def _lowest_bits(samples: Cells, bits: int) -> Cells:
    unsigned = samples.view(f"u{samples.dtype.itemsize}")
    lowest: Cells = np.bitwise_and(unsigned, unsigned.dtype.type(2**bits - 1))
    return lowest


Decoder = Callable[[bytes, CodestreamHeader, PixelLayout], tuple[Cells, str]]
_DECODERS: Final[dict[Coding, tuple[Callable[[bytes], CodestreamHeader], Decoder]]] = {
    Coding.JPEG: (read_jpeg_header, _decode_jpeg),
    Coding.JPEG_LOSSLESS: (read_jpeg_header, _decode_jpeg_lossless),
    Coding.JPEG_LS: (read_jpeg_header, _decode_jpeg_ls),
    Coding.JPEG_2000: (read_jpeg2000_header, _decode_jpeg_2000),
    Coding.HTJ2K: (read_jpeg2000_header, _decode_jpeg_2000),
}
_ENCODERS: Final[dict[Coding, Callable[[Cells, PixelLayout, CodestreamHeader], bytes]]] = {
    Coding.JPEG_LOSSLESS: _encode_jpeg_lossless,
    Coding.JPEG_LS: _encode_jpeg_ls,
    Coding.JPEG_2000: _encode_jpeg_2000,
    Coding.HTJ2K: _encode_htj2k,
}
