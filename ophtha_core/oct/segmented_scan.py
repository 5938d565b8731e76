"""Thickness maps of the classes segmented on the B-scans of an examination."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.columns import DistanceMethod, axial_thickness, shortest_thickness
from ophtha_core.oct.enface import require_positive
from ophtha_core.oct.polygon import Outline, require_inside

Floats = NDArray[np.float64]
MAX_CELLS = 2**24


@dataclass(frozen=True, kw_only=True)
class SegmentedScan:
    """Outlines of every B-scan, in scan order, on images of `width` x `height` pixels.

    Raises InvalidInput for an examination without B-scans and for points off the image.
    """

    slices: Sequence[Sequence[Outline]]
    width: int
    height: int

    def __post_init__(self) -> None:
        if not self.slices:
            raise InvalidInput("segmentation_instances", "holds no slice")
        for outlines in self.slices:
            for outline in outlines:
                require_inside(outline, width=self.width, height=self.height)

    @property
    def shape(self) -> tuple[int, int]:
        """(slices, columns)."""
        return len(self.slices), self.width

    @property
    def classes(self) -> list[str]:
        """Class names in order of first appearance."""
        return list(dict.fromkeys(outline.name for outlines in self.slices for outline in outlines))

    def thickness_px(
        self,
        classes: Sequence[str],
        *,
        method: DistanceMethod = DistanceMethod.AXIAL,
        column_spacing_mm: float | None = None,
        row_spacing_mm: float | None = None,
    ) -> dict[str, Floats]:
        """Thickness of each class in rows of the B-scan; shape (slices, columns), 0 where the class is absent.

        `min_dist` needs the spacings; without `row_spacing_mm` pixels count as square.
        """
        number = {name: position for position, name in enumerate(classes)}
        if len(number) * len(self.slices) * self.width > MAX_CELLS:
            raise InvalidInput("segmentation_instances", f"makes maps of more than {MAX_CELLS} cells")
        chosen = [
            (outline.points, number[outline.name] * len(self.slices) + index)
            for index, outlines in enumerate(self.slices)
            for outline in outlines
            if outline.name in number
        ]
        points, map_rows = [points for points, _ in chosen], [row for _, row in chosen]
        rows = len(number) * len(self.slices)
        if method is DistanceMethod.AXIAL:
            flat = axial_thickness(points, map_rows, rows=rows, width=self.width)
        else:
            if column_spacing_mm is None:
                raise InvalidInput("pixel_spacing_column", "is needed for min_dist")
            require_positive("pixel_spacing_column", column_spacing_mm)
            if row_spacing_mm is not None:
                require_positive("pixel_spacing_row", row_spacing_mm)
            flat = shortest_thickness(
                points,
                map_rows,
                rows=rows,
                width=self.width,
                column_spacing_mm=column_spacing_mm,
                row_spacing_mm=row_spacing_mm or column_spacing_mm,
            )
        maps = flat.reshape(len(number), *self.shape)
        return {name: maps[position] for name, position in number.items()}


def reached_columns(slices: Sequence[Sequence[Outline]], *, width: int) -> NDArray[np.bool_]:
    """Columns whose centre lies between the ends of an outline; shape (slices, width)."""
    columns = np.arange(width)
    reached = np.zeros((len(slices), width), dtype=np.bool_)
    for index, outlines in enumerate(slices):
        for outline in outlines:
            low, high = outline.points[:, 0].min(), outline.points[:, 0].max()
            reached[index] |= (columns >= low) & (columns <= high)
    return reached
