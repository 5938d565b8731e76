import numpy as np
import pytest

from ophtha_core.oct.enface import ScanOrientation
from tests.kit.oct import ORIENTATIONS, scan_parameters
from tests.plugin.service.oct.asking import post, sample
from tests.plugin.service.oct.conftest import Client
from tests.plugin.service.oct.test_circles import COLUMN_MM, ROW_MM, assert_close

RANDOM = np.random.default_rng(7)
LESIONS = np.where(RANDOM.random((40, 70)) > 0.7, np.round(RANDOM.random((40, 70)) * 20, 3), 0.0)


def scanned(orientation: ScanOrientation, **changes: object) -> dict[str, object]:
    spacing = (COLUMN_MM, ROW_MM) if orientation.is_vertical else (ROW_MM, COLUMN_MM)
    return {
        **scan_parameters(orientation, slice_spacing=spacing[0], column_spacing=spacing[1]),
        "pathology_thickness_maps": {"drusen": orientation.from_canonical(LESIONS).tolist()},
        **changes,
    }


@pytest.mark.parametrize("kind", ["volume", "area"])
def test_sectors_rings_and_discs_close_to_1e_9(client: Client, kind: str) -> None:
    request, key = scanned(ORIENTATIONS[0]), f"{kind}s"
    stem = f"get_pathology_{kind}_etdrs_calculations"
    zone = post(client, f"{stem}_zone", **request)[key]["drusen"]  # type: ignore[index]
    rings = post(client, stem, **request, is_cumulative=False)[key]["drusen"]  # type: ignore[index]
    discs = post(client, stem, **request, is_cumulative=True)[key]["drusen"]  # type: ignore[index]
    assert {ring: len(sectors) for ring, sectors in zone.items()} == {"0": 1, "1": 4, "2": 4}
    for ring, sectors in zone.items():
        assert sum(sectors.values()) == pytest.approx(rings[ring], abs=1e-9)
    assert discs["1"] == pytest.approx(rings["0"] + rings["1"], abs=1e-9)
    assert discs["2"] == pytest.approx(sum(rings.values()), abs=1e-9)


def test_pathology_everywhere_has_the_areas_and_volumes_of_the_sectors(client: Client) -> None:
    request = {
        **scan_parameters(column_spacing=0.1, slice_spacing=0.2, row_spacing=0.005),
        "pathology_thickness_maps": {"fluid": np.full((33, 66), 10.0).tolist()},
    }
    areas = post(client, "get_pathology_area_etdrs_calculations_zone", **request)["areas"]["fluid"]  # type: ignore[index]
    assert areas["0"]["0"] == pytest.approx(0.7854, abs=5e-5)
    assert areas["1"]["2"] == pytest.approx(1.5708, abs=5e-5)
    assert areas["2"]["3"] == pytest.approx(5.3014, abs=5e-5)
    volumes = post(client, "get_pathology_volume_etdrs_calculations_zone", **request)["volumes"]["fluid"]  # type: ignore[index]
    assert volumes["2"]["3"] == pytest.approx(areas["2"]["3"] * 0.05)


@pytest.mark.parametrize(
    ("endpoint", "extra"),
    [
        ("get_pathology_volume_etdrs_calculations", {"is_cumulative": False}),
        ("get_pathology_area_etdrs_calculations", {"is_cumulative": True}),
        ("get_pathology_volume_etdrs_calculations_zone", {}),
        ("get_pathology_area_etdrs_calculations_zone", {}),
    ],
)
@pytest.mark.parametrize("orientation", ORIENTATIONS[1:], ids=str)
def test_all_orientations_give_the_same_sums(
    client: Client, endpoint: str, extra: dict[str, object], orientation: ScanOrientation
) -> None:
    expected = post(client, endpoint, **scanned(ORIENTATIONS[0]), **extra)
    assert_close(post(client, endpoint, **scanned(orientation), **extra), expected)


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_the_nearest_point_is_a_cell_of_the_caller(client: Client, orientation: ScanOrientation) -> None:
    canonical = np.zeros((40, 70))
    canonical[30, 20] = canonical[3, 60] = 5
    values = orientation.from_canonical(canonical)
    request = scanned(orientation)
    del request["pathology_thickness_maps"]
    answer = post(client, "get_pathology_distance_to_fovea_center", **request, pathology_thickness_map=values.tolist())
    column, slice_index = answer["nearest_point"]  # type: ignore[misc]
    assert values[slice_index, column] == 5
    expected = np.hypot((30 - 19.5) * ROW_MM, (20 - 34.5) * COLUMN_MM)
    assert answer["distance_to_fovea_center"] == pytest.approx(expected)
    overlap = post(client, "get_pathology_circle_overlap_ratios", **request, pathology_thickness_map=values.tolist())
    assert set(overlap) == {"1mm", "3mm", "6mm"}
    assert overlap["6mm"] == pytest.approx(100 * ROW_MM * COLUMN_MM / (np.pi * 9))


