"""Every bad input is a 422 that names the field and repeats no value."""

import json

import numpy as np
import pytest

from tests.plugin.service.oct.asking import post, refused
from tests.plugin.service.oct.conftest import Client
from tests.plugin.service.oct.samples import (
    CUP,
    DISC,
    GRAPH,
    INSTANCES,
    LAYERS,
    MAP,
    NERVE_SLICES,
    OPENINGS,
    PREFIX,
    SAMPLES,
    SLICE,
)

SCANS = [endpoint for endpoint, body in SAMPLES.items() if "scan_protocol" in body and "slice_direction" in body]


@pytest.mark.parametrize("endpoint", SCANS)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slice_direction": "LEFT_RIGHT"}, "slice_direction"),
        ({"pixel_direction": "TOP_BOTTOM"}, "pixel_direction"),
        ({"scan_protocol": "VERTICAL_3D"}, "slice_direction"),
        ({"scan_protocol": "RADIAL"}, "scan_protocol"),
        ({"slice_direction": 1}, "slice_direction"),
        ({"slice_thickness": 0}, "slice_thickness"),
        ({"pixel_spacing_column": -0.1}, "pixel_spacing_column"),
        ({"pixel_spacing_column": "0.1"}, "pixel_spacing_column"),
        ({"slice_thickness": True}, "slice_thickness"),
        ({"slice_thickness": None}, "slice_thickness"),
        ({"exam_center_coordinate_xz": [1, 2, 3]}, "exam_center_coordinate_xz"),
        ({"exam_center_coordinate_xz": ["a", 2]}, "exam_center_coordinate_xz"),
        ({"laterality": "OD"}, "laterality"),
    ],
)
def test_wrong_geometry(client: Client, endpoint: str, changes: dict[str, object], field: str) -> None:
    assert field in refused(client, endpoint, **changes)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize(
    ("endpoint", "key"),
    [
        ("get_etdrs", "slice_thickness"),
        ("get_glaucoma_stage", "superior_thickness"),
        ("get_amd_stage", "pixel_spacing_column"),
        ("compare_odn_rnfl_graphs", "equality_tolerance_mm"),
    ],
)
def test_a_number_that_is_not_finite(client: Client, endpoint: str, key: str, name: str) -> None:
    body = json.dumps({**SAMPLES[endpoint], key: "@"}).replace('"@"', name).encode()
    assert refused(client, endpoint, body=body) == [key]


MATRICES = {
    "no list": "rows",
    "empty": [],
    "an empty row": [[]],
    "ragged": [[1, 2], [3]],
    "flat": [1, 2, 3],
    "text": [[1, "2"], [3, 4]],
    "a boolean": [[1, True], [3, 4]],
    "three levels": [[[1], [2]], [[3], [4]]],
    "an object": [[1, {}], [3, 4]],
    "null": None,
}


@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
@pytest.mark.parametrize(
    ("endpoint", "key"),
    [
        ("get_etdrs", "layers_thickness_maps.rnfl"),
        ("get_volume_calculations", "pathology_thickness_maps.drusen"),
        ("get_pathology_circle_overlap_ratios", "pathology_thickness_map"),
        ("get_thickness_maps_overlap", "thickness_maps.a"),
    ],
)
def test_a_map_that_is_no_matrix_is_one_error(client: Client, endpoint: str, key: str, matrix: object) -> None:
    field, _, name = key.partition(".")
    given = {**SAMPLES[endpoint][field], name: matrix} if name else matrix  # type: ignore[dict-item]
    assert refused(client, endpoint, **{field: given}) == [key]


@pytest.mark.parametrize("name", ["NaN", "Infinity", "1e999"])
def test_a_map_with_a_cell_that_is_not_finite(client: Client, name: str) -> None:
    body = json.dumps({**SAMPLES["get_etdrs"], "layers_thickness_maps": {"rnfl": [["@", 1]], "gcl": [[1, 1]]}})
    assert refused(client, "get_etdrs", body=body.replace('"@"', name).encode()) == ["layers_thickness_maps.rnfl"]


def test_one_error_for_each_map_and_at_most_20(client: Client) -> None:
    bad = {f"layer{index}": [["x"] * 50] * 50 for index in range(30)}
    assert len(refused(client, "get_etdrs", layers_thickness_maps=bad)) == 20


