"""The best path is the best one: against trying them all."""

from itertools import pairwise, product

import numpy as np
import pytest

from ophtha_core.oct.segmentation.paths import best_paths


@pytest.mark.parametrize("seed", range(4))
def test_no_allowed_path_scores_more(seed: int) -> None:
    rows, columns, largest_step, bend_cost = 5, 5, 2, 0.2
    scores = np.random.default_rng(seed).random((2, rows, columns)).astype(np.float32)
    found = best_paths(scores, largest_step=largest_step, bend_cost=bend_cost)

    def total(image: int, path: tuple[int, ...]) -> float:
        gained = sum(float(scores[image, row, column]) for column, row in enumerate(path))
        return gained - bend_cost * sum((after - before) ** 2 for before, after in pairwise(path))

    allowed = [
        path
        for path in product(range(rows), repeat=columns)
        if all(abs(after - before) <= largest_step for before, after in pairwise(path))
    ]
    for image in range(2):
        best = max(allowed, key=lambda path: total(image, path))
        assert tuple(found[image]) == best


def test_a_path_follows_a_slope_no_steeper_than_its_step() -> None:
    scores = np.zeros((1, 9, 9), dtype=np.float32)
    scores[0, np.arange(9), np.arange(9)] = 1.0

    assert best_paths(scores, largest_step=1, bend_cost=0.0)[0].tolist() == list(range(9))
