import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.disc_damage import contour_measures
from ophtha_core.oct.enface import ScanOrientation
from ophtha_core.oct.measurements import PixelSize
from ophtha_core.oct.optic_disc import ContourOptions, NerveScan, NerveSlice, cup_edges, vitreous_border
from tests.kit.oct import ORIENTATIONS, Floats

PIXEL = PixelSize(column_spacing_mm=0.02, row_spacing_mm=0.004)
WIDTH, SLICES, STEP = 200, 41, 0.1
CENTRE_COLUMN, CENTRE_SLICE = 98.0, 19.0
HALF_WIDTH, HALF_HEIGHT = 0.8, 0.95
BMO_ROW = 300.0
EXACT = ContourOptions(fit_ellipse=True, fill_absent_slices=True, smooth=False)
RAW = ContourOptions(fit_ellipse=False, fill_absent_slices=False, smooth=False)


def bowl(column: Floats, slice_index: float, *, depth_um: float) -> Floats:
    """Rows of a membrane 250 µm above the opening, with a paraboloid bowl as wide as the disc."""
    x = (column - CENTRE_COLUMN) * PIXEL.column_spacing_mm / HALF_WIDTH
    y = (slice_index - CENTRE_SLICE) * STEP / HALF_HEIGHT
    height_um = 250 - depth_um * np.maximum(0, 1 - x**2 - y**2)
    return BMO_ROW - height_um / 1000 / PIXEL.row_spacing_mm


def disc_slices(*, depth_um: float = 400.0, step: int = 1, with_membrane: bool = True) -> list[NerveSlice]:
    slices = []
    for index in range(0, SLICES, step):
        y = (index - CENTRE_SLICE) * STEP / HALF_HEIGHT
        if abs(y) >= 1:
            continue
        half = HALF_WIDTH * (1 - y**2) ** 0.5 / PIXEL.column_spacing_mm
        columns = np.arange(WIDTH, dtype=float)
        slices.append(
            NerveSlice(
                index=index,
                landmarks=np.array(
                    [[CENTRE_COLUMN + half, BMO_ROW], [CENTRE_COLUMN, 280], [CENTRE_COLUMN - half, BMO_ROW]]
                ),
                membrane=np.stack([columns, bowl(columns, index, depth_um=depth_um)], axis=1)
                if with_membrane
                else None,
            )
        )
    return slices


def scan(slices: list[NerveSlice], orientation: ScanOrientation = ORIENTATIONS[0]) -> NerveScan:
    return NerveScan(
        slices=slices,
        num_slices=SLICES,
        width=WIDTH,
        orientation=orientation,
        slice_spacing_mm=STEP,
        pixel=PIXEL,
    )


def test_the_disc_is_the_ellipse_of_the_openings() -> None:
    found = contour_measures(scan(disc_slices()).disc(EXACT))
    assert found.horizontal_diameter_mm == pytest.approx(2 * HALF_WIDTH, rel=1e-6)
    assert found.vertical_diameter_mm == pytest.approx(2 * HALF_HEIGHT, rel=1e-6)
    assert found.center_mm == pytest.approx((CENTRE_COLUMN * 0.02, CENTRE_SLICE * STEP))


def test_the_cup_is_where_the_bowl_comes_through_the_raised_line() -> None:
    found = contour_measures(scan(disc_slices()).cup(EXACT, d_mm=0.15))
    # 250 - 400 (1 - r²) = 150  =>  r² = 3/4; the membrane is linear between columns 0.02 mm apart.
    share = 0.75**0.5
    assert found.horizontal_diameter_mm == pytest.approx(2 * HALF_WIDTH * share, abs=2e-3)
    assert found.vertical_diameter_mm == pytest.approx(2 * HALF_HEIGHT * share, abs=6e-3)


def test_without_excavation_there_is_no_cup() -> None:
    assert len(scan(disc_slices(depth_um=90)).cup(EXACT, d_mm=0.15)) == 0
    assert len(scan(disc_slices(with_membrane=False)).cup(EXACT, d_mm=0.15)) == 0


def test_a_membrane_below_the_line_at_its_end_has_no_rim_there() -> None:
    landmarks = np.array([[50.0, BMO_ROW], [150.0, BMO_ROW]])
    membrane = np.array([[0.0, BMO_ROW], [120, BMO_ROW], [130, BMO_ROW - 100], [199, BMO_ROW - 100]])
    edges = cup_edges(NerveSlice(index=0, landmarks=landmarks, membrane=membrane), pixel=PIXEL, d_mm=0.2)
    assert edges == (pytest.approx(50), pytest.approx(125))


