import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid, Laterality
from ophtha_core.oct.rnfl import DIVISIONS, RnflAnalysis, bilinear, circle_profile, graph_similarity
from tests.kit.oct import Floats

CELLS, SPACING = 201, 0.03
CENTRE = 3.0


def disc(radius: float = 0.8, centre: tuple[float, float] = (CENTRE, CENTRE)) -> Floats:
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius + centre


def grid(eye: Laterality | None = Laterality.RIGHT) -> EnFaceGrid:
    return EnFaceGrid(rows=CELLS, columns=CELLS, row_spacing_mm=SPACING, column_spacing_mm=SPACING, laterality=eye)


def angle_map() -> Floats:
    """Angle of every cell about the disc, degrees clockwise on screen from image right, -180 .. 180."""
    along = np.arange(CELLS) * SPACING - CENTRE
    return np.degrees(np.arctan2(along[:, None], along[None, :]))


def profile_in_right_eye(angle_deg: Floats) -> Floats:
    """A double hump: thick above and below, a little thicker below; temporal (180) thinner than nasal (0)."""
    angle = np.radians(angle_deg)
    return 100 - 40 * np.cos(2 * angle) + 10 * np.sin(angle) + 15 * np.cos(angle)


def sector_mean(start_deg: float, width_deg: float) -> float:
    """Mean of the profile over an arc, by its integral."""

    def integral(deg: float) -> float:
        a = np.radians(deg)
        return float(100 * a - 20 * np.sin(2 * a) - 10 * np.cos(a) + 15 * np.sin(a))

    return (integral(start_deg + width_deg) - integral(start_deg)) / np.radians(width_deg)


@pytest.mark.parametrize("eye", list(Laterality))
@pytest.mark.parametrize("analysis", list(RnflAnalysis))
def test_every_sector_is_the_same_anatomy_in_both_eyes(analysis: RnflAnalysis, eye: Laterality) -> None:
    values = profile_in_right_eye(angle_map())
    if eye is Laterality.LEFT:
        values = values[:, ::-1]
    found = circle_profile(grid(eye), values, disc_mm=disc(), distance_mm=1.0).sectors(analysis)
    division = DIVISIONS[analysis]
    width = 360 / division.sectors
    expected = [sector_mean(division.start_deg + n * width, width) for n in range(division.sectors)]
    # Bilinear between cells 0.03 mm apart on a circle of 1.8 mm: curvature 160 per rad² / 8 x (0.03 / 1.8)².
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_the_graph_runs_temporal_superior_nasal_inferior_temporal() -> None:
    graph = circle_profile(grid(), angle_map(), disc_mm=disc(), distance_mm=1.0).sectors(RnflAnalysis.GRAPH)
    centres = [-175 + 10 * n for n in range(36)]
    # Left of the disc the map jumps from 180 to -180: its first bin is not linear.
    np.testing.assert_allclose(graph[1:-1], centres[1:-1], atol=0.3)
    assert centres[9] == -85  # 90 degrees on from temporal: superior


def test_clock_hours_in_a_right_eye() -> None:
    found = circle_profile(grid(), np.cos(np.radians(angle_map() - 90)), disc_mm=disc(), distance_mm=1.0)
    hours = found.sectors(RnflAnalysis.TWELVE_SEGMENTS)
    assert max(range(12), key=lambda n: hours[n] or 0) == 3  # 6 o'clock
    assert min(range(12), key=lambda n: hours[n] or 0) == 9  # 12 o'clock


def test_the_circle_is_that_of_equal_area_plus_the_distance() -> None:
    ellipse = (disc(1.0, (0, 0)) * [0.8, 1.25]) + CENTRE
    found = circle_profile(grid(), angle_map(), disc_mm=ellipse, distance_mm=0.7)
    assert found.radius_mm == pytest.approx(1.7, rel=1e-4)
    assert found.center_mm == pytest.approx((CENTRE, CENTRE))


def test_sectors_off_the_field_are_undefined() -> None:
    found = circle_profile(grid(), np.ones((CELLS, CELLS)), disc_mm=disc(centre=(0.5, 3.0)), distance_mm=1.0)
    quadrants = found.sectors(RnflAnalysis.QUADRANT)
    assert quadrants[0] == pytest.approx(1)
    assert quadrants[2] is None
    assert found.coverage(RnflAnalysis.QUADRANT)[2] == 0
    assert 0 < found.coverage(RnflAnalysis.SINGLE_SEGMENT)[0] < 1


