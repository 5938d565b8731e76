"""What a masked object says, and what comes back untouched."""

import tracemalloc
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate_extended, generate_frames
from pydicom.pixels import pack_bits
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from ophtha_core.dicom.reading import write_dataset
from ophtha_core.errors import InvalidInput
from ophtha_core.masking.apply import mask_dataset, mask_instance
from ophtha_core.masking.plan import check_regions, region_hits
from ophtha_core.masking.record import Claims
from ophtha_core.masking.region import Fill, MeanFilter, Region2D, Region3D
from ophtha_core.phantoms.head_ct import FACE_HIGH_MM, FACE_LOW_MM, HeadCt, head_ct
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, PixelFormat, image_of
from ophtha_core.phantoms.ultrasound import ultrasound_jpeg
from tests.kit.masked import brute_mean_inside, file_of, parse, stored_pixels

BLACK = Fill(value=0)
BANNER = Region2D(origin_px=(0, 0), end_px=(30, 5), paint=BLACK)
SMALL_CT = HeadCt(pixels=64, slices=8, slice_spacing_mm=15.0)


def mono(**attributes: object) -> FileDataset:
    dataset = image_of(FORMAT_OF["mono 12 in 16"])
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def masked(dataset: FileDataset, *regions: Region2D | Region3D, claims: Claims | None = None) -> FileDataset:
    return parse(mask_instance(file_of(dataset), regions or [BANNER], claims=claims).dicom)


@pytest.mark.parametrize(
    "region",
    [
        Region2D(origin_px=(30, 0), end_px=(60, 24), paint=BLACK),
        Region2D(origin_px=(-9, 0), end_px=(0, 24), paint=BLACK),
        Region2D(origin_px=(5, 5), end_px=(5, 9), paint=BLACK),
    ],
)
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless])
def test_an_object_no_region_hits_comes_back_as_the_very_bytes(region, syntax):
    dicom = file_of(image_of(FORMAT_OF["mono 8"], syntax=syntax))
    result = mask_instance(dicom, [region], claims=Claims(clean_pixel_data=True))
    assert result.dicom is dicom
    assert not result.is_masked


def test_an_object_without_pixels_comes_back_as_the_very_bytes():
    dataset = mono()
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(dataset, keyword)
    dicom = file_of(dataset)
    assert mask_instance(dicom, [BANNER]).dicom is dicom
    assert not region_hits(dataset, [BANNER])


def test_a_masked_image_says_that_it_is_derived_and_how():
    dataset = masked(mono(ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], DerivationDescription="Averaged"))
    assert dataset.ImageType == ["DERIVED", "PRIMARY", "AXIAL"]
    assert dataset.DerivationDescription == "Averaged; Pixels masked: 2D region filled with 0"
    code = dataset.DerivationCodeSequence[0]
    assert (code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning) == ("113047", "DCM", "Pixel by pixel mask")
    assert "SourceImageSequence" not in dataset


def test_a_mean_filter_is_recorded_as_smoothing_too():
    dataset = masked(mono(), Region2D(origin_px=(0, 0), end_px=(9, 9), paint=MeanFilter(width_px=20)))
    assert dataset.DerivationDescription == "Pixels masked: 2D region smoothed with a 20 x 20 mean filter"
    assert [code.CodeValue for code in dataset.DerivationCodeSequence] == ["113047", "113087"]


@pytest.mark.parametrize("length", [900, 1024, 1023])
def test_a_long_derivation_description_keeps_the_masking_within_1024_characters(length):
    text = masked(mono(DerivationDescription="x" * length)).DerivationDescription
    assert len(text) <= 1024
    assert text.endswith("; Pixels masked: 2D region filled with 0")


def test_masking_twice_adds_the_code_once():
    once = mask_instance(file_of(mono()), [BANNER]).dicom
    assert len(parse(mask_instance(once, [BANNER]).dicom).DerivationCodeSequence) == 1


def test_what_shows_or_signs_the_old_pixels_is_removed():
    item = Dataset()
    item.Rows = 4
    dataset = mono(
        IconImageSequence=Sequence([item]),
        MACParametersSequence=Sequence([Dataset()]),
        DigitalSignaturesSequence=Sequence([Dataset()]),
    )
    result = masked(dataset)
    for keyword in ("IconImageSequence", "MACParametersSequence", "DigitalSignaturesSequence"):
        assert keyword not in result


