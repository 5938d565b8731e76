"""Follows a lesion from one scan to the other: the same, new, gone, or not to be told."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from registration.grids import Millimetres
from registration.lesions.measure import LesionSize, measured
from registration.lesions.outline import outline
from registration.lesions.patch import patch_around
from registration.lesions.repeatability import repeatability_percent
from registration.lesions.scan import Scan
from registration.lesions.settings import OutlineSettings
from registration.points import PointMapper

_HIGHEST_INFLATED_HU = -600.0
"""On the mean of the lesion's box: lung with its vessels, no consolidation."""


class LesionState(StrEnum):
    """``new`` and ``gone`` go by time."""

    SAME = "same"
    NEW = "new"
    GONE = "gone"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A lesion in both scans. Growth goes from the older to the newer one; None is unknown."""

    state: LesionState
    reason: str
    reference: LesionSize | None
    floating: LesionSize | None
    growth_percent: float | None = None
    repeatability_percent: float | None = None
    doubling_days: float | None = None
    expected_error_mm: float | None = None


@dataclass(frozen=True, kw_only=True)
class ScanPair:
    """Both scans and the field between them."""

    reference: Scan
    floating: Scan
    mapper: PointMapper

    def scan(self, *, is_reference: bool) -> Scan:
        return self.reference if is_reference else self.floating

    def other_place(self, point_mm: Millimetres, *, is_reference: bool) -> Millimetres:
        """A point of one scan in the other; NaN outside of the field."""
        points = point_mm.reshape(1, 3)
        mapped = self.mapper.to_floating(points) if is_reference else self.mapper.to_reference(points)
        return np.asarray(mapped[0], dtype=np.float64)


def follow(
    pair: ScanPair,
    point_mm: Millimetres,
    *,
    is_reference: bool,
    expected_error_mm: float | None = None,
    settings: OutlineSettings | None = None,
) -> Followed:
    """The lesion at a point of one of the scans, outlined anew in both. ``expected_error_mm`` is the registration's."""
    settings = settings or OutlineSettings()
    own_scan, other_scan = pair.scan(is_reference=is_reference), pair.scan(is_reference=not is_reference)
    if not own_scan.shows(point_mm):
        return _nothing("the point lies outside of the scan")
    own = _size(own_scan, point_mm, settings)
    if own is None:
        return _nothing("no compact lesion stands out of inflated lung at the point")
    there_mm = pair.other_place(np.array(own.point_mm), is_reference=is_reference)
    other = _size(other_scan, there_mm, settings) if other_scan.shows(there_mm) else None
    reference, floating = (own, other) if is_reference else (other, own)
    if reference is not None and floating is not None:
        return _compared(pair, reference, floating, expected_error_mm)
    doubt = _doubt(pair, own, there_mm, other_scan, expected_error_mm)
    state = LesionState.UNCLEAR
    if not doubt:
        is_in_newer = is_reference == _reference_is_newer(pair)
        state = LesionState.NEW if is_in_newer else LesionState.GONE
    return Followed(
        state=state,
        reason=doubt or "the other scan shows inflated lung at its place",
        reference=reference,
        floating=floating,
        expected_error_mm=expected_error_mm,
    )


def _size(scan: Scan, point_mm: Millimetres, settings: OutlineSettings) -> LesionSize | None:
    patch = patch_around(scan.image, point_mm, reach_mm=settings.reach_mm)
    found = outline(patch, point_mm, settings=settings)
    return None if found is None else measured(found, settings=settings)


def _nothing(reason: str) -> Followed:
    return Followed(state=LesionState.UNCLEAR, reason=reason, reference=None, floating=None)


def _reference_is_newer(pair: ScanPair) -> bool | None:
    """None where the dates do not tell."""
    reference, floating = pair.reference.acquired, pair.floating.acquired
    if reference is None or floating is None or reference == floating:
        return None
    return reference > floating


def _doubt(
    pair: ScanPair, own: LesionSize, there_mm: Millimetres, other_scan: Scan, expected_error_mm: float | None
) -> str:
    """Why it cannot be told whether a lesion of one scan is missing in the other; empty where it can."""
    radius_mm = (3 * own.volume_mm3 / (4 * math.pi)) ** (1 / 3)
    if not other_scan.shows(there_mm):
        return "the other scan does not show its place"
    if _reference_is_newer(pair) is None:
        return "the dates do not tell which scan is older"
    if other_scan.slice_mm > radius_mm:
        return "the other scan's slices are thicker than half of its diameter"
    if expected_error_mm is None:
        return "the registration's error at its place is not known"
    if expected_error_mm >= radius_mm:
        return "the registration's expected error is larger than its radius"
    around = patch_around(other_scan.image, there_mm, reach_mm=radius_mm)
    if float(around.hu.mean()) > _HIGHEST_INFLATED_HU:
        return "the other scan shows no inflated lung at its place"
    return ""


def _compared(pair: ScanPair, reference: LesionSize, floating: LesionSize, expected_error_mm: float | None) -> Followed:
    is_newer = _reference_is_newer(pair)
    differing = pair.reference.differs_from(pair.floating)
    older, newer = (floating, reference) if is_newer else (reference, floating)
    slice_mm = max(pair.reference.slice_mm, pair.floating.slice_mm)
    limit = repeatability_percent(older, newer, slice_mm=slice_mm, same_protocol=not differing)
    growth = None if is_newer is None else 100 * (newer.volume_mm3 / older.volume_mm3 - 1)
    return Followed(
        state=LesionState.SAME,
        reason=_reliability(growth, differing),
        reference=reference,
        floating=floating,
        growth_percent=growth,
        repeatability_percent=limit,
        doubling_days=_doubling_days(pair, growth, limit),
        expected_error_mm=expected_error_mm,
    )


def _reliability(growth: float | None, differing: list[str]) -> str:
    if growth is None:
        return "outlined in both scans; the dates do not tell which one is older"
    if differing:
        return f"outlined in both scans; growth is unreliable: other {', '.join(differing)}"
    return "outlined in both scans"


def _doubling_days(pair: ScanPair, growth: float | None, limit: float | None) -> float | None:
    """Only of growth beyond what measuring twice tells apart."""
    first, second = pair.reference.acquired, pair.floating.acquired
    if growth is None or limit is None or growth <= limit or first is None or second is None:
        return None
    return abs((first - second).days) * math.log(2) / math.log1p(growth / 100)
