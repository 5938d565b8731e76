"""The B-scans of a volume, brought to one brightness, and how large their pixels are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import require_positive

Pixels = NDArray[np.float32]

BRIGHT: Final = 200.0
"""What the brightest percent of a B-scan is scaled to; 0 is its darkest tenth."""
_BRIGHT_PERCENT, _DARK_PERCENT = 99.0, 10.0
_LEAST_PADDING_ROWS: Final = 4
_PADDING_TOLERANCE: Final = 0.01
_CONTINUED_ROWS: Final = 12
_DARK_SHARE: Final = 0.4


@dataclass(frozen=True, kw_only=True)
class PixelSize:
    """Of a B-scan, and the distance to its neighbours (0 where it has none), in µm."""

    row_um: float
    column_um: float
    slice_um: float

    def __post_init__(self) -> None:
        require_positive("pixel_spacing_row", self.row_um)
        require_positive("pixel_spacing_column", self.column_um)

    def rows(self, depth_um: float) -> int:
        """Whole rows of a depth, at least one."""
        return max(1, round(depth_um / self.row_um))

    def columns(self, width_um: float) -> int:
        """Whole columns of a width, at least one."""
        return max(1, round(width_um / self.column_um))


@dataclass(frozen=True, kw_only=True, eq=False)
class BScanStack:
    """Pixels (B-scans, rows, columns) from 0 (dark) over `BRIGHT` (bright tissue) to 255."""

    pixels: NDArray[np.uint8]
    size: PixelSize

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B-scans, rows, columns)."""
        count, rows, columns = self.pixels.shape
        return count, rows, columns


def stack_of(frames: Iterable[NDArray[np.generic]], size: PixelSize) -> BScanStack:
    """Scale each B-scan by itself: devices differ by more than a factor of ten, and blinks darken.

    Raises InvalidInput (`series`) where there is no frame, or they differ in size.
    """
    scaled = [_scaled(np.asarray(frame, dtype=np.float32)) for frame in frames]
    if not scaled or len({each.shape for each in scaled}) > 1:
        raise InvalidInput("series", "holds no B-scans of one size")
    return BScanStack(pixels=np.stack(scaled), size=size)


def _scaled(frame: Pixels) -> NDArray[np.uint8]:
    image = np.nan_to_num(frame, nan=0.0, posinf=0.0, neginf=0.0)
    top, bottom = _padding_rows(image), _padding_rows(image[::-1])
    row = np.arange(len(image))[:, None]
    inside = (row >= top) & (row < len(image) - bottom)
    tissue = image[inside]
    if tissue.size == 0:
        return np.zeros(image.shape, dtype=np.uint8)
    low, high = np.percentile(tissue[:: max(1, tissue.size // 50_000)], (_DARK_PERCENT, _BRIGHT_PERCENT))
    if top.any() or bottom.any():
        image = _continued(_continued(image, top)[::-1], bottom)[::-1]
    scaled = (image - low) * np.float32(BRIGHT / max(float(high - low), 1e-6))
    return np.asarray(np.clip(np.rint(scaled), 0, 255), dtype=np.uint8)


def _padding_rows(image: Pixels) -> NDArray[np.intp]:
    """Rows at the top of each column that the device filled: B-scans moved after the eye leave its end values there."""
    low, high = float(image.min()), float(image.max())
    runs = [
        np.logical_and.accumulate(same, axis=0).sum(axis=0)
        for same in (image <= low + (high - low) * _PADDING_TOLERANCE, image >= high)
    ]
    longest = np.maximum(*runs)
    under = np.minimum(longest + np.arange(1, _CONTINUED_ROWS)[:, None], len(image) - 1)
    follows = np.take_along_axis(image, under, axis=0).mean(axis=0)
    bright = float(np.percentile(image[::4, ::4], _BRIGHT_PERCENT))
    filled = longest >= _LEAST_PADDING_ROWS
    # A vitreous as dark as padding ends at tissue, padding does not.
    if filled.any() and float(np.median(follows[filled])) > low + (bright - low) * _DARK_SHARE:
        return np.zeros_like(longest)
    return np.where(filled, longest, 0)


def _continued(image: Pixels, padding: NDArray[np.intp]) -> Pixels:
    """What lies under the padding goes on above it: its end is no edge of tissue."""
    rows, columns = image.shape
    row, column = np.arange(rows)[:, None], np.arange(columns)
    first = np.minimum(padding + 1, rows - 1)
    period = np.minimum(_CONTINUED_ROWS, rows - first)
    source = np.where(row < first, first + (first - row) % period, row)
    return image[source, column]


def reduced(stack: BScanStack, *, row_factor: int, column_factor: int) -> Pixels:
    """Means of blocks, the last row and column of blocks filled up with what lies at the edge; 1 is bright tissue."""
    count, rows, columns = stack.shape
    below, right = -rows % row_factor, -columns % column_factor
    size = ((columns + right) // column_factor, (rows + below) // row_factor)
    small = np.empty((count, size[1], size[0]), dtype=np.float32)
    for index, image in enumerate(stack.pixels):
        padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
        small[index] = cv2.resize(padded.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return small / np.float32(BRIGHT)
