"""Find text in a DICOM image."""

from dataclasses import dataclass
from functools import lru_cache

from pydicom.dataset import FileDataset

from ophtha_core.detection.box import Box
from ophtha_core.detection.clip import ClipLine, find_text_in_clip
from ophtha_core.detection.concealed import Concealed, MaskOfFrame
from ophtha_core.detection.networks import TextNetworks
from ophtha_core.detection.pictures import PictureSeries, pictures_of
from ophtha_core.detection.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageText:
    """A line of text in an image; ``frames`` are zero-based, None for all of several."""

    box: Box
    reading: Reading
    frames: tuple[int, ...] | None


def find_image_text(
    dataset: FileDataset, networks: TextNetworks | None = None, *, mask_of: MaskOfFrame | None = None
) -> list[ImageText]:
    """Lines of text in any frame of an image, in any window a viewer begins with, and in its overlays.

    What ``mask_of`` says was masked is looked at as if it had the shade of its surroundings.

    Raises UnreadableImage, NetworksMissing.
    """
    count = int(dataset.get("NumberOfFrames") or 1)
    return [
        ImageText(box=line.box, reading=line.reading, frames=None if len(line.frames) == count else line.frames)
        for pictures in pictures_of(dataset)
        for line in _lines(pictures if mask_of is None else Concealed(pictures, mask_of), count, networks)
    ]


def _lines(pictures: PictureSeries, count: int, networks: TextNetworks | None) -> list[ClipLine]:
    picture_of = lru_cache(maxsize=1)(pictures) if count == 1 else pictures
    return find_text_in_clip(picture_of, count, networks)
