"""From the stored values of a grey frame to what a screen shows.

Modality LUT or rescale (PS3.3 section C.11.1), then VOI LUT or window (C.11.2), then inversion; of an enhanced object
those of the frame's own functional groups, then of the shared ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID, ExplicitVRBigEndian

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.dicom.reading import first_item, items_of, known_number, known_text, unreadable
from ophtha_core.errors import UnreadableImage

Values = NDArray[Any]
_WHITE: Final = 255
_PERCENTILES: Final = (0.5, 99.5)
"""What is shown black and white of an image of more than 8 bits that states no window."""
_LARGEST_TABLE_BITS: Final = 16
_LUT_DATA: Final = 0x00283006


class VoiFunction(StrEnum):
    """How a window maps values (PS3.3 section C.11.2.1.2 and C.11.2.1.3)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, kw_only=True)
class VoiWindow:
    """A window over output values."""

    centre: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 for black to 1 for white."""
        match self.function:
            case VoiFunction.LINEAR:
                low = self.centre - 0.5 - (self.width - 1) / 2
                return np.asarray((values - low) / max(self.width - 1, 1e-12))
            case VoiFunction.LINEAR_EXACT:
                return np.asarray((values - self.centre) / self.width + 0.5)
            case VoiFunction.SIGMOID:
                # Beyond ±60 nothing is left to see, and exp would overflow.
                return np.asarray(1 / (1 + np.exp(np.clip(-4 * (values - self.centre) / self.width, -60, 60))))


@dataclass(frozen=True, kw_only=True, eq=False)
class LookupTable:
    """A LUT of the image: what a value becomes; those before the first and behind the last become as these."""

    first: int
    entries: NDArray[np.uint16]
    highest: int
    """The largest value that an entry may have."""

    def of(self, values: Values) -> NDArray[np.float64]:
        index = np.clip(np.rint(values.astype(np.float64)) - self.first, 0, len(self.entries) - 1)
        return np.asarray(self.entries[np.nan_to_num(index).astype(np.intp)].astype(np.float64))

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 for black to 1 for white."""
        return self.of(values) / self.highest


@dataclass(frozen=True, kw_only=True)
class Rescale:
    """Output values as a line over stored ones."""

    slope: float = 1.0
    intercept: float = 0.0

    def of(self, values: Values) -> NDArray[np.float64]:
        return np.asarray(values.astype(np.float64) * self.slope + self.intercept)


Modality = LookupTable | Rescale
Voi = LookupTable | VoiWindow


@dataclass(frozen=True, kw_only=True, eq=False)
class Tone:
    """What a stored value looks like. ``voi`` None: as stored, the range of what can be stored from black to white."""

    modality: Modality
    voi: Voi | None
    inverted: bool
    layout: PixelLayout

    def of(self, stored: Values) -> NDArray[np.uint8]:
        """8-bit grey, of the same shape."""
        low, high = self.layout.value_range if self.layout.is_integer else (0, 0)
        if self.layout.is_integer and self.layout.bits_stored <= _LARGEST_TABLE_BITS and stored.size > high - low:
            table = self._grey(np.arange(low, high + 1))
            return table[stored.astype(np.intp) - low]
        return self._grey(stored)

    def _grey(self, stored: Values) -> NDArray[np.uint8]:
        if self.voi is None:
            low, high = self.layout.value_range
            share = (stored.astype(np.float64) - low) / (high - low)
        else:
            share = self.voi.share(self.modality.of(stored))
        grey = np.rint(np.clip(np.nan_to_num(share), 0, 1) * _WHITE).astype(np.uint8)
        return np.asarray(_WHITE - grey if self.inverted else grey)


def read_tone(
    dataset: FileDataset, layout: PixelLayout, frame: int, stored: Values, *, window: VoiWindow | None
) -> Tone:
    """How a zero-based frame with these stored values is shown; ``window`` instead of what the image states.

    Raises UnreadableImage.
    """
    modality = read_modality(dataset, layout, frame)
    voi: Voi | None = window or _read_voi(dataset, layout, frame, modality)
    # The few values of eight bits are shown as they are; what a modality LUT makes of them are more.
    if voi is None and not (layout.is_integer and layout.bits_stored <= 8 and isinstance(modality, Rescale)):
        voi = _window_over(modality.of(stored[~_padding(dataset, layout, stored)]))
    return Tone(modality=modality, voi=voi, inverted=layout.photometric == "MONOCHROME1", layout=layout)