def test_the_eye_must_be_known_and_the_distance_not_negative() -> None:
    with pytest.raises(InvalidInput, match="laterality"):
        circle_profile(grid(None), np.ones((CELLS, CELLS)), disc_mm=disc(), distance_mm=1)
    with pytest.raises(InvalidInput, match="mm_to_analyze"):
        circle_profile(grid(), np.ones((CELLS, CELLS)), disc_mm=disc(), distance_mm=-0.1)


def test_bilinear_is_exact_on_a_plane_and_undefined_off_the_map() -> None:
    values = np.arange(5.0)[:, None] * 3 + np.arange(7.0) * 2
    columns, rows = np.array([0, 2.25, 6, 6.4, 6.6]), np.array([0, 3.5, 4, 4, 4])
    found = bilinear(values, columns=columns, rows=rows)
    assert found[:4] == pytest.approx([0, 15, 24, 24])
    assert np.isnan(found[4])


def test_a_missing_cell_spreads_only_where_it_has_a_share() -> None:
    values = np.ones((3, 3))
    values[1, 1] = np.nan
    found = bilinear(values, columns=np.array([0.0, 2.0, 0.5]), rows=np.array([1.0, 1.0, 1.0]))
    assert found[:2].tolist() == [1, 1]
    assert np.isnan(found[2])


GRAPHS = st.lists(st.floats(0, 0.3), min_size=36, max_size=36)


@given(a=GRAPHS, b=GRAPHS)
def test_similarity_is_symmetric_and_between_0_and_1(a: list[float], b: list[float]) -> None:
    score = graph_similarity(a, b)
    assert 0 <= score <= 1
    assert graph_similarity(b, a) == pytest.approx(score)
    assert graph_similarity(a, a) == 1


@given(a=GRAPHS, turn=st.integers(0, 35))
def test_similarity_does_not_depend_on_where_the_circle_starts(a: list[float], turn: int) -> None:
    b = a[::-1]
    turned = graph_similarity(a[turn:] + a[:turn], b[turn:] + b[:turn])
    assert turned == pytest.approx(graph_similarity(a, b), abs=1e-9)


def test_similarity_by_hand() -> None:
    flat, thin = [0.1] * 36, [0.08] * 36
    assert graph_similarity(flat, thin) == pytest.approx(1 - (0.02 - 0.009) / 0.1)
    assert graph_similarity(flat, [0.095] * 36) == 1
    assert graph_similarity(flat, [0.0] * 36, tolerance_mm=0) == 0
    assert graph_similarity([0.0] * 36, [0.0] * 36) == 1


def test_points_between_bin_centres_are_linear_around_the_circle() -> None:
    one = [0.0] * 36
    one[0] = 0.36
    # A triangle two bins wide: its 20 inner samples of 360 sum to 10 x 0.36.
    assert graph_similarity(one, [0.1] * 36, tolerance_mm=0, points=36) == pytest.approx(
        1 - (35 * 0.1 + 0.26) / (35 * 0.1 + 0.36)
    )
    fine = np.interp(np.arange(360) / 10, np.arange(36), one, period=36)
    expected = 1 - np.abs(fine - 0.1).sum() / np.maximum(fine, 0.1).sum()
    assert graph_similarity(one, [0.1] * 36, tolerance_mm=0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"graph_a_mm": [0.1] * 35}, "graph_a"),
        ({"graph_b_mm": [-0.1] * 36}, "graph_b"),
        ({"graph_b_mm": [float("nan")] * 36}, "graph_b"),
        ({"tolerance_mm": -1.0}, "equality_tolerance_mm"),
        ({"points": 0}, "interpolation_points"),
    ],
)
def test_graphs_that_cannot_be_compared_are_refused(changes: dict[str, object], field: str) -> None:
    values: dict[str, object] = {"graph_a_mm": [0.1] * 36, "graph_b_mm": [0.1] * 36} | changes
    with pytest.raises(InvalidInput) as refused:
        graph_similarity(**values)  # type: ignore[arg-type]
    assert refused.value.field == field
