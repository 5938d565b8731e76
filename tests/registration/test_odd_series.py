"""What scanners and archives really send: each kind drawn at random, each voxel read checked against its place."""

import random
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import generate_uid

from registration.acquisition import Selection
from registration.errors import InvalidContent
from registration.volume import CheckedVolume, read_series
from tests.kit.ct_files import files
from tests.kit.phantoms.slope_series import ROWS, SlopeScan, excess_hu, heights

ROUNDING_HU = 1.6
SPACINGS = st.sampled_from([0.625, 1.0, 1.25, 2.0, 2.5, 3.0, 5.0])
few_examples = settings(max_examples=15, deadline=None)


def read(datasets: list[Dataset], **select: str) -> CheckedVolume:
    random.Random(len(datasets)).shuffle(datasets)
    return read_series(files(datasets), side="FloatingList", select=Selection.of(select))


def check_places(volume: CheckedVolume, *, added_hu: float = 0) -> None:
    """Every measured voxel has the value of its place."""
    excess = excess_hu(volume.image) - added_hu
    measured = slice(None) if volume.measured is None else sitk.GetArrayViewFromImage(volume.measured) > 0
    assert np.abs(excess[measured]).max() <= ROUNDING_HU


@st.composite
def zones(draw: st.DrawFn) -> list[float]:
    """Gaps of two or three zones, each of one spacing, up to fourfold apart."""
    first = draw(SPACINGS)
    others = draw(st.lists(st.sampled_from([0.25, 0.5, 0.8, 1.25, 2.0, 4.0]), min_size=1, max_size=2))
    counts = draw(st.lists(st.integers(6, 14), min_size=len(others) + 1, max_size=len(others) + 1))
    spacings = [first, *(first * ratio for ratio in others)]
    return [spacing for spacing, count in zip(spacings, counts, strict=True) for _ in range(count)]


@few_examples
@given(gaps=zones())
def test_zones_of_another_spacing_are_no_gaps(gaps: list[float]) -> None:
    scaled = [gap * max(1.0, 21 / sum(gaps)) for gap in gaps]
    volume = read(SlopeScan(heights_mm=heights(scaled)).slices())
    check_places(volume)
    assert not any("missing" in each for each in volume.warnings)
    assert volume.image.GetSpacing()[2] * (volume.image.GetDepth() - 1) == pytest.approx(sum(scaled), abs=1e-3)


@few_examples
@given(
    spacing_mm=st.sampled_from([1.0, 2.0, 3.0, 5.0]),
    steps=st.lists(st.integers(5, 8), min_size=4, max_size=10),
)
def test_single_missing_slices_all_over_a_scan_are_interpolated(spacing_mm: float, steps: list[int]) -> None:
    """Every fifth to eighth gap is a double one."""
    gaps = [gap for step in steps for gap in (*[spacing_mm] * (step - 1), 2 * spacing_mm)] + [spacing_mm] * 4
    volume = read(SlopeScan(heights_mm=heights(gaps)).slices())
    check_places(volume)
    assert f"FloatingList: {len(steps)} slices are missing, interpolated" in volume.warnings
    assert [each is None for each in volume.sources].count(True) == len(steps)


@pytest.mark.parametrize(
    ("gaps", "largest_mm"),
    [([2.0] * 9 + [12.0] + [2.0] * 9, "12.0"), ([2.0] * 30 + [25.0], "25.0"), ([5.0] * 6 + [15.0] + [2.5] * 9, "15.0")],
)
def test_a_wider_gap_is_refused_with_its_width(gaps: list[float], largest_mm: str) -> None:
    with pytest.raises(InvalidContent, match=f"largest gap of {largest_mm} mm"):
        read(SlopeScan(heights_mm=heights(gaps)).slices())


@few_examples
@given(tilt_deg=st.floats(-28, 28).filter(lambda angle: abs(angle) > 0.5), spacing_mm=SPACINGS)
def test_a_tilted_gantry_of_either_sign_is_sheared_onto_the_axial_grid(tilt_deg: float, spacing_mm: float) -> None:
    count = max(10, round(24 / spacing_mm))
    volume = read(SlopeScan(heights_mm=heights([spacing_mm] * count), tilt_deg=tilt_deg).slices())
    assert volume.image.GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    assert volume.measured is not None
    check_places(volume)
    measured = sitk.GetArrayViewFromImage(volume.measured)
    assert measured.sum(axis=0).min() >= count - 1
    assert any("gantry tilt" in each for each in volume.warnings)


