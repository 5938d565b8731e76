from pathlib import Path

import numpy as np
import pytest

from ophtha_core.oct.enface import ScanOrientation
from tests.kit.oct import IOWA_CENTRE, IOWA_SPACING_MM, ORIENTATIONS, Floats, iowa_surfaces, scan_parameters
from tests.plugin.service.oct.asking import post, sample
from tests.plugin.service.oct.conftest import Client

CANONICAL = np.round(60 + 30 * np.random.default_rng(11).random((40, 70)), 3)
ROW_MM, COLUMN_MM = 0.16, 0.09


def scanned(orientation: ScanOrientation, canonical: Floats = CANONICAL) -> dict[str, object]:
    """The same retina as scanned in some orientation: geometry and map."""
    spacing = (ROW_MM, COLUMN_MM) if not orientation.is_vertical else (COLUMN_MM, ROW_MM)
    values = orientation.from_canonical(canonical)
    return {
        **scan_parameters(orientation, slice_spacing=spacing[0], column_spacing=spacing[1]),
        "layers_thickness_maps": {"rnfl": values.tolist()},
        "used_layers": ["rnfl"],
    }


@pytest.mark.parametrize("endpoint", ["get_etdrs", "get_gcc_circle"])
@pytest.mark.parametrize("orientation", ORIENTATIONS[1:], ids=str)
def test_all_orientations_of_a_scan_give_the_same_circle(
    client: Client, endpoint: str, orientation: ScanOrientation
) -> None:
    both = {"statistics": ["mean", "std"]}
    expected = post(client, endpoint, **scanned(ORIENTATIONS[0]), **both)
    found = post(client, endpoint, **scanned(orientation), **both)
    assert_close(found, expected)


@pytest.mark.parametrize(
    ("endpoint", "extra"),
    [
        ("get_two_segment_circle", {}),
        ("get_four_segment_circle", {"statistics_to_get": ["mean", "std"]}),
        ("get_mmzone_glaucoma_ppaa_matrix", {"use_real_units": False}),
        ("get_full_exam_glaucoma_ppaa_matrix", {"use_real_units": False}),
    ],
)
@pytest.mark.parametrize("orientation", ORIENTATIONS[1:], ids=str)
def test_all_orientations_of_a_scan_give_the_same_hemispheres(
    client: Client, endpoint: str, extra: dict[str, object], orientation: ScanOrientation
) -> None:
    assert_close(
        post(client, endpoint, **scanned(orientation), **extra),
        post(client, endpoint, **scanned(ORIENTATIONS[0]), **extra),
    )


def assert_close(found: object, expected: object) -> None:
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert set(found) == set(expected)
        for key, value in expected.items():
            assert_close(found[key], value)
    elif isinstance(expected, list):
        assert isinstance(found, list)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    else:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_given_centre_is_column_then_slice_of_the_caller(client: Client) -> None:
    expected = post(client, "get_etdrs", **scanned(ORIENTATIONS[0]), exam_center_coordinate_xz=[30, 22])
    for orientation in ORIENTATIONS[1:]:
        marked = np.zeros(CANONICAL.shape)
        marked[22, 30] = 1
        slice_index, column = np.argwhere(orientation.from_canonical(marked) == 1)[0].tolist()
        found = post(client, "get_etdrs", **scanned(orientation), exam_center_coordinate_xz=[column, slice_index])
        assert_close(found, expected)


def test_sectors_lie_where_the_contract_says(client: Client) -> None:
    y, x = np.mgrid[-24.5:25, -24.5:25] * 0.125
    angle = np.degrees(np.arctan2(y, x)) % 360
    common = scan_parameters(column_spacing=0.125, slice_spacing=0.125)

    def means(endpoint: str, layer: Floats, ring: str | None, **extra: object) -> list[float]:
        maps = {"layers_thickness_maps": {"rnfl": layer.tolist()}, "used_layers": ["rnfl"], "thickness_unit": "um"}
        answer = post(client, endpoint, **common, **maps, **extra)
        sectors = answer if ring is None else answer[ring]
        return [sectors[str(n)]["mean"] for n in range(len(sectors))]  # type: ignore[index, arg-type]

    inside = (angle >= 60) & (angle < 120)
    gcc = means("get_gcc_circle", np.where(inside, 100.0, 1.0), "1")
    assert max(range(6), key=gcc.__getitem__) == 2
    for direction, sector in {(1, 0): 0, (0, 1): 1, (-1, 0): 2, (0, -1): 3}.items():
        layer = 100 + 10 * (direction[0] * x + direction[1] * y)
        for ring in ("1", "2"):
            etdrs = means("get_etdrs", layer, ring)
            assert max(range(4), key=etdrs.__getitem__) == sector
    for direction, sector in {(1, 1): 0, (-1, 1): 1, (-1, -1): 2, (1, -1): 3}.items():
        layer = 100 + 10 * (direction[0] * x + direction[1] * y)
        quadrants = means("get_four_segment_circle", layer, None)
        assert max(range(4), key=quadrants.__getitem__) == sector


