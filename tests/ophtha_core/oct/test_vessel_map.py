import cv2
import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import ScanOrientation
from ophtha_core.oct.vessel_map import canonical_image, png_bytes, projection, vessel_map
from ophtha_core.phantoms.oct import OctPhantom
from tests.kit.oct import ORIENTATIONS, Floats


def projected(phantom: OctPhantom) -> Floats:
    return projection(phantom.frames())


def drawn_vessels(phantom: OctPhantom) -> np.ndarray:
    return phantom.anatomy.vessel_mask(*phantom.cells_mm())


def contrast(image: np.ndarray, vessels: np.ndarray) -> float:
    """Probability that a cell of a vessel is darker than one beside (area under the ROC curve)."""
    ranks = image.ravel().astype(float).argsort(kind="stable").argsort()
    inside = vessels.ravel()
    n, m = inside.sum(), (~inside).sum()
    return 1 - (ranks[inside].sum() - n * (n - 1) / 2) / (n * m)


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_vessels_drawn_into_the_retina_come_back_dark(orientation: ScanOrientation) -> None:
    phantom = OctPhantom(orientation=orientation, noise_seed=3)
    found = vessel_map(projected(phantom))
    assert contrast(found, drawn_vessels(phantom)) > 0.9


def test_all_orientations_show_the_same_picture() -> None:
    phantoms = [
        OctPhantom(orientation=o, num_slices=40, columns=40, slice_spacing_mm=0.15, pixel_spacing_column_mm=0.15)
        for o in ORIENTATIONS
    ]
    pictures = [p.orientation.to_canonical(projected(p)) for p in phantoms]
    for picture in pictures[1:]:
        np.testing.assert_allclose(picture, pictures[0], atol=1e-6)


def test_slices_brighter_or_darker_than_their_neighbours_are_evened_out() -> None:
    clean = projected(OctPhantom())
    stripes = 1 + 0.3 * np.resize([1.0, -1.0, 0.5, -0.2], len(clean))
    striped = vessel_map(clean * stripes[:, None]).astype(float)
    rows = np.median(striped, axis=1)
    assert np.abs(np.diff(rows)).max() < 25


def test_a_blink_is_filled_from_its_neighbours() -> None:
    clean = projected(OctPhantom())
    blinked = clean.copy()
    blinked[11:13] *= 0.1
    repaired, left = vessel_map(blinked), vessel_map(blinked, inpaint_artifacts=False)
    reference = vessel_map(clean).astype(float)
    assert np.abs(repaired[11:13] - reference[11:13]).mean() < 15
    assert left[11:13].max() == 0


def test_unwritten_a_scans_are_filled_from_their_surroundings() -> None:
    clean = projected(OctPhantom())
    cut = clean.copy()
    cut[5:9, :4] = 0
    repaired = vessel_map(cut).astype(float)
    assert np.abs(repaired[5:9, :4] - vessel_map(clean)[5:9, :4]).mean() < 30
    assert vessel_map(cut, inpaint_artifacts=False)[5:9, :4].max() == 0


def test_an_even_examination_is_grey() -> None:
    assert (vessel_map(np.full((5, 6), 80.0)) == 128).all()


def test_the_image_has_the_size_of_the_extent_times_the_scale() -> None:
    orientation = ORIENTATIONS[-1]
    grid = orientation.grid(shape=(25, 96), slice_spacing_mm=0.24, column_spacing_mm=0.0525)
    image = canonical_image(np.zeros((25, 96), dtype=np.uint8), orientation=orientation, grid=grid, pixels_per_mm=100.0)
    assert image.shape == (504, 600)


def test_a_mark_is_found_where_it_was_put() -> None:
    values = np.zeros((20, 30), dtype=np.uint8)
    values[4, 21] = 255
    orientation = ORIENTATIONS[3]
    grid = orientation.grid(shape=(20, 30), slice_spacing_mm=0.2, column_spacing_mm=0.1)
    image = canonical_image(values, orientation=orientation, grid=grid, pixels_per_mm=50.0)
    row, column = np.argwhere(image > 200).mean(axis=0)
    assert row == pytest.approx((15 + 0.5) * 10 - 0.5, abs=0.51)
    assert column == pytest.approx((8 + 0.5) * 5 - 0.5, abs=0.51)


def test_the_png_holds_the_same_picture() -> None:
    image = np.random.default_rng(0).integers(0, 255, (12, 17), dtype=np.uint8)
    assert (cv2.imdecode(np.frombuffer(png_bytes(image), np.uint8), cv2.IMREAD_UNCHANGED) == image).all()


def test_no_b_scans_or_unequal_ones_are_refused() -> None:
    with pytest.raises(InvalidInput, match="input_location"):
        projection([])
    with pytest.raises(InvalidInput, match="input_location"):
        projection([np.zeros((3, 4)), np.zeros((3, 5))])


def test_a_scale_that_makes_no_image_is_refused() -> None:
    grid = ORIENTATIONS[0].grid(shape=(2, 2), slice_spacing_mm=1, column_spacing_mm=1)
    for scale in (0.0, 1e-3, 1e9):
        with pytest.raises(InvalidInput, match="scaling_factor_visualization"):
            canonical_image(
                np.zeros((2, 2), dtype=np.uint8), orientation=ORIENTATIONS[0], grid=grid, pixels_per_mm=scale
            )