@few_examples
@given(
    spacing_mm=SPACINGS,
    counts=st.tuples(st.integers(20, 30), st.integers(20, 30)),
    overlap=st.floats(1, 8),
    told_by=st.sampled_from(["acquisition", "series", "number"]),
)
def test_overlapping_blocks_of_one_scan_are_joined_and_the_later_wins(
    spacing_mm: float, counts: tuple[int, int], overlap: float, told_by: str
) -> None:
    lower = SlopeScan(heights_mm=heights([spacing_mm] * counts[0]))
    start_mm = lower.heights_mm[-1] - overlap * spacing_mm
    upper = replace(
        lower,
        heights_mm=heights([spacing_mm] * counts[1], start_mm=start_mm),
        added_hu=40,
        acquisition=2 if told_by == "acquisition" else 1,
        series="later" if told_by == "series" else "slope",
        first_number=1 + len(lower.heights_mm),
    )
    volume = read([*lower.slices(), *upper.slices()])
    excess = excess_hu(volume.image)[:, 3, 3]
    z = volume.image.GetOrigin()[2] + volume.image.GetSpacing()[2] * np.arange(volume.image.GetDepth())
    assert np.abs(excess[z > start_mm] - 40).max() <= ROUNDING_HU
    assert np.abs(excess[z < start_mm - 1.6 * spacing_mm]).max() <= ROUNDING_HU
    assert any("the later wins" in each for each in volume.warnings)


@pytest.mark.parametrize(
    ("other", "keyword", "value"),
    [
        ({"kernel": "B70f", "first_number": 31}, "ConvolutionKernel", "B70f"),
        ({"acquisition": 2, "first_number": 31}, "AcquisitionNumber", "2"),
        ({"series": "thin", "first_number": 1}, "SeriesInstanceUID", generate_uid(entropy_srcs=["thin"])),
    ],
)
@pytest.mark.parametrize("offset_mm", [0.0, 1.0])
def test_two_scans_in_one_list_are_named_and_one_can_be_chosen(
    other: dict[str, object], keyword: str, value: str, offset_mm: float
) -> None:
    one = SlopeScan(heights_mm=heights([2.0] * 20))
    two = replace(one, heights_mm=heights([2.0] * 20, start_mm=offset_mm), added_hu=60, **other)
    with pytest.raises(InvalidContent, match=rf"holds 2 stacks \(21 slices with .*{keyword}.*FloatingSelect"):
        read([*one.slices(), *two.slices()])
    check_places(read([*one.slices(), *two.slices()], **{keyword: str(value)}), added_hu=60)


def test_a_select_that_no_slice_fulfils_is_refused() -> None:
    with pytest.raises(InvalidContent, match="no slice is as Select asks"):
        read(SlopeScan(heights_mm=heights([2.0] * 20)).slices(), ConvolutionKernel="none")


def test_two_scans_that_nothing_tells_apart_are_refused_in_words() -> None:
    one = SlopeScan(heights_mm=heights([2.0] * 20))
    two = replace(one, added_hu=60)
    with pytest.raises(InvalidContent, match="nothing in their headers tells the two scans apart"):
        read([*one.slices(), *two.slices()])


def test_copies_filed_in_another_series_are_left_out() -> None:
    one = SlopeScan(heights_mm=heights([2.0] * 20))
    volume = read([*one.slices(), *replace(one, series="copy").slices()[4:9]])
    check_places(volume)
    assert len(volume.files) == 21


def test_less_than_20_mm_are_refused() -> None:
    with pytest.raises(InvalidContent, match=r"cover 19\.0 mm, at least 20 mm"):
        read(SlopeScan(heights_mm=heights([1.0] * 19)).slices())


@few_examples
@given(
    fill=st.sampled_from([-2000, -3024, -2048, 0, 700, 3000]),
    radius=st.floats(3.0, 6.5),
    is_unsigned=st.booleans(),
    tag=st.sampled_from([None, "right", "wrong sign"]),
)
def test_what_lies_outside_the_field_of_view_is_not_measured(
    fill: int, radius: float, is_unsigned: bool, tag: str | None
) -> None:
    datasets = SlopeScan(heights_mm=heights([2.5] * 12)).slices()
    y, x = np.mgrid[:ROWS, :10]
    outside = np.hypot(y - 5.5, x - 4.5) > radius
    for one in datasets:
        values = np.frombuffer(one.PixelData, "<i2").reshape(ROWS, 10).copy()
        values[outside] = fill
        one.PixelData = values.astype("<i2").tobytes()
        if is_unsigned and fill < 0:
            one.PixelRepresentation = 0  # -2000 becomes 63536
        if tag is not None:
            one.add_new(
                0x00280120,
                "US" if tag == "wrong sign" or fill >= 0 else "SS",
                fill % 65536 if tag == "wrong sign" else fill,
            )
    volume = read(datasets)
    assert volume.measured is not None
    assert np.array_equal(sitk.GetArrayViewFromImage(volume.measured)[4] == 0, outside)
    assert (sitk.GetArrayViewFromImage(volume.image)[:, outside] == -1024).all()
    check_places(volume)
