from math import pi, radians, sin, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.oct.circles import (
    ETDRS,
    GCC,
    Circle,
    Ring,
    SectorStatistics,
    hemispheres,
    quadrants,
    sector_statistics,
    sector_weights,
)
from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint, Laterality, ScanDirection, ScanOrientation, ScanProtocol
from tests.kit.oct import (
    IOWA_CENTRE,
    IOWA_SPACING_MM,
    Floats,
    border_tolerance,
    cell_centres,
    grids,
    iowa_surfaces,
    radial,
    square_grid,
)

CIRCLES = {"ETDRS": ETDRS, "GCC": GCC, "hemispheres": hemispheres(6.0), "quadrants": quadrants(6.0)}
EVERY_CIRCLE = pytest.mark.parametrize("circle", CIRCLES.values(), ids=CIRCLES)


def means(rings: list[list[SectorStatistics]]) -> list[float]:
    return [sector.mean if sector.mean is not None else float("nan") for ring in rings for sector in ring]


def ring_mean(ring: Ring, integral: float) -> float:
    """Mean of a function of the radius, from the integral of r f(r) over the ring."""
    return 2 * integral / (ring.outer_radius_mm**2 - ring.inner_radius_mm**2)


def tolerance(grid: EnFaceGrid, ring: Ring, *, slope: float) -> float:
    width = 2 * pi / ring.sectors
    perimeter = (ring.inner_radius_mm + ring.outer_radius_mm) * width + 2 * ring.outer_radius_mm
    return border_tolerance(grid, slope=slope, perimeter_mm=perimeter, area_mm2=ring.sector_area_mm2)


@EVERY_CIRCLE
def test_a_flat_map_has_its_value_in_every_sector_and_no_spread(circle: Circle) -> None:
    grid = square_grid(33)
    for ring in sector_statistics(grid, np.full(grid.shape, 278.5), circle=circle):
        for sector in ring:
            assert sector.mean == pytest.approx(278.5, abs=1e-9)
            assert sector.std == 0
            assert sector.coverage == pytest.approx(1, abs=1e-9)


@EVERY_CIRCLE
@pytest.mark.parametrize("direction_deg", [0, 90, 30])
def test_a_ramp_has_the_closed_form_mean_in_every_sector(circle: Circle, direction_deg: float) -> None:
    grid = square_grid(161)
    x, y = cell_centres(grid)
    slope = 10.0
    along = (np.cos(radians(direction_deg)), np.sin(radians(direction_deg)))
    rings = sector_statistics(grid, 100 + slope * (along[0] * x + along[1] * y), circle=circle)
    for ring, sectors in zip(circle.rings, rings, strict=True):
        half = pi / ring.sectors
        # Centroid of a sector of a ring: 2/3 (R³ - r³) / (R² - r²) sin(a) / a on its axis.
        radii = ring.outer_radius_mm, ring.inner_radius_mm
        centroid = 2 / 3 * (radii[0] ** 3 - radii[1] ** 3) / (radii[0] ** 2 - radii[1] ** 2) * sin(half) / half
        for number, sector in enumerate(sectors):
            axis = radians(ring.start_deg + (number + 0.5) * 360 / ring.sectors)
            expected = 100 + slope * centroid * np.cos(axis - radians(direction_deg))
            assert sector.mean == pytest.approx(expected, abs=tolerance(grid, ring, slope=slope))


@EVERY_CIRCLE
def test_a_cone_has_the_closed_form_mean_in_every_sector(circle: Circle) -> None:
    grid = square_grid(161)
    slope = 40.0
    rings = sector_statistics(grid, radial(grid, lambda r: 300 - slope * r), circle=circle)
    for ring, sectors in zip(circle.rings, rings, strict=True):
        outer, inner = ring.outer_radius_mm, ring.inner_radius_mm
        expected = 300 - slope * ring_mean(ring, (outer**3 - inner**3) / 3)
        # Curved cells: second derivative of a cone across its axis is slope / r, its integral over r finite.
        curved = slope * grid.row_spacing_mm**2 / 12 * ring.outer_radius_mm / ring.sector_area_mm2 * 2 * pi
        for sector in sectors:
            assert sector.mean == pytest.approx(expected, abs=tolerance(grid, ring, slope=slope) + curved)


