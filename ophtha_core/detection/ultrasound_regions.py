"""Where an ultrasound image shows the body: what its header says of it (PS3.3 C.8.5.5), else what the picture shows."""

import math
from typing import Final

from pydicom.dataset import Dataset, FileDataset

from ophtha_core import __version__
from ophtha_core.detection.box import Box
from ophtha_core.detection.fan import Outline, find_fan
from ophtha_core.detection.finding import Detector, Finding
from ophtha_core.detection.pictures import pictures_of
from ophtha_core.dicom.layout import read_layout
from ophtha_core.dicom.reading import integer_of, items_of
from ophtha_core.errors import UnreadableImage

_CORNERS: Final = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
_LOOKED_AT: Final = 8
"""Frames of a clip, evenly apart: together they light the whole fan."""
DETECTOR = Detector("UltrasoundRegions", __version__)


def find_ultrasound_regions(dataset: FileDataset) -> list[Finding]:
    """The regions to keep, each on all frames. Raises UnreadableImage when one has no place, or nothing is found."""
    boxes = stated_boxes(dataset)
    if not boxes:
        return [_fan(dataset)]
    return [Finding(kind="UltrasoundRegion", detector=DETECTOR, box=box, keeps=True, confidence=1.0) for box in boxes]


def stated_boxes(dataset: Dataset) -> list[Box]:
    """What the header says of the regions, each once. Raises UnreadableImage when one has no place."""
    return list(dict.fromkeys(_box(region) for region in items_of(dataset, "SequenceOfUltrasoundRegions")))


def _fan(dataset: FileDataset) -> Finding:
    frames = read_layout(dataset).frames
    pictures = next(iter(pictures_of(dataset)))
    fan = find_fan(pictures(frame) for frame in range(0, frames, max(1, frames // _LOOKED_AT)))
    if fan is None:
        raise UnreadableImage("the header states no ultrasound regions, and the picture shows no fan")
    box = _around(fan.outline)
    return Finding(kind="Fan", detector=DETECTOR, box=box, polygon=fan.outline, keeps=True, confidence=fan.lit)


def _around(outline: Outline) -> Box:
    x, y = zip(*outline, strict=True)
    return Box(math.floor(min(x)), math.floor(min(y)), math.ceil(max(x)), math.ceil(max(y)))


def _box(region: Dataset) -> Box:
    corners = [integer_of(region, keyword) for keyword in _CORNERS]
    left, top, right, bottom = (-1 if each is None else each for each in corners)
    if None in corners or left > right or top > bottom:
        raise UnreadableImage("an ultrasound region has no place in the picture")
    return Box(left, top, right + 1, bottom + 1)  # the last row and column belong to the region
