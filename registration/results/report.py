"""The quality report as JSON."""

import json
from dataclasses import asdict
from typing import TypedDict

from registration.engine import Registration
from registration.quality import Change, JacobianRange


class ChangeReport(TypedDict):
    Before: float | None
    After: float | None


class JacobianReport(TypedDict):
    Minimum: float
    Percentile1: float
    Percentile99: float
    FoldedVoxels: int


class QualityReport(TypedDict):
    """Lengths in millimetres, information in bits, time in seconds, memory in megabytes."""

    Correlation: ChangeReport
    MutualInformationBits: ChangeReport
    LungDice: ChangeReport
    JacobianLungs: JacobianReport
    JacobianBody: JacobianReport
    MeanDisplacementMm: float
    MaximumDisplacementMm: float
    LungsSeenFraction: float
    ComparedBlocks: int
    AgreeingShare: float | None
    Seconds: float
    PeakMemoryMb: float


def quality_report(registration: Registration) -> QualityReport:
    """The measures, rounded to what they are worth."""
    quality = registration.quality
    return {
        "Correlation": _change(quality.correlation),
        "MutualInformationBits": _change(quality.mutual_information_bits),
        "LungDice": _change(quality.lung_dice),
        "JacobianLungs": _jacobian(quality.jacobian_lungs),
        "JacobianBody": _jacobian(quality.jacobian_body),
        "MeanDisplacementMm": round(quality.mean_displacement_mm, 3),
        "MaximumDisplacementMm": round(quality.maximum_displacement_mm, 3),
        "LungsSeenFraction": round(quality.lungs_seen_fraction, 4),
        "ComparedBlocks": quality.compared_blocks,
        "AgreeingShare": _rounded(quality.agreeing_share),
        "Seconds": round(quality.seconds, 2),
        "PeakMemoryMb": round(quality.peak_memory_mb, 1),
    }


def report_json(registration: Registration) -> str:
    """Quality, warnings, the affine part (row by row, reference to floating, LPS millimetres) and all parameters."""
    affine = registration.affine
    rows = [[*map(float, row), float(offset)] for row, offset in zip(affine.matrix, affine.offset_mm, strict=True)]
    report = {
        "Verdict": registration.judgement.verdict.value,
        "Reasons": list(registration.judgement.reasons),
        "Quality": quality_report(registration),
        "Warnings": list(registration.warnings),
        "Affine": rows,
        "Parameters": asdict(registration.settings),
    }
    return json.dumps(report, indent=2, allow_nan=False)


def _change(change: Change) -> ChangeReport:
    return {"Before": _rounded(change.before), "After": _rounded(change.after)}


def _jacobian(range_: JacobianRange) -> JacobianReport:
    return {
        "Minimum": round(range_.minimum, 4),
        "Percentile1": round(range_.percentile_1, 4),
        "Percentile99": round(range_.percentile_99, 4),
        "FoldedVoxels": range_.folded_voxels,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
