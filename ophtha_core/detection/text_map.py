"""Where in a picture text may be: boxes around what the finder marks, at one scale of the picture."""

import math
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ophtha_core.detection.box import Box
from ophtha_core.detection.networks import Input, TextNetworks
from ophtha_core.detection.reading import Picture

_MULTIPLE: Final = 32
_LIKELY: Final = 0.3
_SURE: Final = 0.45
_LEAST_SIDE: Final = 3
_UNCLIP: Final = 1.8
"""The finder marks the core of a line, shrunk by area / perimeter; by more than that it is grown again (Liao et al.,
Real-time scene text detection with differentiable binarization, 2020)."""
_TILE_PX: Final = 960
_OVERLAP_PX: Final = 96


def marked_boxes(picture: Picture, scale: float, networks: TextNetworks) -> list[Box]:
    """Boxes, in pixels of the picture, of what looks like text when it is shown ``scale`` times as large.

    Large pictures are looked at in tiles that overlap; a line across their border comes as several boxes.
    """
    return [
        box.moved(tile.left, tile.top)
        for tile in _tiles(picture.shape[0], picture.shape[1], side=round(_TILE_PX / scale))
        for box in _marked_in_tile(picture[tile.slices], scale, networks)
    ]


def _tiles(rows: int, columns: int, *, side: int) -> Iterator[Box]:
    for top, bottom in _spans(rows, side):
        for left, right in _spans(columns, side):
            yield Box(left, top, right, bottom)


def _spans(length: int, side: int) -> Iterator[tuple[int, int]]:
    overlap = min(_OVERLAP_PX, side // 2)
    number = max(1, math.ceil((length - overlap) / (side - overlap)))
    size = math.ceil((length + (number - 1) * overlap) / number)
    for index in range(number):
        start = index * (size - overlap)
        yield start, min(start + size, length)


def _marked_in_tile(tile: Picture, scale: float, networks: TextNetworks) -> list[Box]:
    rows, columns = tile.shape[:2]
    marks = networks.text_map(_prepared(tile, scale))
    across, down = columns / marks.shape[1], rows / marks.shape[0]
    return [
        Box(
            math.floor(left * across), math.floor(top * down), math.ceil(right * across), math.ceil(bottom * down)
        ).within(rows=rows, columns=columns)
        for left, top, right, bottom in _components(marks)
    ]


def _prepared(picture: Picture, scale: float) -> Input:
    rows, columns = (max(1, round(side * scale / _MULTIPLE)) * _MULTIPLE for side in picture.shape[:2])
    colour = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    by = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    scaled = cv2.resize(colour, (columns, rows), interpolation=by).astype(np.float32)
    prepared: Input = (scaled.transpose(2, 0, 1) / np.float32(127.5) - np.float32(1))[None]
    return prepared


def _components(marks: NDArray[np.float32]) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each marked component, grown to the whole line."""
    likely = cv2.dilate((marks > _LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
    number, labels, found, _ = cv2.connectedComponentsWithStats(likely, connectivity=8)
    for index in range(1, number):
        left, top, width, height = (int(each) for each in found[index, :4])
        window = slice(top, top + height), slice(left, left + width)
        if min(width, height) < _LEAST_SIDE or marks[window][labels[window] == index].mean() < _SURE:
            continue
        more = _UNCLIP * width * height / (2 * (width + height))
        yield left - more, top - more, left + width + more, top + height + more
