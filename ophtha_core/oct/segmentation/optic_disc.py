"""The opening of Bruch's membrane as a place without the bright band, as large as a disc, where there is signal."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.segmentation.stack import PixelSize

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MISSING_SHARE: Final = 0.5
"""Of what the band usually shows: less may be none."""
_ABSENT_SHARE: Final = 0.25
"""What is left of it inside a disc, in the median: a shadow leaves more."""
_NARROWEST_UM: Final = 450.0
_SMALLEST_MM2, _LARGEST_MM2 = 0.4, 7.0
_SMALLEST_CHORD_UM: Final = 900.0
"""In a single B-scan, which shows no area."""
_MARGIN_UM: Final = 60.0


def find_disc(evidence: Floats, signal: Mask, size: PixelSize) -> Mask | None:
    """Columns (B-scans, columns) inside the opening; None where no disc is in the field.

    ``evidence`` is that of the bright band, 1 where it is as usual, NaN where nothing is known of it; ``signal`` where
    the light reaches tissue.
    """
    missing = (evidence < _MISSING_SHARE) & signal
    missing |= ~np.isfinite(evidence) & _between(missing)
    slice_um = size.slice_um or _NARROWEST_UM
    kernel = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * max(1, round(_NARROWEST_UM / size.column_um / 2)) + 1, _odd(_NARROWEST_UM / slice_um))
    )
    opened = cv2.morphologyEx(missing.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    found = labels == largest
    known = evidence[found & np.isfinite(evidence)]
    if not len(known) or float(np.median(known)) > _ABSENT_SHARE or not _is_disc(found, size):
        return None
    return _hull(found, size)


def _is_disc(found: Mask, size: PixelSize) -> bool:
    chord_um = float(found.sum(axis=1).max()) * size.column_um
    if chord_um < _SMALLEST_CHORD_UM and not _touches_side(found):
        return False
    if len(found) < 3 or not size.slice_um:
        return True
    area_mm2 = float(found.sum()) * size.column_um * size.slice_um / 1e6
    return _SMALLEST_MM2 <= area_mm2 <= _LARGEST_MM2


def _touches_side(found: Mask) -> bool:
    return bool(found[:, 0].any() or found[:, -1].any())


def _hull(found: Mask, size: PixelSize) -> Mask:
    """An opening has no bays; a margin, as its border is known no better."""
    points = np.argwhere(found)[:, ::-1].astype(np.int32)
    mask = np.zeros(found.shape, dtype=np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points), 1)
    margin = max(1, round(_MARGIN_UM / size.column_um))
    return np.asarray(cv2.dilate(mask, np.ones((1, 2 * margin + 1), dtype=np.uint8)) > 0)


def _between(missing: Mask) -> Mask:
    """B-scans of which nothing is known, between others: as their neighbours."""
    return np.roll(missing, 1, axis=0) | np.roll(missing, -1, axis=0)


def _odd(value: float) -> int:
    return 2 * max(0, round(value / 2 - 0.25)) + 1
