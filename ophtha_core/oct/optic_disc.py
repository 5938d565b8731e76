"""Disc and cup contours from the opening of Bruch's membrane and the inner limiting membrane on nerve slices.

On each slice the outer landmarks are the ends of the opening. The line between them is raised by `d_mm` towards the
vitreous, perpendicular in mm space; the first crossings with the inner limiting membrane inwards are the cup's edges
(150 µm plane: Leung et al., IOVS 2005;46:891-899).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.contour import clipped, fitted_ellipse, ray_radii, smoothed
from ophtha_core.oct.enface import EnFaceGrid, ScanOrientation, require_positive
from ophtha_core.oct.measurements import PixelSize

Floats = NDArray[np.float64]
SLICES_FOR_CONTOUR = 2
WIDTH_SHARE = 0.1
ON_CONTOUR_SHARE = 0.02


@dataclass(frozen=True, kw_only=True)
class NerveSlice:
    """Landmarks (K, 2) and inner limiting membrane (n, 2; None where unknown) of one slice, in B-scan pixels."""

    index: int
    landmarks: Floats
    membrane: Floats | None = None

    @property
    def opening(self) -> Floats:
        """Left and right end of the opening of Bruch's membrane, shape (2, 2)."""
        return self.landmarks[[self.landmarks[:, 0].argmin(), self.landmarks[:, 0].argmax()]]


@dataclass(frozen=True, kw_only=True)
class ContourOptions:
    """How edges on slices become contours."""

    fit_ellipse: bool = True
    fill_absent_slices: bool = True
    smooth: bool = True


@dataclass(frozen=True, kw_only=True)
class NerveScan:
    """Nerve slices and where they lie.

    Raises InvalidInput for slices off the scan, listed twice or fewer than two, and for landmarks off the image.
    """

    slices: Sequence[NerveSlice]
    num_slices: int
    width: int
    orientation: ScanOrientation
    slice_spacing_mm: float
    pixel: PixelSize

    def __post_init__(self) -> None:
        require_positive("slice_thickness", self.slice_spacing_mm)
        for one, other in pairwise(sorted(entry.index for entry in self.slices)):
            if one == other:
                raise InvalidInput("nerve_slices", f"slice {one} is listed twice")
        for position, entry in enumerate(self.slices):
            if not 0 <= entry.index < self.num_slices:
                raise InvalidInput(f"nerve_slices[{position}]", f"is not one of {self.num_slices} slices")
            left, right = entry.opening
            if left[0] < -0.5 or right[0] > self.width:
                raise InvalidInput(f"nerve_landmarks_list[{position}]", f"lies outside {self.width} columns")
            if left[0] == right[0]:
                raise InvalidInput(f"nerve_landmarks_list[{position}]", "needs two landmarks at different columns")
        if len(self.slices) < SLICES_FOR_CONTOUR:
            raise InvalidInput("nerve_landmarks_list", "a disc needs 4 points: landmarks on at least two slices")

    @property
    def grid(self) -> EnFaceGrid:
        """Canonical grid of the scan."""
        return self.orientation.grid(
            shape=(self.num_slices, self.width),
            slice_spacing_mm=self.slice_spacing_mm,
            column_spacing_mm=self.pixel.column_spacing_mm,
        )

    def place(self, column: float, slice_index: float) -> tuple[float, float]:
        """(x, y) in mm on the canonical plane, origin at the centre of cell (0, 0)."""
        grid = self.grid
        point = self.orientation.canonical_point(
            column=column, slice_index=slice_index, shape=(self.num_slices, self.width)
        )
        return point.column * grid.column_spacing_mm, point.row * grid.row_spacing_mm

    def disc(self, options: ContourOptions) -> Floats:
        """Contour of the opening of Bruch's membrane, (n, 2) in mm; no points where it is none."""
        edges = {entry.index: (float(entry.opening[0, 0]), float(entry.opening[1, 0])) for entry in self.slices}
        return self.contour(edges, options)

    def cup(self, options: ContourOptions, *, d_mm: float) -> Floats:
        """Contour of the excavation inside the disc, (n, 2) in mm; no points without one."""
        edges: dict[int, tuple[float, float]] = {}
        closed: set[int] = set()
        for entry in self.slices:
            found = None if entry.membrane is None else cup_edges(entry, pixel=self.pixel, d_mm=d_mm)
            if found is not None:
                edges[entry.index] = found
            elif entry.membrane is not None:
                closed.add(entry.index)
        if len(edges) < SLICES_FOR_CONTOUR:
            return np.zeros((0, 2))
        disc = self.disc(options)
        cup = self.contour(edges, options, without=closed)
        return clipped(cup, within=shapely.Polygon(disc)) if len(disc) and len(cup) else np.zeros((0, 2))

    def contour(
        self,
        edges: Mapping[int, tuple[float, float]],
        options: ContourOptions,
        *,
        without: set[int] | frozenset[int] = frozenset(),
    ) -> Floats:
        """Left and right edges (columns) by slice -> closed contour; slices in `without` are not filled.

        It reaches at most half a slice beyond the slices that show it: what lies further was not seen. An ellipse that
        neither runs through the edges nor ends where they do is given up for the edges themselves.
        """
        known = sorted(edges)
        indices = known
        if options.fill_absent_slices:
            indices = [index for index in range(known[0], known[-1] + 1) if index not in without]
        left, right = (np.interp(indices, known, [edges[index][side] for index in known]) for side in (0, 1))
        ring = [*zip(left, indices, strict=True), *reversed(list(zip(right, indices, strict=True)))]
        points = np.array([self.place(float(column), index) for column, index in ring])
        ellipse = fitted_ellipse(points) if options.fit_ellipse else None
        if ellipse is not None and self.agrees(ellipse, points, gap=int(np.diff(known).max())):
            outline = ellipse
        else:
            outline = smoothed(points) if options.smooth else points
        return clipped(outline, within=self.seen(known[0], known[-1]))

    def seen(self, first: int, last: int) -> shapely.Polygon:
        """The field from half a slice before `first` to half a slice behind `last`."""
        ends = (-0.5, self.width - 0.5)
        corners = [(ends[0], first - 0.5), (ends[1], first - 0.5), (ends[1], last + 0.5), (ends[0], last + 0.5)]
        return shapely.Polygon([self.place(*corner) for corner in corners])

    def agrees(self, ellipse: Floats, points: Floats, *, gap: int) -> bool:
        """Whether an ellipse runs through its edges, or at least ends where they do.

        That is before the next slice, and within a tenth of their width.
        """
        beyond = np.maximum(points.min(axis=0) - ellipse.min(axis=0), ellipse.max(axis=0) - points.max(axis=0))
        across, along = beyond if self.orientation.is_vertical else beyond[::-1]
        extent = np.ptp(points, axis=0)
        width = extent[1 if self.orientation.is_vertical else 0]
        ends_there = across <= gap * self.slice_spacing_mm and along <= WIDTH_SHARE * width
        return bool(ends_there or (beyond.max() <= extent.max() and runs_through(ellipse, points)))


