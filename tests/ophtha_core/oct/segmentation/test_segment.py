"""Surfaces of a known retina, found in speckled scans of it."""

import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.layer_surfaces import Surface
from ophtha_core.oct.segmentation.places import disc_of, fovea_of
from ophtha_core.oct.segmentation.segment import segment_retina
from ophtha_core.oct.segmentation.stack import PixelSize
from ophtha_core.phantoms.oct_speckle import ScanConditions
from tests.ophtha_core.oct.segmentation.scans import DISC_CENTRE_MM, Found, found_in, scan_of, size_of

LARGE_PX = 10.0
CONDITIONS = {
    "half the speckle": ScanConditions(speckle=0.5),
    "usual speckle": ScanConditions(),
    "twice the speckle": ScanConditions(speckle=2.0),
    "tilted and moving": ScanConditions(tilt_um_per_mm=(80.0, 20.0), motion_um=30.0),
    "RPE brighter than the nerve fibres": ScanConditions(rnfl_gain=0.55, rpe_gain=1.2),
    "dark": ScanConditions(brightness=0.35),
    "haze in the vitreous": ScanConditions(vitreous=45.0),
}


def assert_close(found: Found) -> None:
    for surface in (Surface.ILM, Surface.BM):
        errors = found.errors_px(surface)
        assert np.abs(errors).mean() <= 1.0, surface
        assert (np.abs(errors) > LARGE_PX).mean() < 0.005, surface
    thickness = found.thickness_errors_um()
    thickness = thickness[np.isfinite(thickness)]
    assert abs(thickness.mean()) <= 1.0
    assert np.abs(thickness).mean() <= 5.0


@pytest.mark.parametrize("conditions", CONDITIONS.values(), ids=CONDITIONS)
def test_ilm_and_bruchs_membrane_lie_where_they_are(conditions: ScanConditions) -> None:
    found = found_in(scan_of(conditions, num_slices=5))

    assert_close(found)
    limit = 0.02 if conditions.speckle < 2 else 0.15
    assert found.marked_share(Surface.ILM) <= limit
    assert found.marked_share(Surface.BM) <= limit
    x, y = found.scan.phantom.cells_mm()
    assert abs(np.nanmean(found.thickness_errors_um()[np.hypot(x, y) <= 0.5])) <= 3.0


@pytest.mark.parametrize(("row_um", "rows"), [(2.0, 720), (2.6, 620), (4.0, 400)])
def test_rows_of_any_height_give_the_same_retina(row_um: float, rows: int) -> None:
    assert_close(found_in(scan_of(row_um=row_um, rows=rows)))


def test_borders_of_the_inner_layers_are_held_or_left_out() -> None:
    found = found_in(scan_of())

    for surface, mean_px in ((Surface.RNFL_OUTER, 1.5), (Surface.INL_INNER, 2.0)):
        assert np.abs(found.errors_px(surface)).mean() <= mean_px
        assert found.marked_share(surface) <= 0.1


def test_nothing_but_the_ilm_lies_inside_the_disc() -> None:
    found = found_in(scan_of(num_slices=16, centre_mm=DISC_CENTRE_MM))
    phantom = found.scan.phantom
    inside = phantom.anatomy.disc_radius(*phantom.cells_mm()) < 1.0

    for surface in (Surface.RNFL_OUTER, Surface.INL_INNER, Surface.BM):
        assert not np.isfinite(found.rows(surface)[inside]).any(), surface
    assert np.isfinite(found.rows(Surface.ILM)[inside]).mean() > 0.85
    assert_close(found)
    disc = disc_of(found.segmentation)
    assert disc is not None
    assert disc.column == pytest.approx((phantom.columns - 1) / 2, abs=8)
    assert disc.slice_index == pytest.approx((phantom.num_slices - 1) / 2, abs=0.6)
    assert disc.columns[0] is None


def test_a_macular_scan_has_no_disc_and_a_fovea() -> None:
    found = found_in(scan_of(num_slices=21))
    phantom = found.scan.phantom
    fovea = fovea_of(
        found.segmentation,
        orientation=phantom.orientation,
        grid=phantom.orientation.grid(
            shape=(phantom.num_slices, phantom.columns),
            slice_spacing_mm=phantom.slice_spacing_mm,
            column_spacing_mm=phantom.pixel_spacing_column_mm,
            laterality=phantom.laterality,
            centre=None,
        ),
        row_um=size_of(found.scan).row_um,
    )

    assert disc_of(found.segmentation) is None
    assert fovea is not None
    column, index = phantom.fovea_cell()
    assert abs(fovea[0] - column) * phantom.pixel_spacing_column_mm < 0.15
    assert abs(fovea[1] - index) * phantom.slice_spacing_mm < 0.15


def test_a_blink_has_no_surface_and_harms_no_neighbour() -> None:
    found = found_in(scan_of(ScanConditions(blinks=(3,)), num_slices=6))

    for surface in (Surface.ILM, Surface.BM, Surface.RNFL_OUTER, Surface.INL_INNER):
        assert not np.isfinite(found.rows(surface)[3]).any()
        assert not found.segmentation.confidence[surface][3].any()
    assert_close(found)


def test_bruchs_membrane_runs_straight_under_drusen() -> None:
    found = found_in(scan_of(num_slices=16))
    drusen = found.scan.phantom.lesion_map_um(found.scan.phantom.anatomy.lesions[0]) > 30.0
    errors = (found.rows(Surface.BM) - found.truth[Surface.BM])[drusen]

    assert drusen.any()
    assert np.nanmean(np.abs(errors)) < 2.5


def test_padding_that_follows_the_eye_is_no_border() -> None:
    scan = scan_of(num_slices=3)
    frames = [frame.copy() for frame in scan.frames()]
    for frame in frames:
        frame[:40] = 0
        frame[-30:, 100:] = 255
    found = Found(scan=scan, truth=scan.truth(), segmentation=segment_retina(frames, size_of(scan)))

    assert_close(found)


@pytest.mark.parametrize("value", [0, 128])
def test_pictures_of_nothing_have_no_surfaces(value: int) -> None:
    noise = np.random.default_rng(5).integers(value, value + 40, (3, 200, 128))
    found = segment_retina(noise, PixelSize(row_um=4.0, column_um=12.0, slice_um=120.0))

    for rows in found.layers.surfaces.values():
        assert np.isfinite(rows).mean() < 0.02


def test_a_single_b_scan_is_enough() -> None:
    found = found_in(scan_of(num_slices=1))

    for surface in (Surface.ILM, Surface.BM):
        assert np.abs(found.errors_px(surface)).mean() <= 1.0


def test_frames_of_different_sizes_are_refused() -> None:
    size = PixelSize(row_um=4.0, column_um=12.0, slice_um=120.0)
    with pytest.raises(InvalidInput, match="one size"):
        segment_retina([np.zeros((10, 10)), np.zeros((10, 11))], size)
    with pytest.raises(InvalidInput, match="one size"):
        segment_retina([], size)


def test_a_vitreous_without_any_noise_is_no_padding() -> None:
    scan = scan_of()
    top = scan.truth()[Surface.ILM]
    frames = [frame.copy() for frame in scan.frames()]
    for frame, ilm in zip(frames, top, strict=True):
        frame[np.arange(len(frame))[:, None] < ilm[None] - 3] = 0
    found = Found(scan=scan, truth=scan.truth(), segmentation=segment_retina(frames, size_of(scan)))

    assert_close(found)
