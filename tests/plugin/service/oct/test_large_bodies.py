"""Megabytes in and out: how long the checks take, and that size alone cannot hurt the service."""

import time

import numpy as np
import pytest
from pydantic_core import from_json, to_json

from plugin.service.oct.circles import CircleRequest
from tests.kit.oct import scan_parameters
from tests.plugin.service.oct.asking import refused, sample
from tests.plugin.service.oct.conftest import Client
from tests.plugin.service.oct.samples import GRAPH, PREFIX

NAMES = [f"layer{index}" for index in range(11)]
SCAN = scan_parameters(column_spacing=6 / 512, slice_spacing=6 / 128)


@pytest.fixture(scope="module")
def body() -> bytes:
    random = np.random.default_rng(0)
    maps = {name: random.uniform(0, 60, (128, 512)).tolist() for name in NAMES}
    return to_json({**SCAN, "layers_thickness_maps": maps, "used_layers": NAMES})


def test_a_body_of_13_mb_is_validated_in_a_tenth_of_a_second(body: bytes) -> None:
    assert len(body) > 13e6
    parsed = from_json(body)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        CircleRequest.model_validate(parsed)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.1


def test_a_bad_cell_of_13_mb_is_one_error(client: Client, body: bytes) -> None:
    at = body.index(b".", len(body) // 2)
    assert refused(client, "get_etdrs", body=body[:at] + b'5,"x",' + body[at - 1 :])[0].startswith("layers_thickness")


def test_a_body_of_13_mb_is_answered(client: Client, body: bytes) -> None:
    assert client.post(PREFIX + "get_etdrs", content=body).status_code == 200


@pytest.mark.parametrize(
    ("endpoint", "changes", "field"),
    [
        ("get_layer_thickness_map", {"zone_of_interest": 1e9, "min_exam_width_mm": 0}, "zone_of_interest"),
        ("get_layer_thickness_map", {"pixel_image_width": 10**9}, "pixel_image_width"),
        ("analyze_odn_rnfl", {"num_slices": 10**12}, "num_slices"),
        ("compare_odn_rnfl_graphs", {"interpolation_points": 10**9}, "interpolation_points"),
        ("get_glaucoma_stage", {"superior_thickness": 10**400}, "superior_thickness"),
        ("get_volume_calculations", {"pathology_thickness_maps": {"a": [[10**400]]}}, "pathology_thickness_maps.a"),
        ("get_distance_between_two_points", {"point_to": [10**400, 1]}, "point_to"),
    ],
)
def test_sizes_beyond_any_examination_are_refused(
    client: Client, endpoint: str, changes: dict[str, object], field: str
) -> None:
    assert refused(client, endpoint, **changes) == [field]


@pytest.mark.parametrize(
    ("endpoint", "changes", "field"),
    [
        ("compare_odn_rnfl_graphs", {"graph_a": dict.fromkeys(GRAPH, 1e300)}, "graph_a.0"),
        (
            "get_volume_calculations",
            {"pathology_thickness_maps": {"a": [[1e308, 1e308]]}},
            "pathology_thickness_maps.a",
        ),
        ("get_volume_calculations", {"pixel_spacing_column": 1e-300}, "pixel_spacing_column"),
        ("get_distance_between_two_points", {"point_to": [1e300, 1]}, "point_to"),
    ],
)
def test_numbers_whose_products_would_not_be_finite_are_refused(
    client: Client, endpoint: str, changes: dict[str, object], field: str
) -> None:
    assert refused(client, endpoint, **changes)[0] == field


def test_the_largest_numbers_give_finite_answers(client: Client) -> None:
    layer = [[1e12, -1e12], [1e12, 1e12]]
    answer = sample(
        client,
        "get_etdrs",
        layers_thickness_maps={"rnfl": layer},
        used_layers=["rnfl"],
        statistics=["mean", "std"],
        pixel_spacing_row=1e9,
    )
    assert answer["0"]["0"]["std"] > 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"slice_thickness": 240.0}, "slice_thickness"), ({"pixel_spacing_column": 46.9}, "pixel_spacing_column")],
)
def test_micrometres_taken_for_millimetres_are_refused(client: Client, changes: dict[str, float], field: str) -> None:
    for endpoint in ("get_etdrs", "get_pathology_volume_etdrs_calculations", "get_two_segment_circle"):
        assert refused(client, endpoint, **changes) == [field]
