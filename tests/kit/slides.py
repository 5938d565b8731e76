"""Slides held in memory, and changed as other converters write them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames

from ophtha_core.slides.frames import FrameCache
from ophtha_core.slides.index import FIRST_PLANE, Plane, Slide, SlidePyramid
from ophtha_core.slides.pyramid import InstanceHeader, read_pyramid, read_slide
from ophtha_core.slides.window import Window, read_window


@dataclass
class Archive:
    """Instances held in memory; counts the frames it was asked for."""

    datasets: Sequence[Dataset]
    reads: list[tuple[str, int]] = field(default_factory=list)

    @property
    def headers(self) -> list[InstanceHeader]:
        return [
            InstanceHeader(key=str(number), dataset=dataset, syntax=dataset.file_meta.TransferSyntaxUID)
            for number, dataset in enumerate(self.datasets)
        ]

    def read(self, key: str, frame: int) -> bytes:
        self.reads.append((key, frame))
        dataset = self.datasets[int(key)]
        count = int(dataset.get("NumberOfFrames", 1))
        if dataset.file_meta.TransferSyntaxUID.is_compressed:
            return list(generate_frames(dataset.PixelData, number_of_frames=count))[frame]
        size = len(dataset.PixelData) // count
        return bytes(dataset.PixelData)[frame * size : (frame + 1) * size]

    def window(self, pyramid: SlidePyramid, window: Window, zoom: int = 0) -> np.ndarray:
        return read_window(pyramid, window, zoom=zoom, read=self.read, cache=FrameCache())

    def whole(self) -> np.ndarray:
        pyramid = read_pyramid(self.headers)
        return self.window(pyramid, Window(0, 0, pyramid.width_px, pyramid.height_px))

    @property
    def slide(self) -> Slide:
        return read_slide(self.headers)

    def plane(self, plane: Plane = FIRST_PLANE) -> np.ndarray:
        pyramid = self.slide.pyramid(plane)
        return self.window(pyramid, Window(0, 0, pyramid.width_px, pyramid.height_px))


def jpeg(tile: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(tile).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


def set_frames(dataset: Dataset, frames: Sequence[bytes]) -> None:
    """Give an object of a compressed syntax other frames."""
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = encapsulate(list(frames))
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def cut_tiles(pixels: np.ndarray, side: int) -> list[np.ndarray]:
    """Tiles row by row, those at the border no larger than what they show."""
    return [
        np.ascontiguousarray(pixels[top : top + side, left : left + side])
        for top in range(0, pixels.shape[0], side)
        for left in range(0, pixels.shape[1], side)
    ]
