import numpy as np
import pytest
import SimpleITK as sitk

from registration.grids import Grid
from registration.inverse import inverse_field
from registration.points import PointMapper

REFERENCE = Grid((-60.0, -60.0, -60.0), (4.0, 4.0, 4.0), (31, 31, 31))


def breathing(grid: Grid) -> sitk.Image:
    """A shift by 20 mm, and a bump of 10 mm that stretches and squeezes by a third."""
    x, y, z = grid.axes_mm()
    bump = np.exp(-(x**2 + y**2 + z**2) / (2 * 18.0**2))
    parts = [20 + 10 * bump, -6 + 0 * bump, 4 * bump]
    return grid.image(np.stack([part.astype(np.float32) for part in parts], axis=-1), is_vector=True)


@pytest.fixture(scope="module")
def floating() -> sitk.Image:
    image = sitk.Image(80, 80, 30, sitk.sitkInt16)
    image.SetSpacing((1.5, 1.5, 4.0))
    image.SetOrigin((-40.0, -65.0, -58.0))
    return image


def test_there_and_back_is_where_it_began(floating: sitk.Image) -> None:
    there, back = PointMapper(breathing(REFERENCE)), PointMapper(inverse_field(breathing(REFERENCE), floating))
    points = np.random.default_rng(3).uniform(-45, 45, (2000, 3))
    mapped = there.to_floating(points)
    returned = back.to_floating(mapped)
    known = ~np.isnan(returned).any(axis=1)
    assert known.mean() > 0.7
    miss_mm = np.linalg.norm(returned[known] - points[known], axis=1)
    # Linear interpolation of a bump on 4 mm, twice.
    assert miss_mm.mean() < 0.1
    assert miss_mm.max() < 1.0


def test_it_covers_the_floating_image_with_the_spacing_of_the_field(floating: sitk.Image) -> None:
    inverse = inverse_field(breathing(REFERENCE), floating)
    assert inverse.GetSpacing() == REFERENCE.spacing_mm
    assert inverse.GetOrigin() == floating.GetOrigin()
    end = inverse.TransformIndexToPhysicalPoint([n - 1 for n in inverse.GetSize()])
    assert all(a >= b for a, b in zip(end, floating.TransformIndexToPhysicalPoint((79, 79, 29)), strict=True))


def test_a_shift_is_undone_to_the_last_digit_also_beyond_the_reference() -> None:
    shift = REFERENCE.image(np.tile(np.array([200, 0, -7], np.float32), (*REFERENCE.shape, 1)), is_vector=True)
    far = sitk.Image(20, 20, 20, sitk.sitkInt16)
    far.SetSpacing((6.0,) * 3)
    inverse = sitk.GetArrayFromImage(inverse_field(shift, far))
    assert np.allclose(inverse, [-200, 0, 7], atol=1e-4)
