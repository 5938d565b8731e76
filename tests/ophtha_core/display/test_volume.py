"""A display volume is where the slices are, and holds their values."""

import gzip
import io

import nibabel
import numpy as np
import pytest
from pydicom import dcmread

from ophtha_core.dicom.geometry import frame_planes
from ophtha_core.display.stack import Stack, StackedFrame, stack_of
from ophtha_core.display.volume import display_volume
from ophtha_core.errors import UnreadableImage
from ophtha_core.phantoms.head_ct import HeadCt, head_ct


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    found = {}
    for number, dataset in enumerate(head_ct(HeadCt(pixels=32, field_mm=64.0, slices=6))):
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        found[str(number)] = buffer.getvalue()
    return found


@pytest.fixture(scope="module")
def stack(files: dict[str, bytes]) -> Stack:
    frames = []
    for key, file in reversed(files.items()):
        dataset = dcmread(io.BytesIO(file))
        (plane,) = frame_planes(dataset, frames=1)
        frames.append(StackedFrame(instance=key, frame=0, rows=32, columns=32, plane=plane))
    return stack_of(frames)


def test_slices_are_sorted_by_position(stack: Stack) -> None:
    assert stack.is_volume
    assert [frame.instance for frame in stack.frames] == [str(number) for number in range(6)]


def test_each_voxel_lies_where_its_pixel_does_and_has_its_value(stack: Stack, files: dict[str, bytes]) -> None:
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(display_volume(stack, files.__getitem__)))
    assert image.shape == (32, 32, 6)
    values = np.asarray(image.dataobj)
    for number, frame in enumerate(stack.frames):
        np.testing.assert_array_equal(values[:, :, number].T, dcmread(io.BytesIO(files[frame.instance])).pixel_array)
    plane = stack.frames[4].plane
    assert plane is not None
    x, y, z = np.add(plane.origin_mm, np.add(3 * np.array(plane.column_step_mm), 7 * np.array(plane.row_step_mm)))
    np.testing.assert_allclose(image.affine @ (3, 7, 4, 1), (-x, -y, z, 1), atol=1e-4)


def test_blocks_are_averaged_around_their_centre(stack: Stack, files: dict[str, bytes]) -> None:
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(display_volume(stack, files.__getitem__, largest_side=16)))
    assert image.shape == (16, 16, 6)
    first = dcmread(io.BytesIO(files["0"])).pixel_array.astype(float)
    means = first.reshape(16, 2, 16, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(np.asarray(image.dataobj)[:, :, 0].T, means, atol=0.5)
    plane = stack.frames[0].plane
    assert plane is not None
    centre = np.add(plane.origin_mm, 0.5 * np.add(plane.column_step_mm, plane.row_step_mm))
    np.testing.assert_allclose(image.affine @ (0, 0, 0, 1), (-centre[0], -centre[1], centre[2], 1), atol=1e-4)


def test_frames_without_a_place_are_no_volume(files: dict[str, bytes]) -> None:
    frames = [StackedFrame(instance=key, frame=0, rows=32, columns=32, plane=None) for key in files]
    stack = stack_of(frames)
    assert not stack.is_volume
    with pytest.raises(UnreadableImage, match="no volume"):
        display_volume(stack, files.__getitem__)
