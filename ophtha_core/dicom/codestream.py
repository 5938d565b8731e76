"""What a compressed frame says about itself, read before it is decoded.

JPEG: ISO/IEC 10918-1 annex B, JPEG-LS: ISO/IEC 14495-1 annex C, JPEG 2000: ISO/IEC 15444-1 annex A.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ophtha_core.errors import UnreadableImage

_STAND_ALONE_MARKERS: Final = {0x01, *range(0xD0, 0xD9)}
_FRAME_MARKERS: Final = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN: Final = 0xDA
_APP0: Final = 0xE0
_APP14: Final = 0xEE
_J2K_START: Final = b"\xff\x4f\xff\x51"
_END: Final = b"\xff\xd9"
"""End of image of JPEG and JPEG-LS, end of codestream of JPEG 2000; none of them codes it within a scan."""
_SECOND_PICTURE: Final = re.compile(rb"\xff\xd9\x00?\xff(\xd8\xff|\x4f\xff\x51)")
"""An end, padded to an even length, and another start of JPEG, JPEG-LS or JPEG 2000."""
_ADOBE_MARKER: Final = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
"""All but its last byte."""
_RGB_COMPONENT_IDS: Final = (b"RGB", b"rgb")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodestreamHeader:
    """Size in pixels and sample format of one compressed frame.

    ``predictor`` is the selection value of lossless JPEG, ``near`` the allowed error of JPEG-LS; ``adobe_transform``
    is the colour transform of an Adobe marker (0 none, 1 YCbCr); the last three are of JPEG 2000.
    """

    rows: int
    columns: int
    components: int
    precision_bits: int
    signed: bool = False
    predictor: int = 1
    near: int = 0
    has_jfif: bool = False
    adobe_transform: int | None = None
    has_rgb_ids: bool = False
    component_transform: bool = False
    reversible: bool = True
    is_subsampled: bool = False


def read_jpeg_header(codestream: bytes) -> CodestreamHeader:
    """Header of a JPEG or JPEG-LS frame. Raises UnreadableImage when there is none."""
    try:
        return _read_jpeg_header(codestream)
    except (struct.error, IndexError) as error:
        raise UnreadableImage("a JPEG frame ends inside its header") from error


def without_tail(codestream: bytes) -> bytes:
    """A frame up to its last marker of the end. Raises UnreadableImage when it has none, or a second picture behind it.

    Padding is no zero always (DCMTK 3.6.7 makes JPEG-LS even with whatever its memory held), and devices write bytes of
    their own behind the end. A frame without end is not decoded: some decoders invent the rest, one runs for seconds.
    """
    end = codestream.rfind(_END)
    if end < 0:
        raise UnreadableImage("a compressed frame is truncated")
    if _SECOND_PICTURE.search(codestream):
        raise UnreadableImage("a compressed frame holds two pictures: NumberOfFrames may count too few")
    return codestream[: end + len(_END)]


def with_adobe_marker(codestream: bytes, transform: int) -> bytes:
    """A JPEG with a marker that states its colours: 0 as they are, 1 YCbCr."""
    return codestream[:2] + _ADOBE_MARKER + bytes([transform]) + codestream[2:]


def without_stated_colours(codestream: bytes) -> bytes:
    """A JPEG of three components that no longer says that they are red, green and blue."""
    without = bytearray(codestream[:2])
    for marker, segment in _segments(codestream):
        if marker == _APP14:
            continue
        content = bytearray(segment)
        first, step = (6, 3) if marker in _FRAME_MARKERS else (1, 2)
        if marker in _FRAME_MARKERS or marker == _START_OF_SCAN:
            for number in range(3):
                content[first + number * step] = number + 1
        without += struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
    return bytes(without) + codestream[_scan_data(codestream) :]


def _scan_data(codestream: bytes) -> int:
    """Where the coded samples begin: behind the first start of scan."""
    offset = 2
    while codestream[offset + 1] != _START_OF_SCAN:
        offset += 2 + int(struct.unpack_from(">H", codestream, offset + 2)[0])
    return offset + 2 + int(struct.unpack_from(">H", codestream, offset + 2)[0])


def _read_jpeg_header(codestream: bytes) -> CodestreamHeader:
    if codestream[:2] != b"\xff\xd8":
        raise UnreadableImage("a compressed frame is no JPEG image")
    frame: tuple[int, int, int, int, bytes] | None = None
    has_jfif, adobe_transform = False, None
    for marker, segment in _segments(codestream):
        if marker in _FRAME_MARKERS:
            precision, rows, columns, components = struct.unpack_from(">BHHB", segment)
            frame = precision, rows, columns, components, segment[6 : 6 + 3 * components : 3]
        elif marker == _APP0 and segment.startswith(b"JFIF"):
            has_jfif = True
        elif marker == _APP14 and segment.startswith(b"Adobe") and len(segment) > 11:
            adobe_transform = segment[11]
    if frame is None:
        raise UnreadableImage("a JPEG frame has no frame header")
    precision, rows, columns, components, ids = frame
    # Start of scan ends with three bytes: predictor of lossless JPEG or error bound of JPEG-LS, then two more.
    scan_parameter = segment[1 + 2 * segment[0]]
    return CodestreamHeader(
        rows=rows,
        columns=columns,
        components=components,
        precision_bits=precision,
        predictor=scan_parameter,
        near=scan_parameter,
        has_jfif=has_jfif,
        adobe_transform=adobe_transform,
        has_rgb_ids=ids in _RGB_COMPONENT_IDS,
    )


def _segments(codestream: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each header segment, the start of scan last."""
    offset, marker = 2, 0
    while marker != _START_OF_SCAN:
        if codestream[offset] != 0xFF:
            raise UnreadableImage("a JPEG frame has a broken header")
        marker = codestream[offset + 1]
        if marker == 0xFF:
            offset += 1
        elif marker in _STAND_ALONE_MARKERS:
            offset += 2
        else:
            (length,) = struct.unpack_from(">H", codestream, offset + 2)
            yield marker, codestream[offset + 4 : offset + 2 + length]
            offset += 2 + length


