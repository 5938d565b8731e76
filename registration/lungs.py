"""Where the lungs are."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from registration.errors import InvalidContent
from registration.grids import FloatArray, Grid, Mask
from registration.settings import LungSettings
from registration.slices import Side


def find_lungs(hu: FloatArray, seen: Mask, grid: Grid, *, side: Side, settings: LungSettings) -> Mask:
    """Lungs with their vessels on ``grid``, shape (z, y, x), as far as they were ``seen``.

    Air that reaches the border of what was seen in a plane is outside the body, unless it has the density of lung (a
    cut field of view). Gas of bowel and stomach is left out by its density. Raises :class:`InvalidContent` if nothing
    is left.
    """
    air = (hu < settings.threshold_hu) & seen
    labels, count = _parts(air, grid, settings=settings)
    lungs = np.zeros(hu.shape, dtype=bool)
    if count:
        index = np.arange(1, count + 1)
        volume_ml = ndimage.sum_labels(air, labels, index) * grid.voxel_ml
        mean_hu = ndimage.mean(hu, labels, index)
        at_border = np.isin(index, np.unique(_in_plane_border(labels, seen)))
        keep = (volume_ml >= settings.minimum_part_ml) & (
            mean_hu >= np.where(at_border, settings.minimum_border_mean_hu, settings.minimum_mean_hu)
        )
        lungs = np.isin(labels, index[keep])
    if lungs.sum() * grid.voxel_ml < settings.minimum_volume_ml:
        raise InvalidContent(f"{side}: no lungs found, a chest CT is needed")
    return _with_vessels(lungs, grid, settings=settings)


def _parts(air: Mask, grid: Grid, *, settings: LungSettings) -> tuple[NDArray[np.int32], int]:
    """Air in parts that hang together by more than a thin neck: lung and room air meet where the wall is cut."""
    sampling = grid.spacing_mm[::-1]
    depth_mm = ndimage.distance_transform_edt(_edge_padded(air), sampling=sampling)[1:-1, 1:-1, 1:-1]
    cores = np.zeros(air.shape, dtype=np.int32)
    count = int(ndimage.label(depth_mm > settings.neck_mm, output=cores))
    if not count:
        return cores, count
    away_mm, nearest = ndimage.distance_transform_edt(cores == 0, sampling=sampling, return_indices=True)
    labels: NDArray[np.int32] = cores[tuple(nearest)]
    labels[~air | (away_mm > 2 * settings.neck_mm)] = 0
    return labels, count


def _edge_padded(mask: Mask) -> Mask:
    return np.pad(mask, 1, mode="edge")


def _in_plane_border(labels: NDArray[np.int32], seen: Mask) -> NDArray[np.int32]:
    """Labels beside the sides of the planes, and beside what was not seen."""
    sides = [labels[:, 0].ravel(), labels[:, -1].ravel(), labels[:, :, 0].ravel(), labels[:, :, -1].ravel()]
    if not seen.all():
        beside = ndimage.binary_dilation(~seen, structure=np.ones((1, 3, 3), dtype=bool))
        sides.append(labels[beside])
    return np.concatenate(sides)


def _with_vessels(lungs: Mask, grid: Grid, *, settings: LungSettings) -> Mask:
    """Close vessels and small consolidations; distances instead of structuring elements keep it cheap."""
    radius = settings.closing_mm
    pad = int(np.ceil(radius / min(grid.spacing_mm))) + 1
    padded = np.pad(lungs, pad, mode="edge")
    sampling = grid.spacing_mm[::-1]
    grown = ndimage.distance_transform_edt(~padded, sampling=sampling) <= radius
    closed = ndimage.distance_transform_edt(grown, sampling=sampling) > radius
    inner = closed[pad:-pad, pad:-pad, pad:-pad] | lungs
    filled: Mask = np.stack([ndimage.binary_fill_holes(plane) for plane in inner])
    return filled