def test_identifiers_and_everything_else_stay():
    source = mono(SmallestImagePixelValue=1)
    result = masked(source)
    changed = {"ImageType", "DerivationDescription", "DerivationCodeSequence", "PixelData", "SmallestImagePixelValue"}
    for element in parse(file_of(source)):
        if element.keyword not in changed:
            assert result[element.tag] == element
    assert result.file_meta.MediaStorageSOPInstanceUID == source.SOPInstanceUID


def test_nothing_is_claimed_unless_asked():
    result = masked(mono(BurnedInAnnotation="YES"))
    assert result.BurnedInAnnotation == "YES"
    assert "RecognizableVisualFeatures" not in result
    assert "DeidentificationMethodCodeSequence" not in result


def test_the_callers_claims_are_recorded():
    claims = Claims(clean_pixel_data=True, clean_recognizable_visual_features=True)
    result = masked(mono(BurnedInAnnotation="YES"), claims=claims)
    assert result.BurnedInAnnotation == "NO"
    assert result.RecognizableVisualFeatures == "NO"
    codes = [(c.CodeValue, c.CodingSchemeDesignator) for c in result.DeidentificationMethodCodeSequence]
    assert codes == [("113101", "DCM"), ("113102", "DCM")]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, HTJ2KLossless])
@pytest.mark.parametrize("name", ["mono 16 signed", "mono 16 frames", "mono 12 in 16"])
def test_smallest_and_largest_pixel_value_are_those_of_the_new_pixels(name, syntax):
    dataset = image_of(FORMAT_OF[name], syntax=syntax)
    dataset.SmallestImagePixelValue, dataset.LargestImagePixelValue = 1, 2
    dataset.SmallestPixelValueInSeries, dataset.LargestPixelValueInSeries = 1, 2
    dicom = mask_instance(file_of(dataset), [BANNER]).dicom
    result, pixels = parse(dicom), stored_pixels(dicom)
    assert (result.SmallestImagePixelValue, result.LargestImagePixelValue) == (pixels.min(), pixels.max())
    assert "SmallestPixelValueInSeries" not in result
    assert "LargestPixelValueInSeries" not in result


def test_regions_are_applied_in_order():
    first = Region2D(origin_px=(0, 0), end_px=(20, 20), paint=Fill(value=100))
    second = Region2D(origin_px=(10, 10), end_px=(20, 20), paint=Fill(value=7))
    pixels = stored_pixels(mask_instance(file_of(mono()), [first, second]).dicom)[0, :, :, 0]
    assert (pixels[:10, :20] == 100).all()
    assert (pixels[10:20, 10:20] == 7).all()
    assert (stored_pixels(mask_instance(file_of(mono()), [second, first]).dicom)[0, :20, :20, 0] == 100).all()


def test_bits_beyond_bits_stored_survive_outside_and_are_cleared_inside():
    dataset = mono()
    pixels = np.frombuffer(dataset.PixelData, "<u2") | 0xF000
    dataset.PixelData = pixels.tobytes()
    found = np.frombuffer(masked(dataset).PixelData, "<u2").reshape(24, 30)
    expected = pixels.reshape(24, 30).copy()
    expected[:5] = 0
    np.testing.assert_array_equal(found, expected)


def test_the_mean_does_not_read_bits_beyond_bits_stored():
    dataset = mono()
    pixels = np.frombuffer(dataset.PixelData, "<u2")
    region = Region2D(origin_px=(3, 3), end_px=(20, 20), paint=MeanFilter(width_px=3))
    plain = np.frombuffer(masked(dataset, region).PixelData, "<u2").reshape(24, 30)
    dataset.PixelData = (pixels | 0xF000).tobytes()
    dirty = np.frombuffer(masked(dataset, region).PixelData, "<u2").reshape(24, 30)
    np.testing.assert_array_equal(dirty[3:20, 3:20], plain[3:20, 3:20])


def test_values_stored_in_the_upper_bits_are_filled_there():
    dataset = mono(HighBit=15)
    found = np.frombuffer(
        masked(dataset, Region2D(origin_px=(0, 0), end_px=(3, 3), paint=Fill(value=5))).PixelData, "<u2"
    )
    assert found[0] == 5 << 4


