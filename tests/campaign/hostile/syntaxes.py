"""Files that are written otherwise than they say, and files that grow when they are read."""

import random
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import (
    AllTransferSyntaxes,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from tests.campaign.hostile.file import HostileFile, element, elements_of, meta, written
from tests.campaign.hostile.victims import VICTIMS, ct

_BOMBS_MB: Final = (1, 16, 64)


def files(chance: random.Random) -> Iterator[HostileFile]:
    """Every syntax named over native pixels; real files in rare ones; deflated zeros."""
    for syntax in (*AllTransferSyntaxes, "1.2.3.4.5", "", "1.2.840.10008.1.2.4.999"):
        yield HostileFile(f"syntaxes/native-as-{syntax or 'nothing'}", written(ct(chance), syntax=syntax))
    for kind, make in VICTIMS.items():
        for name, implicit, little in (("implicit", True, True), ("big-endian", False, False)):
            told = ImplicitVRLittleEndian if implicit else ExplicitVRBigEndian
            for syntax in (told, ExplicitVRLittleEndian):
                dataset = make(chance)
                content = meta(dataset, syntax) + _body(dataset, implicit=implicit, little=little)
                yield HostileFile(f"syntaxes/{kind}-{name}-as-{syntax}", content)
    for size_mb in _BOMBS_MB:
        for tag, vr in (((0x0010, 0x4000), "UT"), ((0x0009, 0x1001), "OB"), ((0x7FE0, 0x0010), "OW")):
            bomb = element(tag, vr, bytes(size_mb * 2**20))
            yield HostileFile(f"syntaxes/bomb-{size_mb}-{tag[0]:04x}", _deflated(ct(chance), bomb))
    dataset = ct(chance)
    head = meta(dataset, DeflatedExplicitVRLittleEndian)
    whole = _deflated(dataset, b"")
    yield HostileFile("syntaxes/deflated-half", whole[: (len(head) + len(whole)) // 2])
    yield HostileFile("syntaxes/deflated-noise", head + chance.randbytes(2000))
    yield HostileFile("syntaxes/deflated-not-at-all", written(ct(chance), syntax=DeflatedExplicitVRLittleEndian))


def _body(dataset: Dataset, *, implicit: bool, little: bool) -> bytes:
    buffer = BytesIO()
    bare = Dataset(dataset)
    try:
        bare.save_as(buffer, implicit_vr=implicit, little_endian=little)
    except ValueError:  # encapsulated pixels have no other byte order
        del bare.PixelData
        buffer = BytesIO()
        bare.save_as(buffer, implicit_vr=implicit, little_endian=little)
    return buffer.getvalue()


def _deflated(dataset: Dataset, more: bytes) -> bytes:
    parts = elements_of(dataset)
    body = b"".join(parts[tag] for tag in sorted(parts)) if not more else b"".join(parts.values()) + more
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return meta(dataset, DeflatedExplicitVRLittleEndian) + packer.compress(body) + packer.flush()
