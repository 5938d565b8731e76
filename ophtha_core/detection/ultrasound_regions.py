"""Where an ultrasound image shows the body: what its header says of it (PS3.3 C.8.5.5)."""

from pydicom.dataset import Dataset

from ophtha_core import __version__
from ophtha_core.detection.box import Box
from ophtha_core.detection.finding import Detector, Finding
from ophtha_core.dicom.reading import integer_of, items_of
from ophtha_core.errors import UnreadableImage

_CORNERS = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
DETECTOR = Detector("SequenceOfUltrasoundRegions", __version__)


def find_ultrasound_regions(dataset: Dataset) -> list[Finding]:
    """The regions to keep, each on all frames. Raises UnreadableImage when there is none, or one has no place."""
    regions = items_of(dataset, "SequenceOfUltrasoundRegions")
    if not regions:
        raise UnreadableImage("the header states no ultrasound regions")
    boxes = dict.fromkeys(_box(region) for region in regions)
    return [Finding(kind="UltrasoundRegion", detector=DETECTOR, box=box, keeps=True, confidence=1.0) for box in boxes]


def _box(region: Dataset) -> Box:
    corners = [integer_of(region, keyword) for keyword in _CORNERS]
    left, top, right, bottom = (-1 if each is None else each for each in corners)
    if None in corners or left > right or top > bottom:
        raise UnreadableImage("an ultrasound region has no place in the picture")
    return Box(left, top, right + 1, bottom + 1)  # the last row and column belong to the region
