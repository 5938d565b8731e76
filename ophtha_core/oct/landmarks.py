"""Fovea and nerve zones from what a landmark model said about each slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SliceLandmarks:
    """Model output for one slice.

    `points` are K landmarks (x, y) in B-scan pixels, shape (K, 2), or None; `landmark_probability` is the smallest of
    theirs; `center_probability` is that of the slice passing through the foveal centre.
    """

    index: int
    zone_probability: float
    landmark_probability: float
    points: Floats | None
    center_probability: float = 0.0

    @property
    def middle_x(self) -> float:
        """x of the middle landmark."""
        return float(np.median(self.landmarks[:, 0]))

    @property
    def landmarks(self) -> Floats:
        """The landmarks of a slice that has them. Raises InvalidInput (`coordinates`)."""
        if self.points is None:
            raise InvalidInput("coordinates", f"slice {self.index} belongs to the zone but has no landmarks")
        return self.points


@dataclass(frozen=True, kw_only=True)
class ZoneRule:
    """When slices make a zone; a run must hold one slice at `confidence` if that is given."""

    existence_threshold: float
    landmark_threshold: float
    min_slices: int
    connectivity: int
    confidence_threshold: float | None = None


FOVEA_RULE = ZoneRule(existence_threshold=0.5, landmark_threshold=0.35, min_slices=2, connectivity=3)
NERVE_RULE = ZoneRule(
    existence_threshold=0.3, landmark_threshold=0.3, min_slices=2, connectivity=3, confidence_threshold=0.65
)


def find_zone(slices: Sequence[SliceLandmarks], *, rule: ZoneRule) -> list[SliceLandmarks] | None:
    """Member slices of the best zone, by index; None when there is none.

    Members are slices at both thresholds; they join while their indices are at most `connectivity` apart. The run
    with the largest summed probability wins, the first of equal ones. Raises InvalidInput for repeated indices.
    """
    ordered = sorted(slices, key=lambda entry: entry.index)
    for one, other in pairwise(ordered):
        if one.index == other.index:
            raise InvalidInput("indices", f"slice {one.index} is listed twice")
    members = [
        entry
        for entry in ordered
        if entry.zone_probability >= rule.existence_threshold and entry.landmark_probability >= rule.landmark_threshold
    ]
    candidates = [run for run in runs_of(members, connectivity=rule.connectivity) if is_zone(run, rule)]
    # fsum: equal sets of probabilities in another order must stay equal.
    return max(candidates, key=lambda run: fsum(entry.zone_probability for entry in run), default=None)


def is_zone(run: Sequence[SliceLandmarks], rule: ZoneRule) -> bool:
    """Long enough and, where asked, sure enough."""
    is_confident = rule.confidence_threshold is None or any(
        entry.zone_probability >= rule.confidence_threshold for entry in run
    )
    return len(run) >= rule.min_slices and is_confident


def runs_of(members: Sequence[SliceLandmarks], *, connectivity: int) -> list[list[SliceLandmarks]]:
    """Runs of members, sorted by index, whose neighbours are at most `connectivity` apart."""
    runs: list[list[SliceLandmarks]] = []
    for entry in members:
        if runs and entry.index - runs[-1][-1].index <= connectivity:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def central_slice(zone: Sequence[SliceLandmarks]) -> SliceLandmarks:
    """The slice most likely to pass through the centre; of equal ones that nearest the zone's middle."""
    middle = (zone[0].index + zone[-1].index) / 2
    return min(zone, key=lambda entry: (-entry.center_probability, abs(entry.index - middle), entry.index))
