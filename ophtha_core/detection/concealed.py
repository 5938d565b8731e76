"""Pictures without what was masked in them: a mask that stands out is easily taken for a line of text itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ophtha_core.detection.pictures import PictureSeries
from ophtha_core.detection.reading import Picture

_NARROWEST_PX: Final = 9
_WIDER: Final = 4

MaskOfFrame = Callable[[int], NDArray[np.bool_] | None]
"""Masked pixels (rows x columns) of a zero-based frame, None when there are none."""


@dataclass(frozen=True, eq=False)
class Concealed:
    """Pictures in which masked pixels have the shade of what lies around them."""

    pictures: PictureSeries
    mask_of: MaskOfFrame

    def __call__(self, frame: int) -> Picture:
        mask = self.mask_of(frame)
        picture = self.pictures(frame)
        return picture if mask is None else conceal(picture, mask)


def conceal(picture: Picture, mask: NDArray[np.bool_]) -> Picture:
    """The picture with masked pixels (rows x columns) replaced by the mean of the others in a window around each, the
    narrowest in which there are any; one that is masked wholly stays as it is."""
    shown = (~mask).astype(np.float32)
    weighted = picture.astype(np.float32) * (shown if picture.ndim == 2 else shown[:, :, None])
    concealed, waiting, side = picture.copy(), mask.copy(), _NARROWEST_PX
    while waiting.any() and side < 2 * _WIDER * max(mask.shape):
        share, total = cv2.blur(shown, (side, side)), cv2.blur(weighted, (side, side))
        ready = waiting & (share > 0.5 / side**2)
        near = share[ready] if picture.ndim == 2 else share[ready][:, None]
        concealed[ready] = np.rint(np.clip(total[ready] / near, 0, 255))
        waiting &= ~ready
        side = _WIDER * (side - 1) + 1
    return concealed