def test_without_pathology_there_is_no_distance_and_no_slice(client: Client) -> None:
    nothing = np.zeros((26, 26)).tolist()
    answer = sample(client, "get_pathology_distance_to_fovea_center", pathology_thickness_map=nothing)
    assert answer == {"distance_to_fovea_center": None, "nearest_point": None}
    answer = sample(
        client, "get_maximal_pathology_slice_index_from_thm", pathology_thickness_maps={"a": nothing, "b": [[0], [1]]}
    )
    assert answer == {"max_pathologies": {"a": None, "b": 1}}


def test_the_maximal_slice_counts_from_the_offset(client: Client) -> None:
    answer = sample(client, "get_maximal_pathology_slice_index_from_thm", slice_offset=40)
    assert answer == {"max_pathologies": {"drusen": 51}}


def test_spots_are_counted_by_class(client: Client) -> None:
    answer = post(
        client,
        "get_pathology_amount",
        pathology_thickness_maps={
            "drusen": [[1, 0, 1], [0, 0, 0], [1, 1, 0]],
            "intraretinal_hyperreflective_foci": [[0, 0], [0, 0]],
        },
    )
    assert answer == {"drusen": 3, "intraretinal_hyperreflective_foci": 0}


def druse(columns: int, rows: int = 1) -> list[list[float]]:
    values = np.zeros((9, 40))
    values[2 : 2 + rows, 3 : 3 + columns] = 4
    return values.tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("changes", "stage"),
    [
        ({"pathology_thickness_maps": {}}, "NO_AMD"),
        ({"pathology_thickness_maps": {"hard_drusen": druse(6)}}, "NO_AMD"),
        ({"pathology_thickness_maps": {"hard_drusen": druse(7)}}, "EARLY_AMD"),
        ({"pathology_thickness_maps": {"soft_drusen": druse(12)}}, "EARLY_AMD"),
        ({"pathology_thickness_maps": {"confluent_drusen": druse(13)}}, "INTERMEDIATE_AMD"),
        ({"pathology_thickness_maps": {"soft_drusen": druse(3, 4)}}, "NO_AMD"),
        ({"pathology_thickness_maps": {"soft_drusen": druse(3, 4)}, "slice_thickness": 0.06}, "INTERMEDIATE_AMD"),
        ({"unique_scan_diseases": ["Wet_AMD"]}, "ADVANCED_AMD"),
        ({"unique_scan_diseases": ["non_central_geographic_atrophy"]}, "INTERMEDIATE_AMD"),
        ({"pathology_thickness_maps": {}, "unique_scan_diseases": ["dry_amd", "unheard_of"]}, "NO_AMD"),
    ],
)
def test_the_stage_follows_from_sizes_and_flags(client: Client, changes: dict[str, object], stage: str) -> None:
    request: dict[str, object] = {"pixel_spacing_column": 10.0, **changes}
    assert sample(client, "get_amd_stage", **request) == {"amd_stage": stage}


def test_meta_lists_the_sizes_the_stage_rests_on(client: Client) -> None:
    answer = sample(
        client,
        "get_amd_stage",
        pathology_thickness_maps={"soft_drusen": druse(7)},
        pixel_spacing_column=10,
        include_meta=True,
    )
    assert answer["meta"]["drusen_sizes"] == {"soft_drusen": [70.0]}  # type: ignore[index]
