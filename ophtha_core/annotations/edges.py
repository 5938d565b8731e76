"""All edges of many areas as flat arrays, ready for scan conversion."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """Directed edges of closed rings, pixels, in one space; ``owner`` is the index of the area in drawing order."""

    start_x: Floats
    start_y: Floats
    end_x: Floats
    end_y: Floats
    owner: Ints

    @cached_property
    def first_row(self) -> Ints:
        """First row whose centre is at or below the upper end of the edge."""
        return np.ceil(np.minimum(self.start_y, self.end_y) - 0.5).astype(np.int64)

    @cached_property
    def last_row(self) -> Ints:
        """Row after the last one whose centre is above the lower end of the edge."""
        return np.ceil(np.maximum(self.start_y, self.end_y) - 0.5).astype(np.int64)

    @cached_property
    def lies_on_centres(self) -> npt.NDArray[np.bool_]:
        """Horizontal edges that run exactly through pixel centres."""
        level: npt.NDArray[np.bool_] = (self.start_y == self.end_y) & (np.floor(self.start_y) + 0.5 == self.start_y)
        return level

    def select(self, chosen: npt.NDArray[np.bool_]) -> "Edges":
        return Edges(
            start_x=self.start_x[chosen],
            start_y=self.start_y[chosen],
            end_x=self.end_x[chosen],
            end_y=self.end_y[chosen],
            owner=self.owner[chosen],
        )


def edges_of(areas: Sequence[BaseGeometry]) -> Edges:
    """Every edge of every ring of polygons and multipolygons, in the order given.

    All rings, holes too, run clockwise where y points up.
    """
    polygons, owner_of_polygon = shapely.get_parts(np.asarray(areas, dtype=object), return_index=True)
    rings, polygon_of_ring = shapely.get_rings(polygons, return_index=True)
    rings = np.where(shapely.is_ccw(rings), shapely.reverse(rings), rings)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    same_ring = ring_of_point[1:] == ring_of_point[:-1]
    owner_of_ring = owner_of_polygon[polygon_of_ring].astype(np.int64)
    return Edges(
        start_x=points[:-1, 0][same_ring],
        start_y=points[:-1, 1][same_ring],
        end_x=points[1:, 0][same_ring],
        end_y=points[1:, 1][same_ring],
        owner=owner_of_ring[ring_of_point[1:][same_ring]],
    )
