import pytest

from tests.plugin.service.oct.asking import sample
from tests.plugin.service.oct.conftest import Client
from tests.plugin.service.oct.samples import PREFIX


def test_the_fovea_is_found_with_all_its_keys(client: Client) -> None:
    assert sample(client, "extract_center_n_fovea") == {
        "status": "found",
        "fovea_zone_slice_indices": [4, 5, 6, 7],
        "central_slice_index": 6,
        "fovea_zone_landmarks": [[[10, 5], [20, 6], [30, 5]]] * 4,
        "exam_center_coordinate": [20, 6],
    }


def test_the_nerve_is_found_with_all_its_keys(client: Client) -> None:
    assert sample(client, "extract_nerve_zone_landmarks") == {
        "status": "found",
        "nerve_zone_slice_indices": [4, 5, 6, 7],
        "nerve_zone_landmarks": [[[10, 5], [20, 6], [30, 5]]] * 4,
    }


def test_what_is_not_found_has_a_status_alone(client: Client) -> None:
    assert sample(client, "extract_center_n_fovea", fovea_probabilities=[0.1] * 4) == {"status": "not_found"}
    assert sample(client, "extract_nerve_zone_landmarks", nerve_probabilities=[0.6] * 4) == {"status": "not_found"}
    empty = {"indices": [], "coordinates": [], "landmark_probabilities": [], "fovea_probabilities": []}
    assert sample(client, "extract_center_n_fovea", **empty, center_probabilities=[]) == {"status": "not_found"}


def test_thresholds_can_be_changed(client: Client) -> None:
    answer = sample(client, "extract_center_n_fovea", fovea_landmark_existence_threshold=0.75)
    assert answer["fovea_zone_slice_indices"] == [4, 5, 7]
    answer = sample(
        client,
        "extract_center_n_fovea",
        fovea_landmark_existence_threshold=0.75,
        fovea_connectivity_level=1,
        fovea_min_number_of_sequential_slices=1,
    )
    assert answer["fovea_zone_slice_indices"] == [4, 5]


def test_entries_belong_to_their_index_in_any_order(client: Client) -> None:
    answer = sample(
        client,
        "extract_center_n_fovea",
        indices=[9, 7, 8, 20],
        fovea_probabilities=[0.9, 0.8, 0.7, 0.6],
        center_probabilities=[0.1, 0.2, 0.9, 0.3],
        coordinates=[[[9, 0]], [[7, 0]], [[8, 0]], None],
        landmark_probabilities=[0.9, 0.9, 0.9, 0.1],
    )
    assert answer["fovea_zone_slice_indices"] == [7, 8, 9]
    assert answer["fovea_zone_landmarks"] == [[[7, 0]], [[8, 0]], [[9, 0]]]
    assert answer["exam_center_coordinate"] == [8, 8]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("exam_height_mm=6&exam_width_mm=6&fovea_status=found&nerve_status=not_found", "is_macula_scan"),
        ("exam_height_mm=6&exam_width_mm=9.5&fovea_status=found&nerve_status=found", "is_wide_scan"),
        ("exam_height_mm=0&exam_width_mm=6&fovea_status=found&nerve_status=found", "is_wide_scan"),
        ("fovea_status=not_found&nerve_status=found", "is_optic_disk_scan"),
        (
            "exam_height_mm=4&exam_width_mm=4&fovea_status=not_found&nerve_status=not_found&unusual_scan_boundary_mm=5",
            "something_unusual",
        ),
    ],
)
def test_exam_type(client: Client, query: str, status: str) -> None:
    response = client.get(f"{PREFIX}get_exam_type?{query}")
    assert response.json() == {"status": status}