def add_overlay(dataset: FileDataset, *, origin: list[int], frames: int | None = None) -> None:
    dataset.add_new(0x60000010, "US", dataset.Rows)
    dataset.add_new(0x60000011, "US", dataset.Columns)
    dataset.add_new(0x60000040, "CS", "G")
    dataset.add_new(0x60000050, "SS", origin)
    if frames:
        dataset.add_new(0x60000015, "IS", frames)
        dataset.add_new(0x60000051, "US", 1)
    dataset.add_new(0x60000100, "US", 1)
    dataset.add_new(0x60000102, "US", 0)
    ones = np.ones((frames or 1) * dataset.Rows * dataset.Columns, np.uint8)
    dataset.add_new(0x60003000, "OW", pack_bits(ones))


@pytest.mark.parametrize("origin", [[1, 1], [4, -2], [-3, 6]])
def test_overlays_are_cleared_inside_the_region_only(origin):
    dataset = mono()
    add_overlay(dataset, origin=origin)
    region = Region2D(origin_px=(6, 7), end_px=(15, 14), paint=BLACK)
    overlay = masked(dataset, region).overlay_array(0x6000)
    for row in range(24):
        for column in range(30):
            over = 7 <= row + origin[0] - 1 < 14 and 6 <= column + origin[1] - 1 < 15
            assert overlay[row, column] == (not over)


def test_each_plane_of_a_multi_frame_overlay_is_cleared():
    dataset = image_of(FORMAT_OF["mono 16 frames"])
    add_overlay(dataset, origin=[1, 1], frames=3)
    overlay = masked(dataset).overlay_array(0x6000)
    assert overlay.shape == (3, 24, 30)
    assert not overlay[:, :5].any()
    assert overlay[:, 5:].all()


def test_an_overlay_in_unused_bits_is_cleared_under_a_negative_fill():
    dataset = image_of(FORMAT_OF["mono 12 in 16 signed"])
    dataset.add_new(0x60000010, "US", 24)
    dataset.add_new(0x60000011, "US", 30)
    dataset.add_new(0x60000100, "US", 16)
    dataset.add_new(0x60000102, "US", 12)
    found = masked(dataset, Region2D(origin_px=(0, 0), end_px=(30, 5), paint=Fill(value=-1)))
    assert (np.frombuffer(found.PixelData, "<u2")[: 5 * 30] == 0x0FFF).all()


@pytest.mark.parametrize("rows", [5, 7])
def test_one_byte_samples_in_big_endian_words_are_found(rows):
    """Each pair of bytes changes places (PS3.5 section 7.3)."""
    dataset = image_of(FORMAT_OF["mono 8"], rows=rows, columns=5, syntax=ExplicitVRBigEndian)
    plain = np.frombuffer(dataset.PixelData, np.uint8)
    dataset.PixelData = plain.view("<u2").byteswap().tobytes()
    dataset["PixelData"].VR = "OW"
    result = masked(dataset, Region2D(origin_px=(1, 1), end_px=(3, 2), paint=Fill(value=9)))
    expected = plain.copy()
    expected[[6, 7]] = 9
    np.testing.assert_array_equal(np.frombuffer(result.PixelData, "<u2").byteswap().view(np.uint8), expected)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_an_extended_offset_table_fits_the_new_frames(syntax):
    dataset = image_of(FORMAT_OF["mono 16 frames"], syntax=syntax)
    frames = list(generate_frames(dataset.PixelData, number_of_frames=3))
    dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    dataset["PixelData"].is_undefined_length = True
    result = masked(dataset)
    tables = result.ExtendedOffsetTable, result.ExtendedOffsetTableLengths
    by_table = list(generate_frames(result.PixelData, number_of_frames=3, extended_offsets=tables))
    assert [len(frame) % 2 for frame in by_table] == [0, 0, 0]
    again = stored_pixels(mask_instance(file_of(result), [BANNER]).dicom)
    assert not again[:, :5].any()


def test_a_lossy_object_with_an_extended_offset_table_loses_it():
    dataset = image_of(FORMAT_OF["mono 8"], syntax=JPEGBaseline8Bit)
    frames = list(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    dataset["PixelData"].is_undefined_length = True
    assert "ExtendedOffsetTable" not in masked(dataset)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, HTJ2KLossless])
