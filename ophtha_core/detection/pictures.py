"""The pictures of a DICOM image in which text is sought: whatever a viewer may show of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from ophtha_core.detection.reading import Picture
from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.reading import unreadable
from ophtha_core.slides.display import Display, read_display

_OVERLAY_GROUPS: Final = range(0x6000, 0x6100, 2)


class PictureSeries(Protocol):
    """Pictures of the frames of an image, all of its size."""

    def __call__(self, frame: int) -> Picture:
        """The picture of a zero-based frame. Raises UnreadableImage."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The frames in one window."""

    frames: ImageFrames
    display: Display

    def __call__(self, frame: int) -> Picture:
        cells, photometric = self.frames.cells(frame)
        layout = replace(self.frames.layout, photometric=photometric)
        return np.ascontiguousarray(self.display.show(cells, layout, photometric))


@dataclass(frozen=True, eq=False)
class Overlay:
    """Overlay planes (planes x rows x columns of the overlay) where they lie over the image (PS3.3 C.9.2).

    ``top`` and ``left`` are the image pixel under the first of the overlay, counted from 0, and may be outside.
    """

    planes: NDArray[np.bool_]
    top: int
    left: int
    first_frame: int | None
    """Zero-based frame under the first plane; None for a plane over every frame."""
    rows: int
    columns: int

    def __call__(self, frame: int) -> Picture:
        picture = np.zeros((self.rows, self.columns), np.uint8)
        plane = 0 if self.first_frame is None else frame - self.first_frame
        if not 0 <= plane < len(self.planes):
            return picture
        top, left = max(self.top, 0), max(self.left, 0)
        part = self.planes[plane, top - self.top :, left - self.left :][: self.rows - top, : self.columns - left]
        if part.size:
            picture[top : top + part.shape[0], left : left + part.shape[1]] = part * np.uint8(255)
        return picture


def pictures_of(dataset: FileDataset) -> Iterator[PictureSeries]:
    """The image in its own window, in the full range of its values where that is another, and each of its overlays.

    Raises UnreadableImage.
    """
    frames = ImageFrames.of(dataset)
    display = read_display(dataset, frames.layout)
    yield Shown(frames, display)
    if display.window is not None and display.palette is None and frames.layout.samples == 1:
        yield Shown(frames, replace(display, window=None))
    yield from _overlays(dataset, frames)


def _overlays(dataset: FileDataset, frames: ImageFrames) -> Iterator[Overlay]:
    for group in _OVERLAY_GROUPS:
        if (group, 0x0010) in dataset:
            with unreadable(f"overlay {group:04x}"):
                yield _overlay(dataset, group, frames)


def _overlay(dataset: FileDataset, group: int, frames: ImageFrames) -> Overlay:
    layout = frames.layout
    top, left = (int(each) - 1 for each in dataset[group, 0x0050].value)
    embedded = (group, 0x3000) not in dataset
    planes = _embedded(frames, int(dataset[group, 0x0102].value)) if embedded else dataset.overlay_array(group) != 0
    planes = planes[None] if planes.ndim == 2 else planes
    first = dataset[group, 0x0051].value if (group, 0x0051) in dataset else None
    covers_all = len(planes) == 1 and first is None and not embedded
    return Overlay(
        planes=planes,
        top=top,
        left=left,
        first_frame=None if covers_all else int(first or 1) - 1,
        rows=layout.rows,
        columns=layout.columns,
    )


def _embedded(frames: ImageFrames, bit: int) -> NDArray[np.bool_]:
    """Overlays that lie in unused bits of the pixels, one for each frame (retired, but stored in archives)."""
    cells = (frames.cells(frame)[0][:, :, 0] for frame in range(frames.layout.frames))
    planes: NDArray[np.bool_] = np.stack(
        [(each.astype(np.uint64) >> np.uint64(bit)) & np.uint64(1) != 0 for each in cells]
    )
    return planes