def test_only_the_asked_statistics_are_there(client: Client) -> None:
    for asked in (["mean"], ["std"], ["mean", "std"]):
        answer = sample(client, "get_etdrs", statistics=asked)
        rings = [answer[ring] for ring in ("0", "1", "2")]
        assert all(set(sector) == set(asked) for ring in rings for sector in ring.values())  # type: ignore[attr-defined]


def test_maps_may_come_as_a_list_aligned_to_the_layers(client: Client) -> None:
    maps = {"rnfl": [[1.0, 2], [3, 4]], "gcl": [[10, 20], [30, 40]]}
    listed = sample(client, "get_etdrs", layers_thickness_maps=list(maps.values()), used_layers=["rnfl", "gcl"])
    assert listed == sample(client, "get_etdrs", layers_thickness_maps=maps, used_layers=["rnfl", "gcl"])


def test_pixels_micrometres_and_millimetres_give_the_same_thickness(client: Client) -> None:
    pixels = np.full((30, 30), 25.0)
    for unit, factor in {"px": 1.0, "um": 4.0, "mm": 0.004}.items():
        answer = sample(
            client,
            "get_two_segment_circle",
            layers_thickness_maps={"rnfl": (pixels * factor).tolist()},
            used_layers=["rnfl"],
            thickness_unit=unit,
        )
        assert answer["superior_thickness"] == pytest.approx(100)


def test_a_sector_without_tissue_is_null(client: Client) -> None:
    layer: list[list[float | None]] = [[20.0] * 26 for _ in range(26)]
    for row in layer:
        row[13:] = [None] * 13
    answer = sample(client, "get_etdrs", layers_thickness_maps={"rnfl": layer}, used_layers=["rnfl"], include_meta=True)
    assert answer["1"]["0"] is None  # type: ignore[index]
    assert answer["1"]["2"] == {"mean": pytest.approx(80)}  # type: ignore[index]
    coverage = answer["meta"]["coverage"]  # type: ignore[index]
    assert coverage["1"] == {"0": 0.0, "1": 0.5, "2": 1.0, "3": 0.5}
    assert coverage["0"]["0"] == 0.5
    assert answer["meta"]["areas_mm2"]["0"]["0"] == pytest.approx(np.pi / 4)  # type: ignore[index]


def test_padding_is_no_tissue_and_zeros_inside_are(client: Client) -> None:
    layer = np.full((26, 26), 20.0)
    layer[:5] = layer[-5:] = 0
    layer[13, 13] = 0
    answer = sample(client, "get_etdrs", layers_thickness_maps={"rnfl": layer.tolist()}, used_layers=["rnfl"])
    assert answer["2"]["3"]["mean"] == pytest.approx(80)  # type: ignore[index]
    assert answer["0"]["0"]["mean"] < 80  # type: ignore[index]


def test_a_left_eye_mirrored_is_a_right_eye_by_name(client: Client) -> None:
    answers = {}
    for eye, layer in (("R", CANONICAL), ("L", CANONICAL[:, ::-1])):
        answers[eye] = post(client, "get_etdrs", **scanned(ORIENTATIONS[0], layer), laterality=eye, include_meta=True)
    by_name = {
        eye: {
            name: answer[ring][sector]["mean"]  # type: ignore[index]
            for ring, names in answer["meta"]["names"].items()  # type: ignore[index]
            for sector, name in names.items()
        }
        for eye, answer in answers.items()
    }
    assert "inner nasal" in by_name["R"]
    assert by_name["L"] == pytest.approx(by_name["R"], rel=1e-9)


def test_without_laterality_nothing_is_nasal_or_temporal(client: Client) -> None:
    names = str(sample(client, "get_etdrs", include_meta=True)["meta"]["names"])  # type: ignore[index]
    assert "nasal" not in names
    assert "superior" in names