def test_frames_outside_a_3d_region_keep_their_bytes(syntax):
    dataset = image_of(FORMAT_OF["mono 16 frames"], syntax=syntax)
    place_frames(dataset, z_mm=[0.0, 5.0, 10.0])
    region = Region3D(origin_mm=(0, 0, 4), end_mm=(9, 9, 6), paint=BLACK)
    result = mask_instance(file_of(dataset), [region])
    assert result.frames == (1,)
    before, after = stored_pixels(file_of(dataset)), stored_pixels(result.dicom)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert not after[1, :10, :10].any()
    if syntax.is_compressed:
        old, new = (list(generate_frames(d.PixelData, number_of_frames=3)) for d in (dataset, parse(result.dicom)))
        assert [a == b for a, b in zip(old, new, strict=True)] == [True, False, True]


def place_frames(dataset: FileDataset, *, z_mm: list[float]) -> None:
    shared, groups = Dataset(), []
    orientation, measures = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing = [1, 1]
    shared.PlaneOrientationSequence = Sequence([orientation])
    shared.PixelMeasuresSequence = Sequence([measures])
    for z in z_mm:
        position, group, kind = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [0, 0, z]
        kind.FrameType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
        group.PlanePositionSequence = Sequence([position])
        group.CTImageFrameTypeSequence = Sequence([kind])
        groups.append(group)
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)


def test_frame_types_follow_the_image_type():
    dataset = image_of(FORMAT_OF["mono 16 frames"])
    place_frames(dataset, z_mm=[0.0, 5.0, 10.0])
    result = masked(dataset)
    for group in result.PerFrameFunctionalGroupsSequence:
        assert group.CTImageFrameTypeSequence[0].FrameType == ["DERIVED", "PRIMARY", "VOLUME", "NONE"]


def test_a_box_around_the_face_hits_the_slices_of_the_face_only():
    size = HeadCt(pixels=32, slices=20, slice_spacing_mm=10.0)
    region = Region3D(origin_mm=FACE_LOW_MM, end_mm=FACE_HIGH_MM, paint=MeanFilter(width_px=5))
    hit = [bool(region_hits(dataset, [region])) for dataset in head_ct(size)]
    heights = [size.lowest_z_mm + index * size.slice_spacing_mm for index in range(size.slices)]
    assert hit == [FACE_LOW_MM[2] <= z <= FACE_HIGH_MM[2] for z in heights]


def test_the_question_which_frames_are_hit_needs_no_pixels():
    dataset = next(head_ct(SMALL_CT))
    del dataset.PixelData
    region = Region3D(origin_mm=(-500, -500, -500), end_mm=(500, 500, 500), paint=BLACK)
    assert region_hits(dataset, [region]) == (0,)


def test_a_mean_over_an_oblique_cut_reads_pixels_inside_only():
    dataset = image_of(FORMAT_OF["mono 16 signed"])
    half = 0.5**0.5
    dataset.ImagePositionPatient = [0, -15, 0]
    dataset.ImageOrientationPatient = [half, half, 0, -half, half, 0]
    dataset.PixelSpacing = [1, 1]
    region = Region3D(origin_mm=(-5, -5, -1), end_mm=(4, 6, 1), paint=MeanFilter(width_px=4))
    fill = Region3D(origin_mm=(-5, -5, -1), end_mm=(4, 6, 1), paint=Fill(value=-32768))
    before = stored_pixels(file_of(dataset))[0, :, :, 0]
    inside = stored_pixels(mask_instance(file_of(dataset), [fill]).dicom)[0, :, :, 0] == -32768
    after = stored_pixels(mask_instance(file_of(dataset), [region]).dicom)[0, :, :, 0]
    assert 0 < inside.sum() < inside.any(0).sum() * inside.any(1).sum()
    np.testing.assert_array_equal(after, brute_mean_inside(before, inside, 4))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mono 8", 256),
        ("mono 8", -1),
        ("mono 8", 1.5),
        ("mono 12 in 16", 4096),
        ("mono 12 in 16 signed", 2048),
        ("mono 12 in 16 signed", -2049),
        ("mono 16 signed", 32768),
        ("mono 32", 2**32),
        ("bits", 2),
        ("palette", 256),
        ("palette", (1, 2, 3)),
        ("rgb", (1, 2)),
        ("rgb", (1, 2, 256)),
        ("mono 8", (1, 2, 3)),
        ("float", 1e39),
    ],
)
def test_a_fill_value_that_does_not_fit_is_refused_by_headers_alone(name, value):
    dataset = image_of(FORMAT_OF[name])
    dicom = file_of(dataset)
    region = Region2D(origin_px=(0, 0), end_px=(3, 3), paint=Fill(value=value), field="MaskPixelData.Regions[2]")
    with pytest.raises(InvalidInput) as error:
        check_regions(dataset, [region])
    assert error.value.field == "MaskPixelData.Regions[2].FillValue"
    with pytest.raises(InvalidInput):
        mask_instance(dicom, [region])