@EVERY_CIRCLE
def test_a_hemisphere_has_the_closed_form_mean_in_every_sector(circle: Circle) -> None:
    grid, radius = square_grid(161), 8.0
    rings = sector_statistics(grid, radial(grid, lambda r: np.sqrt(radius**2 - r**2)), circle=circle)
    steepest = 3.0 / sqrt(radius**2 - 9)
    for ring, sectors in zip(circle.rings, rings, strict=True):
        outer, inner = ring.outer_radius_mm, ring.inner_radius_mm
        integral = ((radius**2 - inner**2) ** 1.5 - (radius**2 - outer**2) ** 1.5) / 3
        curved = grid.row_spacing_mm**2 / 12 * radius**2 / (radius**2 - 9) ** 1.5
        for sector in sectors:
            expected = ring_mean(ring, integral)
            assert sector.mean == pytest.approx(expected, abs=tolerance(grid, ring, slope=steepest) + curved)


@EVERY_CIRCLE
def test_the_spread_of_a_ramp_is_that_of_its_cells(circle: Circle) -> None:
    grid = square_grid(41)
    x, _ = cell_centres(grid)
    values = 250 + 3 * x
    weights = sector_weights(grid.about(grid.centre_point), circle, None).toarray()
    flat = [sector for ring in sector_statistics(grid, values, circle=circle) for sector in ring]
    for share, sector in zip(weights, flat, strict=True):
        mean = np.average(values.ravel(), weights=share)
        assert sector.std == pytest.approx(np.average((values.ravel() - mean) ** 2, weights=share) ** 0.5, abs=1e-9)


@EVERY_CIRCLE
@given(grid=grids())
def test_sectors_share_every_cell_of_the_disc_completely(circle: Circle, grid: EnFaceGrid) -> None:
    weights = sector_weights(grid.about(grid.centre_point), circle, None)
    disc = Circle(rings=(Ring(inner_radius_mm=0, outer_radius_mm=3, sectors=1, start_deg=11, names=("disc",)),))
    whole = sector_weights(grid.about(grid.centre_point), disc, None)
    np.testing.assert_allclose(np.asarray(weights.sum(axis=0)), np.asarray(whole.sum(axis=0)), atol=1e-9)


@given(grid=grids(), factor=st.floats(0.1, 10), data=st.data())
def test_scaling_a_map_scales_its_means(grid: EnFaceGrid, factor: float, data: st.DataObject) -> None:
    values = np.random.default_rng(data.draw(st.integers(0, 99))).uniform(0, 100, grid.shape)
    plain, scaled = (means(sector_statistics(grid, v, circle=ETDRS)) for v in (values, values * factor))
    np.testing.assert_allclose(scaled, np.array(plain) * factor, rtol=1e-9)


@given(down=st.integers(-3, 3), right=st.integers(-3, 3), seed=st.integers(0, 99))
def test_moving_map_and_centre_by_whole_cells_changes_nothing(down: int, right: int, seed: int) -> None:
    grid = square_grid(40, extent_mm=10)
    values = np.random.default_rng(seed).uniform(0, 100, grid.shape)
    centre = grid.centre_point
    moved = grid.about(EnFacePoint(column=centre.column + right, row=centre.row + down))
    shifted = np.roll(values, (down, right), axis=(0, 1))
    np.testing.assert_allclose(
        means(sector_statistics(moved, shifted, circle=ETDRS)),
        means(sector_statistics(grid, values, circle=ETDRS)),
        rtol=1e-9,
    )


