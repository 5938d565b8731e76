"""Colours of a difference: blue for less, white for none, orange for more. Readable without red and green."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_LESS: Final = np.array([33.0, 102.0, 214.0])
_NONE: Final = np.array([247.0, 247.0, 247.0])
_MORE: Final = np.array([230.0, 120.0, 0.0])


def difference_colours(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """RGB (…, 3) from 0 to 255 of differences from -1 to 1; beyond, the colours stay at their ends."""
    clipped = np.clip(values, -1.0, 1.0)[..., None]
    end = np.where(clipped < 0, _LESS, _MORE)
    colours: NDArray[np.float64] = _NONE + np.abs(clipped) * (end - _NONE)
    return colours
