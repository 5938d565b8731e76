"""Files as a broken, careless or hostile sender makes them. All are made here by code, always the same for one seed."""

import random
from collections.abc import Iterator

from tests.campaign.hostile import borders, sizes, streams, structures, syntaxes, values
from tests.campaign.hostile.file import HostileFile

__all__ = ["HostileFile", "hostile_files"]

_FAMILIES = (values, sizes, borders, structures, syntaxes, streams)


def hostile_files(seed: int) -> Iterator[HostileFile]:
    """Every file, family by family."""
    for family in _FAMILIES:
        yield from family.files(random.Random(seed))
