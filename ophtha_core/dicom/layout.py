"""How an image's pixels are laid out: what the Image Pixel module declares (PS3.3 section C.7.6.3)."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.reading import integer_of, value_of
from ophtha_core.errors import UnreadableImage

LARGEST_FRAME_COUNT: Final = 2**20
LARGEST_SIDE_PX: Final = 2**16 - 1
"""What the VR of Rows and Columns can hold; a broken file may give them another."""
_LEAST_FRAME_BYTES: Final = 8
"""What a frame takes at least in a file: of compressed ones, the header of their item."""
INTEGER_ALLOCATIONS: Final = (1, 8, 16, 32)

Cells = NDArray[np.generic]
"""Samples as stored: rows x columns x samples in the container type of the layout, bits untouched."""


class PixelElement(Enum):
    """The data element that holds the pixels; its value is the DICOM tag."""

    INTEGER = 0x7FE00010
    FLOAT = 0x7FE00008
    DOUBLE_FLOAT = 0x7FE00009


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelLayout:
    """Size and sample format of one image object. Sizes in pixels, ``*_bit*`` in bits.

    ``photometric`` is PhotometricInterpretation; ``planar`` is True for PlanarConfiguration 1 (all red, all green, …).
    """

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    planar: bool
    photometric: str
    element: PixelElement

    @property
    def is_integer(self) -> bool:
        return self.element is PixelElement.INTEGER

    @property
    def is_ybr(self) -> bool:
        return self.photometric.startswith("YBR_")

    @property
    def is_subsampled(self) -> bool:
        """Native pixels of this layout hold two luminances and one pair of chroma values for two pixels."""
        return self.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, samples of one frame."""
        return self.rows, self.columns, self.samples

    @property
    def cell_dtype(self) -> np.dtype[np.generic]:
        """Little-endian container of one sample, bits as stored (unsigned for integers of either sign)."""
        match self.element:
            case PixelElement.FLOAT:
                return np.dtype("<f4")
            case PixelElement.DOUBLE_FLOAT:
                return np.dtype("<f8")
            case PixelElement.INTEGER:
                return np.dtype(f"<u{max(1, self.bits_allocated // 8)}")

    @property
    def value_range(self) -> tuple[int, int]:
        """Smallest and largest stored integer value."""
        if self.signed:
            return -(2 ** (self.bits_stored - 1)), 2 ** (self.bits_stored - 1) - 1
        return 0, 2**self.bits_stored - 1

    @property
    def native_frame_bits(self) -> int:
        """Bits of one frame in a native transfer syntax; frames of one-bit images need not start at a byte."""
        samples = 2 if self.is_subsampled else self.samples
        return self.rows * self.columns * samples * self.bits_allocated


def is_image(dataset: Dataset) -> bool:
    """Whether the object has, or claims to have, pixels; works on headers without pixel data too."""
    return "Rows" in dataset or any(element.value in dataset for element in PixelElement)


def refuse_absent_frames(layout: PixelLayout, *, file_bytes: int) -> None:
    """Raise UnreadableImage when a file of this size cannot hold the frames that its header declares."""
    least_frame_bits = min(layout.native_frame_bits, 8 * _LEAST_FRAME_BYTES)
    if layout.frames > 1 and layout.frames * least_frame_bits > 8 * file_bytes:
        raise UnreadableImage(f"NumberOfFrames is {layout.frames}, a file of {file_bytes} bytes cannot hold them")


