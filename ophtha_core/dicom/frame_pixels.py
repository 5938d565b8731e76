"""Frames of one image after another: the pixel data is taken apart once, each frame decoded when it is asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian

from ophtha_core.dicom.compression import decode_frame
from ophtha_core.dicom.encapsulation import read_frames
from ophtha_core.dicom.layout import Cells, PixelLayout, read_layout
from ophtha_core.dicom.native import NativePixels
from ophtha_core.dicom.reading import unreadable
from ophtha_core.dicom.syntax import Coding, coding_of
from ophtha_core.dicom.values import read_values
from ophtha_core.errors import UnreadableImage

Pixels = NDArray[np.generic]


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageFrames:
    """The frames of an image, native or still compressed."""

    layout: PixelLayout
    coding: Coding
    native: NativePixels | None
    compressed: tuple[bytes, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> "ImageFrames":
        """Frames of a data set read with its pixels. Raises UnreadableImage."""
        layout = read_layout(dataset)
        if layout.element.value not in dataset:
            raise UnreadableImage("the object declares an image but holds no pixel data")
        with unreadable("the pixel data"):
            element = dataset.get_item(layout.element.value)
            value = bytes(element.value or b"")
        syntax = UID(dataset.file_meta.TransferSyntaxUID)
        coding = coding_of(syntax)
        if coding is not Coding.NATIVE:
            compressed = tuple(read_frames(dataset, value, frames=layout.frames))
            return cls(layout=layout, coding=coding, native=None, compressed=compressed)
        native = NativePixels.view_of(value, layout, big_endian=syntax == ExplicitVRBigEndian, words=element.VR == "OW")
        return cls(layout=layout, coding=coding, native=native, compressed=())

    def cells(self, frame: int) -> tuple[Cells, str]:
        """Cells of a zero-based frame (rows x columns x samples), and the PhotometricInterpretation they have."""
        if self.native is not None:
            return self.native.read(frame), self.layout.photometric
        decoded = decode_frame(self.compressed[frame], self.coding, self.layout)
        return decoded.cells, decoded.photometric

    def values(self, frame: int) -> NDArray[np.generic]:
        """Sample values (rows x columns x samples) of a zero-based frame, in the colours of its cells."""
        return read_values(self.cells(frame)[0], self.layout)

    def grey(self, frame: int) -> NDArray[np.float64]:
        """Brightness (rows, columns) of a zero-based frame, from 0 for integers; of colours the mean or the luma."""
        cells, photometric = self.cells(frame)
        values = read_values(cells, self.layout).astype(np.float64)
        grey: NDArray[np.float64] = values[:, :, 0] if photometric.startswith("YBR") else values.mean(axis=2)
        low, high = self.layout.value_range if self.layout.is_integer else (0, 0)
        return high - grey if photometric == "MONOCHROME1" else grey - low