@pytest.mark.parametrize(
    ("endpoint", "changes", "field"),
    [
        ("get_etdrs", {"used_layers": ["rnfl", "inl"]}, "layers_thickness_maps.inl"),
        ("get_etdrs", {"used_layers": []}, "used_layers"),
        ("get_etdrs", {"used_layers": "rnfl"}, "used_layers"),
        ("get_etdrs", {"layers_thickness_maps": [MAP, MAP, MAP]}, "layers_thickness_maps"),
        ("get_etdrs", {"layers_thickness_maps": {**LAYERS, "gcl": [[1, 2]]}}, "layers_thickness_maps.gcl"),
        ("get_etdrs", {"layers_thickness_maps": {}}, "layers_thickness_maps.rnfl"),
        ("get_etdrs", {"statistics": ["median"]}, "statistics.0"),
        ("get_etdrs", {"statistics": []}, "statistics"),
        ("get_etdrs", {"pixel_spacing_row": None}, "pixel_spacing_row"),
        ("get_etdrs", {"zone_of_interest": 0}, "zone_of_interest"),
        ("get_etdrs", {"thickness_unit": "inch"}, "thickness_unit"),
        ("get_etdrs", {"exam_center_coordinate_xz": [26, 3]}, "exam_center_coordinate_xz"),
        ("get_two_segment_circle", {"layers_thickness_maps": {"rnfl": MAP}}, "layers_thickness_maps.gcl"),
        ("get_four_segment_circle", {"statistics_to_get": ["max"]}, "statistics_to_get.0"),
        ("get_full_exam_glaucoma_ppaa_matrix", {"use_real_units": True}, "pixel_spacing_row"),
        ("get_full_exam_glaucoma_ppaa_matrix", {"use_real_units": 1}, "use_real_units"),
        ("get_full_exam_glaucoma_ppaa_matrix", {"slice_direction": "LEFT_RIGHT"}, "slice_direction"),
        (
            "get_mmzone_glaucoma_ppaa_matrix",
            {"use_real_units": False, "thickness_unit": "um"},
            "thickness_unit",
        ),
        ("get_glaucoma_stage", {"superior_thickness": None}, "superior_thickness"),
        ("get_glaucoma_stage", {"inferior_thickness": -1}, "inferior_thickness"),
        ("get_glaucoma_stage", {"inferior_thickness": "90"}, "inferior_thickness"),
        ("get_glaucoma_stage", {"reference": {"superior": {"mean": 90, "sd": 5}}}, "reference.inferior"),
        (
            "get_glaucoma_stage",
            {"reference": {"superior": {"mean": 90, "sd": 0}, "inferior": {"mean": 90, "sd": 5}}},
            "reference.superior.sd",
        ),
        ("get_distance_between_two_points", {"point_from": [1]}, "point_from"),
        ("get_distance_between_two_points", {"point_to": [1, 2, 3, 4]}, "point_to"),
        ("get_distance_between_two_points", {"point_to": ["1", 2]}, "point_to"),
        ("get_distance_between_two_points", {"pixel_spacing_row": 0}, "pixel_spacing_row"),
        ("get_volume_calculations", {"pixel_spacing_row": None}, "pixel_spacing_row"),
        ("get_volume_calculations", {"pathology_thickness_maps": {"a": [[-1]]}}, "pathology_thickness_maps.a"),
        ("get_pathology_volume_etdrs_calculations", {"pixel_spacing_row": None}, "pixel_spacing_row"),
        ("get_pathology_volume_etdrs_calculations", {"is_cumulative": "yes"}, "is_cumulative"),
        ("get_pathology_amount", {"pathology_thickness_maps": {"cyst": [[1]]}}, "pathology_thickness_maps.cyst"),
        ("get_amd_stage", {"pathology_thickness_maps": {"drusen": [[1]]}}, "pathology_thickness_maps.drusen"),
        ("get_amd_stage", {"pixel_spacing_column": 0.0117}, "pixel_spacing_column"),
        ("get_amd_stage", {"slice_thickness": 125.0}, "slice_thickness"),
        ("get_amd_stage", {"unique_scan_diseases": [1]}, "unique_scan_diseases.0"),
        ("get_thickness_maps_overlap", {"thickness_maps": {}}, "thickness_maps"),
        ("get_thickness_maps_overlap", {"thickness_maps": {"a": [[1]], "b": [[1, 2]]}}, "thickness_maps.b"),
        ("compare_odn_rnfl_graphs", {"graph_a": {**GRAPH, "3": None}}, "graph_a.3"),
        ("compare_odn_rnfl_graphs", {"graph_a": {**GRAPH, "36": 0.1}}, "graph_a"),
        ("compare_odn_rnfl_graphs", {"graph_b": {"0": 0.1}}, "graph_b"),
        ("compare_odn_rnfl_graphs", {"graph_b": {**GRAPH, "0": -0.1}}, "graph_b.0"),
        ("compare_odn_rnfl_graphs", {"interpolation_points": 0}, "interpolation_points"),
        ("compare_odn_rnfl_graphs", {"equality_tolerance_mm": -1}, "equality_tolerance_mm"),
        ("analyze_odn", {"disk": DISC[:3]}, "disk"),
        ("analyze_odn", {"disk": [[0, 0], [1, 1], [2, 2], [3, 3]]}, "disk"),
        ("analyze_odn", {"cup": CUP[:3]}, "cup"),
        ("analyze_odn", {"disk": [[0, 0], [1, "1"]]}, "disk"),
        ("analyze_odn", {"scaling_factor_visualization": 0}, "scaling_factor_visualization"),
        ("extract_neuroretinal_rim_circles", {"nerve_slices": NERVE_SLICES[:-1]}, "nerve_landmarks_list"),
        ("extract_neuroretinal_rim_circles", {"ilm_list": []}, "ilm_list"),
        ("extract_neuroretinal_rim_circles", {"num_slices": 20}, "nerve_slices.4"),
        ("extract_neuroretinal_rim_circles", {"pixel_image_width": 50}, "nerve_landmarks_list.0"),
        (
            "extract_neuroretinal_rim_circles",
            {"nerve_slices": [5], "nerve_landmarks_list": OPENINGS[:1], "ilm_list": [[]]},
            "nerve_landmarks_list",
        ),
        ("extract_neuroretinal_rim_circles", {"d_mm": -0.1}, "d_mm"),
        ("analyze_odn_rnfl", {"analysis_type": "sextant"}, "analysis_type"),
        ("analyze_odn_rnfl", {"laterality": None}, "laterality"),
        ("analyze_odn_rnfl", {"nerve_rnfl_layers": [{"instances": []}] * 40}, "pixel_width"),
        ("analyze_odn_rnfl", {"nerve_rnfl_layers": [SLICE] * 40}, "nerve_rnfl_layers"),
        ("analyze_odn_rnfl", {"nerve_rnfl_layers": [SLICE] * 3}, "nerve_rnfl_layers"),
        ("analyze_odn_rnfl", {"nerve_slice_indices": [99, *NERVE_SLICES[1:]]}, "nerve_slice_indices.0"),
        ("analyze_odn_rnfl", {"mm_to_analyze": -1}, "mm_to_analyze"),
        (
            "analyze_odn_rnfl",
            {"nerve_rnfl_layers": [{**INSTANCES[0], "className": "rnfl", "scan_index": 40}], "pixel_width": 120}
            | {"pixel_height": 100},
            "nerve_rnfl_layers.0.scan_index",
        ),
        ("extract_center_n_fovea", {"fovea_probabilities": [0.9]}, "fovea_probabilities"),
        ("extract_center_n_fovea", {"indices": [4, 4, 6, 7]}, "indices"),
        ("extract_center_n_fovea", {"indices": [4, 5.5, 6, 7]}, "indices.1"),
        ("extract_center_n_fovea", {"center_probabilities": [0.1, 0.2, 1.9, 0.3]}, "center_probabilities.2"),
        ("extract_center_n_fovea", {"coordinates": [None] * 4}, "coordinates"),
        ("extract_center_n_fovea", {"coordinates": [[[1, 2, 3]]] * 4}, "coordinates.0"),
        ("extract_nerve_zone_landmarks", {"nerve_connectivity_level": 0}, "nerve_connectivity_level"),
        ("get_layer_thickness_map", {"segmentation_instances": []}, "segmentation_instances"),
        ("get_layer_thickness_map", {"distance_method": "euclid"}, "distance_method"),
        ("get_layer_thickness_map", {"pixel_image_width": 30}, "segmentation_instances.0.instances.0.points"),
        ("get_layer_thickness_map", {"used_segmentation_classes": ["rnfl"]}, "used_segmentation_classes"),
        ("get_layer_thickness_map", {"min_exam_width_mm": -1}, "min_exam_width_mm"),
        ("get_layer_thickness_map", {"exam_center_coordinate_xz": [60, 5]}, "exam_center_coordinate_xz"),
        ("get_layer_thickness_map", {"use_real_units": True, "pixel_spacing_row": None}, "pixel_spacing_row"),
        ("get_layer_thickness_map", {"use_real_units": False, "thickness_unit": "um"}, "thickness_unit"),
        ("get_pathology_thickness_map", {"use_real_units": True, "thickness_unit": "px"}, "thickness_unit"),
    ],
)
def test_values_that_make_no_sense(client: Client, endpoint: str, changes: dict[str, object], field: str) -> None:
    assert refused(client, endpoint, **changes)[0].startswith(field)