@given(grid=grids(), seed=st.integers(0, 99))
def test_a_mirrored_map_has_left_and_right_exchanged(grid: EnFaceGrid, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(0, 100, grid.shape)
    plain = sector_statistics(grid, values, circle=ETDRS)
    mirrored = sector_statistics(grid, values[:, ::-1], circle=ETDRS)
    for ring, other in zip(plain, mirrored, strict=True):
        order = [0] if len(ring) == 1 else [2, 1, 0, 3]
        np.testing.assert_allclose(means([ring]), [means([other])[n] for n in order], rtol=1e-9)


def test_cached_weights_give_the_same_answer_as_fresh_ones() -> None:
    grid = square_grid(50)
    values = np.random.default_rng(1).uniform(0, 100, grid.shape)
    sector_weights.cache_clear()
    fresh = sector_statistics(grid, values, circle=ETDRS)
    sector_statistics(square_grid(51), np.ones((51, 51)), circle=ETDRS)
    assert sector_statistics(grid, values, circle=ETDRS) == fresh


def test_missing_cells_count_neither_as_zero_nor_as_covered() -> None:
    grid = square_grid(64)
    values = np.full(grid.shape, 50.0)
    values[:, : 64 // 2] = np.nan
    ((centre,), inner, _) = sector_statistics(grid, values, circle=ETDRS)
    assert centre.mean == 50
    assert centre.coverage == pytest.approx(0.5, abs=1e-9)
    assert inner[2].mean is None
    assert inner[2].coverage == 0
    assert inner[0].coverage == pytest.approx(1, abs=1e-9)


def test_the_zone_masks_and_does_not_scale_the_rings() -> None:
    grid = square_grid(101)
    rings = sector_statistics(grid, np.ones(grid.shape), circle=ETDRS, zone_diameter_mm=3.0)
    assert [sector.mean for sector in rings[1]] == pytest.approx([1] * 4)
    assert [sector.mean for sector in rings[2]] == [None] * 4
    half = sector_statistics(grid, np.ones(grid.shape), circle=ETDRS, zone_diameter_mm=4.0)
    assert half[2][0].coverage == pytest.approx((4 - 2.25) / (9 - 2.25), abs=1e-9)


def test_etdrs_areas_are_those_of_the_literature() -> None:
    areas = [ring.sector_area_mm2 for ring in ETDRS.rings]
    assert areas == pytest.approx([0.7854, 1.5708, 5.3014], abs=5e-5)


def test_nasal_and_temporal_are_named_by_the_eye_and_only_then() -> None:
    assert ETDRS.names(None)[1] == ["inner right", "inner inferior", "inner left", "inner superior"]
    assert ETDRS.names(Laterality.RIGHT)[1] == ["inner nasal", "inner inferior", "inner temporal", "inner superior"]
    assert ETDRS.names(Laterality.LEFT)[1] == ["inner temporal", "inner inferior", "inner nasal", "inner superior"]


def iowa_grid() -> tuple[EnFaceGrid, ScanOrientation]:
    orientation = ScanOrientation(
        protocol=ScanProtocol.HORIZONTAL_3D,
        slice_direction=ScanDirection.BOTTOM_TOP,
        pixel_direction=ScanDirection.LEFT_RIGHT,
    )
    grid = orientation.grid(
        shape=(19, 512),
        slice_spacing_mm=IOWA_SPACING_MM["slice"],
        column_spacing_mm=IOWA_SPACING_MM["column"],
        laterality=Laterality.RIGHT,
        centre=IOWA_CENTRE,
    )
    return grid, orientation


@pytest.mark.parametrize(
    ("upper", "lower", "centre", "inner", "outer"),
    [
        (0, 10, 290.12, (347.29, 345.37, 328.41, 344.34), (309.75, 299.04, 270.52, 285.94)),
        (0, 3, 61.49, (118.41, 119.84, 110.31, 123.67), (117.08, 101.99, 84.61, 100.82)),
        (0, 1, 9.75, (26.24, 28.55, 22.68, 34.58), (46.54, 31.32, 18.75, 37.46)),
    ],
    ids=["full retina", "ganglion cell complex", "nerve fibre layer"],
)
def test_the_iowa_volume_has_its_reference_values(
    shared_data: Path, upper: int, lower: int, centre: float, inner: tuple[float, ...], outer: tuple[float, ...]
) -> None:
    surfaces = iowa_surfaces(shared_data)
    grid, orientation = iowa_grid()
    thickness: Floats = orientation.to_canonical((surfaces[lower] - surfaces[upper]) * IOWA_SPACING_MM["row"] * 1000)
    rings = sector_statistics(grid, thickness, circle=ETDRS, zone_diameter_mm=6.0)
    # The reference was found by 25 x 25 samples of every cell.
    np.testing.assert_allclose(means(rings), [centre, *inner, *outer], atol=0.05)
    assert [sector.coverage for sector in rings[1]] == pytest.approx([1] * 4, abs=1e-9)
    assert [sector.coverage for sector in rings[2]] == pytest.approx([1.0, 0.70, 0.995, 0.70], abs=0.005)
