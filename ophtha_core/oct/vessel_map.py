"""Vessel maps: the B-scans of an examination projected along depth, a view like a fundus photograph.

Vessels shadow the layers under them, so they are dark in the mean along the A-scans
(Niemeijer et al., Proc. SPIE 6914:69141R, 2008).
"""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, median_filter

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid, ScanOrientation, require_positive

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
DARKEST_PERCENT, BRIGHTEST_PERCENT = 1.0, 99.0
STRIPE_NEIGHBOURS = 9
BLINK_SHARE = 0.4
UNWRITTEN_SHARE = 0.05
INPAINT_RADIUS_PX = 3
MAX_SIDE_PX = 8192


def projection(slices: Iterable[NDArray[np.generic]]) -> Floats:
    """B-scans (depth, width), one by one -> mean along depth, shape (slices, width)."""
    rows = [np.asarray(slice_, dtype=np.float32).mean(axis=0, dtype=np.float64) for slice_ in slices]
    if not rows:
        raise InvalidInput("input_location", "holds no B-scan")
    if len({row.shape for row in rows}) > 1:
        raise InvalidInput("input_location", "holds B-scans of different widths")
    return np.stack(rows)


def vessel_map(mean_projection: Floats, *, inpaint_artifacts: bool = True) -> Bytes:
    """Projection (slices, width) -> grey values 0 … 255 of the same shape, in scan order."""
    blank = artefact_slices(mean_projection)
    evened = without_stripes(mean_projection, ignore=blank)
    if inpaint_artifacts:
        evened = filled_slices(evened, blank)
    reference = evened[~blank] if not blank.all() else evened
    low, high = np.percentile(reference, [DARKEST_PERCENT, BRIGHTEST_PERCENT])
    if high <= low:
        return np.full(evened.shape, 128, dtype=np.uint8)
    grey: Bytes = np.round((evened - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)
    if not inpaint_artifacts:
        return grey
    return without_holes(grey, unwritten_cells(mean_projection) & ~blank[:, None])


def unwritten_cells(mean_projection: Floats) -> NDArray[np.bool_]:
    """Cells of A-scans that hold no signal, as at the margins of motion-corrected B-scans."""
    level = np.median(mean_projection, axis=1, keepdims=True)
    return np.asarray(mean_projection < UNWRITTEN_SHARE * level)


def without_holes(grey: Bytes, holes: NDArray[np.bool_]) -> Bytes:
    """Holes filled from their surroundings (Telea, J. Graphics Tools 2004;9:23-34)."""
    if not holes.any():
        return grey
    return np.asarray(cv2.inpaint(grey, holes.astype(np.uint8), INPAINT_RADIUS_PX, cv2.INPAINT_TELEA), dtype=np.uint8)


def artefact_slices(mean_projection: Floats) -> NDArray[np.bool_]:
    """Slices lost to a blink or never written: far darker than the examination; shape (slices,)."""
    level = np.median(mean_projection, axis=1)
    return np.asarray(level < BLINK_SHARE * np.median(level))


def without_stripes(mean_projection: Floats, *, ignore: NDArray[np.bool_]) -> Floats:
    """Brightness of each slice brought to that of its neighbourhood, by medians, so vessels stay."""
    level = np.median(mean_projection, axis=1)
    usable = np.flatnonzero(~ignore & (level > 0))
    if usable.size == 0:
        return mean_projection
    # The median does not follow one odd slice, the mean after it evens out stripes that alternate.
    steady = median_filter(level[usable], size=min(STRIPE_NEIGHBOURS, usable.size), mode="nearest")
    smooth = gaussian_filter1d(steady, sigma=STRIPE_NEIGHBOURS / 3, mode="nearest")
    gain = np.ones(len(level))
    gain[usable] = smooth / level[usable]
    evened: Floats = mean_projection * gain[:, None]
    return evened


def filled_slices(values: Floats, missing: NDArray[np.bool_]) -> Floats:
    """Missing slices interpolated between their neighbours."""
    known = np.flatnonzero(~missing)
    if known.size in (0, len(missing)):
        return values
    filled = values.copy()
    for index in np.flatnonzero(missing):
        after = int(np.searchsorted(known, index))
        below, above = known[max(0, after - 1)], known[min(after, known.size - 1)]
        share = 0.0 if above == below else (index - below) / (above - below)
        filled[index] = (1 - share) * values[below] + share * values[above]
    return filled


def canonical_image(values: Bytes, *, orientation: ScanOrientation, grid: EnFaceGrid, pixels_per_mm: float) -> Bytes:
    """(slices, width) -> canonical image of round(extent x scale) pixels. Raises InvalidInput for the scale."""
    require_positive("scaling_factor_visualization", pixels_per_mm)
    width, height = round(grid.width_mm * pixels_per_mm), round(grid.height_mm * pixels_per_mm)
    if not (1 <= width <= MAX_SIDE_PX and 1 <= height <= MAX_SIDE_PX):
        raise InvalidInput("scaling_factor_visualization", f"makes an image of {width} x {height} pixels")
    image = np.ascontiguousarray(orientation.to_canonical(values))
    # INTER_AREA only averages when shrinking both ways; enlarging it repeats cells.
    is_shrinking = width <= image.shape[1] and height <= image.shape[0]
    method = cv2.INTER_AREA if is_shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), dtype=np.uint8)


def png_bytes(image: Bytes) -> bytes:
    """A grey image as a PNG file."""
    _, encoded = cv2.imencode(".png", image)
    return encoded.tobytes()
