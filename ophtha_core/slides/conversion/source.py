"""What is converted: a picture that comes in rows, however large it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from ophtha_core.errors import InvalidInput
from ophtha_core.slides.index import Associated

Rows = npt.NDArray[np.uint8 | np.uint16]
"""Pixels (rows, columns, samples)."""

LARGEST_SIDE_PX: Final = 2**19
LARGEST_ASSOCIATED_PIXELS: Final = 2**26


@dataclass(frozen=True)
class SourceImage:
    """A picture and how its rows are read, from top to bottom, in pieces of any height.

    ``spacing_um`` is the size of its pixels (x, y) where the file says so. ``is_lossy`` tells whether it was compressed
    with loss before.
    """

    width_px: int
    height_px: int
    samples: int
    bits: int
    is_lossy: bool
    spacing_um: tuple[float, float] | None
    magnification: float | None
    profile: bytes | None
    pieces: Callable[[], Iterator[Rows]]
    associated: Mapping[Associated, Rows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (0 < self.width_px <= LARGEST_SIDE_PX and 0 < self.height_px <= LARGEST_SIDE_PX):
            raise InvalidInput("files[]", f"has {self.width_px} x {self.height_px} pixels, which is no size of a slide")
        if self.samples not in (1, 3) or self.bits not in (8, 16):
            raise InvalidInput(
                "files[]", f"has {self.samples} samples of {self.bits} bits per pixel: 1 or 3 of 8 or 16"
            )