def read_jpeg2000_header(codestream: bytes) -> CodestreamHeader:
    """Header of a JPEG 2000 or HTJ2K frame, bare or in a JP2 wrapper. Raises UnreadableImage when there is none."""
    start = codestream.find(_J2K_START)
    if start < 0:
        raise UnreadableImage("a compressed frame is no JPEG 2000 image")
    try:
        length, _, x1, y1, x0, y0, *_, components = struct.unpack_from(">HHIIIIIIIIH", codestream, start + 4)
        # Of each component: depth, and its horizontal and vertical separation of samples.
        sizes = codestream[start + 4 + 38 : start + 4 + 38 + 3 * components]
        depth = sizes[0]
        style = _coding_style(codestream, start + 4 + length)
    except (struct.error, IndexError) as error:
        raise UnreadableImage("a JPEG 2000 frame ends inside its header") from error
    return CodestreamHeader(
        rows=y1 - y0,
        columns=x1 - x0,
        components=components,
        precision_bits=(depth & 0x7F) + 1,
        signed=bool(depth & 0x80),
        component_transform=bool(style[4]),
        reversible=style[9] == 1,
        is_subsampled=any(each != 1 for each in sizes[1::3] + sizes[2::3]),
    )


def _coding_style(codestream: bytes, offset: int) -> bytes:
    """Content of the COD segment: style, progression, layers (2), component transform, …, wavelet."""
    while codestream[offset] == 0xFF:
        marker = codestream[offset + 1]
        (length,) = struct.unpack_from(">H", codestream, offset + 2)
        if marker == 0x52:
            return codestream[offset + 4 : offset + 2 + length]
        offset += 2 + length
    raise UnreadableImage("a JPEG 2000 frame has no coding style")
