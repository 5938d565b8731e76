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
_PALETTE: Final = "PALETTE COLOR"


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

    def show(self, cells: npt.NDArray[np.generic], layout: PixelLayout, photometric: str) -> Pixels:
        """8-bit (rows, columns) or RGB (rows, columns, 3) of decoded cells (rows, columns, samples)."""
        if self.palette is not None:
            return _to_bytes(self.palette.colours(cells[:, :, 0]))
        if layout.samples == 1:
            return self._grey(_signed(cells[:, :, 0], layout), layout)
        if layout.samples != 3:
            raise UnreadableImage(f"an image of {layout.samples} samples per pixel cannot be shown")
        colours = _to_bytes(cells, layout.bits_stored)
        return _rgb_of_ybr(colours) if photometric in ("YBR_FULL", "YBR_FULL_422") else colours

    def _grey(self, stored: npt.NDArray[np.generic], layout: PixelLayout) -> Pixels:
        if self.window is None and layout.bits_stored == 8 and not layout.signed and layout.is_integer:
            grey = stored.astype(np.uint8, copy=False)
            return np.asarray(255 - grey if self.inverted else grey)
        values = stored.astype(np.float64) * self.slope + self.intercept
        low, high = self._range(values, layout)
        scaled = np.clip((values - low) * (255 / max(high - low, 1e-12)), 0, 255)
        grey = np.rint(np.nan_to_num(scaled)).astype(np.uint8)
        return np.asarray(255 - grey if self.inverted else grey)

    def _range(self, values: npt.NDArray[np.float64], layout: PixelLayout) -> tuple[float, float]:
        if self.window is not None:
            centre, width = self.window
            # PS3.3 C.11.2.1.2: the linear function runs over width - 1 values around centre - 0.5.
            return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
        finite = values[np.isfinite(values)]
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def read_display(dataset: Dataset, layout: PixelLayout) -> Display:
    """Rescale, window and palette of an image; of several windows the first."""
    slope, intercept = _rescale(dataset)
    window = _window(dataset)
    if window is None and layout.is_integer and "TotalPixelMatrixColumns" in dataset and layout.bits_stored != 8:
        # The tiles of a slide must share one window, or their borders show.
        low, high = (value * slope + intercept for value in layout.value_range)
        window = ((low + high + 1) / 2, high - low + 1)
    return Display(
        slope=slope,
        intercept=intercept,
        window=window,
        inverted=layout.photometric == "MONOCHROME1",
        palette=Palette.of(dataset) if layout.photometric == _PALETTE else None,
    )


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
