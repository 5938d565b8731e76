import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.landmarks import FOVEA_RULE, NERVE_RULE, SliceLandmarks, ZoneRule, central_slice, find_zone


def entries(probabilities: dict[int, float], *, landmark: float = 0.9, center: float = 0.5) -> list[SliceLandmarks]:
    return [
        SliceLandmarks(
            index=index,
            zone_probability=probability,
            landmark_probability=landmark,
            points=np.array([[100.0 + index, 5], [90, 6], [130, 7]]),
            center_probability=center,
        )
        for index, probability in probabilities.items()
    ]


def zone_indices(probabilities: dict[int, float], rule: ZoneRule = FOVEA_RULE) -> list[int] | None:
    zone = find_zone(entries(probabilities), rule=rule)
    return None if zone is None else [entry.index for entry in zone]


def test_a_gap_up_to_the_connectivity_joins_and_a_larger_one_splits() -> None:
    assert zone_indices({1: 0.9, 4: 0.9, 7: 0.9}) == [1, 4, 7]
    assert zone_indices({1: 0.9, 2: 0.9, 6: 0.9, 7: 0.9, 8: 0.9}) == [6, 7, 8]


def test_a_gap_is_a_difference_of_indices_not_of_places_in_the_list() -> None:
    assert zone_indices({10: 0.9, 20: 0.9, 21: 0.9}) == [20, 21]


def test_lists_in_any_order_are_sorted_by_index_first() -> None:
    assert zone_indices({8: 0.9, 3: 0.9, 7: 0.9, 2: 0.1}) == [7, 8]


def test_the_run_with_the_largest_sum_wins_not_the_longest() -> None:
    assert zone_indices({1: 0.5, 2: 0.5, 3: 0.5, 10: 0.99, 11: 0.99}) == [10, 11]


def test_of_equal_runs_the_first_wins_whatever_the_order_of_their_sums() -> None:
    assert zone_indices({1: 0.7, 2: 0.6, 3: 0.9, 10: 0.9, 11: 0.7, 12: 0.6}) == [1, 2, 3]


def test_slices_at_a_threshold_are_members_and_those_below_are_not() -> None:
    assert zone_indices({1: 0.5, 2: 0.5}) == [1, 2]
    assert zone_indices({1: 0.5, 2: 0.4999}) is None
    assert find_zone(entries({1: 0.9, 2: 0.9}, landmark=0.35), rule=FOVEA_RULE) is not None
    assert find_zone(entries({1: 0.9, 2: 0.9}, landmark=0.3499), rule=FOVEA_RULE) is None


def test_a_run_below_the_minimum_number_of_slices_is_dropped() -> None:
    assert zone_indices({1: 0.99, 10: 0.5, 11: 0.5}) == [10, 11]
    assert zone_indices({1: 0.99}) is None


def test_a_nerve_needs_one_confident_slice() -> None:
    assert zone_indices({1: 0.3, 2: 0.64}, NERVE_RULE) is None
    assert zone_indices({1: 0.3, 2: 0.65}, NERVE_RULE) == [1, 2]
    assert zone_indices({1: 0.6, 2: 0.6, 3: 0.6, 10: 0.3, 11: 0.7}, NERVE_RULE) == [10, 11]


def test_the_central_slice_is_the_most_probable_member() -> None:
    zone = entries({1: 0.9, 2: 0.9, 3: 0.9})
    likely = SliceLandmarks(
        index=4, zone_probability=0.9, landmark_probability=0.9, points=None, center_probability=0.8
    )
    assert central_slice([*zone, likely]).index == 4


def test_of_equal_centres_the_one_nearest_the_middle_of_the_zone_wins() -> None:
    assert central_slice(entries({3: 0.9, 4: 0.9, 5: 0.9, 6: 0.9, 7: 0.9})).index == 5
    assert central_slice(entries({3: 0.9, 4: 0.9, 5: 0.9, 6: 0.9})).index == 4


def test_the_middle_landmark_is_the_median_x() -> None:
    assert entries({7: 0.9})[0].middle_x == 107


def test_an_index_listed_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="indices"):
        find_zone([*entries({1: 0.9}), *entries({1: 0.8})], rule=FOVEA_RULE)


def test_a_member_without_landmarks_is_refused() -> None:
    lost = SliceLandmarks(index=1, zone_probability=1, landmark_probability=1, points=None)
    with pytest.raises(InvalidInput, match="coordinates"):
        _ = lost.landmarks
