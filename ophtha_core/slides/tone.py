"""How a client wants the grey values or colours of an 8-bit picture changed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ophtha_core.slides.display import Pixels

_MIDDLE: Final = 127.5
_WHITE: Final = 255.0


@dataclass(frozen=True, kw_only=True)
class Tone:
    """Applied to each channel, one after the other: contrast, gamma, inversion.

    ``contrast`` is a factor by which values move away from the middle grey; ``gamma`` an exponent of values from 0 to
    1: below 1 lightens, above 1 darkens.
    """

    contrast: float = 1.0
    gamma: float = 1.0
    is_inverted: bool = False

    def apply(self, pixels: Pixels) -> Pixels:
        """The picture changed; the very same object when nothing is asked for."""
        if self == Tone():
            return pixels
        values = np.arange(256, dtype=np.float64)
        values = np.clip(_MIDDLE + (values - _MIDDLE) * self.contrast, 0, _WHITE)
        values = (values / _WHITE) ** self.gamma * _WHITE
        if self.is_inverted:
            values = _WHITE - values
        changed: Pixels = np.rint(values).astype(np.uint8)[pixels]
        return changed
