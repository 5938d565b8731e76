"""A series as a small volume that a browser can hold: NIfTI-1, 16 bits, at most 256 voxels along each axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.layout import read_layout
from ophtha_core.dicom.reading import read_dataset
from ophtha_core.display.grey import read_modality
from ophtha_core.display.stack import Stack
from ophtha_core.errors import UnreadableImage
from ophtha_core.nifti import VoxelGrid, write_volume

LARGEST_SIDE: Final = 256

ReadFile = Callable[[str], bytes]
"""The DICOM file of an instance by its key."""


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """How many neighbours of each axis become one voxel."""

    slices: int
    rows: int
    columns: int

    @classmethod
    def of(cls, stack: Stack, largest_side: int) -> "Blocks":
        """Raises UnreadableImage when the stack is no volume."""
        if not stack.is_volume:
            raise UnreadableImage("the frames are not parallel slices of one size: there is no volume to show")
        sides = len(stack.frames), stack.frames[0].rows, stack.frames[0].columns
        slices, rows, columns = (-(-side // largest_side) for side in sides)
        return cls(slices=slices, rows=rows, columns=columns)


@dataclass(frozen=True, kw_only=True)
class FileFrames:
    """Frames of one file that follow one another in a stack."""

    instance: str
    frames: tuple[int, ...]


def display_volume(stack: Stack, read_file: ReadFile, *, largest_side: int = LARGEST_SIDE) -> bytes:
    """Gzipped NIfTI of a stack of grey images, in output values (Hounsfield units for CT), patient space in RAS+ mm.

    Neighbouring voxels are averaged in whole blocks, so that a voxel's centre is where its block's was.
    Raises UnreadableImage when the stack is no volume, or a frame has colours or cannot be decoded.
    """
    blocks = Blocks.of(stack, largest_side)
    means = [block_means(read_file(each.instance), each.frames, blocks) for each in files_of(stack, blocks)]
    return volume_of_means(stack, means, blocks)


def files_of(stack: Stack, blocks: Blocks) -> list[FileFrames]:
    """What is read of which file, in the order of the stack; slices that fill no block are left out."""
    whole = len(stack.frames) - len(stack.frames) % blocks.slices
    return [
        FileFrames(instance=instance, frames=tuple(each.frame for each in frames))
        for instance, frames in groupby(stack.frames[:whole], key=lambda frame: frame.instance)
    ]


def block_means(dicom: bytes, frames: Sequence[int], blocks: Blocks) -> NDArray[np.float32]:
    """Output values of frames of a file, averaged within each frame; shape (frames, rows, columns).

    Raises UnreadableImage when the image has colours or cannot be decoded.
    """
    dataset = read_dataset(dicom)
    layout = read_layout(dataset)
    if layout.samples != 1:
        raise UnreadableImage("the image has colours: only grey images make a volume")
    images = ImageFrames.of(dataset)
    means = []
    for frame in frames:
        if frame >= layout.frames:
            raise UnreadableImage(f"the image has {layout.frames} frames")
        values = read_modality(dataset, layout, frame).of(images.values(frame)[:, :, 0])
        means.append(_block_means(values.astype(np.float32), blocks.rows, blocks.columns))
    return np.stack(means)


def volume_of_means(stack: Stack, means: Sequence[NDArray[np.float32]], blocks: Blocks) -> bytes:
    """The volume of ``block_means`` of every file of ``files_of``. Raises UnreadableImage when sizes differ."""
    if len({each.shape[1:] for each in means}) > 1:
        raise UnreadableImage("the images differ in size from what their headers say: there is no volume to show")
    slices = np.concatenate(means)
    whole = slices.reshape(-1, blocks.slices, *slices.shape[1:]).mean(axis=1)
    volume = np.clip(np.rint(whole), -32768, 32767).astype("<i2")
    slices_left, rows, columns = volume.shape
    grid = VoxelGrid(
        size=(columns, rows, slices_left), affine=_affine(stack, blocks.slices, blocks.rows, blocks.columns)
    )
    file = BytesIO()
    write_volume(file, volume, grid, reached=lambda _share: None)
    return file.getvalue()


def _block_means(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    if rows == columns == 1:
        return values
    height, width = (size - size % block for size, block in zip(values.shape, (rows, columns), strict=True))
    blocks = values[:height, :width].reshape(height // rows, rows, width // columns, columns)
    means: NDArray[np.float32] = blocks.mean(axis=(1, 3))
    return means


def _affine(stack: Stack, slice_block: int, row_block: int, column_block: int) -> NDArray[np.float64]:
    """Voxel (column, row, slice) to patient mm in LPS; the slices' distance is their mean distance."""
    first, last = stack.frames[0].plane, stack.frames[-1].plane
    assert first is not None
    assert last is not None
    slice_step = np.subtract(last.origin_mm, first.origin_mm) / (len(stack.frames) - 1)
    steps = [np.asarray(first.column_step_mm), np.asarray(first.row_step_mm), slice_step]
    blocks = (column_block, row_block, slice_block)
    affine = np.eye(4)
    affine[:3, 3] = first.origin_mm
    for axis, (step, block) in enumerate(zip(steps, blocks, strict=True)):
        affine[:3, axis] = step * block
        affine[:3, 3] += step * (block - 1) / 2
    return affine
