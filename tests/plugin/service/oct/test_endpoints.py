"""Every endpoint of the reference is there, answers its sample, and tells about its numbers when asked."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI

from tests.plugin.service.oct.conftest import Client
from tests.plugin.service.oct.samples import GETS, PREFIX, SAMPLES

REFERENCE = {
    "GET": {"get_exam_type", "get_vessel_map", "get_vessel_map_img_space"},
    "POST": {
        "get_etdrs",
        "get_gcc_circle",
        "extract_center_n_fovea",
        "extract_nerve_zone_landmarks",
        "get_two_segment_circle",
        "get_four_segment_circle",
        "get_full_exam_glaucoma_ppaa_matrix",
        "get_mmzone_glaucoma_ppaa_matrix",
        "get_glaucoma_stage",
        "get_glaucoma_distance_to_normal",
        "get_linear_calculations",
        "get_distance_between_two_points",
        "get_bscan_area_calculations_by_polygon",
        "get_bscan_area_calculations_by_mask",
        "get_en_face_area_calculations",
        "get_volume_calculations",
        "get_pathology_volume_etdrs_calculations",
        "get_pathology_area_etdrs_calculations",
        "get_pathology_volume_etdrs_calculations_zone",
        "get_pathology_area_etdrs_calculations_zone",
        "get_maximal_pathology_slice_index_from_thm",
        "get_pathology_circle_overlap_ratios",
        "get_pathology_distance_to_fovea_center",
        "get_pathology_amount",
        "get_amd_stage",
        "get_layer_thickness_map",
        "get_pathology_thickness_map",
        "get_thickness_maps_overlap",
        "extract_neuroretinal_rim_circles",
        "analyze_odn",
        "analyze_odn_rnfl",
        "compare_odn_rnfl_graphs",
    },
}
EVERY_SAMPLE = pytest.mark.parametrize("endpoint", SAMPLES)
META_KEYS = {"names", "units", "areas_mm2", "coverage", "parameters", "references", "notice"}


def ask(client: Client, endpoint: str, body: dict[str, object]) -> dict[str, object]:
    path = PREFIX + endpoint
    response = client.get(f"{path}?{urlencode(body)}") if endpoint in GETS else client.post(path, json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, object] = json.loads(response.text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    return answer


def test_the_routes_are_those_of_the_reference(oct_app: FastAPI) -> None:
    served: dict[str, set[str]] = {"GET": set(), "POST": set()}
    for path, methods in oct_app.openapi()["paths"].items():
        name = path.removeprefix(PREFIX)
        if "/" not in name:
            for method in methods:
                served[method.upper()].add(name)
    assert served == REFERENCE
    assert sum(map(len, REFERENCE.values())) == 35


def test_the_list_is_that_of_the_reference_document() -> None:
    document = Path(__file__).parents[5] / "shared" / "reference" / "oct-api.txt"
    if not document.is_file():
        pytest.skip(f"reference document not found at {document}")
    found = set(re.findall(r"^(GET|POST): /(\w+)$", document.read_text(), flags=re.MULTILINE))
    assert found == {(method, name) for method, names in REFERENCE.items() for name in names}


def test_every_endpoint_has_a_sample() -> None:
    assert set(SAMPLES) == set().union(*REFERENCE.values()) - {"get_vessel_map", "get_vessel_map_img_space"}


@EVERY_SAMPLE
def test_every_endpoint_answers_its_sample_alike_on_both_transports(any_client: Client, endpoint: str) -> None:
    answer = ask(any_client, endpoint, dict(SAMPLES[endpoint]))
    assert "meta" not in answer


@EVERY_SAMPLE
def test_meta_names_units_parameters_and_literature(client: Client, endpoint: str) -> None:
    plain = ask(client, endpoint, dict(SAMPLES[endpoint]))
    flag: object = "true" if endpoint in GETS else True
    answer = ask(client, endpoint, {**SAMPLES[endpoint], "include_meta": flag})
    meta = answer.pop("meta")
    assert answer == plain
    assert isinstance(meta, dict)
    assert set(meta) >= META_KEYS
    assert meta["units"]
    assert isinstance(meta["parameters"], dict)
    assert "not a diagnosis" in meta["notice"]


@EVERY_SAMPLE
def test_answers_have_the_described_form(oct_app: FastAPI, client: Client, endpoint: str) -> None:
    route = next(r for r in every_route(oct_app) if r.path == PREFIX + endpoint)
    flag: object = "true" if endpoint in GETS else True
    answer = ask(client, endpoint, {**SAMPLES[endpoint], "include_meta": flag})
    if hasattr(route.response_model, "model_validate"):
        described = route.response_model.model_validate(answer)
        assert not described.model_extra


def every_route(app: FastAPI):  # type: ignore[no-untyped-def]
    from plugin.service.oct import (
        circles,
        examination,
        glaucoma,
        measurements,
        optic_disc,
        pathology,
        rnfl,
        thickness_maps,
    )

    families = (circles, examination, glaucoma, measurements, optic_disc, pathology, rnfl, thickness_maps)
    return [route for family in families for route in family.router.routes]


@EVERY_SAMPLE
def test_an_unknown_key_is_refused_by_name(client: Client, endpoint: str) -> None:
    body = {**SAMPLES[endpoint], "zone_of_intrest": 6}
    path = PREFIX + endpoint
    response = client.get(path, params=body) if endpoint in GETS else client.post(path, json=body)
    assert response.status_code == 422
    assert "zone_of_intrest" in json.dumps(response.json()["Details"])


OPTIONAL = {"exam_height_mm", "exam_width_mm", "exam_center_coordinate_xz"}
NOT_NEEDED = {
    ("get_maximal_pathology_slice_index_from_thm", "scan_protocol"),
    ("get_maximal_pathology_slice_index_from_thm", "pixel_spacing_column"),
    ("get_maximal_pathology_slice_index_from_thm", "pixel_spacing_row"),
    ("get_pathology_area_etdrs_calculations", "pixel_spacing_row"),
    ("get_pathology_area_etdrs_calculations_zone", "pixel_spacing_row"),
    ("get_pathology_circle_overlap_ratios", "pixel_spacing_row"),
    ("get_pathology_distance_to_fovea_center", "pixel_spacing_row"),
    ("get_layer_thickness_map", "pixel_spacing_row"),
    ("get_pathology_thickness_map", "pixel_spacing_row"),
}


@pytest.mark.parametrize(
    ("endpoint", "key"),
    [(e, k) for e, body in SAMPLES.items() for k in body if (e, k) not in NOT_NEEDED and k not in OPTIONAL],
)
def test_a_missing_parameter_is_named(client: Client, endpoint: str, key: str) -> None:
    body = {name: value for name, value in SAMPLES[endpoint].items() if name != key}
    path = PREFIX + endpoint
    response = client.get(path, params=body) if endpoint in GETS else client.post(path, json=body)
    assert response.status_code == 422
    assert key in json.dumps(response.json()["Details"])


def test_the_description_lists_all_endpoints(oct_app: FastAPI) -> None:
    paths = oct_app.openapi()["paths"]
    assert {name for names in REFERENCE.values() for name in names} <= {path.removeprefix(PREFIX) for path in paths}


def test_a_body_without_a_content_type_is_read_as_json(client: Client) -> None:
    response = client.post(
        PREFIX + "get_glaucoma_stage",
        content=json.dumps(SAMPLES["get_glaucoma_stage"]),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert response.status_code == 200