def test_a_tilted_opening_is_raised_perpendicular_in_mm() -> None:
    # 45 degrees in mm: 100 columns of 0.02 mm against 500 rows of 0.004 mm.
    landmarks = np.array([[50.0, 600.0], [150.0, 100.0]])
    along = np.array([1, -1]) / 2**0.5
    towards = np.array([-1, -1]) / 2**0.5
    start = landmarks[0] * PIXEL.scale
    at = np.array([-1, 0.5, 1.0, 2.0, 5.0])
    height = np.array([0.4, 0.4, 0.0, 0.4, 0.4])
    membrane = (start + at[:, None] * along + height[:, None] * towards) / PIXEL.scale
    edges = cup_edges(NerveSlice(index=0, landmarks=landmarks, membrane=membrane), pixel=PIXEL, d_mm=0.2)
    assert edges is not None
    expected = (start[0] + np.array([0.75, 1.5]) * along[0] + 0.2 * towards[0]) / 0.02
    assert edges == pytest.approx(tuple(expected))


def test_of_a_closed_outline_the_border_towards_the_vitreous_counts() -> None:
    columns = np.arange(0.0, 101)
    top = 50 + 10 * np.sin(columns / 9)
    closed = np.concatenate([np.stack([columns, top], axis=1), np.stack([columns, top + 20], axis=1)[::-1]])
    border = vitreous_border(closed)
    np.testing.assert_allclose(border, np.stack([columns, top], axis=1), atol=1e-12)
    backwards = np.stack([columns, top], axis=1)[::-1]
    np.testing.assert_allclose(vitreous_border(backwards), np.stack([columns, top], axis=1))


def test_absent_slices_are_interpolated() -> None:
    every_second = scan(disc_slices(step=2))
    filled = every_second.disc(ContourOptions(fit_ellipse=False, fill_absent_slices=True, smooth=False))
    assert len(filled) > len(every_second.disc(RAW))
    rows = np.unique(np.round(filled[:, 1] / STEP))
    assert (np.diff(rows) == 1).all()


def test_a_slice_with_a_membrane_but_no_cup_is_not_filled() -> None:
    slices = disc_slices()
    middle = len(slices) // 2
    flat = np.array([[0.0, 0.0], [199.0, 0.0]])
    slices[middle] = NerveSlice(index=slices[middle].index, landmarks=slices[middle].landmarks, membrane=flat)
    options = ContourOptions(fit_ellipse=False, fill_absent_slices=True, smooth=False)
    rows = np.round(scan(slices).cup(options, d_mm=0.15)[:, 1] / STEP)
    assert slices[middle].index not in rows


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_all_scan_orientations_see_the_same_disc(orientation: ScanOrientation) -> None:
    points = scan(disc_slices(), orientation).disc(RAW)
    corner = orientation.canonical_point(column=0, slice_index=0, shape=(SLICES, WIDTH))
    reference = scan(disc_slices()).disc(RAW)
    x, y = reference.T
    if orientation.flips_pixels:
        x = (WIDTH - 1) * PIXEL.column_spacing_mm - x
    if orientation.flips_slices:
        y = (SLICES - 1) * STEP - y
    expected = np.stack([y, x] if orientation.is_vertical else [x, y], axis=1)
    np.testing.assert_allclose(points, expected, atol=1e-12)
    assert corner.column in (0, WIDTH - 1, SLICES - 1)


def test_raw_contours_can_be_smoothed() -> None:
    smooth = scan(disc_slices()).disc(ContourOptions(fit_ellipse=False, fill_absent_slices=True, smooth=True))
    assert contour_measures(smooth).area_mm2 == pytest.approx(np.pi * HALF_WIDTH * HALF_HEIGHT, rel=0.03)


@pytest.mark.parametrize(
    ("indices", "landmarks", "field"),
    [
        ([3], [[[10, 5], [20, 5]]], "nerve_landmarks_list"),
        ([3, 3], [[[10, 5], [20, 5]]] * 2, "nerve_slices"),
        ([3, SLICES], [[[10, 5], [20, 5]]] * 2, "nerve_slices[1]"),
        ([3, 4], [[[10, 5], [20, 5]], [[10, 5], [WIDTH + 5, 5]]], "nerve_landmarks_list[1]"),
        ([3, 4], [[[10, 5], [10, 9]], [[10, 5], [20, 5]]], "nerve_landmarks_list[0]"),
    ],
)
def test_slices_that_make_no_disc_are_refused(indices: list[int], landmarks: list[object], field: str) -> None:
    slices = [
        NerveSlice(index=index, landmarks=np.array(points, dtype=float))
        for index, points in zip(indices, landmarks, strict=True)
    ]
    with pytest.raises(InvalidInput) as refused:
        scan(slices)
    assert refused.value.field == field