POINTS = {
    "no list": "10,10",
    "an odd number of coordinates": [1, 2, 3, 4, 5],
    "three coordinates": [[1, 2, 3]] * 4,
    "a point without y": [{"x": 1}] * 4,
    "text": [["1", 2], [3, 4], [1, 5]],
    "a boolean": [True, 2, 3, 4, 1, 5],
    "null": [[None, 2], [3, 4], [1, 5]],
    "two points": [[1, 2], [3, 4]],
    "none": [],
    "points on one line": [[1, 1], [2, 2], [3, 3], [7, 7]],
    "a point off the image": [[1, 1], [2, 2], [99, 3]],
    "a negative point": [[1, 1], [2, 2], [-3, 30]],
    "mixed spellings": [[1, 1], {"x": 2, "y": 2}, [3, 9]],
}


@pytest.mark.parametrize("points", POINTS.values(), ids=POINTS)
def test_outlines_that_are_none(client: Client, points: object) -> None:
    instances = [INSTANCES[0], {"className": "drusen", "points": points}]
    path = "instances.1.points"
    fields = refused(client, "get_layer_thickness_map", segmentation_instances=[SLICE, {"instances": instances}] * 12)
    assert fields == [f"segmentation_instances.1.{path}"]
    fields = refused(client, "get_bscan_area_calculations_by_mask", pathology_segm_instances_per_bscan=instances)
    assert fields == ["pathology_segm_instances_per_bscan.1.points"]


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ("x", "segmentation_instances.0"),
        ({"metadata": {}}, "segmentation_instances.0.instances"),
        ({"instances": [3]}, "segmentation_instances.0.instances.0"),
        ({"instances": [{"points": [1, 2]}]}, "segmentation_instances.0.instances.0.className"),
        ({"instances": [{"className": "rnfl"}]}, "segmentation_instances.0.instances.0.points"),
        ({"instances": [{"className": 5, "points": [1, 2]}]}, "segmentation_instances.0.instances.0.className"),
    ],
)
def test_slices_that_are_none(client: Client, entry: object, field: str) -> None:
    assert refused(client, "get_layer_thickness_map", segmentation_instances=[entry] * 24) == [field]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b'{"a": 1} x', b"[" * 100_000])
