"""Where frames lie in the patient, from each place DICOM may say so."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import NuclearMedicineImageStorage, RTDoseStorage

from ophtha_core.dicom.geometry import SlicePlane, frame_planes
from ophtha_core.errors import UnreadableImage


def item(**attributes: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def group(
    *, position: list[float] | None = None, cosines: list[float] | None = None, spacing: object = None
) -> Dataset:
    groups = Dataset()
    if position:
        groups.PlanePositionSequence = Sequence([item(ImagePositionPatient=position)])
    if cosines:
        groups.PlaneOrientationSequence = Sequence([item(ImageOrientationPatient=cosines)])
    if spacing:
        groups.PixelMeasuresSequence = Sequence([item(PixelSpacing=spacing)])
    return groups


AXIAL = [1, 0, 0, 0, 1, 0]
CORONAL = [1, 0, 0, 0, 0, -1]


def origins(planes: tuple[SlicePlane, ...]) -> list[tuple[float, ...]]:
    return [plane.origin_mm for plane in planes]


def test_a_single_frame_reads_row_spacing_before_column_spacing():
    dataset = item(ImagePositionPatient=[1, 2, 3], ImageOrientationPatient=CORONAL, PixelSpacing=[3, 0.5])
    (plane,) = frame_planes(dataset, frames=1)
    assert plane == SlicePlane(origin_mm=(1, 2, 3), column_step_mm=(0.5, 0, 0), row_step_mm=(0, 0, -3))


def test_functional_groups_of_a_frame_come_before_the_shared_ones():
    dataset = item(
        SharedFunctionalGroupsSequence=Sequence([group(position=[9, 9, 9], cosines=AXIAL, spacing=[1, 1])]),
        PerFrameFunctionalGroupsSequence=Sequence(
            [group(position=[0, 0, 1]), group(position=[0, 0, 2], cosines=CORONAL), group(spacing=[2, 4])]
        ),
    )
    first, second, third = frame_planes(dataset, frames=3)
    assert first == SlicePlane(origin_mm=(0, 0, 1), column_step_mm=(1, 0, 0), row_step_mm=(0, 1, 0))
    assert second == SlicePlane(origin_mm=(0, 0, 2), column_step_mm=(1, 0, 0), row_step_mm=(0, 0, -1))
    assert third == SlicePlane(origin_mm=(9, 9, 9), column_step_mm=(4, 0, 0), row_step_mm=(0, 2, 0))


def test_functional_groups_without_a_position_have_no_place():
    dataset = item(SharedFunctionalGroupsSequence=Sequence([group(cosines=AXIAL, spacing=[1, 1])]))
    with pytest.raises(UnreadableImage, match="PlanePositionSequence"):
        frame_planes(dataset, frames=1)


def test_functional_groups_of_another_number_of_frames_are_refused():
    dataset = item(PerFrameFunctionalGroupsSequence=Sequence([group(position=[0, 0, 0])] * 2))
    with pytest.raises(UnreadableImage, match="2 items for 3 frames"):
        frame_planes(dataset, frames=3)


def nuclear(*, spacing_mm: float | None, cosines: list[float] = AXIAL, **attributes: object) -> Dataset:
    detector = item(ImagePositionPatient=[-10, -20, 30], ImageOrientationPatient=cosines)
    dataset = item(
        SOPClassUID=NuclearMedicineImageStorage,
        PixelSpacing=[4, 2],
        DetectorInformationSequence=Sequence([detector]),
        **attributes,
    )
    if spacing_mm is not None:
        dataset.SpacingBetweenSlices = spacing_mm
    return dataset


@pytest.mark.parametrize(
    ("cosines", "spacing_mm", "third"),
    [(AXIAL, 5, (-10, -20, 40)), (AXIAL, -5, (-10, -20, 20)), (CORONAL, 5, (-10, -10, 30))],
)
def test_nuclear_slices_are_stacked_along_the_normal_in_the_sense_of_the_spacing(cosines, spacing_mm, third):
    planes = frame_planes(nuclear(spacing_mm=spacing_mm, cosines=cosines), frames=3)
    np.testing.assert_allclose(planes[0].origin_mm, (-10, -20, 30))
    np.testing.assert_allclose(planes[2].origin_mm, third)
    assert planes[2].column_step_mm == (2, 0, 0)


def test_gated_nuclear_frames_lie_where_the_slice_vector_says():
    planes = frame_planes(nuclear(spacing_mm=5, SliceVector=[1, 2, 1, 2]), frames=4)
    assert [origin[2] for origin in origins(planes)] == [30, 35, 30, 35]


@pytest.mark.parametrize("spacing_mm", [None, 0])
def test_nuclear_frames_without_a_spacing_have_no_place(spacing_mm):
    with pytest.raises(UnreadableImage, match="SpacingBetweenSlices"):
        frame_planes(nuclear(spacing_mm=spacing_mm), frames=2)


@pytest.mark.parametrize("detectors", [0, 2])
def test_nuclear_frames_of_several_detectors_have_no_place(detectors):
    dataset = nuclear(spacing_mm=5)
    dataset.DetectorInformationSequence = Sequence([Dataset()] * detectors)
    with pytest.raises(UnreadableImage, match=f"{detectors} items"):
        frame_planes(dataset, frames=2)


@pytest.mark.parametrize("offsets", [[0, 3, 6], [30, 33, 36]])
def test_dose_planes_follow_their_offsets(offsets):
    dataset = item(
        SOPClassUID=RTDoseStorage,
        ImagePositionPatient=[0, 0, 30],
        ImageOrientationPatient=AXIAL,
        PixelSpacing=[1, 1],
        GridFrameOffsetVector=offsets,
    )
    assert [origin[2] for origin in origins(frame_planes(dataset, frames=3))] == [30, 33, 36]


def test_frames_nobody_placed_have_no_place():
    dataset = item(ImagePositionPatient=[0, 0, 0], ImageOrientationPatient=AXIAL, PixelSpacing=[1, 1])
    with pytest.raises(UnreadableImage, match="nothing says where"):
        frame_planes(dataset, frames=2)


@pytest.mark.parametrize("cosines", [[0.7071, 0.7071, 0, -0.7071, 0.7071, 0], [0.99999, 0, 0.0044, 0, 1, 0]])
def test_cosines_rounded_to_a_few_digits_are_accepted(cosines):
    dataset = item(ImagePositionPatient=[0, 0, 0], ImageOrientationPatient=cosines, PixelSpacing=[1, 1])
    assert len(frame_planes(dataset, frames=1)) == 1
