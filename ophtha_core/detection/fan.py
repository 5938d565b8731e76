"""The fan or rectangle in which an ultrasound picture shows the body, found in the picture itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ophtha_core.detection.reading import Picture

_BLACK: Final = 10
"""Of 255: what the ground beside the fan is not brighter than, and its noise."""
_GAP_PX: Final = 9
"""Of speckle, between pixels that are lit."""
_LEAST_THICKNESS: Final = 0.07
"""Of the rows: what is thinner is a line of text, a scale or a frame."""
_LEAST_THICKNESS_PX: Final = 25
_LEAST_AREA: Final = 0.06
_TOLERANCE_PX: Final = 1.0

Outline = tuple[tuple[float, float], ...]
"""Corners (x, y) of a polygon in pixels; pixel k covers [k, k + 1)."""


@dataclass(frozen=True, slots=True)
class Fan:
    """``lit`` is the share of its pixels that the pictures light: 1 for one without a gap."""

    outline: Outline
    lit: float


def find_fan(pictures: Iterable[Picture]) -> Fan | None:
    """The outline of the largest area that is lit in any of the pictures and is no line of text; None without one.

    What lies beside it is not in it, also where it touches: parts as thin as a line of text are cut off.
    """
    lit: NDArray[np.bool_] = np.any([_brightness(picture) > _BLACK for picture in pictures], axis=0)
    area = _largest(_without_thin_parts(_filled(lit)))
    if area is None or area.sum() < _LEAST_AREA * area.size:
        return None
    contour = max(_outer_contours(area), key=cv2.contourArea)
    corners = cv2.approxPolyDP(contour, _TOLERANCE_PX, closed=True)[:, 0, :]
    # A contour runs through the centres of pixels.
    outline = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in corners)
    return Fan(outline, lit=float(lit[area].mean()))


def _brightness(picture: Picture) -> NDArray[np.uint8]:
    brightest: NDArray[np.uint8] = picture if picture.ndim == 2 else picture.max(axis=2)
    return brightest


def _filled(lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Without the gaps of speckle, and without holes."""
    closed = cv2.morphologyEx(lit.astype(np.uint8), cv2.MORPH_CLOSE, _disc(_GAP_PX))
    filled = np.zeros(lit.shape, np.uint8)
    cv2.drawContours(filled, _outer_contours(closed), -1, 1, cv2.FILLED)
    return filled


def _without_thin_parts(area: NDArray[np.uint8]) -> NDArray[np.uint8]:
    disc = _disc(max(_LEAST_THICKNESS_PX, round(_LEAST_THICKNESS * area.shape[0])))
    opened = np.empty_like(area)
    cv2.morphologyEx(area, cv2.MORPH_OPEN, disc, dst=opened, borderType=cv2.BORDER_REPLICATE)
    return opened


def _largest(area: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    number, labels, found, _ = cv2.connectedComponentsWithStats(area, connectivity=4)
    if number < 2:
        return None
    return np.asarray(labels == 1 + int(found[1:, cv2.CC_STAT_AREA].argmax()))


def _outer_contours(area: NDArray[np.generic]) -> list[NDArray[np.int32]]:
    found = cv2.findContours(area.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    return [np.asarray(each, np.int32) for each in found]


def _disc(diameter_px: int) -> NDArray[np.uint8]:
    side = diameter_px | 1  # an even disc has no middle: what it opens moves by a pixel
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
