"""The phantoms are complete, always the same, and where they say they are."""

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from ophtha_core.dicom.geometry import frame_planes
from ophtha_core.phantoms.head_ct import FACE_HIGH_MM, FACE_LOW_MM, HeadCt, head_ct
from ophtha_core.phantoms.mr import HeadMr, Orientation, head_mr
from ophtha_core.phantoms.ultrasound import BANNER_HEIGHT_FRACTION, ultrasound, ultrasound_jpeg
from tests.kit.masked import file_of, parse, stored_pixels

SMALL_CT = HeadCt(pixels=64, slices=16, slice_spacing_mm=12.0)
SMALL_MR = HeadMr(rows=48, columns=64, slices=8, slice_spacing_mm=20.0)


def value_at(dataset: FileDataset, x_mm: float, y_mm: float, z_mm: float) -> int:
    """Stored value of the pixel under a point of the slice's plane."""
    (plane,) = frame_planes(dataset, frames=1)
    steps = np.array([plane.column_step_mm, plane.row_step_mm]).T
    column, row = np.rint(np.linalg.lstsq(steps, np.subtract((x_mm, y_mm, z_mm), plane.origin_mm))[0]).astype(int)
    return int(dataset.pixel_array[row, column])


def test_the_head_ct_is_one_series_in_hounsfield_units():
    slices = list(head_ct(SMALL_CT))
    assert len({d.SOPInstanceUID for d in slices}) == SMALL_CT.slices
    assert len({d.SeriesInstanceUID for d in slices}) == len({d.FrameOfReferenceUID for d in slices}) == 1
    volume = np.stack([d.pixel_array for d in slices])
    assert volume.min() <= -950
    assert np.percentile(volume, 99) > 850
    brain = value_at(slices[9], 30, 20, float(slices[9].ImagePositionPatient[2]))
    assert 0 < brain < 70


def test_the_face_lies_in_the_box_the_phantom_names():
    slices = [d for d in head_ct(HeadCt(pixels=128, slices=40, slice_spacing_mm=5.0))]
    heights = [float(d.ImagePositionPatient[2]) for d in slices]
    in_face = [d for d, z in zip(slices, heights, strict=True) if FACE_LOW_MM[2] <= z <= FACE_HIGH_MM[2]]
    assert any(value_at(d, 0, -106, float(d.ImagePositionPatient[2])) > -300 for d in in_face), "no nose"
    assert FACE_HIGH_MM[0] == -FACE_LOW_MM[0]


@pytest.mark.parametrize("make", [lambda: next(head_ct(SMALL_CT)), lambda: next(head_mr(SMALL_MR)), ultrasound])
def test_a_phantom_is_the_same_each_time(make):
    assert file_of(make()) == file_of(make())


def test_the_mr_series_show_one_head_in_three_planes():
    slices = list(head_mr(SMALL_MR))
    assert len({d.SeriesInstanceUID for d in slices}) == len(Orientation)
    assert len({d.StudyInstanceUID for d in slices}) == len({d.FrameOfReferenceUID for d in slices}) == 1
    point = (30.0, 10.0, 30.0)
    for orientation in Orientation:
        series = [d for d in slices if d.SeriesDescription == f"T1 {orientation.name.lower()}"]
        normal = np.cross(*orientation.value)
        nearest = min(series, key=lambda d: abs(normal @ np.subtract(point, d.ImagePositionPatient)))
        offset = normal @ np.subtract(nearest.ImagePositionPatient, point)
        assert value_at(nearest, *(np.array(point) + offset * normal)) > 300, "white matter is bright in T1"


@pytest.mark.parametrize("make", [ultrasound, ultrasound_jpeg])
def test_the_ultrasound_has_a_name_in_its_banner_on_every_frame(make):
    dataset = parse(file_of(make(rows=120, columns=160, frames=2)))
    pixels = stored_pixels(file_of(dataset))
    assert pixels.shape == (2, 120, 160, 3)
    assert dataset.BurnedInAnnotation == "YES"
    banner = pixels[:, : round(120 * BANNER_HEIGHT_FRACTION), :, 0]
    assert (banner.max(axis=(1, 2)) > 150).all()
