"""Every input check of the contract, on generated series."""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import (
    UID,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    MRImageStorage,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from ophtha_core.phantoms.chest_ct import Geometry, SeriesIdentity
from registration.errors import InvalidContent, RegistrationError, UndecodableFile
from registration.slices import Side
from registration.volume import CheckedVolume, check_same_patient, read_series
from tests.kit import ct_files
from tests.kit.ct_files import SMALL, files, instances, stored, with_stored

THIN = replace(SMALL, slice_spacing_mm=3.0)
TINY = Geometry(columns=32, rows=24, slices=12, pixel_spacing_mm=12.0, slice_spacing_mm=10.0)


def read(datasets: list[Dataset]) -> CheckedVolume:
    return read_series(files(datasets), side=Side.REFERENCE)


def hu(volume: CheckedVolume) -> NDArray[np.int16]:
    return sitk.GetArrayFromImage(volume.image)


@pytest.fixture(scope="module")
def plain() -> list[Dataset]:
    return instances(SMALL)


@pytest.fixture
def series(plain: list[Dataset]) -> list[Dataset]:
    return deepcopy(plain)


@pytest.fixture(scope="module")
def expected(plain: list[Dataset]) -> NDArray[np.int16]:
    return np.stack([stored(one).astype(np.int16) - 1024 for one in plain])


def test_a_series_becomes_hu_on_its_own_grid(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    volume = read(series)
    assert np.array_equal(hu(volume), expected)
    assert volume.image.GetSpacing() == (6.0, 6.0, 10.0)
    assert volume.image.GetOrigin() == pytest.approx(tuple(SMALL.origin_mm))
    assert volume.warnings == ()
    assert [source.header.SOPInstanceUID for source in volume.files] == [one.SOPInstanceUID for one in series]


def test_slices_are_sorted_by_position_not_by_number_or_order(
    series: list[Dataset], expected: NDArray[np.int16]
) -> None:
    random.Random(1).shuffle(series)
    for number, one in enumerate(series):
        one.InstanceNumber = number
    assert np.array_equal(hu(read(series)), expected)


def test_an_identical_slice_given_twice_is_left_out_with_a_warning(
    series: list[Dataset], expected: NDArray[np.int16]
) -> None:
    again = deepcopy(series[5])
    again.SOPInstanceUID = again.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    volume = read([*series, again])
    assert np.array_equal(hu(volume), expected)
    assert volume.warnings == ("ReferenceList.21 repeats ReferenceList.6 and was left out",)


def test_of_two_different_slices_at_one_position_the_later_wins(
    series: list[Dataset], expected: NDArray[np.int16]
) -> None:
    other = with_stored(deepcopy(series[5]), stored(series[5]) + 1)
    other.InstanceNumber = 21
    volume = read([*series, other])
    assert "taken again at the same place" in volume.warnings[0]
    assert np.array_equal(hu(volume)[5], expected[5] + 1)
    assert np.array_equal(np.delete(hu(volume), 5, axis=0), np.delete(expected, 5, axis=0))


@pytest.fixture(scope="module")
def thin_plain() -> list[Dataset]:
    return instances(THIN)


@pytest.fixture
def thin(thin_plain: list[Dataset]) -> list[Dataset]:
    return deepcopy(thin_plain)


@pytest.mark.parametrize("gone", [(7,), (7, 8), (4, 12), (3, 8, 9, 17)])
def test_a_few_missing_slices_are_interpolated_with_a_warning(thin: list[Dataset], gone: tuple[int, ...]) -> None:
    expected = hu(read(thin))
    volume = read([one for index, one in enumerate(thin) if index not in gone])
    assert volume.image.GetDepth() == 20
    assert len(volume.warnings) == 1
    assert f"{len(gone)} slice" in volume.warnings[0]
    assert "interpolated" in volume.warnings[0]
    kept = [index for index in range(20) if index not in gone]
    assert np.array_equal(hu(volume)[kept], expected[kept])
    assert [index for index, source in enumerate(volume.sources) if source is None] == list(gone)


def test_one_missing_slice_becomes_the_mean_of_its_neighbours(thin: list[Dataset]) -> None:
    expected = hu(read(thin))
    volume = read([*thin[:7], *thin[8:]])
    mean = np.rint((expected[6].astype(float) + expected[8]) / 2)
    assert np.array_equal(hu(volume)[7], mean)


@pytest.mark.parametrize(
    ("gone", "gap_mm"), [((7, 8, 9), "12.0"), ((2, 4, 7, 9, 12), "6.0"), ((5, 7, 8, 9, 11), "12.0")]
)
def test_a_gap_of_more_than_10_mm_or_a_fifth_of_the_slices_is_refused_with_the_largest_gap(
    thin: list[Dataset], gone: tuple[int, ...], gap_mm: str
) -> None:
    with pytest.raises(InvalidContent, match=f"largest gap of {gap_mm} mm"):
        read([one for index, one in enumerate(thin) if index not in gone])


def test_uneven_spacing_is_resampled_with_a_warning(series: list[Dataset]) -> None:
    for index, one in enumerate(series):
        z = index * 10.0 + (3.0 if index % 2 else 0.0)
        one.ImagePositionPatient = [0, 0, z]
        with_stored(one, np.full((one.Rows, one.Columns), 1024 + round(z * 4), dtype=np.uint16))
    volume = read(series)
    assert len(volume.warnings) == 1
    assert "spacing varies" in volume.warnings[0]
    heights = np.arange(volume.image.GetDepth()) * volume.image.GetSpacing()[2]
    assert np.abs(hu(volume)[:, 3, 3] - 4 * heights).max() <= 1
    assert volume.image.GetDepth() == 20


def test_a_series_scanned_half_thick_half_thin_is_resampled(series: list[Dataset]) -> None:
    z = 0.0
    for index, one in enumerate(series):
        one.ImagePositionPatient = [0, 0, z]
        z += 10.0 if index < 8 else 5.0
    volume = read(series)
    assert "spacing varies from 5.00 to 10.00 mm" in volume.warnings[0]


def test_a_wide_gap_is_not_taken_for_uneven_spacing(series: list[Dataset]) -> None:
    for index, one in enumerate(series):
        one.ImagePositionPatient = [0, 0, index * 10.0 + (53.3 if index > 9 else 0.0)]
    with pytest.raises(InvalidContent, match="slices are missing"):
        read(series)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_fewer_than_eight_slices_are_refused(series: list[Dataset], count: int) -> None:
    with pytest.raises(InvalidContent, match="at least 8 are needed"):
        read(series[:count])


def test_eight_slices_are_enough(series: list[Dataset]) -> None:
    assert read(series[:8]).image.GetDepth() == 8


def test_more_than_six_hundred_slices_are_refused_and_six_hundred_are_not() -> None:
    many = instances(replace(TINY, columns=8, rows=8, slices=601, slice_spacing_mm=0.5))
    assert read(many[:600]).image.GetDepth() == 600
    with pytest.raises(InvalidContent, match="601 slices given, at most 600"):
        read(many)


@pytest.mark.parametrize(
    ("name", "orientation", "step"),
    [("coronal", [1, 0, 0, 0, 0, -1], [0, 10, 0]), ("sagittal", [0, 1, 0, 0, 0, -1], [10, 0, 0])],
)
def test_slices_that_are_not_axial_are_refused(
    series: list[Dataset], name: str, orientation: list[int], step: list[int]
) -> None:
    for index, one in enumerate(series):
        one.ImageOrientationPatient = orientation
        one.ImagePositionPatient = [index * part for part in step]
    with pytest.raises(InvalidContent, match="tilted by 90 degrees"):
        read(series)


def tilt(series: list[Dataset], angle_deg: float, *, along_table: bool) -> None:
    """Turn the planes about the x axis, stepping along the table or along their normal."""
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    for index, one in enumerate(series):
        one.ImageOrientationPatient = [1, 0, 0, 0, round(cosine, 6), round(sine, 6)]
        step = np.array([0, 0, 10.0]) if along_table else 10.0 * np.array([0, -sine, cosine])
        one.ImagePositionPatient = [round(float(value), 4) for value in index * step]


def test_a_tilt_of_four_degrees_is_axial_enough(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    tilt(series, 4, along_table=False)
    volume = read(series)
    assert np.array_equal(hu(volume), expected)
    assert volume.image.GetDirection()[7] == pytest.approx(np.sin(np.radians(4)), abs=1e-5)


def test_a_tilted_stack_is_refused(series: list[Dataset]) -> None:
    tilt(series, 8, along_table=False)
    with pytest.raises(InvalidContent, match="tilted by 8 degrees"):
        read(series)


def test_gantry_tilt_is_straightened(series: list[Dataset]) -> None:
    tilt(series, 12, along_table=True)
    for one in series:
        rows = 1024 + 10 * np.arange(one.Rows)[:, None] + np.zeros((1, one.Columns))
        with_stored(one, rows)
    volume = read(series)
    assert "gantry tilt" in volume.warnings[0]
    point = volume.image.TransformContinuousIndexToPhysicalPoint((10.0, 24.0, 9.0))
    # The value of a voxel was its row, and the row direction leans towards the head.
    first, step = np.array([0.0, 0.0, 0.0]), np.array([0, 0, 10.0])
    normal = np.array([0, -np.sin(np.radians(12)), np.cos(np.radians(12))])
    slice_number = (np.array(point) - first) @ normal / (step @ normal)
    corner = first + slice_number * step
    row = (np.array(point) - corner) @ np.array([0, np.cos(np.radians(12)), np.sin(np.radians(12))]) / 6.0
    assert hu(volume)[9, 24, 10] == pytest.approx(10 * row, abs=1.5)


@pytest.mark.parametrize("orientation", [[-1, 0, 0, 0, -1, 0], [1, 0, 0, 0, -1, 0], [-1, 0, 0, 0, 1, 0]])
def test_feet_first_prone_and_flipped_series_are_accepted(
    series: list[Dataset], expected: NDArray[np.int16], orientation: list[int]
) -> None:
    """The same anatomy stored in another order reads as the same points in space."""
    right, down = orientation[0], orientation[4]
    for one in series:
        x, y, z = one.ImagePositionPatient
        turned = stored(one)[::down, ::right]
        one.ImageOrientationPatient = orientation
        one.ImagePositionPatient = [
            x + (63 * 6.0 if right < 0 else 0), y + (47 * 6.0 if down < 0 else 0), z
        ]  # fmt: skip
        with_stored(one, turned)
    volume = read(series)
    point = (-77.0, 13.0, 23.0)
    plain_image = sitk.GetImageFromArray(expected)
    plain_image.SetSpacing((6.0, 6.0, 10.0))
    plain_image.SetOrigin(tuple(float(value) for value in SMALL.origin_mm))
    index, other = volume.image.TransformPhysicalPointToIndex(point), plain_image.TransformPhysicalPointToIndex(point)
    assert volume.image[index] == plain_image[other]


@pytest.mark.parametrize(
    ("transfer_syntax", "encode"),
    [
        (JPEGLosslessSV1, ct_files.jpeg_lossless),
        (JPEGLSLossless, ct_files.jpeg_ls),
        (JPEG2000Lossless, ct_files.jpeg_2000),
        (HTJ2KLossless, ct_files.high_throughput_jpeg_2000),
    ],
    ids=["JPEG lossless", "JPEG-LS", "JPEG 2000", "HTJ2K"],
)
def test_lossless_codecs_give_the_values_of_the_plain_series(
    series: list[Dataset],
    expected: NDArray[np.int16],
    transfer_syntax: UID,
    encode: Callable[[NDArray[np.uint16]], bytes],
) -> None:
    assert np.array_equal(hu(read([ct_files.compressed(one, transfer_syntax, encode) for one in series])), expected)


def test_run_length_coding_gives_the_values_of_the_plain_series(
    series: list[Dataset], expected: NDArray[np.int16]
) -> None:
    packed = [ct_files.rle(one) for one in series]
    assert packed[0].file_meta.TransferSyntaxUID == RLELossless
    assert np.array_equal(hu(read(packed)), expected)


def test_signed_compressed_values_keep_their_sign(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    for one, plane in zip(series, expected, strict=True):
        one.PixelRepresentation, one.BitsStored, one.HighBit, one.RescaleIntercept = 1, 16, 15, 0
        with_stored(one, plane.view(np.uint16))
        ct_files.compressed(one, JPEGLSLossless, ct_files.jpeg_ls)
    assert np.array_equal(hu(read(series)), expected)


def test_frames_of_an_enhanced_image_are_slices(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    volume = read([ct_files.enhanced(series)])
    assert np.array_equal(hu(volume), expected)
    assert volume.image.GetSpacing() == (6.0, 6.0, 10.0)
    assert [source.frame for source in volume.files] == list(range(20))


def test_localizers_are_left_out_with_a_warning(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    scout = deepcopy(series[0])
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    volume = read([scout, *series])
    assert np.array_equal(hu(volume), expected)
    assert volume.warnings == ("ReferenceList.1 is a localizer and was left out",)


def test_monochrome1_with_an_honest_rescale_keeps_its_hu(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    for one in series:
        with_stored(one, 4095 - stored(one))
        one.PhotometricInterpretation, one.RescaleSlope, one.RescaleIntercept = "MONOCHROME1", -1, 3071
    volume = read(series)
    assert np.array_equal(hu(volume), expected)
    assert volume.warnings == ("the series is MONOCHROME1",)


def test_monochrome1_stored_upside_down_is_turned_round(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    for one in series:
        with_stored(one, 4095 - stored(one))
        one.PhotometricInterpretation = "MONOCHROME1"
    volume = read(series)
    assert np.array_equal(hu(volume), expected)
    assert volume.warnings == ("the series is MONOCHROME1; its values were inverted",)


@pytest.mark.parametrize(("value", "limit"), [(3000, None), (2990, 3010)])
def test_padding_becomes_air(series: list[Dataset], expected: NDArray[np.int16], value: int, limit: int | None) -> None:
    for one in series:
        values = stored(one).copy()
        values[:5] = 3000
        with_stored(one, values)
        one.add_new(0x00280120, "US", value)
        if limit is not None:
            one.add_new(0x00280121, "US", limit)
    voxels = hu(read(series))
    assert (voxels[:, :5] == -1024).all()
    assert np.array_equal(voxels[:, 5:], expected[:, 5:])


def test_values_below_air_become_air(series: list[Dataset]) -> None:
    for one in series:
        one.RescaleIntercept = -3024
    assert hu(read(series)).min() == -1024


def test_each_slice_is_rescaled_by_its_own_numbers(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    with_stored(series[3], stored(series[3]) * 2)
    series[3].RescaleSlope = 0.5
    series[3].BitsStored, series[3].HighBit = 13, 12
    assert np.array_equal(hu(read(series)), expected)


def test_bits_above_bits_stored_are_no_values(series: list[Dataset], expected: NDArray[np.int16]) -> None:
    for one in series:
        with_stored(one, stored(one) | 0xF000)
    assert np.array_equal(hu(read(series)), expected)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"PixelSpacing": [5, 5]}, "pixel spacing"),
        ({"ImageOrientationPatient": [0.9998, 0.02, 0, -0.02, 0.9998, 0]}, "orientation"),
        ({"PatientID": "SOMEBODY-ELSE"}, "patient"),
    ],
)
def test_a_slice_of_another_volume_is_refused_by_name(
    series: list[Dataset], change: dict[str, object], reason: str
) -> None:
    for keyword, value in change.items():
        setattr(series[11], keyword, value)
    with pytest.raises(InvalidContent, match=rf"ReferenceList\.12 has another {reason}") as caught:
        read(series)
    assert "SOMEBODY" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"Rows": 24},
        {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]},
        {"SOPClassUID": SecondaryCaptureImageStorage},
        {"SOPClassUID": MRImageStorage},
        {"SamplesPerPixel": 3},
    ],
)
def test_a_stray_image_among_the_slices_is_left_out_by_name(
    series: list[Dataset], expected: NDArray[np.int16], change: dict[str, object]
) -> None:
    stray = deepcopy(series[11])
    for keyword, value in change.items():
        setattr(stray, keyword, value)
    stray.file_meta.MediaStorageSOPClassUID = stray.SOPClassUID
    volume = read([*series, stray])
    assert np.array_equal(hu(volume), expected)
    assert len(volume.warnings) == 1
    assert volume.warnings[0].startswith("ReferenceList.21")
    assert "left out" in volume.warnings[0]


def test_a_frame_of_reference_of_its_own_for_every_slice_is_one_volume(
    series: list[Dataset], expected: NDArray[np.int16]
) -> None:
    for one in series:
        one.FrameOfReferenceUID = generate_uid()
    volume = read(series)
    assert np.array_equal(hu(volume), expected)
    assert volume.warnings == ("ReferenceList: the slices state 20 frames of reference, the first one's is used",)


def test_a_slice_beside_the_others_is_refused(series: list[Dataset]) -> None:
    x, y, z = series[11].ImagePositionPatient
    series[11].ImagePositionPatient = [x + 40, y, z]
    with pytest.raises(InvalidContent, match=r"ReferenceList\.12 lies beside"):
        read(series)


def test_a_list_of_another_modality_is_refused(series: list[Dataset]) -> None:
    for one in series:
        one.SOPClassUID = one.file_meta.MediaStorageSOPClassUID = MRImageStorage
    with pytest.raises(InvalidContent, match=r"ReferenceList\.1 is no CT image but MR Image Storage"):
        read(series)


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope"])
def test_a_missing_header_value_is_named(series: list[Dataset], keyword: str) -> None:
    del series[4][keyword]
    with pytest.raises(InvalidContent, match=rf"ReferenceList\.5: {keyword}"):
        read(series)


@pytest.mark.parametrize("content", [b"", b"not DICOM at all", b"\0" * 128 + b"DICM"])
def test_what_is_no_dicom_file_cannot_be_decoded(series: list[Dataset], content: bytes) -> None:
    with pytest.raises(UndecodableFile, match=r"FloatingList\.2"):
        read_series([files(series)[0], content], side="FloatingList")


def test_truncated_pixels_cannot_be_decoded(series: list[Dataset]) -> None:
    broken = ct_files.compressed(series[3], JPEG2000Lossless, lambda values: ct_files.jpeg_2000(values)[:60])
    with pytest.raises(UndecodableFile, match=r"ReferenceList\.4: the pixel data cannot be decoded"):
        read([*series[:3], broken, *series[4:]])


def test_different_patients_are_refused_unless_allowed(series: list[Dataset]) -> None:
    reference = read(series)
    other = read_series(files(instances(SMALL, identity=SeriesIdentity(patient_id="P-2"))), side=Side.FLOATING)
    with pytest.raises(InvalidContent, match="AllowDifferentPatients") as caught:
        check_same_patient(reference, other, allow_different=False)
    assert "P-2" not in str(caught.value)
    assert check_same_patient(reference, other, allow_different=True) == ("the two series have different PatientIDs",)


@pytest.mark.parametrize(("keyword", "value"), [("PatientBirthDate", "19500203"), ("PatientSex", "F")])
def test_one_number_for_two_persons_is_refused_unless_allowed(series: list[Dataset], keyword: str, value: str) -> None:
    for one in series:
        one.PatientBirthDate, one.PatientSex = "19410101", "M"
    reference = read(series)
    for one in series:
        setattr(one, keyword, value)
    other = read_series(files(series), side=Side.FLOATING)
    with pytest.raises(InvalidContent, match=f"different {keyword}; set AllowDifferentPatients") as caught:
        check_same_patient(reference, other, allow_different=False)
    assert value not in str(caught.value).split()
    assert check_same_patient(reference, other, allow_different=True) == (f"the two series have different {keyword}",)


def test_another_name_alone_is_worth_a_warning(series: list[Dataset]) -> None:
    reference = read(series)
    for one in series:
        one.PatientName = "PHANTOM^CHEST^"
    spelled = read_series(files(series), side=Side.FLOATING)
    assert check_same_patient(reference, spelled, allow_different=False) == ()
    for one in series:
        one.PatientName = "Married^Chest"
    married = read_series(files(series), side=Side.FLOATING)
    assert check_same_patient(reference, married, allow_different=False) == (
        "the two series have different PatientNames",
    )


def test_every_error_has_a_job_code() -> None:
    codes = {error.code for error in RegistrationError.__subclasses__()}
    assert codes == {"InvalidFile.Content", "InvalidFile.Decode", "InternalError.Algo"}
