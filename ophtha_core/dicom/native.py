"""Read and write the frames of native (uncompressed) pixel data (PS3.5 sections 8.1 and 8.2)."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.layout import Cells, PixelLayout
from ophtha_core.errors import UnreadableImage

LARGEST_NATIVE_BYTES: Final = 2**32 - 2
"""What the length field of a data element can hold."""
_LARGEST_PADDING_BITS: Final = 15
"""Of whole pixels, to an even number of bytes."""


@dataclass(slots=True, eq=False, kw_only=True)
class NativePixels:
    """The frames of one pixel data element.

    Cells are rows x columns x samples; ``read`` of an ordinary layout is a view, so writing it back costs nothing.
    ``words_swapped``: one-byte samples in 16-bit big-endian words (OW), where neighbours change places.
    """

    layout: PixelLayout
    value: bytearray | bytes
    big_endian: bool = False
    words_swapped: bool = False
    _samples: NDArray[np.generic] = field(init=False)

    def __post_init__(self) -> None:
        if self.layout.is_subsampled and self.layout.columns % 2:
            raise UnreadableImage(f"{self.layout.photometric} with an odd number of columns")
        if self.words_swapped:
            self._swap_words()
        dtype = self._dtype.newbyteorder(">" if self.big_endian else "<")
        count = (self.layout.native_frame_bits * self.layout.frames) // (8 * self._dtype.itemsize)
        if self.layout.bits_allocated == 1:
            count = len(self.value)
        self._samples = np.frombuffer(self.value, dtype, count)

    @classmethod
    def from_value(cls, value: bytes, layout: PixelLayout, *, big_endian: bool, words: bool) -> "NativePixels":
        """Take a copy of a pixel data value; ``words`` when its VR is OW.

        Bytes behind the last frame that can be no pixels are left out. Raises UnreadableImage when the value is shorter
        than declared, or holds more rows, columns or frames.
        """
        swapped = big_endian and words and layout.bits_allocated <= 8
        pixels = bytearray(memoryview(value)[: _used_bytes(value, layout)])
        return cls(layout=layout, value=pixels, big_endian=big_endian, words_swapped=swapped)

    @classmethod
    def of_frame(
        cls, value: bytes, layout: PixelLayout, frame: int, *, big_endian: bool, words: bool
    ) -> "NativePixels":
        """As ``from_value``, of one frame, which is frame 0 of what comes back: the others are not copied."""
        one = replace(layout, frames=1)
        if layout.native_frame_bits % 16:  # it may begin within a byte, or within a word that is swapped
            pixels = cls.empty(one)
            pixels.write(0, cls.from_value(value, layout, big_endian=big_endian, words=words).read(frame))
            return pixels
        _used_bytes(value, layout)
        frame_bytes = layout.native_frame_bits // 8
        piece = value[frame * frame_bytes : (frame + 1) * frame_bytes]
        return cls.from_value(piece, one, big_endian=big_endian, words=words)

    @classmethod
    def view_of(cls, value: bytes, layout: PixelLayout, *, big_endian: bool, words: bool) -> "NativePixels":
        """The same without a copy, to be read only: a multi-frame object may fill much of the memory."""
        swapped = big_endian and words and layout.bits_allocated <= 8
        used = _used_bytes(value, layout)
        if swapped:
            return cls(layout=layout, value=bytearray(value[:used]), big_endian=big_endian, words_swapped=True)
        return cls(layout=layout, value=value, big_endian=big_endian)

    @classmethod
    def empty(cls, layout: PixelLayout) -> "NativePixels":
        """Little-endian pixels to be written frame by frame."""
        needed = _needed_bytes(layout)
        if needed > LARGEST_NATIVE_BYTES:
            raise UnreadableImage(f"the decoded pixels need {needed} bytes, more than a data element can hold")
        return cls(layout=layout, value=bytearray(needed + needed % 2))

    def read(self, frame: int) -> Cells:
        """Cells of one frame."""
        if self.layout.bits_allocated == 1:
            return self._bits(frame)[2].reshape(self.layout.shape)
        cells = self._view(frame)
        return _with_shared_chroma(cells) if self.layout.is_subsampled else cells

    def write(self, frame: int, cells: Cells) -> None:
        """Store the cells of one frame. Subsampled layouts keep the chroma of the left pixel of each pair."""
        if self.layout.bits_allocated == 1:
            first, bits, _ = self._bits(frame)
            offset = frame * self.layout.native_frame_bits - 8 * first
            bits[offset : offset + self.layout.native_frame_bits] = cells.reshape(-1)
            packed = np.packbits(bits, bitorder="little")
            self._samples[first : first + len(packed)] = packed
            return
        view = self._view(frame)
        if self.layout.is_subsampled:
            view[:, :, 0], view[:, :, 1] = cells[:, ::2, 0], cells[:, 1::2, 0]
            view[:, :, 2:] = cells[:, ::2, 1:]
        elif not np.may_share_memory(view, cells):
            view[...] = cells

    def finish(self) -> memoryview:
        """The value of the pixel data element, not copied: a multi-frame object may fill much of the memory."""
        if self.words_swapped:
            self._swap_words()
        return memoryview(self.value)

    @property
    def _dtype(self) -> np.dtype[np.generic]:
        return self.layout.cell_dtype

    def _view(self, frame: int) -> Cells:
        rows, columns, samples = self.layout.shape
        flat: Cells = np.reshape(self._samples, (self.layout.frames, -1))[frame]
        if self.layout.is_subsampled:
            return flat.reshape(rows, columns // 2, 4)
        if self.layout.planar and samples > 1:
            return np.moveaxis(flat.reshape(samples, rows, columns), 0, 2)
        return flat.reshape(rows, columns, samples)

    def _bits(self, frame: int) -> tuple[int, NDArray[np.uint8], NDArray[np.uint8]]:
        """First byte that holds bits of the frame, all bits from there, and those of the frame."""
        start = frame * self.layout.native_frame_bits
        stop = start + self.layout.native_frame_bits
        first = start // 8
        bits = np.unpackbits(self._samples[first : -(-stop // 8)].view(np.uint8), bitorder="little")
        return first, bits, bits[start - 8 * first : stop - 8 * first].copy()

    def _swap_words(self) -> None:
        words = np.frombuffer(self.value, "<u2", len(self.value) // 2)
        words[...] = words.byteswap()


def _used_bytes(value: bytes, layout: PixelLayout) -> int:
    """Bytes of a value that hold its frames and their zero padding. Raises UnreadableImage."""
    needed = _needed_bytes(layout)
    tail = len(value) - needed
    if tail < 0:
        raise UnreadableImage(f"the pixel data has {len(value)} bytes, its declared size needs {needed}")
    if value.count(0, needed) == tail:
        return len(value)
    if _may_be_pixels(8 * tail, layout):
        raise UnreadableImage(f"the pixel data has {len(value)} bytes, its declared size only {needed}")
    return min(len(value), needed + needed % 2)


def _may_be_pixels(tail_bits: int, layout: PixelLayout) -> bool:
    """Whether the header may count too few: the tail is a frame or more, or as many whole rows or columns."""
    sides = (layout.native_frame_bits // layout.rows, layout.native_frame_bits // layout.columns)
    return tail_bits >= layout.native_frame_bits or any(
        tail_bits >= side and tail_bits % side <= _LARGEST_PADDING_BITS for side in sides
    )


def _needed_bytes(layout: PixelLayout) -> int:
    return -(-layout.native_frame_bits * layout.frames // 8)


def _with_shared_chroma(pairs: Cells) -> Cells:
    """Rows x columns x 3 from rows x pairs x (Y1, Y2, Cb, Cr): both pixels of a pair have its chroma."""
    rows, count, _ = pairs.shape
    cells = np.empty((rows, 2 * count, 3), pairs.dtype)
    cells[:, ::2, 0], cells[:, 1::2, 0] = pairs[:, :, 0], pairs[:, :, 1]
    cells[:, :, 1:] = np.repeat(pairs[:, :, 2:], 2, axis=1)
    return cells
