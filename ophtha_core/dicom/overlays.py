"""Overlay planes (PS3.3 section C.9.2): what they show, and clearing them where the image under them is masked."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from ophtha_core.dicom.layout import Cells, PixelLayout
from ophtha_core.dicom.reading import unreadable
from ophtha_core.errors import UnreadableImage

_GROUPS: Final = range(0x6000, 0x6100, 2)
"""The standard uses the first sixteen; older devices wrote to any."""
_DATA: Final = 0x3000
_LARGEST_MISSING_END: Final = 1 / 16
"""Of an overlay's bytes. Where more is missing, the size it declares is not the one its bits are laid out by."""

MaskOfFrame = Callable[[int], NDArray[np.bool_] | None]
"""Pixels to clear of an image frame (rows x columns), None when there are none."""


def has_embedded_overlay(dataset: Dataset) -> bool:
    """Whether an overlay lives in unused bits of the pixel data (retired, but stored in archives)."""
    return any((group, 0x0010) in dataset and (group, _DATA) not in dataset for group in _overlay_groups(dataset))


def clear_overlays(dataset: Dataset, *, frames: int, mask_of: MaskOfFrame, big_endian: bool) -> None:
    """Clear the bits of all overlay data over masked pixels. Raises UnreadableImage when an overlay has no size, or
    not the one it declares."""
    for group in _overlay_groups(dataset):
        if (group, _DATA) in dataset:
            _clear(dataset, group, frames, mask_of, big_endian)


def remove_overlays(dataset: Dataset) -> None:
    """Remove the overlay planes; bits of them in the pixel data are the caller's."""
    for tag in [tag for tag in dataset.keys() if tag.group in _GROUPS]:  # noqa: SIM118 - as below
        del dataset[tag]


def shown_overlay(dataset: Dataset) -> int | None:
    """Group of the first overlay plane of which anything shows; those in the pixel data apart."""
    for group in _overlay_groups(dataset):
        if (group, _DATA) in dataset and any(bytes(dataset[group, _DATA].value or b"")):
            return group
    return None


def embedded_bits(dataset: Dataset) -> int:
    """Bits of a stored cell that hold overlays instead of the pixel's value; 0 where none do."""
    bits = 0
    for group in _overlay_groups(dataset):
        if (group, 0x0010) in dataset and (group, _DATA) not in dataset:
            bits |= 1 << _value(dataset, group, 0x0102, 0)
    return bits


def _overlay_groups(dataset: Dataset) -> list[int]:
    return sorted({tag.group for tag in dataset.keys()}.intersection(_GROUPS))  # noqa: SIM118 - it iterates elements


def overlay_over(
    dataset: Dataset, cells: Cells, layout: PixelLayout, frame: int, *, big_endian: bool
) -> NDArray[np.bool_]:
    """Where overlays show over a zero-based frame with these stored cells (rows x columns x samples). A plane that
    cannot be read shows nothing."""
    shown = np.zeros(cells.shape[:2], bool)
    for group in _overlay_groups(dataset):
        if (group, _DATA) in dataset:
            with suppress(UnreadableImage):
                overlay = _OverlayPlanes.read(dataset, group, big_endian=big_endian)
                over, under = overlay.meet(shown.shape)
                for number in range(overlay.shape[0]):
                    if frame in overlay.frames_under(number, layout.frames):
                        shown[under] |= overlay.plane(number)[over] == 1
    if layout.is_integer:
        of_values = ((1 << layout.bits_stored) - 1) << (layout.high_bit + 1 - layout.bits_stored)
        shown |= (cells[:, :, 0].astype(np.int64) & embedded_bits(dataset) & ~of_values) != 0
    return shown


