"""The affine fit where images say little."""

import numpy as np
import pytest

from registration.affine import identity, shift
from registration.alignment import Patch, fit_affine, search_shift
from registration.grids import FloatArray, Grid
from registration.progress import Stage
from registration.settings import AlignmentSettings, Settings

GRID = Grid((-60.0, -60.0, -60.0), (5.0, 5.0, 5.0), (25, 25, 25))
EVERYWHERE = np.ones(GRID.shape, dtype=bool)
SILENT = Stage(lambda _share: None, lambda: False)
BODY = Settings().body_alignment


BONES_MM = ((-25, 0, -20), (20, -20, 0), (15, 25, 20), (-15, -20, 25))


def bones(*, x_mm: float = 0.0) -> Patch:
    """Round bones, moved by ``x_mm``, in air that fills most of the grid."""
    x, y, z = GRID.axes_mm()
    hu = np.full(GRID.shape, -1000, dtype=np.float32)
    for bone in BONES_MM:
        hu += 1500 * np.exp(-((x - bone[0] - x_mm) ** 2 + (y - bone[1]) ** 2 + (z - bone[2]) ** 2) / (2 * 8.0**2))
    return Patch(hu, GRID, EVERYWHERE)


@pytest.mark.parametrize("settings", [AlignmentSettings(), BODY], ids=["lungs", "body"])
def test_small_bones_in_much_air_are_followed(settings: AlignmentSettings) -> None:
    fitted, correlation = fit_affine(bones(), bones(x_mm=4.0), identity(), settings=settings, stage=SILENT)
    assert fitted(np.zeros(3)) == pytest.approx([4, 0, 0], abs=0.25)
    assert correlation > 0.98


@pytest.mark.parametrize("settings", [AlignmentSettings(), BODY], ids=["lungs", "body"])
def test_images_that_show_nothing_keep_the_start(settings: AlignmentSettings) -> None:
    flat: FloatArray = np.full(GRID.shape, -1000, dtype=np.float32)
    start = shift(np.array([3.0, 0.0, 0.0]))
    nothing = Patch(flat, GRID, EVERYWHERE)
    fitted, _ = fit_affine(nothing, nothing, start, settings=settings, stage=SILENT)
    assert fitted(np.zeros(3)) == pytest.approx([3, 0, 0], abs=1e-6)


@pytest.mark.parametrize("settings", [AlignmentSettings(), BODY], ids=["lungs", "body"])
def test_a_region_without_points_keeps_the_start(settings: AlignmentSettings) -> None:
    """A field of view that the lungs fill shows nothing of the body."""
    start = shift(np.array([3.0, 0.0, 0.0]))
    nowhere = Patch(bones().hu, GRID, ~EVERYWHERE)
    fitted, _ = fit_affine(nowhere, bones(), start, settings=settings, stage=SILENT)
    searched, _ = search_shift(nowhere, bones(), settings=settings)
    assert fitted(np.zeros(3)) == pytest.approx([3, 0, 0], abs=1e-6)
    assert searched(np.zeros(3)) == pytest.approx([0, 0, 0], abs=1e-6)