@pytest.mark.parametrize(
    ("name", "value"),
    [("mono 8", 255), ("mono 12 in 16 signed", -2048), ("mono 32", 2**32 - 1), ("bits", 1), ("palette", 255)],
)
def test_the_outermost_fill_values_fit(name, value):
    dataset = image_of(FORMAT_OF[name])
    region = Region2D(origin_px=(0, 0), end_px=(3, 3), paint=Fill(value=value))
    assert tuple(check_regions(dataset, [region])) == (0,)
    assert (stored_pixels(mask_instance(file_of(dataset), [region]).dicom)[0, :3, :3] == value).all()


def test_a_fill_value_is_not_checked_where_its_region_hits_nothing():
    region = Region2D(origin_px=(100, 100), end_px=(200, 200), paint=Fill(value=4000))
    assert check_regions(image_of(FORMAT_OF["mono 8"]), [region]) == ()


def test_unmasked_bits_around_a_frame_that_starts_inside_a_byte_survive():
    pixel_format = PixelFormat(name="odd bits", bits_allocated=1, bits_stored=1, frames=3)
    dataset = image_of(pixel_format, rows=3, columns=5)
    place_frames(dataset, z_mm=[0.0, 5.0, 10.0])
    region = Region3D(origin_mm=(-1, -1, 4), end_mm=(9, 9, 6), paint=Fill(value=1))
    before, after = (stored_pixels(d) for d in (file_of(dataset), mask_instance(file_of(dataset), [region]).dicom))
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert after[1].all()


def test_zero_padding_behind_the_pixels_is_kept():
    dataset = mono()
    dataset.PixelData += b"\0" * 128
    assert len(masked(dataset).PixelData) == 24 * 30 * 2 + 128


def test_the_result_is_a_file_that_starts_like_one():
    assert BytesIO(mask_instance(file_of(mono()), [BANNER]).dicom).getvalue()[128:132] == b"DICM"


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEGBaseline8Bit])
def test_a_data_set_whose_pixels_were_looked_at_before_is_masked_too(syntax):
    dataset = parse(file_of(image_of(FORMAT_OF["mono 8"], syntax=syntax)))
    assert dataset.pixel_array[:5].any()
    assert mask_dataset(dataset, [BANNER]).frames
    assert not dataset.pixel_array[:5].any()
    assert not parse(write_dataset(dataset)).pixel_array[:5].any()


@pytest.mark.parametrize("frames", [4, 16])
def test_memory_stays_below_three_times_the_file(frames):
    pixel_format = replace(FORMAT_OF["rgb"], frames=frames)
    dicom = file_of(image_of(pixel_format, rows=200, columns=300))
    tracemalloc.start()
    try:
        mask_instance(dicom, [BANNER])
        assert tracemalloc.get_traced_memory()[1] < 3 * len(dicom)
    finally:
        tracemalloc.stop()


def test_a_clip_is_masked_on_every_frame_and_reads_as_rgb():
    dicom = file_of(ultrasound_jpeg(rows=60, columns=80, frames=3))
    result = parse(mask_instance(dicom, [Region2D(origin_px=(0, 0), end_px=(80, 6), paint=BLACK)]).dicom)
    assert result.PhotometricInterpretation == "RGB"
    assert not result.pixel_array[:, :6].any()
    np.testing.assert_array_equal(result.pixel_array[:, 6:], parse(dicom).pixel_array[:, 6:])
