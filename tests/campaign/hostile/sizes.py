"""Images that lie about how large they are."""

import random
import struct
from collections.abc import Iterator
from typing import Final

from tests.campaign.hostile.file import HostileFile, Tag, element, written
from tests.campaign.hostile.victims import VICTIMS

_COUNTS: Final = (b"0", b"-1", b"31", b"2147483647", b"9999999999", b"two")
_SHORTS: Final = (0, 1, 33, 65535)
_SHORT_TAGS: Final[dict[str, Tag]] = {
    "rows": (0x0028, 0x0010),
    "columns": (0x0028, 0x0011),
    "samples": (0x0028, 0x0002),
    "allocated": (0x0028, 0x0100),
    "stored": (0x0028, 0x0101),
}
_LONGS: Final = (0, 2**31 - 1, 2**32 - 1)


def files(chance: random.Random) -> Iterator[HostileFile]:
    """Each kind of image with each lie."""
    frames = (0x0028, 0x0008)
    for kind, make in VICTIMS.items():
        for count in _COUNTS:
            name = f"sizes/{kind}-frames-{count.decode()}"
            yield HostileFile(name, written(make(chance), {frames: element(frames, "IS", count)}))
        for what, tag in _SHORT_TAGS.items():
            for value in _SHORTS:
                changes = {tag: element(tag, "US", struct.pack("<H", value))}
                yield HostileFile(f"sizes/{kind}-{what}-{value}", written(make(chance), changes))
        everything = {tag: element(tag, "US", b"\xff\xff") for tag in _SHORT_TAGS.values()}
        huge = {**everything, frames: element(frames, "IS", b"2147483647")}
        yield HostileFile(f"sizes/{kind}-everything", written(make(chance), huge))
    for value in _LONGS:
        for tag in ((0x0048, 0x0006), (0x0048, 0x0007)):  # TotalPixelMatrixColumns, TotalPixelMatrixRows
            changes = {tag: element(tag, "UL", struct.pack("<I", value))}
            yield HostileFile(f"sizes/slide-matrix-{tag[1]}-{value}", written(VICTIMS["slide"](chance), changes))
