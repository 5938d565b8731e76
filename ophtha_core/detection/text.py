"""Find lines of text in a picture.

A line that can be seen is covered whether or not it can be read: the reader knows Latin, Chinese and Japanese, the
finder any script. What is read decides only about boxes so large that they would hide the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ophtha_core.detection.box import Box
from ophtha_core.detection.lines import joined, padded
from ophtha_core.detection.networks import TextNetworks, text_networks
from ophtha_core.detection.reading import Picture, Reading, read_lines
from ophtha_core.detection.text_map import marked_boxes

_COARSE_SIDE_PX: Final = 640
"""Of the whole picture, for lines so large that they are seen best from afar."""
_FINE_SCALE: Final = 1.5
_LARGEST_UPSCALED_PX: Final = 1024
"""Side of a picture from which on small glyphs are drawn large enough as they are."""
_SMALL_PICTURE_PX: Final = 320
_LARGE_AREA: Final = 0.02
_LARGE_PATCH: Final = 0.01
"""Of the picture, for boxes that do not have the shape of a line."""
_LARGE_HEIGHT: Final = 0.15
_LEAST_CONFIDENCE: Final = 0.6
_LINE_SHAPE: Final = 3.0
_LEAST_CONTRAST_SHARE: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line of text: its box in pixels, and what was read there."""

    box: Box
    reading: Reading


def find_text(picture: Picture, networks: TextNetworks | None = None) -> list[TextLine]:
    """Lines of text, light on dark or dark on light, in a picture as it is shown."""
    networks = networks or text_networks()
    boxes = text_boxes(picture, picture, networks)
    readings = read_lines([picture[box.slices] for box in boxes], networks)
    return [TextLine(box=box, reading=reading) for box, reading in zip(boxes, readings, strict=True)]


def text_boxes(near: Picture, far: Picture, networks: TextNetworks) -> list[Box]:
    """Boxes around lines: those that are seen in ``near``, drawn larger, and in ``far``, drawn smaller and inverted.

    For a picture that stands still both are that picture.
    """
    far = 255 - far
    boxes = [
        box
        for scale, shown in ((_fine_scale(near), near), (_coarse_scale(far), far))
        for box in _probable(shown, marked_boxes(shown, scale, networks), networks)
    ]
    return [padded(box, rows=near.shape[0], columns=near.shape[1]) for box in joined(boxes)]


def _coarse_scale(picture: Picture) -> float:
    side: int = max(picture.shape[:2])
    return min(1.0, _COARSE_SIDE_PX / side)


def _fine_scale(picture: Picture) -> float:
    side = max(picture.shape[:2])
    if side <= _SMALL_PICTURE_PX:
        return 2.0
    return _FINE_SCALE if side <= _LARGEST_UPSCALED_PX else 1.0


def _probable(picture: Picture, boxes: Sequence[Box], networks: TextNetworks) -> list[Box]:
    """The boxes without those that span much of the picture and hold no line: of pictures without text, the finder
    likes to mark organs and edges."""
    doubtful = [box for box in boxes if _is_large(box, picture)]
    readings = read_lines([picture[box.slices] for box in doubtful], networks)
    refused = {box for box, reading in zip(doubtful, readings, strict=True) if not _is_line(picture, box, reading)}
    return [box for box in boxes if box not in refused]


def _is_large(box: Box, picture: Picture) -> bool:
    rows, columns = (int(side) for side in picture.shape[:2])
    limit = _LARGE_AREA if box.width >= _LINE_SHAPE * box.height else _LARGE_PATCH
    return box.area > limit * rows * columns or box.height > _LARGE_HEIGHT * rows


def _is_line(picture: Picture, box: Box, reading: Reading) -> bool:
    if len(reading.text.replace(" ", "")) >= 2 and reading.confidence >= _LEAST_CONFIDENCE:
        return True
    is_low = box.height <= _LARGE_HEIGHT * picture.shape[0] and box.width >= _LINE_SHAPE * box.height
    return is_low and _has_two_tones(picture[box.slices])


def _has_two_tones(patch: Picture) -> bool:
    """Whether ink and ground account for nearly all that varies (the criterion of Otsu 1979), as in a script that the
    reader does not know."""
    grey = patch if patch.ndim == 2 else patch.max(axis=2)
    threshold, _ = cv2.threshold(np.ascontiguousarray(grey), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink = grey > threshold
    if not ink.any() or ink.all():
        return False
    share = float(ink.mean())
    between = share * (1 - share) * float(grey[ink].mean() - grey[~ink].mean()) ** 2
    return between >= _LEAST_CONTRAST_SHARE * float(grey.var())