@dataclass(frozen=True, kw_only=True, eq=False)
class _OverlayPlanes:
    """The planes of an overlay group. Their pixel (0, 0) lies over image pixel (``top``, ``left``), maybe outside."""

    group: int
    bits: NDArray[np.uint8]
    """0 or 1, of all planes; behind the last whatever fills the value up."""
    shape: tuple[int, int, int]
    """Planes, rows, columns."""
    top: int
    left: int
    first_frame: int | None
    """None: the plane lies over each frame (PS3.3 C.9.2.1.4 gives the frame it starts at)."""
    vr: str
    in_words: bool
    """In words whose bytes are swapped."""

    @classmethod
    def read(cls, dataset: Dataset, group: int, *, big_endian: bool) -> Self:
        """Raises UnreadableImage when the overlay has no size, or not the one it declares."""
        with unreadable(f"overlay {group:04x}"):
            rows, columns = (int(dataset[group, element].value) for element in (0x0010, 0x0011))
            top, left = (int(v) - 1 for v in dataset[group, 0x0050].value)
            planes = int(_value(dataset, group, 0x0015, 1))
            first_frame = int(_value(dataset, group, 0x0051, 1)) - 1
            element = dataset[group, _DATA]
            stored = bytes(element.value or b"")
        if rows < 1 or columns < 1 or planes < 1 or first_frame < 0:
            raise UnreadableImage(f"overlay {group:04x} has no size")
        in_words = big_endian and element.VR == "OW"
        packed = _whole(stored, (rows * columns * planes + 7) // 8, group)
        if in_words:
            packed = packed.view("<u2").byteswap().view(np.uint8)
        return cls(
            group=group,
            bits=np.unpackbits(packed, bitorder="little"),
            shape=(planes, rows, columns),
            top=top,
            left=left,
            first_frame=None if planes == 1 and (group, 0x0051) not in dataset else first_frame,
            vr=element.VR,
            in_words=in_words,
        )

    def plane(self, number: int) -> NDArray[np.uint8]:
        """Rows x columns of ``bits`` themselves."""
        _, rows, columns = self.shape
        return self.bits[number * rows * columns : (number + 1) * rows * columns].reshape(rows, columns)

    def frames_under(self, number: int, frames: int) -> range:
        """The frames that a plane lies over, of an image with so many."""
        if self.first_frame is None:
            return range(frames)
        return range(self.first_frame + number, min(self.first_frame + number + 1, frames))

    def meet(self, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Where a plane and an image of this shape lie over each other: slices of the plane, and of the image."""
        places = ((self.top, self.shape[1], shape[0]), (self.left, self.shape[2], shape[1]))
        image = [slice(max(start, 0), max(min(start + size, end), max(start, 0))) for start, size, end in places]
        rows, columns = image
        top, left = self.top, self.left
        plane = (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))
        return plane, (rows, columns)

    def element(self) -> DataElement:
        """The data as they are now."""
        packed = np.packbits(self.bits, bitorder="little")
        if self.in_words:
            packed = packed.view("<u2").byteswap().view(np.uint8)
        return DataElement((self.group << 16) | _DATA, self.vr, packed.tobytes())


def _clear(dataset: Dataset, group: int, frames: int, mask_of: MaskOfFrame, big_endian: bool) -> None:
    overlay = _OverlayPlanes.read(dataset, group, big_endian=big_endian)
    for number in range(overlay.shape[0]):
        for frame in overlay.frames_under(number, frames):
            mask = mask_of(frame)
            if mask is not None:
                over, under = overlay.meet(mask.shape)
                overlay.plane(number)[over][mask[under]] = 0
    dataset[group, _DATA] = overlay.element()


def _whole(stored: bytes, needed_bytes: int, group: int) -> NDArray[np.uint8]:
    """The bits, filled up with empty ones where the end is missing. Raises UnreadableImage when more is."""
    missing = needed_bytes - len(stored)
    if missing > needed_bytes * _LARGEST_MISSING_END:
        raise UnreadableImage(f"overlay {group:04x} has {len(stored)} bytes, its declared size needs {needed_bytes}")
    whole = stored + bytes(max(missing, 0))
    return np.frombuffer(whole + bytes(len(whole) % 2), np.uint8)


def _value(dataset: Dataset, group: int, element: int, default: int) -> int:
    if (group, element) not in dataset or dataset[group, element].value is None:
        return default
    return int(dataset[group, element].value)