def read_layout(dataset: Dataset) -> PixelLayout:
    """Layout declared by an image object or its headers. Raises UnreadableImage naming what is missing or wrong."""
    element = _pixel_element(dataset)
    bits_allocated = _required(dataset, "BitsAllocated")
    integer = element is PixelElement.INTEGER
    bits_stored = _required(dataset, "BitsStored") if integer else bits_allocated
    high_bit = integer_of(dataset, "HighBit") if integer else None
    samples = integer_of(dataset, "SamplesPerPixel")
    frames = integer_of(dataset, "NumberOfFrames")
    layout = PixelLayout(
        rows=_required(dataset, "Rows"),
        columns=_required(dataset, "Columns"),
        frames=frames or 1,  # some devices count none
        samples=1 if samples is None else samples,
        bits_allocated=bits_allocated,
        bits_stored=bits_stored,
        high_bit=high_bit
        if high_bit is not None and bits_stored <= high_bit + 1 <= bits_allocated
        else bits_stored - 1,
        signed=integer and _pixel_representation(dataset) == 1,
        planar=integer_of(dataset, "PlanarConfiguration") == 1,
        photometric=str(value_of(dataset, "PhotometricInterpretation") or "MONOCHROME2").strip(),
        element=element,
    )
    _check(layout)
    return _as_stored(dataset, layout)


def chroma_as_stored(layout: PixelLayout, value_bytes: int) -> PixelLayout:
    """The layout of native pixels of this size: old devices decompress to whole chroma, and go on declaring half."""
    whole_bytes = 3 * layout.rows * layout.columns * layout.frames * layout.bits_allocated // 8
    if not layout.is_subsampled or value_bytes not in (whole_bytes, whole_bytes + whole_bytes % 2):
        return layout
    return replace(layout, photometric=layout.photometric.removesuffix("_422"))


def _as_stored(dataset: Dataset, layout: PixelLayout) -> PixelLayout:
    tag = layout.element.value
    syntax = getattr(dataset, "file_meta", {}).get("TransferSyntaxUID")
    if not layout.is_subsampled or tag not in dataset or syntax is None or UID(syntax).is_encapsulated:
        return layout
    return chroma_as_stored(layout, len(dataset.get_item(tag).value or b""))


def _pixel_element(dataset: Dataset) -> PixelElement:
    present = [element for element in PixelElement if element.value in dataset]
    if len(present) > 1:
        raise UnreadableImage("the object holds more than one kind of pixel data")
    if present:
        return present[0]
    # Headers alone: only float images have no PixelRepresentation and no BitsStored (PS3.3 C.7.6.24, C.7.6.25).
    if "BitsStored" not in dataset and "PixelRepresentation" not in dataset:
        match integer_of(dataset, "BitsAllocated"):
            case 32:
                return PixelElement.FLOAT
            case 64:
                return PixelElement.DOUBLE_FLOAT
    return PixelElement.INTEGER


def _pixel_representation(dataset: Dataset) -> int:
    representation = _required(dataset, "PixelRepresentation")
    if representation not in (0, 1):
        raise UnreadableImage("PixelRepresentation is neither 0 nor 1")
    return representation


def _required(dataset: Dataset, keyword: str) -> int:
    value = integer_of(dataset, keyword)
    if value is None:
        raise UnreadableImage(f"{keyword} is missing")
    return value


def _check(layout: PixelLayout) -> None:
    for name, size in (("Rows", layout.rows), ("Columns", layout.columns), ("SamplesPerPixel", layout.samples)):
        if not 1 <= size <= LARGEST_SIDE_PX:
            raise UnreadableImage(f"{name} is {size}")
    if not 1 <= layout.frames <= LARGEST_FRAME_COUNT:
        raise UnreadableImage(f"NumberOfFrames is {layout.frames}, expected 1 to {LARGEST_FRAME_COUNT}")
    if layout.samples > 4:
        raise UnreadableImage(f"SamplesPerPixel is {layout.samples}, expected at most 4")
    allocations = {
        PixelElement.INTEGER: INTEGER_ALLOCATIONS,
        PixelElement.FLOAT: (32,),
        PixelElement.DOUBLE_FLOAT: (64,),
    }
    if layout.bits_allocated not in allocations[layout.element]:
        raise UnreadableImage(f"BitsAllocated {layout.bits_allocated} is not supported")
    if not 1 <= layout.bits_stored <= layout.bits_allocated:
        raise UnreadableImage(f"BitsStored is {layout.bits_stored}, BitsAllocated {layout.bits_allocated}")
    if layout.is_ybr and layout.samples != 3:
        raise UnreadableImage(f"{layout.photometric} with {layout.samples} samples per pixel")