def read_modality(dataset: FileDataset, layout: PixelLayout, frame: int) -> Modality:
    """From stored to output values of a zero-based frame. Raises UnreadableImage."""
    groups = _groups_of(dataset, frame)
    own = first_item(groups, "PixelValueTransformationSequence")
    if own is None:
        for item in items_of(dataset, "ModalityLUTSequence")[:1]:
            return _read_lut(item, _is_big_endian(dataset), signed=layout.signed)
    source = dataset if own is None else own
    slope, intercept = known_number(source, "RescaleSlope"), known_number(source, "RescaleIntercept")
    return Rescale(slope=1.0 if slope is None else slope, intercept=0.0 if intercept is None else intercept)


def _read_voi(dataset: FileDataset, layout: PixelLayout, frame: int, modality: Modality) -> Voi | None:
    own = first_item(_groups_of(dataset, frame), "FrameVOILUTSequence")
    if own is None:
        for item in items_of(dataset, "VOILUTSequence")[:1]:
            lowest = modality.of(np.array(layout.value_range)).min() if layout.is_integer else 0
            return _read_lut(item, _is_big_endian(dataset), signed=lowest < 0)
    source = dataset if own is None else own
    centre, width = known_number(source, "WindowCenter"), known_number(source, "WindowWidth")
    function = VoiFunction.__members__.get(known_text(source, "VOILUTFunction").upper(), VoiFunction.LINEAR)
    if centre is None or width is None or width <= 0 or (function is VoiFunction.LINEAR and width < 1):
        return None
    return VoiWindow(centre=centre, width=width, function=function)


def _groups_of(dataset: Dataset, frame: int) -> Sequence[Dataset]:
    """Functional groups of a frame, its own before the shared ones."""
    own = items_of(dataset, "PerFrameFunctionalGroupsSequence")[frame : frame + 1]
    return [*own, *items_of(dataset, "SharedFunctionalGroupsSequence")[:1]]


def _read_lut(item: Dataset, big_endian: bool, *, signed: bool) -> LookupTable:
    """``signed``: values before the LUT may be negative, whatever VR the file gives the descriptor."""
    with unreadable("a lookup table"):
        count, first, bits = (int(each) for each in item.LUTDescriptor)
        value = item[_LUT_DATA].value
        if isinstance(value, bytes):
            packed = bits <= 8 and len(value) <= (count % 65536 or 65536) + 1
            entries = np.frombuffer(value, np.uint8 if packed else ">u2" if big_endian else "<u2").astype(np.uint16)
        else:
            entries = np.atleast_1d(np.asarray(value)).astype(np.int64).astype(np.uint16)
    entries = entries[: count % 65536 or 65536]  # 65536 entries are written as 0, or as a negative number
    if not entries.size:
        raise UnreadableImage("a lookup table is empty")
    if signed and first >= 1 << 15:
        first -= 1 << 16
    # Some devices state fewer bits than their entries have.
    return LookupTable(first=first, entries=entries, highest=max((1 << min(bits, 16)) - 1, int(entries.max()), 1))


def _is_big_endian(dataset: FileDataset) -> bool:
    return UID(dataset.file_meta.TransferSyntaxUID) == ExplicitVRBigEndian


def _padding(dataset: Dataset, layout: PixelLayout, stored: Values) -> NDArray[np.bool_]:
    """Pixels that show nothing (PS3.3 section C.7.5.1.1.2)."""
    keyword = "PixelPadding" if layout.is_integer else "FloatPixelPadding"
    value = known_number(dataset, f"{keyword}Value")
    if value is None:
        return np.zeros(stored.shape, bool)
    limit = known_number(dataset, f"{keyword}RangeLimit")
    low, high = sorted(_as_stored(each, layout) for each in (value, value if limit is None else limit))
    return np.asarray((stored >= low) & (stored <= high))


def _as_stored(value: float, layout: PixelLayout) -> float:
    """The attribute may have been written without the sign that the pixels have."""
    is_wrapped = layout.is_integer and layout.signed and value >= 1 << (layout.bits_stored - 1)
    return value - (1 << layout.bits_stored) if is_wrapped else value


def _window_over(values: NDArray[np.float64]) -> VoiWindow:
    """The window over nearly all values."""
    finite = values[np.isfinite(values)]
    low, high = (float(each) for each in np.percentile(finite, _PERCENTILES)) if finite.size else (0.0, 1.0)
    return VoiWindow(centre=(low + high + 1) / 2, width=high - low + 1)