def runs_through(ellipse: Floats, points: Floats) -> bool:
    """Whether points (n, 2) lie on a closed contour (m, 2), to a fiftieth of their distance from its middle."""
    middle = ellipse.mean(axis=0)
    away = points - middle
    distances = np.hypot(*away.T)
    radii = ray_radii(ellipse, origin=middle, angles_rad=np.arctan2(away[:, 1], away[:, 0]))
    return bool(np.sqrt(((distances - radii) ** 2).mean()) <= ON_CONTOUR_SHARE * distances.mean())


def cup_edges(entry: NerveSlice, *, pixel: PixelSize, d_mm: float) -> tuple[float, float] | None:
    """Columns of the cup's edges on a slice; None where the membrane stays above the raised line."""
    left, right = entry.opening * pixel.scale
    length = float(np.hypot(*(right - left)))
    along = (right - left) / length
    towards_vitreous = np.array([along[1], -along[0]])
    origin = left + d_mm * towards_vitreous
    assert entry.membrane is not None
    membrane = vitreous_border(entry.membrane * pixel.scale) - origin
    at, height = membrane @ along, membrane @ towards_vitreous
    order = np.argsort(at, kind="stable")
    at, height = at[order], height[order]
    start, end = max(0.0, float(at[0])), min(length, float(at[-1]))
    if start >= end:
        return None
    between = (at > start) & (at < end)
    nodes = np.concatenate([[start], at[between], [end]])
    heights = np.concatenate([[np.interp(start, at, height)], height[between], [np.interp(end, at, height)]])
    if not (heights < 0).any():
        return None
    first = first_below(nodes, heights)
    last = -first_below(-nodes[::-1], heights[::-1])
    columns = (origin[0] + np.array([first, last]) * along[0]) / pixel.column_spacing_mm
    return float(columns[0]), float(columns[1])


def first_below(nodes: Floats, heights: Floats) -> float:
    """Where a polyline first comes down to 0; its start if it begins there."""
    if heights[0] <= 0:
        return float(nodes[0])
    position = int((heights < 0).argmax())
    above, below = heights[position - 1], heights[position]
    return float(nodes[position - 1] + (nodes[position] - nodes[position - 1]) * above / (above - below))


def vitreous_border(points: Floats) -> Floats:
    """Border towards the vitreous (smallest y) of an open line along the B-scan or of a closed outline."""
    steps = np.diff(points[:, 0])
    if (steps >= 0).all() or (steps <= 0).all():
        return points if steps.sum() >= 0 else points[::-1]
    start, end = points, np.roll(points, -1, axis=0)
    columns = np.unique(points[:, 0])
    low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    border = np.full(len(columns), np.inf)
    for edge in range(len(points)):
        first, last = np.searchsorted(columns, low[edge]), np.searchsorted(columns, high[edge], side="right")
        if low[edge] == high[edge]:
            heights = np.full(last - first, min(start[edge, 1], end[edge, 1]))
        else:
            part = (columns[first:last] - start[edge, 0]) / (end[edge, 0] - start[edge, 0])
            heights = start[edge, 1] + part * (end[edge, 1] - start[edge, 1])
        border[first:last] = np.minimum(border[first:last], heights)
    return np.stack([columns, border], axis=1)
