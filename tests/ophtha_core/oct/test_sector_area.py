from math import pi

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.oct.sector_area import wedge_areas

# Thousandths: the oracle, not the function, loses its way between numbers that differ by 1e-308.
EDGES = (
    st.lists(st.integers(-4000, 4000), min_size=2, max_size=8, unique=True)
    .map(sorted)
    .map(lambda edges: np.array(edges) / 1000)
)
RADIUS = st.floats(0.1, 4)


def polygon_of_wedge(radius: float, start_deg: float, end_deg: float, *, points: int = 20_000) -> shapely.Polygon:
    angles = np.radians(np.linspace(start_deg, end_deg, points))
    arc = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return shapely.Polygon(np.vstack([[0, 0], arc]))


def disc_areas(x_edges: np.ndarray, y_edges: np.ndarray, *, radius: float) -> np.ndarray:
    """Area of the whole disc in every cell."""
    return wedge_areas(x_edges, y_edges, radius=radius, start_deg=None, end_deg=None)


@given(x=EDGES, y=EDGES, radius=RADIUS, start=st.sampled_from([-45, -60, 0, 17.5, 90, 210]), width=st.floats(5, 90))
def test_areas_agree_with_a_fine_polygon(
    x: np.ndarray, y: np.ndarray, radius: float, start: float, width: float
) -> None:
    areas = wedge_areas(x, y, radius=radius, start_deg=start, end_deg=start + width)
    wedge = polygon_of_wedge(radius, start, start + width)
    expected = [
        [wedge.intersection(shapely.box(x[i], y[j], x[i + 1], y[j + 1])).area for i in range(len(x) - 1)]
        for j in range(len(y) - 1)
    ]
    # A chord of the polygon misses r²(t - sin t)/2 of its arc of angle t.
    step = np.radians(width) / 20_000
    missed = 20_000 * radius**2 * step**3 / 12
    np.testing.assert_allclose(areas, expected, atol=missed + 1e-9)


@given(x=EDGES, y=EDGES, radius=RADIUS, start=st.floats(-180, 180))
def test_four_wedges_make_the_disc_in_every_cell(x: np.ndarray, y: np.ndarray, radius: float, start: float) -> None:
    wedges = sum(
        wedge_areas(x, y, radius=radius, start_deg=start + 90 * n, end_deg=start + 90 * (n + 1)) for n in range(4)
    )
    np.testing.assert_allclose(wedges, disc_areas(x, y, radius=radius), atol=1e-11)


@pytest.mark.parametrize("cells", [1, 2, 3, 7, 40])
def test_the_cells_of_a_large_grid_hold_the_whole_disc(cells: int) -> None:
    edges = np.linspace(-3.1, 3.1, cells + 1)
    assert disc_areas(edges, edges, radius=3.0).sum() == pytest.approx(9 * pi, abs=1e-9)


def test_cells_the_disc_does_not_touch_hold_exactly_nothing() -> None:
    edges = np.linspace(-5, 5, 101)
    areas = disc_areas(edges, edges, radius=1.0)
    far = np.abs(edges[:-1] + 0.05) > 1.1
    assert (areas[far] == 0).all()
    assert (areas[:, far] == 0).all()


def test_no_cell_holds_more_than_its_area_and_inner_cells_hold_all_of_it() -> None:
    edges = np.linspace(-5, 5, 101)
    areas = disc_areas(edges, edges, radius=3.0)
    cell = np.diff(edges)[:, None] * np.diff(edges)
    assert (areas <= cell).all()
    assert areas[50, 50] == cell[50, 50]
