"""Circle scans around the optic disc: one B-scan bent into a circle, as devices measure the nerve fibre layer.

Angles run clockwise on screen from image right in a right eye; a left eye is mirrored first (see `rnfl`), so that 0 is
nasal, 90 inferior, 180 temporal and 270 superior in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import Laterality
from ophtha_core.oct.rnfl import SAMPLES, SAMPLES_PER_DEG, CircleProfile

Floats = NDArray[np.float64]

TSNIT_SAMPLES: Final = 768
LEAST_ARC_DEG: Final = 300.0
ROUND_SHARE: Final = 0.03
"""Deviation from a circle, of its radius."""

GARWAY_HEATH: Final[Mapping[str, tuple[float, float]]] = {
    "T": (135.0, 90.0),
    "TS": (225.0, 45.0),
    "NS": (270.0, 45.0),
    "N": (315.0, 90.0),
    "NI": (45.0, 45.0),
    "TI": (90.0, 45.0),
}
"""Start and width of the six sectors as Spectralis draws them (after Garway-Heath et al., Ophthalmology
2000;107:1809-1815), T centred on the axis from fovea to disc."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CircleScan:
    """A circle on the fundus image, in mm from its first corner, and the direction of each A-scan from its centre.

    ``angles_deg`` (columns,) run clockwise on screen from image right, unwrapped: they grow, or fall, throughout.
    """

    center_mm: tuple[float, float]
    radius_mm: float
    angles_deg: Floats

    @property
    def start_deg(self) -> float:
        """Direction of the first A-scan, 0 .. 360."""
        return round(float(self.angles_deg[0]), 6) % 360

    @property
    def is_clockwise(self) -> bool:
        """On screen."""
        return bool(self.angles_deg[-1] > self.angles_deg[0])

    def profile(self, thickness: Floats, *, laterality: Laterality) -> CircleProfile:
        """Thickness of each A-scan (columns,) as a profile; NaN between A-scans of which one has none."""
        if thickness.shape != self.angles_deg.shape:
            raise InvalidInput("layers", f"have {thickness.size} columns, the circle {self.angles_deg.size}")
        wanted = (np.arange(SAMPLES) + 0.5) / SAMPLES_PER_DEG
        if laterality is Laterality.LEFT:
            wanted = 180.0 - wanted
        places = self.angles_deg % 360.0
        values = np.interp(wanted, places, np.nan_to_num(thickness), period=360.0)
        missing = np.interp(wanted, places, np.isnan(thickness).astype(np.float64), period=360.0)
        return CircleProfile(
            thickness=np.where(missing > 0, np.nan, values), center_mm=self.center_mm, radius_mm=self.radius_mm
        )


def fitted_circle(points_mm: Floats) -> CircleScan | None:
    """The circle through points (columns, 2), x right, y inferior; None where they lie on none, or on a short arc."""
    if len(points_mm) < 8:
        return None
    middle = points_mm.mean(axis=0)
    x, y = (points_mm - middle).T
    terms = np.column_stack([2 * x, 2 * y, np.ones_like(x)])
    (a, b, c), *_ = np.linalg.lstsq(terms, x * x + y * y, rcond=None)
    radius = float(np.sqrt(max(c + a * a + b * b, 0.0)))
    center = middle + np.array([a, b])
    away = points_mm - center
    if radius <= 0 or np.abs(np.hypot(*away.T) - radius).max() > ROUND_SHARE * radius:
        return None
    angles = np.degrees(np.unwrap(np.arctan2(away[:, 1], away[:, 0])))
    steps = np.diff(angles)
    if abs(angles[-1] - angles[0]) < LEAST_ARC_DEG or not ((steps > 0).all() or (steps < 0).all()):
        return None
    return CircleScan(center_mm=(float(center[0]), float(center[1])), radius_mm=radius, angles_deg=angles)


def tsnit(profile: CircleProfile) -> list[float | None]:
    """768 samples from temporal over superior, nasal and inferior; None where nothing was measured."""
    angles = 180.0 + (np.arange(TSNIT_SAMPLES) + 0.5) * (360.0 / TSNIT_SAMPLES)
    nearest = np.floor(angles * SAMPLES_PER_DEG).astype(int) % SAMPLES
    return [None if np.isnan(value) else float(value) for value in profile.thickness[nearest]]


def garway_heath(profile: CircleProfile, *, axis_deg: float = 0.0) -> dict[str, tuple[float | None, float]]:
    """Mean and covered share of the six sectors, in the unit of the profile.

    ``axis_deg`` turns them with the axis from fovea to disc: by how much that lies clockwise of horizontal, in the
    mirrored left eye as in the right one.
    """
    found: dict[str, tuple[float | None, float]] = {}
    for name, (start, width) in GARWAY_HEATH.items():
        first = round((start + axis_deg) * SAMPLES_PER_DEG)
        samples = profile.thickness[(first + np.arange(round(width * SAMPLES_PER_DEG))) % SAMPLES]
        known = samples[np.isfinite(samples)]
        found[name] = (float(known.mean()) if known.size else None, known.size / samples.size)
    return found
