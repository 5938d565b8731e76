import numpy as np
import pytest

from registration.lesions.measure import LesionSize, measured
from registration.lesions.outline import LesionKind, outline
from registration.lesions.patch import patch_around
from registration.lesions.settings import OutlineSettings
from tests.kit.nodules import (
    GLASS_HU,
    SHARP_MM,
    SOFT_MM,
    Nodule,
    Shape,
    ellipsoid,
    lobulated,
    sphere,
    vessel,
    wall,
)

SHAPES = {"sphere": sphere, "lobulated": lobulated, "ellipsoid": lambda r: ellipsoid(1.25 * r, r, 0.8 * r)}
SCANS = {
    "thin and soft": {"kernel_mm": SOFT_MM, "noise_hu": 20, "slice_mm": 0.7},
    "sharp and noisy": {"kernel_mm": SHARP_MM, "noise_hu": 60, "slice_mm": 1.25},
    "thick": {"kernel_mm": SOFT_MM, "noise_hu": 40, "slice_mm": 2.5},
}


def size(nodule: Nodule, at: tuple[float, float, float] = (0, 0, 0)) -> LesionSize | None:
    point = np.array(at, dtype=float)
    found = outline(patch_around(nodule.scanned(), point, reach_mm=OutlineSettings().reach_mm), point)
    return None if found is None else measured(found)


def error(nodule: Nodule) -> float:
    """Of the volume, as a share of the true one."""
    found = size(nodule)
    assert found is not None
    assert found.kind is LesionKind.SOLID
    return abs(found.volume_mm3 / nodule.true_mm3() - 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scan", SCANS)
def test_the_volume_of_a_nodule_of_8_mm_is_within_a_tenth(shape: str, scan: str) -> None:
    assert error(Nodule(shape=SHAPES[shape](4.0), **SCANS[scan])) < 0.1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scan", ["thin and soft", "sharp and noisy"])
def test_the_volume_of_a_nodule_of_5_mm_is_within_a_fifth(shape: str, scan: str) -> None:
    assert error(Nodule(shape=SHAPES[shape](2.5), **SCANS[scan])) < 0.2


def test_a_round_nodule_of_5_mm_is_within_a_fifth_in_thick_slices_too() -> None:
    assert error(Nodule(shape=sphere(2.5), **SCANS["thick"])) < 0.2


def test_large_nodules_lose_nothing_in_the_middle() -> None:
    assert error(Nodule(shape=sphere(15.0), extent_mm=36)) < 0.02


@pytest.mark.parametrize("diameter", [5.0, 8.0, 12.0])
@pytest.mark.parametrize("scan", ["thin and soft", "sharp and noisy"])
def test_vessels_are_cut_off(diameter: float, scan: str) -> None:
    touching = vessel(min(diameter / 5, 2.5), at=(0.3 * diameter, 0, 0), along=(0.2, 1, 0.5))
    assert error(Nodule(shape=sphere(diameter / 2), vessels=(touching,), **SCANS[scan])) < (
        0.2 if diameter < 8 else 0.1
    )


@pytest.mark.parametrize(("diameter", "most"), [(5.0, 0.2), (8.0, 0.15), (12.0, 0.1), (20.0, 0.1)])
def test_at_the_wall_what_protrudes_counts(diameter: float, most: float) -> None:
    nodule = Nodule(shape=sphere(diameter / 2), walls=(wall(0.3 * diameter),), extent_mm=36, **SCANS["sharp and noisy"])
    assert error(nodule) < most


@pytest.mark.parametrize(
    ("radius", "scan"), [(4.0, "thin and soft"), (6.0, "sharp and noisy"), (10.0, "thin and soft")]
)
def test_a_part_solid_nodule_has_two_volumes(radius: float, scan: str) -> None:
    nodule = Nodule(shape=sphere(radius), core=sphere(radius / 2), **SCANS[scan])
    found = size(nodule)
    assert found is not None
    assert found.kind is LesionKind.PART_SOLID
    assert found.volume_mm3 == pytest.approx(nodule.true_mm3(), rel=0.1)
    assert found.solid_volume_mm3 == pytest.approx(nodule.true_solid_mm3(), rel=0.2)


@pytest.mark.parametrize("scan", ["thin and soft", "sharp and noisy"])
def test_ground_glass_has_no_solid_volume(scan: str) -> None:
    nodule = Nodule(shape=sphere(6), hu=GLASS_HU, **SCANS[scan])
    found = size(nodule)
    assert found is not None
    assert (found.kind, found.solid_volume_mm3) == (LesionKind.GROUND_GLASS, 0)
    assert found.volume_mm3 == pytest.approx(nodule.true_mm3(), rel=0.1)
    assert found.mean_hu == pytest.approx(GLASS_HU, abs=40)


def test_diameters_are_those_of_the_longest_axial_plane() -> None:
    found = size(Nodule(shape=ellipsoid(9, 5, 7)))
    assert found is not None
    assert (found.long_mm, found.short_mm) == pytest.approx((18, 10), abs=0.6)
    assert found.point_mm == pytest.approx((0, 0, 0), abs=0.3)


def test_a_point_beside_the_nodule_finds_it() -> None:
    at = size(Nodule(shape=sphere(5)))
    beside = size(Nodule(shape=sphere(5)), at=(7, 0, 0))
    assert at is not None
    assert beside is not None
    assert beside.volume_mm3 == pytest.approx(at.volume_mm3, rel=0.03)


def _aside(shape: Shape) -> Shape:
    return lambda x, y, z: shape(x - 20, y, z)


def test_empty_lung_and_a_vessel_are_no_lesions() -> None:
    elsewhere = _aside(sphere(4))
    assert size(Nodule(shape=elsewhere)) is None
    assert size(Nodule(shape=elsewhere, vessels=(vessel(2.0, along=(0.3, 0.2, 1)),))) is None
