"""How good a registration is, as far as it can tell without landmarks."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from registration.agreement import measure_agreement
from registration.deformation import jacobian_determinant
from registration.differences import anatomy_differences
from registration.grids import FloatArray, Grid, Mask
from registration.interpolation import at_indices, inside, regridded
from registration.prepared import Prepared
from registration.settings import QualitySettings, Settings


@dataclass(frozen=True, kw_only=True)
class Change:
    """A measure in scanner coordinates and after registration; ``None`` where it cannot be computed."""

    before: float | None
    after: float | None


@dataclass(frozen=True, kw_only=True)
class JacobianRange:
    """Local volume change of the mapping (1 = none) inside a region of the reference."""

    minimum: float
    percentile_1: float
    percentile_99: float
    folded_voxels: int


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Measured on the lung grid, inside the reference lungs that the floating image shows, unless said otherwise."""

    correlation: Change
    mutual_information_bits: Change
    lung_dice: Change
    jacobian_lungs: JacobianRange
    jacobian_body: JacobianRange
    mean_displacement_mm: float
    maximum_displacement_mm: float
    lungs_seen_fraction: float
    compared_blocks: int
    agreeing_share: float | None
    """Of the blocks of lung that hold structure above noise."""
    differences: tuple[str, ...]
    seconds: float
    peak_memory_mb: float

    def judged(self, settings: QualitySettings) -> "Judgement":
        """Whether the two scans show the same lungs; another person's or mirrored ones agree nowhere."""
        share = self.agreeing_share
        if share is None or self.compared_blocks < settings.fewest_blocks:
            return Judgement(Verdict.CHECK, ("the images show too little lung to tell whether they fit",))
        words = f"{share:.0%} of {self.compared_blocks} blocks of lung show the same structures in both images"
        if share < settings.failing_share:
            return Judgement(Verdict.FAILED, (f"only {words}: they are of two persons, or one is mirrored or turned",))
        return Judgement(Verdict.GOOD) if share >= settings.good_share else Judgement(Verdict.CHECK, (f"only {words}",))


class Verdict(StrEnum):
    """What may be done with a result: use it, look at it first, or not use it."""

    GOOD = "good"
    CHECK = "check"
    FAILED = "failed"


@dataclass(frozen=True)
class Judgement:
    """A verdict and why it is not better."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()

    def with_differences(self, differences: Sequence[str]) -> "Judgement":
        """The same; of what differs somebody has to know."""
        verdict = Verdict.CHECK if differences and self.verdict is Verdict.GOOD else self.verdict
        return Judgement(verdict, (*self.reasons, *differences))


@dataclass(frozen=True, kw_only=True)
class View:
    """The floating image as the reference's lung grid sees it through one mapping."""

    hu: FloatArray
    lungs: Mask
    seen: Mask


def look_through(field_mm: FloatArray | None, grid: Grid, floating: Prepared) -> View:
    """Floating image on ``grid`` through ``field_mm`` (3, z, y, x); ``None`` is the identity."""
    axes = grid.axes_mm()
    index = np.empty((3, *grid.shape), dtype=np.float32)
    for axis in range(3):
        moved = axes[axis] if field_mm is None else axes[axis] + field_mm[axis]
        index[2 - axis] = (moved - floating.grid.origin_mm[axis]) / floating.grid.spacing_mm[axis]
    measured = floating.seen_on(floating.grid)
    return View(
        hu=at_indices(floating.hu, index),
        lungs=at_indices(floating.lungs, index) > 0.5,
        seen=inside(index, floating.grid.shape) & (at_indices(measured, index) > 0.5),
    )


def correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float | None:
    """Pearson correlation; ``None`` for constant or too few values."""
    if a.size < 2 or a.std() == 0 or b.std() == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def mutual_information_bits(a: NDArray[np.floating], b: NDArray[np.floating], *, bins: int) -> float | None:
    """Mutual information of two HU samples, clipped to lung and soft tissue."""
    if not a.size:
        return None
    counts, _, _ = np.histogram2d(np.clip(a, -1000, 200), np.clip(b, -1000, 200), bins=bins)
    joint = counts / counts.sum()
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    filled = joint > 0
    return float((joint[filled] * np.log2(joint[filled] / independent[filled])).sum())


def dice(a: Mask, b: Mask) -> float | None:
    """Overlap of two masks, 0 to 1; ``None`` if both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else None


def jacobian_range(determinant: FloatArray, region: Mask) -> JacobianRange:
    """Of the part of ``determinant`` inside ``region``; 1 where the region is empty."""
    values = determinant[region] if region.any() else np.ones(1, dtype=np.float32)
    low, high = np.percentile(values, (1, 99))
    return JacobianRange(
        minimum=float(values.min()),
        percentile_1=float(low),
        percentile_99=float(high),
        folded_voxels=int((values <= 0).sum()),
    )


def peak_memory_mb() -> float:
    """Largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(
    fixed: Prepared, moving: Prepared, field_mm: FloatArray, grid: Grid, *, settings: Settings, started: float
) -> Quality:
    """All measures of the mapping ``field_mm`` (3, z, y, x) on ``grid``."""
    on_lung_grid = regridded(field_mm, grid, fixed.grid)
    before = look_through(None, fixed.grid, moving)
    after = look_through(on_lung_grid, fixed.grid, moving)

    def change(measured: Callable[[View], float | None]) -> Change:
        return Change(before=measured(before), after=measured(after))

    def pairs(view: View) -> tuple[FloatArray, FloatArray]:
        inside = fixed.lungs & view.seen
        return fixed.hu[inside], view.hu[inside]

    agreement = measure_agreement(
        fixed.hu, after.hu, fixed.lungs & after.lungs & after.seen, fixed.grid, settings=settings.agreement
    )
    differences = anatomy_differences(
        fixed.hu, after.hu, fixed.lungs, after.lungs, after.seen, fixed.grid, settings=settings.differences
    )
    volume_change = jacobian_determinant(field_mm / np.float32(grid.spacing_mm[0]))
    lungs = _nearest(fixed.lungs, fixed.grid, grid)
    body = _nearest(fixed.hu > settings.lungs.threshold_hu, fixed.grid, grid) | lungs
    length_mm = np.sqrt((on_lung_grid**2).sum(axis=0))[fixed.lungs]
    return Quality(
        correlation=change(lambda view: correlation(*pairs(view))),
        mutual_information_bits=change(lambda view: mutual_information_bits(*pairs(view), bins=settings.quality.bins)),
        lung_dice=change(lambda view: dice(fixed.lungs & view.seen, view.lungs & view.seen)),
        jacobian_lungs=jacobian_range(volume_change, lungs),
        jacobian_body=jacobian_range(volume_change, body),
        mean_displacement_mm=float(length_mm.mean()),
        maximum_displacement_mm=float(length_mm.max()),
        lungs_seen_fraction=float(after.seen[fixed.lungs].mean()),
        compared_blocks=agreement.blocks,
        agreeing_share=agreement.share,
        differences=tuple(differences),
        seconds=time.monotonic() - started,
        peak_memory_mb=peak_memory_mb(),
    )


def _nearest(mask: Mask, source: Grid, target: Grid) -> Mask:
    """Nearest value of ``mask`` on ``target``."""
    index = [
        np.clip(np.rint((o + np.arange(n) * s - so) / ss).astype(int), 0, sn - 1)
        for o, n, s, so, ss, sn in zip(
            target.origin_mm,
            target.size,
            target.spacing_mm,
            source.origin_mm,
            source.spacing_mm,
            source.size,
            strict=True,
        )
    ]
    return mask[np.ix_(index[2], index[1], index[0])]
