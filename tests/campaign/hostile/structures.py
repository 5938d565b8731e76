"""Data sets whose elements do not fit together: nesting, lengths, order, private blocks."""

import random
import struct
from collections.abc import Iterator

from pydicom.dataset import Dataset

from tests.campaign.hostile.file import (
    SEQUENCE_END,
    UNDEFINED_LENGTH,
    HostileFile,
    element,
    elements_of,
    item,
    meta,
    written,
)
from tests.campaign.hostile.victims import VICTIMS, ct

_SEQUENCE = (0x0008, 0x1140)
_PRIVATE = (0x0009, 0x1001)
_DEPTHS = (2, 8, 16, 32)
"""Orthanc 1.10.1 itself dies of 48, whoever sends them."""


def files(chance: random.Random) -> Iterator[HostileFile]:
    """Some thirty, and a few for each kind of image."""
    for depth in _DEPTHS:
        for undefined in (False, True):
            nested = _nested(depth, undefined=undefined)
            name = f"structures/nested-{depth}-{'undefined' if undefined else 'defined'}"
            yield HostileFile(name, written(ct(chance), {_SEQUENCE: nested}))
            private = {(0x0009, 0x0010): element((0x0009, 0x0010), "LO", b"HOSTILE "), _PRIVATE: nested}
            yield HostileFile(f"{name}-private", written(ct(chance), private))
    yield from _lengths(chance)
    yield from _orders(chance)
    for kind, make in VICTIMS.items():
        for tag in ((0x5200, 0x9229), (0x5200, 0x9230), (0x0048, 0x0105), (0x0020, 0x9221)):
            name = f"structures/{kind}-{tag[0]:04x}{tag[1]:04x}"
            yield HostileFile(f"{name}-empty", written(make(chance), {tag: element(tag, "SQ", b"")}))
            yield HostileFile(f"{name}-hollow", written(make(chance), {tag: element(tag, "SQ", item(b""))}))


def _nested(depth: int, *, undefined: bool) -> bytes:
    inner = element((0x0008, 0x0018), "UI", b"1.2.3.4\x00")
    for _ in range(depth):
        if undefined:
            inner = element(_SEQUENCE, "SQ", item(inner) + SEQUENCE_END, length=UNDEFINED_LENGTH)
        else:
            inner = element(_SEQUENCE, "SQ", item(inner))
    return inner


def _lengths(chance: random.Random) -> Iterator[HostileFile]:
    wrong = {
        "element-longer-than-file": element((0x0010, 0x4000), "UT", b"x" * 10, length=2**31),
        "element-undefined": element((0x0010, 0x4000), "UT", b"x" * 10, length=UNDEFINED_LENGTH),
        "sequence-too-long": element(_SEQUENCE, "SQ", item(b""), length=400),
        "sequence-too-short": element(_SEQUENCE, "SQ", item(element((0x0008, 0x0018), "UI", b"1.2.3\x00")), length=3),
        "sequence-without-end": element(_SEQUENCE, "SQ", item(b""), length=UNDEFINED_LENGTH),
        "item-too-long": element(_SEQUENCE, "SQ", item(b"", length=500)),
        "item-undefined": element(_SEQUENCE, "SQ", item(b"", length=UNDEFINED_LENGTH)),
        "item-is-no-item": element(_SEQUENCE, "SQ", b"\x01\x02\x03\x04\x05\x06\x07\x08"),
        "many-items": element(_SEQUENCE, "SQ", item(b"") * 20_000),
    }
    for name, content in wrong.items():
        yield HostileFile(f"structures/{name}", written(ct(chance), {_SEQUENCE: content}))
    for length in (0, 1, 7, 2047, 2049, 2**31):
        pixels = ct(chance).PixelData
        told = element((0x7FE0, 0x0010), "OW", pixels, length=length)
        yield HostileFile(f"structures/pixels-say-{length}", written(ct(chance), {(0x7FE0, 0x0010): told}))
        cut = element((0x7FE0, 0x0010), "OW", pixels[: min(length, len(pixels))])
        yield HostileFile(f"structures/pixels-are-{length}", written(ct(chance), {(0x7FE0, 0x0010): cut}))


def _orders(chance: random.Random) -> Iterator[HostileFile]:
    for name, mix in (("backwards", None), ("shuffled", chance)):
        dataset = ct(chance)
        parts = list(elements_of(dataset).values())
        parts = parts[::-1] if mix is None else chance.sample(parts, len(parts))
        yield HostileFile(f"structures/{name}", meta(dataset) + b"".join(parts))
    dataset = ct(chance)
    yield HostileFile("structures/twice", meta(dataset) + b"".join(elements_of(dataset).values()) * 2)
    for keyword in ("Rows", "PixelData", "SOPClassUID", "PhotometricInterpretation", "BitsAllocated", "Modality"):
        yield HostileFile(f"structures/without-{keyword}", _without(ct(chance), keyword))
    private = b"".join(
        element((0x0009, number), "UN", struct.pack("<I", number) * 3) for number in range(0x1000, 0x1800)
    )
    yield HostileFile("structures/private-without-creator", written(ct(chance), {(0x0009, 0x1000): private}))
    group = element((0x0008, 0x0000), "UL", struct.pack("<I", 2**31))
    yield HostileFile("structures/group-length", written(ct(chance), {(0x0008, 0x0000): group}))


def _without(dataset: Dataset, keyword: str) -> bytes:
    head = meta(dataset)
    del dataset[keyword]
    return head + b"".join(elements_of(dataset).values())
