"""All edges of many areas as flat arrays, ready for scan conversion."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

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
    def fills_row(self) -> npt.NDArray[np.bool_]:
        """Horizontal edges that run to the left exactly through pixel centres."""
        level: npt.NDArray[np.bool_] = (self.start_y == self.end_y) & (np.floor(self.start_y) + 0.5 == self.start_y)
        return level & (self.start_x > self.end_x)

    def __len__(self) -> int:
        return len(self.owner)

    def select(self, chosen: npt.NDArray[np.bool_] | Ints | slice) -> "Edges":
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


def edges_of_strips(edges: Edges, *, strip_rows: int, rows: int) -> list[Edges]:
    """The edges that cross rows, or fill one, of each strip of ``strip_rows`` rows; the last may have fewer."""
    strips = -(-rows // strip_rows)
    counts = edges.select((edges.last_row > edges.first_row) | edges.fills_row)
    bottom = np.maximum(counts.last_row, counts.first_row + 1)
    inside = (bottom > 0) & (counts.first_row < rows)
    counts, bottom = counts.select(inside), bottom[inside]
    first = np.maximum(counts.first_row, 0) // strip_rows
    reached = np.minimum((bottom - 1) // strip_rows, strips - 1) - first + 1
    edge = np.repeat(np.arange(len(counts)), reached)
    strip = np.arange(len(edge)) + np.repeat(first - (np.cumsum(reached) - reached), reached)
    order = np.argsort(strip.astype(np.uint16), kind="stable")
    begins = np.searchsorted(strip[order], np.arange(strips + 1)).tolist()
    ordered = counts.select(edge[order])
    return [ordered.select(slice(begin, end)) for begin, end in pairwise(begins)]
