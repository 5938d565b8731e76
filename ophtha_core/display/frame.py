"""One frame of a DICOM image as a picture, before and after masking."""

from collections.abc import Callable, Sequence
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
from ophtha_core.dicom.overlays import has_embedded_overlay, overlay_over
from ophtha_core.dicom.reading import read_dataset, unreadable
from ophtha_core.dicom.syntax import Coding, coding_of
from ophtha_core.dicom.values import read_values
from ophtha_core.display.colours import difference_colours
from ophtha_core.display.grey import VoiWindow, read_tone
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.paint import paint_cells
from ophtha_core.masking.plan import check_fills, plan_regions
from ophtha_core.masking.region import Region
from ophtha_core.slides.display import PALETTE, Pixels, read_display

_FAST: Final = 1
_BRIGHT: Final = 170
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


def show_frame(dicom: bytes, frame: int, *, window: Window | None = None, overlays: bool = True) -> Pixels:
    """8-bit (rows, columns) or RGB (rows, columns, 3) of a zero-based frame, with its overlays on top.

    Without a window the image's own is used. Raises UnreadableImage, InvalidInput naming ``frame``.
    """
    dataset = read_dataset(dicom)
    layout = _layout(dataset, frame)
    cells, photometric = read_cells(dataset, layout, frame)
    picture = _painter(dataset, layout, frame, cells, photometric, window)(cells)
    return _with_overlay(picture, _overlay(dataset, layout, frame, cells)) if overlays else picture


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
    # One for both: a fill beyond the range of the picture must not darken the rest.
    paint = _painter(dataset, layout, frame, cells, photometric, window)
    overlay = _overlay(dataset, layout, frame, cells)
    before = _with_overlay(paint(cells), overlay)
    if shown is Shown.BEFORE:
        return before
    masked = cells.copy()
    for edit in plan.edits(frame):
        paint_cells(
            masked,
            edit,
            replace(layout, photometric=photometric),
            spare_bits_hold_overlay=has_embedded_overlay(dataset),
        )
    mask = plan.mask_of(frame)
    after = _with_overlay(paint(masked), overlay if mask is None else overlay & ~mask)
    return after if shown is Shown.AFTER else _difference(before, after, mask)


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


def _painter(
    dataset: FileDataset, layout: PixelLayout, frame: int, cells: Cells, photometric: str, window: Window | None
) -> Callable[[Cells], Pixels]:
    """Makes pictures of this frame, and of what becomes of it."""
    if layout.samples == 1 and layout.photometric != PALETTE:
        wished = None if window is None else VoiWindow(centre=window.centre, width=window.width)
        tone = read_tone(dataset, layout, frame, read_values(cells, layout)[:, :, 0], window=wished)
        return lambda cells: tone.of(read_values(cells, layout)[:, :, 0])
    display = read_display(dataset, layout)
    if window is not None:
        display = replace(display, window=(window.centre, window.width))
    return lambda cells: display.show(cells, replace(layout, photometric=photometric), photometric)


def _overlay(dataset: FileDataset, layout: PixelLayout, frame: int, cells: Cells) -> NDArray[np.bool_]:
    big_endian = UID(dataset.file_meta.TransferSyntaxUID) == ExplicitVRBigEndian
    return overlay_over(dataset, cells, layout, frame, big_endian=big_endian)


def _with_overlay(picture: Pixels, overlay: NDArray[np.bool_]) -> Pixels:
    """White, and black where the picture is bright."""
    if not overlay.any():
        return picture
    drawn = picture.copy()
    bright = _grey(picture) > _BRIGHT
    drawn[overlay & ~bright], drawn[overlay & bright] = 255, 0
    return drawn


def _difference(before: Pixels, after: Pixels, mask: NDArray[np.bool_] | None) -> Pixels:
    """Blue where it became darker, orange where brighter, on a dim picture; masked but unchanged pixels white."""
    grey_before, grey_after = (_grey(each) for each in (before, after))
    picture = np.repeat((grey_before * _DIM)[:, :, None], 3, axis=2)
    if mask is not None:
        picture[mask] = difference_colours((grey_after - grey_before)[mask] / 255)
    return np.rint(picture).astype(np.uint8)


def _grey(pixels: Pixels) -> NDArray[np.float64]:
    return pixels.astype(np.float64) if pixels.ndim == 2 else np.asarray(pixels.mean(axis=2))
