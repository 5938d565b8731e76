"""A head made of ellipsoids, sampled at any point: skin, skull, brain and a face one could recognise.

Space: LPS in mm, the origin between the ears; the nose points to -y, the crown to +z.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Coordinates = NDArray[np.float64]


class Tissue(IntEnum):
    """What fills a point of the head."""

    AIR = 0
    SOFT = 1
    FAT = 2
    BONE = 3
    CSF = 4
    GREY_MATTER = 5
    WHITE_MATTER = 6
    EYE = 7
    LENS = 8
    TEETH = 9


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """Centre and half axes in mm."""

    centre_mm: tuple[float, float, float]
    half_axes_mm: tuple[float, float, float]

    def contains(self, x: Coordinates, y: Coordinates, z: Coordinates) -> NDArray[np.bool_]:
        (cx, cy, cz), (a, b, c) = self.centre_mm, self.half_axes_mm
        inside: NDArray[np.bool_] = ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 + ((z - cz) / c) ** 2 <= 1
        return inside


def _both_sides(ellipsoid: Ellipsoid) -> tuple[Ellipsoid, Ellipsoid]:
    x, y, z = ellipsoid.centre_mm
    return ellipsoid, Ellipsoid((-x, y, z), ellipsoid.half_axes_mm)


_SHAPES: Final[tuple[tuple[Tissue, tuple[Ellipsoid, ...]], ...]] = (
    (Tissue.SOFT, (Ellipsoid((0, 5, 15), (77, 97, 100)), Ellipsoid((0, -35, -45), (60, 62, 62)))),
    (Tissue.SOFT, (Ellipsoid((0, 22, -120), (56, 58, 95)), Ellipsoid((0, -98, -32), (13, 17, 13)))),
    (Tissue.SOFT, (Ellipsoid((0, -92, -15), (7, 14, 26)), Ellipsoid((0, -78, -82), (26, 26, 18)))),
    (Tissue.SOFT, (Ellipsoid((0, -95, -58), (24, 8, 4)), Ellipsoid((0, -93, -66), (22, 8, 4)))),
    (Tissue.SOFT, _both_sides(Ellipsoid((80, 14, -14), (6, 17, 29)))),
    (Tissue.BONE, (Ellipsoid((0, 5, 18), (71, 90, 92)), Ellipsoid((0, -48, -40), (46, 42, 30)))),
    (Tissue.CSF, (Ellipsoid((0, 5, 20), (64, 83, 84)),)),
    (Tissue.GREY_MATTER, (Ellipsoid((0, 5, 21), (61, 80, 81)),)),
    (Tissue.CSF, _both_sides(Ellipsoid((13, -4, 32), (7, 30, 14)))),
    (Tissue.FAT, _both_sides(Ellipsoid((32, -66, -8), (19, 24, 18)))),
    (Tissue.EYE, _both_sides(Ellipsoid((32, -77, -8), (12, 12, 12)))),
    (Tissue.LENS, _both_sides(Ellipsoid((32, -85, -8), (5, 3, 5)))),
    (Tissue.AIR, (Ellipsoid((0, -72, -32), (9, 30, 20)), Ellipsoid((0, -38, -75), (10, 14, 34)))),
    (Tissue.AIR, _both_sides(Ellipsoid((27, -58, -36), (13, 18, 15)))),
    (Tissue.AIR, _both_sides(Ellipsoid((6, -93, -40), (3, 9, 5)))),
    (Tissue.BONE, (Ellipsoid((0, 42, -120), (17, 18, 90)),)),
    (Tissue.SOFT, (Ellipsoid((0, 46, -120), (7, 8, 92)),)),
)


def tissue_at(x: Coordinates, y: Coordinates, z: Coordinates) -> NDArray[np.uint8]:
    """Tissue at each point; the three arrays have one shape, in mm."""
    tissue = np.zeros(np.broadcast(x, y, z).shape, np.uint8)
    for kind, ellipsoids in _SHAPES:
        for ellipsoid in ellipsoids:
            tissue[ellipsoid.contains(x, y, z)] = kind
    folds = np.sin(x / 4.1 + 1.3 * np.sin(y / 9)) + np.sin(y / 4.7 + 1.1 * np.sin(z / 8)) + np.sin(z / 4.3 + x / 17)
    depth = (x / 61) ** 2 + ((y - 5) / 80) ** 2 + ((z - 21) / 81) ** 2
    brain = tissue == Tissue.GREY_MATTER
    tissue[brain & (depth + 0.09 * folds < 0.66)] = Tissue.WHITE_MATTER
    tissue[brain & ((np.abs(x) < 1.2) | ((depth > 0.8) & (folds > 1.7)))] = Tissue.CSF
    jaw = np.abs(np.hypot(x / 0.8, y + 40) - 46)
    front = (y < -30) & (z > -92)
    tissue[(jaw < 5) & front & (z < -68)] = Tissue.BONE
    tissue[(jaw < 4) & front & (np.abs(z + 62) < 7) & (np.abs(np.mod(np.arctan2(x, -40 - y) * 9, 1) - 0.5) < 0.4)] = (
        Tissue.TEETH
    )
    return tissue
