"""Values that their representation forbids, in every tag that a header is read for."""

import random
from collections.abc import Iterator
from typing import Final

from tests.campaign.hostile.file import HostileFile, Tag, element, written
from tests.campaign.hostile.victims import VICTIMS, WRONG_NUMBER, ct

_TAGS: Final[dict[Tag, str]] = {
    (0x0008, 0x0005): "CS", (0x0008, 0x0008): "CS", (0x0008, 0x0020): "DA", (0x0008, 0x002A): "DT",
    (0x0008, 0x0030): "TM", (0x0008, 0x0050): "SH", (0x0008, 0x0060): "CS", (0x0008, 0x0080): "LO",
    (0x0008, 0x0090): "PN", (0x0008, 0x0201): "SH", (0x0008, 0x1030): "LO", (0x0010, 0x0010): "PN",
    (0x0010, 0x0030): "DA", (0x0010, 0x0040): "CS", (0x0010, 0x1010): "AS", (0x0010, 0x1020): "DS",
    (0x0010, 0x1030): "DS", (0x0010, 0x21B0): "LT", (0x0010, 0x4000): "LT", (0x0018, 0x0050): "DS",
    (0x0018, 0x0088): "DS", (0x0018, 0x5100): "CS", (0x0020, 0x0010): "SH", (0x0020, 0x0011): "IS",
    (0x0020, 0x0013): "IS", (0x0020, 0x0032): "DS", (0x0020, 0x0037): "DS", (0x0020, 0x0052): "UI",
    (0x0020, 0x0060): "CS", (0x0020, 0x1041): "DS", (0x0020, 0x4000): "LT", (0x0028, 0x0004): "CS",
    (0x0028, 0x0008): "IS", (0x0028, 0x0030): "DS", (0x0028, 0x1050): "DS", (0x0028, 0x1051): "DS",
    (0x0028, 0x1052): "DS", (0x0028, 0x1053): "DS", (0x0040, 0x0512): "LO", (0x0048, 0x0001): "FL",
    (0x0048, 0x0006): "UL",
}  # fmt: skip
_TEXTS: Final[tuple[bytes, ...]] = (
    b"",
    b" ",
    b"A1",
    b"1,75",
    b"1950-12-24",
    b"1e999",
    b"nan",
    b"99999999999999999999",
    b"-1",
    b"\\\\\\\\",
    b"\x00\x00\xff\xfe",
    b"\xe4\xb8\xad\xe6\x96\x87 \x1b$B",
    b"<script>alert(1)</script>",
)
_ODD: Final[tuple[tuple[str, bytes], ...]] = (
    ("AT", b"\x10"), ("FD", b"\x01\x02\x03"), ("FL", b"\x00\x00\xc0\x7f"), ("OB", b"\x00"), ("OD", b"abc"),
    ("OF", b"\x00\x00\x80"), ("OL", b"x"), ("OV", b"1234567"), ("OW", b"\x01"), ("SL", b"\xff"), ("SQ", b"nonsense"),
    ("SS", b"\x01\x02\x03"), ("SV", b"\x01"), ("UC", b"\xff\xfe"), ("UI", b"1..2"), ("UL", b""), ("UN", b"\x00" * 9),
    ("UR", b"\\\\host\\share"), ("US", b"\x01"), ("UT", b"\xc3\x28"), ("UV", b"9"), ("??", b"no such kind"),
)  # fmt: skip


def files(chance: random.Random) -> Iterator[HostileFile]:
    """Every tag with two or three wrong texts; a spread of tags with a value of every other representation."""
    for (group, number), vr in _TAGS.items():
        for text in chance.sample(_TEXTS, 3):
            name = f"values/{group:04x}{number:04x}-{vr}-{_TEXTS.index(text)}"
            yield HostileFile(name, written(ct(chance), {(group, number): element((group, number), vr, text)}))
    for (group, number), (vr, value) in zip(chance.choices(list(_TAGS), k=len(_ODD)), _ODD, strict=True):
        name = f"values/{group:04x}{number:04x}-is-{vr.replace('?', 'x')}"
        yield HostileFile(name, written(ct(chance), {(group, number): element((group, number), vr, value)}))
    for kind, make in VICTIMS.items():
        many = {
            tag: element(tag, vr, WRONG_NUMBER.encode())
            for tag, vr in _TAGS.items()
            if tag[0] in (0x0010, 0x0018, 0x0020)
        }
        yield HostileFile(f"values/{kind}-nothing-is-right", written(make(chance), many))
        yield HostileFile(f"values/{kind}-long", written(make(chance), {(0x0010, 0x4000): element(
            (0x0010, 0x4000), "UT", b"x" * 200_000)}))  # fmt: skip
