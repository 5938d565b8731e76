"""Files that end too early, begin too late, or go on after their end."""

import random
from collections.abc import Iterator
from itertools import accumulate

from tests.campaign.hostile.file import HostileFile, elements_of, meta, written
from tests.campaign.hostile.victims import VICTIMS, ct

_PLACES_EACH = 9


def files(chance: random.Random) -> Iterator[HostileFile]:
    """Ends at and around the borders of elements; beginnings without preamble, without meta information, with noise."""
    for kind, make in VICTIMS.items():
        dataset = make(chance)
        whole = written(dataset)
        head = len(meta(dataset))
        parts = elements_of(dataset)
        edges = [head + place for place in accumulate(len(parts[tag]) for tag in sorted(parts))]
        for edge in chance.sample(edges, min(_PLACES_EACH, len(edges))):
            place = edge + chance.choice((-5, -1, 0, 1, 3, 7))
            yield HostileFile(f"borders/{kind}-ends-at-{place}", whole[:place])
        yield HostileFile(f"borders/{kind}-half", whole[: len(whole) // 2])
        yield HostileFile(f"borders/{kind}-more", whole + chance.randbytes(1001))
        yield HostileFile(f"borders/{kind}-no-preamble", written(make(chance))[128:])
        other = make(chance)
        yield HostileFile(f"borders/{kind}-no-meta", written(other)[len(meta(other)) :])
    yield HostileFile("borders/empty", b"")
    yield HostileFile("borders/only-preamble", bytes(128) + b"DICM")
    yield HostileFile("borders/only-meta", meta(ct(chance)))
    yield HostileFile("borders/noise", chance.randbytes(4096))
    yield HostileFile("borders/noise-after-preamble", bytes(128) + b"DICM" + chance.randbytes(4096))
