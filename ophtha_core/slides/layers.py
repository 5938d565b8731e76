"""Optical paths and focal planes of a slide, numbered over all its levels."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ophtha_core.errors import UnreadableImage

LARGEST_PLANE_COUNT: Final = 1024
_Numbers = npt.NDArray[np.int32]


class Layers:
    """What the largest level holds; the frames of the others are told by it."""

    def __init__(self) -> None:
        self.channels: tuple[str, ...] = ()
        """Identifiers of optical paths, in the order of their first frames."""
        self.depths_um: tuple[float, ...] = ()
        """Places of focal planes, the lowest first."""

    @property
    def planes(self) -> int:
        return len(self.channels) * len(self.depths_um)

    def numbers(
        self,
        columns: npt.NDArray[np.int64],
        rows: npt.NDArray[np.int64],
        depths_um: npt.NDArray[np.float64],
        paths: npt.NDArray[np.str_],
        *,
        inside: npt.NDArray[np.bool_],
        is_base: bool,
    ) -> tuple[_Numbers, _Numbers]:
        """Channel and focal plane of each frame of a level; -1 for those the largest level does not have.

        Only frames ``inside`` the matrix count. Raises UnreadableImage for more planes than a slide can have.
        """
        stacked = _are_stacked(columns[inside], rows[inside], paths[inside], depths_um[inside])
        if is_base:
            self.channels = tuple(dict.fromkeys(paths[inside].tolist()))
            # Scanners that follow the specimen state another depth for each tile: that is one plane all the same.
            self.depths_um = tuple(np.unique(depths_um[inside]).tolist()) if stacked else (float(depths_um[inside][0]),)
            if self.planes > LARGEST_PLANE_COUNT:
                raise UnreadableImage(f"it has {self.planes} channels and focal planes, more than a slide can have")
        channels = _channels(paths, self.channels)
        if len(self.depths_um) < 2:
            return channels, np.zeros(len(columns), dtype=np.int32)
        return channels, _nearest(depths_um, np.array(self.depths_um))


def _are_stacked(
    columns: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    paths: npt.NDArray[np.str_],
    depths_um: npt.NDArray[np.float64],
) -> bool:
    """Whether some place has frames of one optical path at several depths."""
    depths, depth = np.unique(depths_um, return_inverse=True)
    if len(depths) == 1:
        return False
    _, path = np.unique(paths, return_inverse=True)
    places = len(np.unique(place_keys(columns, rows, path)))
    return len(np.unique(place_keys(columns, rows, path * len(depths) + depth))) > places


def place_keys(
    columns: npt.NDArray[np.integer], rows: npt.NDArray[np.integer], layers: npt.NDArray[np.integer]
) -> npt.NDArray[np.int64]:
    """A number for each place within a matrix and layer: two tiles have the same when they lie in the same place."""
    if not len(columns):
        return np.zeros(0, dtype=np.int64)
    across, down = (int(each.max()) - int(each.min()) + 1 for each in (columns, rows))
    row = layers.astype(np.int64) * down + rows - int(rows.min())
    keys: npt.NDArray[np.int64] = row * across + columns - int(columns.min())
    return keys


def _channels(paths: npt.NDArray[np.str_], known: Sequence[str]) -> _Numbers:
    if len(known) == 1:
        return np.zeros(len(paths), dtype=np.int32)
    names, inverse = np.unique(paths, return_inverse=True)
    numbers = {name: number for number, name in enumerate(known)}
    return np.array([numbers.get(name, -1) for name in names.tolist()], dtype=np.int32)[inverse]


def _nearest(depths_um: npt.NDArray[np.float64], known: npt.NDArray[np.float64]) -> _Numbers:
    after = np.clip(np.searchsorted(known, depths_um), 1, len(known) - 1)
    before = after - 1
    is_before = depths_um - known[before] <= known[after] - depths_um
    return np.where(is_before, before, after).astype(np.int32)