def test_bodies_that_are_no_object(client: Client, body: bytes) -> None:
    response = client.post(PREFIX + "get_etdrs", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["Details"]


def test_input_values_are_not_repeated(client: Client) -> None:
    secret = "Doe^Jane"
    body = {**SAMPLES["get_etdrs"], "laterality": secret, "used_layers": [secret], "slice_thickness": secret}
    response = client.post(PREFIX + "get_etdrs", json=body)
    assert response.status_code == 422
    assert secret not in response.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("exam_height_mm=nan&fovea_status=found&nerve_status=found", "exam_height_mm"),
        ("exam_height_mm=six&fovea_status=found&nerve_status=found", "exam_height_mm"),
        ("fovea_status=maybe&nerve_status=found", "fovea_status"),
        ("fovea_status=found", "nerve_status"),
        ("fovea_status=found&nerve_status=found&wide_scan_boundary_mm=0", "wide_scan_boundary_mm"),
        ("fovea_status=found&nerve_status=found&height=3", "height"),
    ],
)
def test_queries_that_make_no_sense(client: Client, query: str, field: str) -> None:
    response = client.get(f"{PREFIX}get_exam_type?{query}")
    assert response.status_code == 422
    assert response.json()["Details"][0]["loc"] == ["query", field]


def test_nothing_is_refused_for_its_spelling(client: Client) -> None:
    """Flat, nested and named points, integers for floats, floats for whole counts, extra keys inside instances."""
    spellings = [
        [10, 10, 40, 10, 40, 30, 10, 30],
        [[10, 10], [40, 10], [40, 30], [10.0, 30]],
        [{"x": 10, "y": 10, "z": 1}, {"x": 40, "y": 10}, {"x": 40, "y": 30}, {"x": 10, "y": 30}],
    ]
    for points in spellings:
        answer = post(
            client,
            "get_bscan_area_calculations_by_mask",
            pathology_segm_instances_per_bscan=[{"className": "a", "points": points, "id": 7, "area": None}],
            pixel_spacing_column=1,
            pixel_spacing_row=1,
            pixel_image_height=50,
            pixel_image_width=60.0,
        )
        assert answer == {"areas": [600.0]}
    both = [post(client, "analyze_odn", cup=[], **{name: np.round(DISC, 6).tolist()}) for name in ("disk", "disc")]
    assert both[0] == both[1]
