"""Volume change and unfolding of displacement fields."""

import numpy as np
import pytest

from registration.deformation import jacobian_determinant, unfolded
from registration.grids import FloatArray
from registration.progress import Stage
from registration.settings import DeformationSettings

SHAPE = (47, 12, 13)


def indices() -> tuple[FloatArray, FloatArray, FloatArray]:
    z, y, x = np.meshgrid(*[np.arange(count, dtype=np.float32) for count in SHAPE], indexing="ij")
    return x, y, z


def test_the_determinant_of_a_linear_map_is_that_of_its_matrix_in_every_voxel() -> None:
    matrix = np.array([[1.1, 0.2, 0.0], [-0.1, 0.8, 0.3], [0.05, 0.0, 1.3]], dtype=np.float32)
    position = np.stack(indices())
    displacement = np.einsum("ij,jzyx->izyx", matrix - np.eye(3, dtype=np.float32), position)
    determinant = jacobian_determinant(displacement.astype(np.float32))
    np.testing.assert_allclose(determinant, np.linalg.det(matrix), atol=1e-4)


def test_the_determinant_of_a_curved_map_is_right_across_slabs() -> None:
    x, _, z = indices()
    displacement = np.stack([0 * x, 0 * x, 0.004 * z**2])
    inner = jacobian_determinant(displacement)[1:-1]
    np.testing.assert_allclose(inner, (1 + 0.008 * z)[1:-1], atol=1e-3)


def test_a_mirrored_axis_is_folded() -> None:
    x, _, _ = indices()
    assert (jacobian_determinant(np.stack([-2 * x, 0 * x, 0 * x])) < 0).all()


@pytest.mark.parametrize("jump_voxels", [3.0, 20.0])
def test_a_jump_is_spread_until_nothing_folds_and_what_lies_far_from_it_stays(jump_voxels: float) -> None:
    displacement = np.zeros((3, 40, 40, 40), dtype=np.float32)
    displacement[2, :20] = jump_voxels
    mended, is_unfolded = unfolded(
        displacement, settings=DeformationSettings(), stage=Stage(lambda _share: None, lambda: False)
    )
    assert is_unfolded
    assert jacobian_determinant(mended).min() > 0
    np.testing.assert_array_equal(mended[:, -2:], 0)
