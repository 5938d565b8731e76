"""From stored values to the 8 bits a screen shows: grey values windowed, colours as RGB."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from ophtha_core.dicom.layout import PixelElement, PixelLayout
from ophtha_core.dicom.reading import items_of, known_number, unreadable
from ophtha_core.errors import UnreadableImage

Pixels = npt.NDArray[np.uint8]
PALETTE: Final = "PALETTE COLOR"


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours that the values of an image stand for: the attributes of its lookup tables and no others."""

    tables: Dataset

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        # Iterating the data set itself would parse every element.
        tags = [tag for tag in dataset.keys() if "PaletteColorLookupTable" in keyword_for_tag(tag)]  # noqa: SIM118
        return cls(Dataset({tag: dataset.get_item(tag) for tag in tags}))

    def colours(self, indices: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Red, green and blue of values (rows, columns). Raises UnreadableImage when the tables are broken."""
        with unreadable("the colour palette"):
            found: npt.NDArray[np.generic] = apply_color_lut(indices, self.tables)
            return found


@dataclass(frozen=True)
class Display:
    """How one image is shown. ``window`` is centre and width in output units; None: the full stored range,
    or the range of the frame for images whose values have no stated range."""

    slope: float
    intercept: float
    window: tuple[float, float] | None
    inverted: bool
    palette: "Palette | None"
    padding: float | None = None
    """Stored value of pixels that show nothing."""
    is_window_assumed: bool = False
    """The window is all that can be stored: the header says nothing, the pixels would."""

    def show(self, cells: npt.NDArray[np.generic], layout: PixelLayout, photometric: str) -> Pixels:
        """8-bit (rows, columns) or RGB (rows, columns, 3) of decoded cells (rows, columns, samples)."""
        if self.palette is not None:
            return _to_bytes(self.palette.colours(cells[:, :, 0]))
        if layout.samples == 1:
            return self._grey(_signed(cells[:, :, 0], layout), layout)
        if layout.samples != 3:
            raise UnreadableImage(f"an image of {layout.samples} samples per pixel cannot be shown")
        if self.window is not None and layout.bits_stored > 8 and layout.is_integer:
            colours = self._scaled(self.values(cells, layout), self.window)
        else:
            colours = _to_bytes(cells, layout.bits_stored)
        return _rgb_of_ybr(colours) if photometric in ("YBR_FULL", "YBR_FULL_422") else colours

    def values(self, cells: npt.NDArray[np.generic], layout: PixelLayout) -> npt.NDArray[np.float64]:
        """Values in output units of decoded cells of integers, of the same shape."""
        return _signed(cells, layout).astype(np.float64) * self.slope + self.intercept

    def range(self, layout: PixelLayout) -> tuple[float, float]:
        """The values shown black and white; all that can be stored where each frame has its own."""
        if self.window is not None:
            return range_of_window(self.window)
        low, high = layout.value_range if layout.is_integer else (0, 1)
        return low * self.slope + self.intercept, high * self.slope + self.intercept

    def _grey(self, stored: npt.NDArray[np.generic], layout: PixelLayout) -> Pixels:
        if self.window is None and layout.bits_stored == 8 and not layout.signed and layout.is_integer:
            grey = stored.astype(np.uint8, copy=False)
            return np.asarray(255 - grey if self.inverted else grey)
        values = stored.astype(np.float64) * self.slope + self.intercept
        grey = self._scaled(values, self.window or _window_over(values))
        return np.asarray(255 - grey if self.inverted else grey)

    @staticmethod
    def _scaled(values: npt.NDArray[np.float64], window: tuple[float, float]) -> Pixels:
        low, high = range_of_window(window)
        scaled = np.clip((values - low) * (255 / max(high - low, 1e-12)), 0, 255)
        return np.rint(np.nan_to_num(scaled)).astype(np.uint8)


def read_display(dataset: Dataset, layout: PixelLayout) -> Display:
    """Rescale, window and palette of an image; of several windows the first."""
    slope, intercept = _rescale(dataset)
    window = _window(dataset)
    is_assumed = False
    if window is None and layout.is_integer and "TotalPixelMatrixColumns" in dataset and layout.bits_stored != 8:
        # The tiles of a slide must share one window, or their borders show.
        window = window_of_range(*(value * slope + intercept for value in layout.value_range))
        is_assumed = True
    return Display(
        slope=slope,
        intercept=intercept,
        window=window,
        inverted=layout.photometric == "MONOCHROME1",
        palette=Palette.of(dataset) if layout.photometric == PALETTE else None,
        padding=known_number(dataset, "PixelPaddingValue"),
        is_window_assumed=is_assumed,
    )


def range_of_window(window: tuple[float, float]) -> tuple[float, float]:
    """The values shown black and white (PS3.3 C.11.2.1.2: linear over width - 1 values around centre - 0.5)."""
    centre, width = window
    return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2


def window_of_range(low: float, high: float) -> tuple[float, float]:
    """The window that shows ``low`` black and ``high`` white."""
    return (low + high + 1) / 2, high - low + 1


def _window_over(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The window over all finite values."""
    finite = values[np.isfinite(values)]
    return window_of_range(float(finite.min()), float(finite.max())) if finite.size else window_of_range(0.0, 1.0)


def _rescale(dataset: Dataset) -> tuple[float, float]:
    source = _in_groups(dataset, "PixelValueTransformationSequence")
    slope, intercept = known_number(source, "RescaleSlope"), known_number(source, "RescaleIntercept")
    return (1.0 if slope is None else slope), (0.0 if intercept is None else intercept)


def _window(dataset: Dataset) -> tuple[float, float] | None:
    source = _in_groups(dataset, "FrameVOILUTSequence")
    centre, width = known_number(source, "WindowCenter"), known_number(source, "WindowWidth")
    if centre is None or width is None or width < 1:
        return None
    return centre, width


def _in_groups(dataset: Dataset, sequence: str) -> Dataset:
    """The first functional group that holds the attributes, else the data set itself."""
    groups = items_of(dataset, "SharedFunctionalGroupsSequence")[:1]
    groups += items_of(dataset, "PerFrameFunctionalGroupsSequence")[:1]
    for group in groups:
        for item in items_of(group, sequence)[:1]:
            return item
    return dataset


def _signed(cells: npt.NDArray[np.generic], layout: PixelLayout) -> npt.NDArray[np.generic]:
    """Stored values: only the bits that count, with their sign; anything above them is not part of the value."""
    if layout.element is not PixelElement.INTEGER or layout.bits_allocated == 1:
        return cells
    wide = cells.astype(np.int64) >> (layout.high_bit + 1 - layout.bits_stored)
    wide &= (1 << layout.bits_stored) - 1
    if layout.signed:
        wide -= (wide >> (layout.bits_stored - 1)) << layout.bits_stored
    return wide


def _to_bytes(colours: npt.NDArray[np.generic], bits: int | None = None) -> Pixels:
    bits = colours.dtype.itemsize * 8 if bits is None else bits
    eight: Pixels = np.right_shift(colours.astype(np.uint32), max(bits - 8, 0)).astype(np.uint8)
    return eight


def _rgb_of_ybr(colours: Pixels) -> Pixels:
    """PS3.3 C.7.6.3.1.2, full range."""
    luma, blue, red = (colours[:, :, sample].astype(np.float32) for sample in range(3))
    blue, red = blue - 128, red - 128
    rgb = np.stack((luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue), axis=2)
    eight: Pixels = np.rint(np.clip(rgb, 0, 255)).astype(np.uint8)
    return eight
