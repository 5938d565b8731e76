"""The best path from the first to the last column through scores, of many images at once (Viterbi 1967)."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Rows = NDArray[np.intp]


def best_paths(scores: Scores, *, largest_step: int, bend_cost: float) -> Rows:
    """Row of the best path at every column, shape (images, columns), of scores (images, rows, columns).

    A path may climb ``largest_step`` rows from column to column; a step of n rows costs ``bend_cost`` * n^2.
    """
    images, rows, columns = scores.shape
    by_column = np.ascontiguousarray(np.moveaxis(scores, 2, 0))
    came_from = np.zeros((columns, images, rows), dtype=np.int8)
    padded = np.full((images, rows + 2 * largest_step), -1e9, dtype=np.float32)
    best = by_column[0].copy()
    for column in range(1, columns):
        padded[:, largest_step : largest_step + rows] = best
        best = padded[:, largest_step : largest_step + rows].copy()
        step_taken = came_from[column]
        for step in (each for size in range(1, largest_step + 1) for each in (-size, size)):
            candidate = padded[:, largest_step + step : largest_step + step + rows] - np.float32(bend_cost * step**2)
            better = candidate > best
            np.copyto(best, candidate, where=better)
            step_taken[better] = step
        best += by_column[column]
    path = np.empty((images, columns), dtype=np.intp)
    path[:, -1] = best.argmax(axis=1)
    index = np.arange(images)
    for column in range(columns - 1, 0, -1):
        path[:, column - 1] = path[:, column] + came_from[column, index, path[:, column]]
    return path
