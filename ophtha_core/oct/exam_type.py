"""Type of an examination by its size and by the landmarks found on it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ExamType(StrEnum):
    """What an examination is a scan of."""

    MACULA = "is_macula_scan"
    OPTIC_DISC = "is_optic_disk_scan"
    WIDE = "is_wide_scan"
    PATHOLOGICAL_MACULA = "is_probably_pathological_macula_scan"
    PATHOLOGICAL_WIDE = "is_probably_pathological_wide_scan"
    UNUSUAL = "something_unusual"


@dataclass(frozen=True, kw_only=True)
class ExamSize:
    """Shorter and longer side in mm."""

    shorter_mm: float
    longer_mm: float

    @classmethod
    def of(cls, *, height_mm: float | None, width_mm: float | None) -> Self | None:
        """None where a side is missing or not above 0."""
        if height_mm is None or width_mm is None or height_mm <= 0 or width_mm <= 0:
            return None
        return cls(shorter_mm=min(height_mm, width_mm), longer_mm=max(height_mm, width_mm))


@dataclass(frozen=True, kw_only=True)
class ExamBounds:
    """Sizes in mm at which the type changes; a size on a bound is within it."""

    wide_mm: float = 9.0
    optic_disc_mm: float = 8.0
    unusual_mm: float = 3.0

    def is_macular(self, size: ExamSize) -> bool:
        """Every side is large enough, none too large."""
        return size.shorter_mm >= self.unusual_mm and size.longer_mm <= self.wide_mm


def exam_type(size: ExamSize | None, *, has_fovea: bool, has_nerve: bool, bounds: ExamBounds) -> ExamType:
    """The first type that matches: macula, optic disc, wide, pathological macula, pathological wide."""
    if size is None:
        return type_without_size(has_fovea=has_fovea, has_nerve=has_nerve)
    is_wide = size.longer_mm > bounds.wide_mm
    rules = (
        (ExamType.MACULA, has_fovea and bounds.is_macular(size)),
        (ExamType.OPTIC_DISC, has_nerve and not has_fovea and size.longer_mm <= bounds.optic_disc_mm),
        (ExamType.WIDE, has_fovea and is_wide),
        (ExamType.PATHOLOGICAL_MACULA, not has_fovea and not has_nerve and bounds.is_macular(size)),
        (ExamType.PATHOLOGICAL_WIDE, not has_fovea and is_wide),
    )
    return next((kind for kind, holds in rules if holds), ExamType.UNUSUAL)


def type_without_size(*, has_fovea: bool, has_nerve: bool) -> ExamType:
    """What the landmarks alone say."""
    if has_fovea:
        return ExamType.WIDE if has_nerve else ExamType.MACULA
    return ExamType.OPTIC_DISC if has_nerve else ExamType.UNUSUAL
