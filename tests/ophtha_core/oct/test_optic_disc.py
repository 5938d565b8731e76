import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.disc_damage import contour_measures, nerve_head
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


CUPS = {
    "concentric": lambda y: max(0.0, 0.425**2 - y * y) ** 0.5,
    "to both poles": lambda y: 0.45,
    "wide": lambda y: 0.6,
    "slot": lambda y: 0.25,
    "on three slices": lambda y: 0.6 if abs(y) < 0.1 else 0.0,
    "on five slices": lambda y: 0.5 if abs(y) < 0.15 else 0.0,
    "notched below": lambda y: 0.3 + (0.35 if y > 0.1 else 0.0),
    "widening": lambda y: 0.35 + 0.15 * (y + 0.9) / 1.8,
}


def dipping(half_width: float, half_disc: float, *, depth_px: float = 150.0, lift_px: float = 77.0) -> Floats:
    """A membrane that comes through the raised line over the middle `half_width` mm."""
    left, right = (CENTRE_COLUMN + side * half_width / PIXEL.column_spacing_mm for side in (-1, 1))
    top = BMO_ROW - lift_px
    if half_width <= 0.02:
        return np.array([[0, top], [WIDTH - 1, top]], dtype=float)
    bottom = BMO_ROW + depth_px
    return np.array(
        [[0, top], [left - 0.5, top], [left, bottom], [right, bottom], [right + 0.5, top], [WIDTH - 1, top]]
    )


@pytest.mark.parametrize("shape", CUPS)
@pytest.mark.parametrize("orientation", ORIENTATIONS[::3])
@pytest.mark.parametrize("noise", [0.0, 0.12])
@pytest.mark.parametrize("smooth", [True, False])
def test_a_cup_of_any_shape_stays_in_the_disc_and_on_the_slices_that_show_it(
    shape: str, orientation: ScanOrientation, noise: float, smooth: bool
) -> None:
    random = np.random.default_rng(5)
    step_mm, radius = 0.06, 0.85
    slices = []
    for index in range(SLICES):
        y = (index - 20) * step_mm
        if abs(y) >= radius:
            continue
        half = (radius**2 - y**2) ** 0.5
        width = max(0.0, min(CUPS[shape](y), 0.98 * half) * (1 + noise * random.normal()))
        ends = [CENTRE_COLUMN - half / 0.02, CENTRE_COLUMN + half / 0.02]
        slices.append(
            NerveSlice(
                index=index,
                landmarks=np.array([[column, BMO_ROW] for column in ends]),
                membrane=dipping(min(width, half), half),
            )
        )
    found = NerveScan(
        slices=slices, num_slices=SLICES, width=WIDTH, orientation=orientation, slice_spacing_mm=step_mm, pixel=PIXEL
    )
    options = ContourOptions(smooth=smooth)
    disc, cup = found.disc(options), found.cup(options, d_mm=0.15)
    head = nerve_head(disc, cup)
    assert np.isfinite(disc).all()
    assert np.isfinite(cup).all()
    assert head.disc.area_mm2 == pytest.approx(np.pi * radius**2, rel=0.03)
    assert head.excavation is not None
    for ratio in (head.excavation.area_ratio, head.excavation.vertical_ratio, head.excavation.horizontal_ratio):
        assert 0 < ratio <= 1
    shown = [each.index for each in slices if CUPS[shape]((each.index - 20) * step_mm) > 0.02]
    reach = (max(shown) - min(shown) + 1) * step_mm
    extent = head.excavation.cup
    across = extent.horizontal_diameter_mm if orientation.is_vertical else extent.vertical_diameter_mm
    assert across <= reach + 1e-9


def test_a_disc_on_two_slices_does_not_grow_beyond_them() -> None:
    two = [each for each in disc_slices() if each.index in (18, 19)]
    extent = contour_measures(scan(two).disc(ContourOptions()))
    assert extent.vertical_diameter_mm <= 2 * STEP + 1e-9


def test_of_a_cup_the_part_inside_the_disc_counts() -> None:
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    head = nerve_head(circle, circle * (0.5, 1.4))
    assert head.excavation is not None
    assert head.excavation.vertical_ratio == pytest.approx(1.0, abs=0.15)
    assert head.excavation.vertical_ratio <= 1.0
    assert head.excavation.rim.min_width_mm == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(InvalidInput) as refusal:
        nerve_head(circle, circle * 0.2 + 3)
    assert refusal.value.field == "cup"
