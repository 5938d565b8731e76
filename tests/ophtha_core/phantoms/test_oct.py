"""The drawn retina is what its formulas say, from every direction."""

import numpy as np
import pytest

from ophtha_core.oct.dicom.volume import read_oct_volume
from ophtha_core.oct.polygon import Outline
from ophtha_core.oct.segmented_scan import SegmentedScan
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom, SliceSegmentation, disc_phantom
from ophtha_core.phantoms.oct_anatomy import LAYERS, RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from ophtha_core.phantoms.oct_fundus import LOCALIZER_SPACING_MM, fundus_image


def segmented(slices: list[SliceSegmentation], phantom: OctPhantom) -> SegmentedScan:
    outlines = [
        [
            Outline(name=each["className"], points=np.array(each["points"]).reshape(-1, 2), field="points")
            for each in part["instances"]
        ]
        for part in slices
    ]
    return SegmentedScan(slices=outlines, width=phantom.columns, height=phantom.rows)


@pytest.mark.parametrize("orientation", ORIENTATIONS[::3])
def test_layer_polygons_measure_the_layers_of_the_anatomy(orientation: object) -> None:
    phantom = OctPhantom(orientation=orientation)  # type: ignore[arg-type]
    maps = segmented(phantom.layers(), phantom).thickness_px(LAYERS)
    for layer in LAYERS:
        expected = phantom.layer_map_um(layer) / (1000 * phantom.pixel_spacing_row_mm)
        np.testing.assert_allclose(maps[layer], expected, atol=1e-9)


def test_pathology_polygons_measure_the_lesions_of_the_anatomy() -> None:
    phantom = OctPhantom()
    maps = segmented(phantom.pathologies(), phantom).thickness_px(["drusen", "intraretinal_fluid"])
    for name, values in maps.items():
        lesions = [lesion for lesion in phantom.anatomy.lesions if lesion.name == name]
        expected = np.sum([phantom.lesion_map_um(lesion) for lesion in lesions], axis=0)
        np.testing.assert_allclose(values * 1000 * phantom.pixel_spacing_row_mm, expected, atol=1e-9)


def test_retina_is_thinnest_at_the_fovea_and_thickest_beside_the_disc() -> None:
    phantom = OctPhantom(num_slices=61, columns=61, slice_spacing_mm=0.1, pixel_spacing_column_mm=0.1, rows=10)
    total = phantom.layer_map_um()
    centre = total[30, 30]
    assert centre == pytest.approx(total[20:41, 20:41].min())
    assert total[30, 40] > centre + 60
    rnfl = phantom.layer_map_um("rnfl")
    assert rnfl[:, -1].mean() > 2 * rnfl[:, 0].mean()


@pytest.mark.parametrize("right_eye", [True, False])
def test_landmarks_lie_on_the_border_of_the_disc(right_eye: bool) -> None:
    phantom = disc_phantom(RetinaAnatomy(right_eye=right_eye))
    seen = [(index, points) for index, points in enumerate(phantom.nerve_landmarks()) if points]
    assert len(seen) > 10
    for index, points in seen:
        columns = np.array([points[0][0], points[2][0]])
        x, y = phantom.retina_mm(np.full(2, float(index)), columns)
        np.testing.assert_allclose(phantom.anatomy.disc_radius(x, y), 1.0, atol=1e-9)


def test_disc_interrupts_the_layers_and_its_cup_is_deeper_than_its_rim() -> None:
    phantom = disc_phantom(RetinaAnatomy())
    boundaries = phantom.boundaries_px()
    middle = phantom.num_slices // 2
    column = phantom.columns // 2
    assert np.ptp(boundaries[:, middle, column]) == 0
    radius = phantom.anatomy.disc_radius(*phantom.cells_mm())[middle]
    rim = boundaries[0, middle][(radius > 0.9) & (radius < 1.0)].mean()
    assert boundaries[0, middle, column] > rim


def test_vessels_darken_the_same_places_of_bscans_and_photograph() -> None:
    phantom = OctPhantom(num_slices=60, columns=60, slice_spacing_mm=0.1, pixel_spacing_column_mm=0.1, centre_mm=(2, 0))
    study = opt_study(phantom)
    volume = read_oct_volume([study.volume], localizers={study.localizer.SOPInstanceUID: study.localizer})
    projection = volume.canonical_en_face()
    x, y = phantom.cells_mm()
    vessels = phantom.anatomy.vessel_mask(x, y) & (phantom.anatomy.disc_radius(x, y) > 1.3)
    beside = ~phantom.anatomy.vessel_mask(x, y) & (phantom.anatomy.disc_radius(x, y) > 1.3)
    assert vessels.sum() > 50
    assert projection[vessels].mean() < 0.7 * projection[beside].mean()
    photograph = fundus_image(phantom)
    rows = np.rint((y - y.min() + 0.55) / LOCALIZER_SPACING_MM[0] - 0.5).astype(int)
    columns = np.rint((x - x.min() + 0.55) / LOCALIZER_SPACING_MM[1] - 0.5).astype(int)
    assert photograph[rows, columns][vessels].mean() < 0.7 * photograph[rows, columns][beside].mean()


def test_speckle_is_the_same_for_the_same_seed() -> None:
    noisy = OctPhantom(num_slices=2, columns=20, noise_seed=4)
    one, other = ([frame.tobytes() for frame in noisy.frames()] for _ in range(2))
    assert one == other
    clean = [frame.tobytes() for frame in OctPhantom(num_slices=2, columns=20).frames()]
    assert one != clean
