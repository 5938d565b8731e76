"""Every way a device writes an OCT volume leads to the same anatomy, and what is not proven is named."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import RLELossless

from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.geometry import require_plausible
from ophtha_core.oct.dicom.volume import OctVolume, read_oct_volume
from ophtha_core.oct.enface import Laterality, ScanDirection, ScanOrientation, ScanProtocol
from ophtha_core.phantoms.oct import ORIENTATIONS, TOP_BOTTOM_LEFT_RIGHT, OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import OptStudy, Planes, ScanPattern, bscan_series, opt_study

EYES = (RetinaAnatomy(right_eye=True), RetinaAnatomy(right_eye=False))
SQUARE = {
    "num_slices": 24,
    "columns": 24,
    "slice_spacing_mm": 0.25,
    "pixel_spacing_column_mm": 0.25,
    "rows": 56,
    "pixel_spacing_row_mm": 0.02,
}


def read(study: OptStudy, *, with_localizer: bool = True) -> OctVolume:
    localizers = {study.localizer.SOPInstanceUID: study.localizer} if with_localizer else {}
    return read_oct_volume([study.volume], localizers=localizers)


def vertical(slices: ScanDirection, columns: ScanDirection) -> ScanOrientation:
    return ScanOrientation(protocol=ScanProtocol.VERTICAL_3D, slice_direction=slices, pixel_direction=columns)


@pytest.mark.parametrize("anatomy", EYES)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("evidence", ["located", "placed", "located over placeholder", "legacy series"])
def test_any_scan_of_an_eye_shows_the_same_anatomy(
    anatomy: RetinaAnatomy, orientation: ScanOrientation, evidence: str
) -> None:
    phantom = OctPhantom(anatomy=anatomy, orientation=orientation, centre_mm=(1.0, 0.3), **SQUARE)
    if evidence == "legacy series":
        volume = read_oct_volume(bscan_series(phantom))
    else:
        planes = Planes.PLACEHOLDER if "placeholder" in evidence else Planes.TRUE
        volume = read(opt_study(phantom, planes=planes, frame_locations="located" in evidence))
    straight = replace(phantom, orientation=TOP_BOTTOM_LEFT_RIGHT)
    expected = np.stack([frame.T for frame in straight.frames()])
    assert volume.geometry.assumed == ()
    assert volume.geometry.orientation == orientation
    assert volume.geometry.laterality is phantom.laterality
    assert volume.geometry.slice_spacing_mm == pytest.approx(0.25, abs=1e-4)
    np.testing.assert_array_equal(volume.canonical_cube(), expected)
    np.testing.assert_allclose(volume.canonical_en_face(), expected.mean(axis=2))


def test_frames_are_decoded_when_they_are_asked_for() -> None:
    phantom = OctPhantom(**SQUARE)
    study = opt_study(phantom)
    study.volume.compress(RLELossless)
    np.testing.assert_array_equal(read(study).frame(7), list(phantom.frames())[7])
    del study.volume.PixelData
    volume = read(study)
    assert volume.geometry.num_slices == 24
    with pytest.raises(UnreadableImage):
        volume.frame(0)


def test_a_left_eye_is_the_mirror_image_of_a_right_one() -> None:
    right, left = (read(opt_study(OctPhantom(anatomy=eye, **SQUARE))) for eye in EYES)
    np.testing.assert_array_equal(right.canonical_cube(), left.canonical_cube()[:, ::-1])


def test_frame_locations_win_over_plane_orientation() -> None:
    phantom = OctPhantom(orientation=vertical(ScanDirection.RIGHT_LEFT, ScanDirection.BOTTOM_TOP), **SQUARE)
    study = opt_study(phantom, planes=Planes.PLACEHOLDER)
    assert read(study).geometry.orientation == phantom.orientation
    assert read(study).geometry.assumed == ()


def test_placeholder_positions_prove_neither_distance_nor_direction() -> None:
    phantom = OctPhantom(**SQUARE | {"slice_spacing_mm": 0.2})
    geometry = read(opt_study(phantom, planes=Planes.PLACEHOLDER, frame_locations=False)).geometry
    assert geometry.assumed == ("slice_direction", "slice_thickness")
    assert "placeholder" in geometry.reasons["slice_thickness"]
    assert geometry.slice_spacing_mm == pytest.approx(0.2)
    assert geometry.orientation == TOP_BOTTOM_LEFT_RIGHT


def test_nothing_said_means_everything_is_assumed() -> None:
    phantom = OctPhantom(**SQUARE)
    geometry = read(opt_study(phantom, planes=Planes.ABSENT, frame_locations=False)).geometry
    assert geometry.assumed == ("pixel_direction", "scan_protocol", "slice_direction", "slice_thickness")
    assert geometry.slice_spacing_mm == 0.25


def test_spacing_between_slices_comes_before_slice_thickness() -> None:
    study = opt_study(OctPhantom(**SQUARE), planes=Planes.ABSENT, frame_locations=False, spacing_between_slices=True)
    study.volume.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness = 0.01
    geometry = read(study).geometry
    assert geometry.slice_spacing_mm == 0.25
    assert "slice_thickness" not in geometry.assumed


def test_positions_along_the_normal_come_before_spacing_between_slices() -> None:
    study = opt_study(OctPhantom(**SQUARE), frame_locations=False, spacing_between_slices=True)
    study.volume.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices = 0.9
    assert read(study).geometry.slice_spacing_mm == pytest.approx(0.25)


def test_no_distance_anywhere_is_refused_by_name() -> None:
    study = opt_study(OctPhantom(**SQUARE), planes=Planes.ABSENT, frame_locations=False, slice_thickness=False)
    with pytest.raises(InvalidInput) as refusal:
        read(study)
    assert refusal.value.field == "SliceThickness"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_rows_and_columns_of_the_localizer_have_their_own_spacing(orientation: ScanOrientation) -> None:
    phantom = OctPhantom(orientation=orientation, slice_spacing_mm=0.24)
    geometry = read(opt_study(phantom, planes=Planes.ABSENT)).geometry
    assert geometry.slice_spacing_mm == pytest.approx(0.24, abs=1e-4)


def test_without_the_localizer_the_columns_of_the_bscan_are_the_ruler() -> None:
    phantom = OctPhantom(num_slices=10, columns=50, slice_spacing_mm=0.3, pixel_spacing_column_mm=0.1)
    study = opt_study(phantom, planes=Planes.ABSENT)
    for index, groups in enumerate(study.volume.PerFrameFunctionalGroupsSequence):
        # 49 steps of 0.1 mm from the first to the last A-scan on 392 pixels: 80 a millimetre, slices 24 pixels apart.
        groups.OphthalmicFrameLocationSequence[0].ReferenceCoordinates = [24.0 * index, 10.0, 24.0 * index, 402.0]
    geometry = read(study, with_localizer=False).geometry
    assert geometry.slice_spacing_mm == pytest.approx(0.3)
    assert "slice_thickness" not in geometry.assumed


@pytest.mark.parametrize("pattern", [ScanPattern.RADIAL, ScanPattern.CIRCLE])
@pytest.mark.parametrize("named", [True, False])
def test_radial_and_circle_scans_are_refused_whether_the_device_names_them_or_not(
    pattern: ScanPattern, named: bool
) -> None:
    study = opt_study(OctPhantom(**SQUARE), pattern=pattern, planes=Planes.PLACEHOLDER)
    if not named:
        del study.volume.ScanPatternTypeCodeSequence
    with pytest.raises(InvalidInput) as refusal:
        read(study)
    assert refusal.value.field == ("ScanPatternTypeCodeSequence" if named else "OphthalmicFrameLocationSequence")


def test_radial_planes_are_refused_without_frame_locations() -> None:
    study = opt_study(OctPhantom(**SQUARE), frame_locations=False)
    del study.volume.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
    for index, groups in enumerate(study.volume.PerFrameFunctionalGroupsSequence):
        turn = np.pi * index / 24
        plane = Dataset()
        plane.ImageOrientationPatient = [round(float(np.cos(turn)), 6), 0, round(float(np.sin(turn)), 6), 0, 1, 0]
        groups.PlaneOrientationSequence = DicomSequence([plane])
    with pytest.raises(InvalidInput) as refusal:
        read(study)
    assert refusal.value.field == "PlaneOrientationSequence"


def test_frames_parallel_to_the_retina_are_no_bscans() -> None:
    study = opt_study(OctPhantom(**SQUARE))
    for groups in study.volume.PerFrameFunctionalGroupsSequence:
        groups.OphthalmicFrameLocationSequence[0].OphthalmicImageOrientation = "TRANSVERSE"
    with pytest.raises(InvalidInput) as refusal:
        read(study)
    assert refusal.value.field == "OphthalmicImageOrientation"


@pytest.mark.parametrize(
    ("turn_deg", "rotation_deg", "orientation"),
    [
        (10.0, 10.0, TOP_BOTTOM_LEFT_RIGHT),
        (45.0, 45.0, TOP_BOTTOM_LEFT_RIGHT),
        (-44.0, -44.0, TOP_BOTTOM_LEFT_RIGHT),
        (50.0, -40.0, vertical(ScanDirection.RIGHT_LEFT, ScanDirection.TOP_BOTTOM)),
        (-45.0, 45.0, vertical(ScanDirection.LEFT_RIGHT, ScanDirection.BOTTOM_TOP)),
    ],
)
def test_a_turned_raster_has_its_rotation_and_the_protocol_of_the_nearest_axis(
    turn_deg: float, rotation_deg: float, orientation: ScanOrientation
) -> None:
    study = opt_study(OctPhantom(**SQUARE), planes=Planes.ABSENT)
    turn = np.radians(turn_deg)
    along, across = np.array([np.sin(turn), np.cos(turn)]), np.array([np.cos(turn), -np.sin(turn)])
    for index, groups in enumerate(study.volume.PerFrameFunctionalGroupsSequence):
        middle = np.array([500.0, 500.0]) + (index - 12) * 10 * across
        ends = np.concatenate([middle - 200 * along, middle + 200 * along])
        groups.OphthalmicFrameLocationSequence[0].ReferenceCoordinates = [float(each) for each in ends]
    geometry = read(study, with_localizer=False).geometry
    assert geometry.orientation == orientation
    assert geometry.rotation_deg == pytest.approx(rotation_deg, abs=1e-3)
    assert geometry.slice_spacing_mm == pytest.approx(10 * 0.25 / (400 / 23))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("rotation_deg", [7.0, -29.0, 44.0])
@pytest.mark.parametrize("frame_locations", [True, False])
def test_locations_and_planes_say_the_same_of_a_turned_raster(
    orientation: ScanOrientation, rotation_deg: float, frame_locations: bool
) -> None:
    phantom = OctPhantom(orientation=orientation, rotation_deg=rotation_deg, **SQUARE)
    geometry = read(opt_study(phantom, frame_locations=frame_locations)).geometry
    assert geometry.orientation == orientation
    assert geometry.rotation_deg == pytest.approx(rotation_deg, abs=0.01)
    assert geometry.slice_spacing_mm == pytest.approx(0.25, abs=1e-4)
    assert geometry.assumed == ()


def test_real_positions_that_agree_with_the_locations_are_the_distance() -> None:
    study = opt_study(OctPhantom(**SQUARE))
    for index, groups in enumerate(study.volume.PerFrameFunctionalGroupsSequence):
        groups.PlanePositionSequence[0].ImagePositionPatient = [-2.875, 0.0, 2.875 - 0.253 * index]
    geometry = read(study).geometry
    assert geometry.slice_spacing_mm == pytest.approx(0.253)
    assert geometry.assumed == ()


def test_positions_that_contradict_the_locations_leave_the_distance_unproven() -> None:
    study = opt_study(OctPhantom(**SQUARE))
    for index, groups in enumerate(study.volume.PerFrameFunctionalGroupsSequence):
        groups.PlanePositionSequence[0].ImagePositionPatient = [-2.875, 0.0, 2.875 - 0.3 * index]
    geometry = read(study).geometry
    assert geometry.slice_spacing_mm == pytest.approx(0.25, abs=1e-4)
    assert geometry.assumed == ("slice_thickness",)


def test_a_raster_of_heidelberg_without_locations_is_taken_from_below_and_stays_assumed() -> None:
    study = opt_study(OctPhantom(**SQUARE), planes=Planes.PLACEHOLDER, frame_locations=False)
    study.volume.Manufacturer = "Heidelberg Engineering"
    geometry = read(study).geometry
    assert geometry.orientation.slice_direction is ScanDirection.BOTTOM_TOP
    assert "slice_direction" in geometry.assumed


@pytest.mark.parametrize(
    ("step_mm", "column_mm", "word"), [(0.05, 0.01, "converter"), (0.0625, 0.0625, "repeats"), (0.24, 0.0625, "only")]
)
def test_distances_that_are_no_measurement_are_assumed(step_mm: float, column_mm: float, word: str) -> None:
    phantom = OctPhantom(**SQUARE | {"slice_spacing_mm": step_mm, "pixel_spacing_column_mm": column_mm, "columns": 120})
    spacing = word == "converter"
    study = opt_study(phantom, planes=Planes.ABSENT, frame_locations=False, spacing_between_slices=spacing)
    geometry = read(study).geometry
    assert word in geometry.reasons["slice_thickness"]


def test_an_image_that_contradicts_itself_shows_no_known_eye() -> None:
    study = opt_study(OctPhantom(**SQUARE))
    study.volume.ImageLaterality = "L"
    geometry = read(study).geometry
    assert geometry.laterality is None
    assert geometry.assumed == ("laterality",)


@pytest.mark.parametrize(
    ("code", "meaning", "foreign"),
    [
        ("28726007", "Cornea", "cornea"),
        ("82859000", "Macula lutea", None),
        ("123", "Macula, private code", None),
        ("78076003", "Lens", "lens"),
    ],
)
def test_a_region_without_macula_and_disc_is_told(code: str, meaning: str, foreign: str | None) -> None:
    study = opt_study(OctPhantom(**SQUARE))
    region = study.volume.SharedFunctionalGroupsSequence[0].FrameAnatomySequence[0].AnatomicRegionSequence[0]
    region.CodeValue, region.CodeMeaning = code, meaning
    assert read(study).geometry.foreign_region == foreign


@pytest.mark.parametrize(
    ("slices", "column_mm", "step_mm", "field"),
    [
        (24, 46.875, 240.0, "slice_thickness"),
        (49, 0.25, 1.0, "slice_thickness"),
        (24, 1.2, 0.25, "pixel_spacing_column"),
        (24, 0.03, 0.25, "pixel_spacing_column"),
    ],
)
def test_fields_that_are_those_of_no_eye_are_refused(slices: int, column_mm: float, step_mm: float, field: str) -> None:
    study = opt_study(OctPhantom(**SQUARE | {"num_slices": slices}), planes=Planes.ABSENT, frame_locations=False)
    measures = study.volume.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.PixelSpacing, measures.SliceThickness = [0.02, column_mm], step_mm
    geometry = read(study).geometry
    with pytest.raises(InvalidInput) as refusal:
        require_plausible(geometry)
    assert refusal.value.field == field


def test_empty_frame_locations_leave_the_word_to_the_planes() -> None:
    study = opt_study(OctPhantom(**SQUARE))
    for groups in study.volume.PerFrameFunctionalGroupsSequence:
        groups.OphthalmicFrameLocationSequence[0].ReferenceCoordinates = [0.0, 0.0, 0.0, 0.0]
    assert read(study).geometry.orientation == TOP_BOTTOM_LEFT_RIGHT
    assert read(study).geometry.assumed == ()


def test_a_missing_frame_is_refused() -> None:
    study = opt_study(OctPhantom(**SQUARE))
    frames = list(study.volume.PerFrameFunctionalGroupsSequence)
    study.volume.PerFrameFunctionalGroupsSequence = DicomSequence(frames[:5] + frames[9:])
    study.volume.NumberOfFrames = len(frames) - 4
    with pytest.raises(InvalidInput, match="evenly spaced"):
        read(study)


def test_missing_pixel_spacing_is_refused_by_name() -> None:
    study = opt_study(OctPhantom(**SQUARE))
    del study.volume.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
    with pytest.raises(InvalidInput) as refusal:
        read(study)
    assert refusal.value.field == "PixelSpacing"


def test_two_volumes_in_a_series_are_refused() -> None:
    studies = [opt_study(OctPhantom(anatomy=eye, **SQUARE)) for eye in EYES]
    with pytest.raises(InvalidInput, match="one of its instances"):
        read_oct_volume([study.volume for study in studies])


def test_laterality_comes_from_the_frame_anatomy_when_the_image_is_silent() -> None:
    study = opt_study(OctPhantom(anatomy=EYES[1], **SQUARE), laterality=False)
    assert read(study).geometry.laterality is Laterality.LEFT
    study.volume.SharedFunctionalGroupsSequence[0].FrameAnatomySequence[0].FrameLaterality = "B"
    assert read(study).geometry.laterality is None


def test_images_of_a_series_are_taken_by_place_when_their_numbers_are_shuffled() -> None:
    images = bscan_series(OctPhantom(**SQUARE))
    for number, image in zip([3, 1, 2, *range(4, len(images) + 1)], images, strict=True):
        image.InstanceNumber = number
    volume = read_oct_volume(images)
    assert [bscan.position_mm for bscan in volume.bscans] == [
        tuple(float(v) for v in image.ImagePositionPatient) for image in images
    ]


@settings(deadline=None, max_examples=30)
@given(
    slices=st.integers(2, 12),
    columns=st.integers(8, 30),
    step=st.floats(0.05, 0.6),
    column=st.floats(0.01, 0.3),
    orientation=st.sampled_from(ORIENTATIONS),
)
def test_frame_locations_and_planes_agree_on_any_raster(
    slices: int, columns: int, step: float, column: float, orientation: ScanOrientation
) -> None:
    phantom = OctPhantom(
        orientation=orientation,
        num_slices=slices,
        columns=columns,
        rows=8,
        slice_spacing_mm=step,
        pixel_spacing_column_mm=column,
    )
    for frame_locations in (True, False):
        geometry = read(opt_study(phantom, frame_locations=frame_locations)).geometry
        assert geometry.orientation == orientation
        assert geometry.slice_spacing_mm == pytest.approx(step, abs=1e-4)


def concatenated(parts: int) -> list[Dataset]:
    """A volume cut into images that say so."""
    study = opt_study(OctPhantom(**SQUARE), frame_locations=False)
    frames = list(study.volume.PerFrameFunctionalGroupsSequence)
    each, size = len(frames) // parts, study.volume.Rows * study.volume.Columns
    found = []
    for number in range(parts):
        part = copy.deepcopy(study.volume)
        part.SOPInstanceUID = f"2.25.{number + 1}"
        part.ConcatenationUID = "2.25.7"
        part.InConcatenationNumber, part.InConcatenationTotalNumber = number + 1, parts
        part.NumberOfFrames = each
        part.PerFrameFunctionalGroupsSequence = DicomSequence(frames[number * each : (number + 1) * each])
        part.PixelData = study.volume.PixelData[number * each * size : (number + 1) * each * size]
        found.append(part)
    return found


def test_parts_of_a_concatenation_are_one_volume_in_their_order() -> None:
    parts = concatenated(3)
    joined = read_oct_volume(parts[::-1])
    whole = read(opt_study(OctPhantom(**SQUARE), frame_locations=False))
    assert joined.geometry == whole.geometry
    np.testing.assert_array_equal(joined.canonical_cube(), whole.canonical_cube())


@pytest.mark.parametrize("present", [slice(0, 1), slice(1, 3)])
def test_a_concatenation_that_lacks_parts_is_refused(present: slice) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_oct_volume(concatenated(3)[present])
    assert refusal.value.field == "ConcatenationUID"
