"""One frame of a DICOM image as a picture, before and after masking."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import UID, ExplicitVRBigEndian

from ophtha_core.dicom.compression import decode_frame
from ophtha_core.dicom.encapsulation import read_frames
from ophtha_core.dicom.layout import Cells, PixelLayout, read_layout
from ophtha_core.dicom.native import NativePixels
from ophtha_core.dicom.overlays import has_embedded_overlay
from ophtha_core.dicom.reading import read_dataset, unreadable
from ophtha_core.dicom.syntax import Coding, coding_of
from ophtha_core.display.colours import difference_colours
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.paint import paint_cells
from ophtha_core.masking.plan import check_fills, plan_regions
from ophtha_core.masking.region import Region
from ophtha_core.slides.display import Display, Pixels, read_display

_FAST: Final = 1
_DIM: Final = 0.35
"""Brightness of what did not change in a picture of the difference."""


class Shown(StrEnum):
    """What a picture of a masked frame shows."""

    BEFORE = "before"
    AFTER = "after"
    DIFFERENCE = "difference"


@dataclass(frozen=True, kw_only=True)
class Window:
    """Range of output values (after rescale) that runs from black to white: centre and width."""

    centre: float
    width: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.centre) and np.isfinite(self.width)) or self.width < 1:
            raise InvalidInput("window", "expected a finite centre and a width of at least 1")


def show_frame(dicom: bytes, frame: int, *, window: Window | None = None) -> Pixels:
    """8-bit (rows, columns) or RGB (rows, columns, 3) of a zero-based frame.

    Without a window the image's own is used. Raises UnreadableImage, InvalidInput naming ``frame``.
    """
    dataset = read_dataset(dicom)
    layout = _layout(dataset, frame)
    cells, photometric = read_cells(dataset, layout, frame)
    return _display(dataset, layout, window).show(cells, layout, photometric)


def show_masked_frame(
    dicom: bytes, frame: int, regions: Sequence[Region], *, shown: Shown, window: Window | None = None
) -> Pixels:
    """As ``show_frame``, of the frame as masking would leave it, or of what that changes.

    Raises also InvalidInput naming ``<region.field>.FillValue`` when a value does not fit the image.
    """
    dataset = read_dataset(dicom)
    layout = _layout(dataset, frame)
    plan = plan_regions(dataset, layout, regions)
    check_fills(plan)
    cells, photometric = read_cells(dataset, layout, frame)
    display = _display(dataset, layout, window)
    decoded = replace(layout, photometric=photometric)
    before = display.show(cells, decoded, photometric)
    if shown is Shown.BEFORE:
        return before
    masked = cells.copy()
    for edit in plan.edits(frame):
        paint_cells(masked, edit, decoded, spare_bits_hold_overlay=has_embedded_overlay(dataset))
    # One window for both: a fill beyond the range of the picture must not darken the rest.
    after = _in_range_of(cells, display).show(masked, decoded, photometric)
    if shown is Shown.AFTER:
        return after
    return _difference(before, after, plan.mask_of(frame))


def read_cells(dataset: FileDataset, layout: PixelLayout, frame: int) -> tuple[Cells, str]:
    """Stored cells (rows, columns, samples) of one frame, and their photometric interpretation once decoded."""
    tag = layout.element.value
    if tag not in dataset:
        raise UnreadableImage("the object declares an image but holds no pixel data")
    element = dataset.get_item(tag)
    with unreadable("the pixel data"):
        value = bytes(element.value or b"")
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    coding = coding_of(syntax)
    if coding is Coding.NATIVE:
        big_endian = syntax == ExplicitVRBigEndian
        pixels = NativePixels.of_frame(value, layout, frame, big_endian=big_endian, words=element.VR == "OW")
        return pixels.read(0), layout.photometric
    decoded = decode_frame(read_frames(dataset, value, frames=layout.frames)[frame], coding, layout)
    return decoded.cells, decoded.photometric


def png_of(pixels: Pixels) -> bytes:
    """PNG file of 8-bit grey or RGB."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=_FAST)
    return buffer.getvalue()


def _layout(dataset: FileDataset, frame: int) -> PixelLayout:
    layout = read_layout(dataset)
    if not 0 <= frame < layout.frames:
        raise InvalidInput("frame", f"the image has frames 0 to {layout.frames - 1}")
    return layout


def _display(dataset: FileDataset, layout: PixelLayout, window: Window | None) -> Display:
    display = read_display(dataset, layout)
    return display if window is None else replace(display, window=(window.centre, window.width))


def _in_range_of(cells: Cells, display: Display) -> Display:
    if display.window is not None or display.palette is not None or cells.shape[2] != 1 or cells.dtype.itemsize == 1:
        return display
    values = cells.astype(np.float64) * display.slope + display.intercept
    low, high = float(values.min()), float(values.max())
    return replace(display, window=((low + high + 1) / 2, high - low + 1))


def _difference(before: Pixels, after: Pixels, mask: NDArray[np.bool_] | None) -> Pixels:
    """Blue where it became darker, orange where brighter, on a dim picture; masked but unchanged pixels white."""
    grey_before, grey_after = (_grey(each) for each in (before, after))
    picture = np.repeat((grey_before * _DIM)[:, :, None], 3, axis=2)
    if mask is not None:
        picture[mask] = difference_colours((grey_after - grey_before)[mask] / 255)
    return np.rint(picture).astype(np.uint8)


def _grey(pixels: Pixels) -> NDArray[np.float64]:
    return pixels.astype(np.float64) if pixels.ndim == 2 else np.asarray(pixels.mean(axis=2))
