"""Clear overlay planes (PS3.3 section C.9.2) where the image under them is masked."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

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


def _clear(dataset: Dataset, group: int, frames: int, mask_of: MaskOfFrame, big_endian: bool) -> None:
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
    # A single plane over many frames lies over each of them (PS3.3 C.9.2.1.4 gives the frame it starts at).
    covers_all = planes == 1 and (group, 0x0051) not in dataset
    bits = np.unpackbits(packed, bitorder="little")
    for plane in range(planes):
        overlay = bits[plane * rows * columns : (plane + 1) * rows * columns].reshape(rows, columns)
        under = range(frames) if covers_all else range(first_frame + plane, min(first_frame + plane + 1, frames))
        for frame in under:
            mask = mask_of(frame)
            if mask is not None:
                _clear_plane(overlay, mask, top=top, left=left)
    cleared = np.packbits(bits, bitorder="little")
    if in_words:
        cleared = cleared.view("<u2").byteswap().view(np.uint8)
    dataset[group, _DATA] = DataElement((group << 16) | _DATA, element.VR, cleared.tobytes())


def _whole(stored: bytes, needed_bytes: int, group: int) -> NDArray[np.uint8]:
    """The bits, filled up with empty ones where the end is missing. Raises UnreadableImage when more is."""
    missing = needed_bytes - len(stored)
    if missing > needed_bytes * _LARGEST_MISSING_END:
        raise UnreadableImage(f"overlay {group:04x} has {len(stored)} bytes, its declared size needs {needed_bytes}")
    whole = stored + bytes(max(missing, 0))
    return np.frombuffer(whole + bytes(len(whole) % 2), np.uint8)


def _clear_plane(overlay: NDArray[np.uint8], mask: NDArray[np.bool_], *, top: int, left: int) -> None:
    """Overlay pixel (0, 0) lies over image pixel (top, left), which may be outside the image."""
    rows = slice(max(top, 0), min(top + overlay.shape[0], mask.shape[0]))
    columns = slice(max(left, 0), min(left + overlay.shape[1], mask.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    over = overlay[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    over[mask[rows, columns]] = 0


def _value(dataset: Dataset, group: int, element: int, default: int) -> int:
    if (group, element) not in dataset or dataset[group, element].value is None:
        return default
    return int(dataset[group, element].value)