def test_two_segments_go_on_to_the_stage(client: Client) -> None:
    halves = sample(client, "get_two_segment_circle")
    assert set(halves) == {"superior_thickness", "inferior_thickness"}
    assert post(client, "get_glaucoma_stage", **halves)["glaucoma_stage"] == "NORMAL"
    assert post(client, "get_glaucoma_distance_to_normal", **halves) == {"distance_to_normal": 0.0}


def test_ppaa_in_real_units_is_scaled_and_a_contradiction_is_not_guessed(client: Client) -> None:
    layer = np.ones((16, 16))
    layer[:8] = 3
    body = {"layers_thickness_maps": {"rnfl": layer.tolist()}, "used_layers": ["rnfl"]}
    pixels = sample(client, "get_mmzone_glaucoma_ppaa_matrix", **body, use_real_units=False)
    real = sample(client, "get_mmzone_glaucoma_ppaa_matrix", **body, use_real_units=True)
    given = sample(client, "get_mmzone_glaucoma_ppaa_matrix", **body, use_real_units=True, thickness_unit="um")
    assert pixels["superior"][3][3] == pytest.approx(2)  # type: ignore[index]
    assert real["superior"][3][3] == pytest.approx(8)  # type: ignore[index]
    assert given["superior"][3][3] == pytest.approx(2)  # type: ignore[index]
    assert pixels["inferior"][0][3] == pytest.approx(-2)  # type: ignore[index]


def test_the_default_reference_tells_what_it_is_worth(client: Client) -> None:
    reference = sample(client, "get_glaucoma_stage", include_meta=True)["meta"]["reference"]  # type: ignore[index]
    assert reference["superior"] == {"mean": 92.2, "sd": 6.6}
    assert reference["inferior"] == {"mean": 91.4, "sd": 7.9}
    assert "not transferable" in reference["transferable"]
    assert {"device", "region"} <= set(reference)


def test_another_reference_can_be_given(client: Client) -> None:
    thick = {"mean": 120.0, "sd": 5}
    answer = sample(client, "get_glaucoma_stage", reference={"superior": thick, "inferior": thick})
    assert answer == {"glaucoma_stage": "OUTSIDE_NORMAL_LIMITS"}


def test_the_iowa_volume_from_outlines_to_the_circle(client: Client, shared_data: Path) -> None:
    """Borders -> thickness maps -> ETDRS, as a caller would ask."""
    surfaces = iowa_surfaces(shared_data)
    columns = np.arange(512)
    slices = [
        {
            "instances": [
                {
                    "className": "retina",
                    "points": np.concatenate(
                        [
                            np.stack([columns, surfaces[0, index]], axis=1),
                            np.stack([columns, surfaces[10, index]], axis=1)[::-1],
                        ]
                    ).tolist(),
                }
            ]
        }
        for index in range(19)
    ]
    geometry = {
        "pixel_spacing_column": IOWA_SPACING_MM["column"],
        "pixel_spacing_row": IOWA_SPACING_MM["row"],
        "slice_thickness": IOWA_SPACING_MM["slice"],
        "scan_protocol": "HORIZONTAL_3D",
        "slice_direction": "BOTTOM_TOP",
        "pixel_direction": "LEFT_RIGHT",
    }
    maps = post(
        client,
        "get_layer_thickness_map",
        **geometry,
        segmentation_instances=slices,
        pixel_image_width=512,
        pixel_image_height=496,
        exam_center_coordinate_xz=list(IOWA_CENTRE),
    )
    assert maps["status"] == "ZONE_OF_INTEREST_NOT_REACHED"
    answer = post(
        client,
        "get_etdrs",
        **geometry,
        layers_thickness_maps=maps["thickness_maps"],
        used_layers=["retina"],
        exam_center_coordinate_xz=list(IOWA_CENTRE),
        laterality="R",
        include_meta=True,
    )
    means = [sector["mean"] for ring in ("0", "1", "2") for sector in answer[ring].values()]  # type: ignore[attr-defined]
    expected = [290.12, 347.29, 345.37, 328.41, 344.34, 309.75, 299.04, 270.52, 285.94]
    np.testing.assert_allclose(means, expected, atol=1.0)
    coverage = answer["meta"]["coverage"]["2"]  # type: ignore[index]
    assert coverage["1"] == pytest.approx(0.70, abs=0.005)
    assert coverage["3"] == pytest.approx(0.70, abs=0.005)
    assert answer["meta"]["names"]["2"]["0"] == "outer nasal"  # type: ignore[index]
