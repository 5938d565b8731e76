"""Encapsulated pixels that no codec should trust."""

import random
import struct
from collections.abc import Callable, Iterator
from typing import Final

import imagecodecs
import numpy as np
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    MPEG2MPML,
    UID,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from tests.campaign.hostile.file import SEQUENCE_END, UNDEFINED_LENGTH, HostileFile, element, item, written
from tests.campaign.hostile.victims import SIDE, ct

_SYNTAXES: Final = (
    JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless,
    JPEG2000, JPEG2000Lossless, HTJ2K, HTJ2KLossless, RLELossless, MPEG2MPML,
)  # fmt: skip
_PIXELS = (0x7FE0, 0x0010)


def _rle(side: int) -> bytes:
    """Two segments (high and low bytes) of runs."""
    run = b"".join(struct.pack("bB", 1 - min(128, side * side - at), 7) for at in range(0, side * side, 128))
    return struct.pack("<16I", 2, 64, 64 + len(run), *[0] * 13) + run + run


_ENCODERS: Final[dict[UID, Callable[[int], bytes]]] = {
    JPEGLosslessSV1: lambda side: bytes(imagecodecs.jpeg_encode(_picture(side), lossless=True, bitspersample=16)),
    JPEGLSLossless: lambda side: bytes(imagecodecs.jpegls_encode(_picture(side))),
    JPEG2000Lossless: lambda side: bytes(imagecodecs.jpeg2k_encode(_picture(side), codecformat="j2k", reversible=True)),
    HTJ2KLossless: lambda side: bytes(imagecodecs.htj2k_encode(_picture(side), reversible=True)),
    JPEGBaseline8Bit: lambda side: bytes(imagecodecs.jpeg_encode((_picture(side) >> 8).astype(np.uint8))),
    RLELossless: _rle,
}


def _picture(side: int) -> np.ndarray:
    return np.arange(side * side, dtype=np.uint16).reshape(side, side)


def files(chance: random.Random) -> Iterator[HostileFile]:
    """Noise, cut and altered streams, streams of another size, and offset tables and fragments that lie."""
    for syntax in _SYNTAXES:
        for size in (1, 300):
            yield _file(chance, f"{syntax.name}-noise-{size}", syntax, [b"", chance.randbytes(size)])
    for syntax, encode in _ENCODERS.items():
        stream = encode(SIDE)
        altered = bytearray(stream)
        for _ in range(8):
            altered[chance.randrange(len(altered))] = chance.randrange(256)
        fragments = {
            "half": [b"", stream[: len(stream) // 2]],
            "altered": [b"", bytes(altered)],
            "larger": [b"", encode(4 * SIDE)],
            "smaller": [b"", encode(SIDE // 4)],
            "none": [b""],
            "empty": [b"", b""],
            "many": [b"", *[stream] * 5],
            "offsets-beyond": [struct.pack("<2I", 0, 2**31), stream],
            "offsets-odd": [b"\x01\x02\x03", stream],
        }
        for name, parts in fragments.items():
            yield _file(chance, f"{syntax}-{name}", syntax, parts)
        yield _file(chance, f"{syntax}-without-end", syntax, [b"", stream], end=b"")
        yield _file(chance, f"{syntax}-fragment-too-long", syntax, [b"", stream], told=2**31)


def _file(
    chance: random.Random,
    name: str,
    syntax: UID,
    fragments: list[bytes],
    *,
    end: bytes = SEQUENCE_END,
    told: int | None = None,
) -> HostileFile:
    pixels = b"".join(item(each, length=told if number else None) for number, each in enumerate(fragments)) + end
    content = element(_PIXELS, "OB", pixels, length=UNDEFINED_LENGTH)
    return HostileFile(f"streams/{name}", written(ct(chance), {_PIXELS: content}, syntax=syntax))
