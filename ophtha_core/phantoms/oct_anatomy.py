"""A retina made of closed formulas: eleven layers, a foveal pit, an optic disc with a cup, vessels, drusen and fluid.

Coordinates are en face millimetres with the fovea at the origin, x to the right of the image, y inferior. Nasal is to
the right in a right eye and to the left in a left eye, so a left eye is the mirror image of a right one. Depth is in
micrometres from the top of the B-scan.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

LAYERS: Final = ("rnfl", "gcl", "ipl", "inl", "opl", "onl", "elm", "mz", "ez", "os", "rpe")
"""Layer names from the vitreous outwards."""

BRUCH_DEPTH_UM: Final = 900.0
RIM_LINE_UM: Final = 150.0
"""Height over the Bruch's membrane opening at which the cup edge is defined."""


_EVEN_LAYERS_UM: Final = {"elm": 6.0, "mz": 14.0, "ez": 14.0, "rpe": 18.0}


@dataclass(frozen=True, kw_only=True)
class Disc:
    """Optic disc: an ellipse with a cup of the same shape.

    ``centre_mm`` is (towards nasal, inferior) from the fovea, the semi-axes are (horizontal, vertical); ``cup_ratio``
    is the cup's share of every diameter.
    """

    centre_mm: tuple[float, float] = (4.4, -0.5)
    semi_axes_mm: tuple[float, float] = (0.80, 0.92)
    cup_ratio: float = 0.45


@dataclass(frozen=True, kw_only=True)
class Lesion:
    """A dome of pathology: its map is a half ellipsoid of ``radius_mm`` and ``height_um`` about ``centre_mm``."""

    name: str
    centre_mm: tuple[float, float]
    radius_mm: float
    height_um: float
    above_bruch_um: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RetinaAnatomy:
    """The retina of one eye."""

    right_eye: bool = True
    disc: Disc = Disc()
    lesions: tuple[Lesion, ...] = field(
        default=(
            Lesion(name="drusen", centre_mm=(-0.6, 0.5), radius_mm=0.30, height_um=60.0),
            Lesion(name="drusen", centre_mm=(0.9, -1.2), radius_mm=0.22, height_um=45.0),
            Lesion(
                name="intraretinal_fluid", centre_mm=(0.5, 0.1), radius_mm=0.40, height_um=80.0, above_bruch_um=120.0
            ),
        )
    )
    curvature_um_per_mm2: float = 6.0
    """Sagitta of Bruch's membrane: it bends towards the vitreous away from the fovea."""

    @property
    def nasal_sign(self) -> float:
        """+1 when nasal is to the right of the image."""
        return 1.0 if self.right_eye else -1.0

    def disc_centre_mm(self) -> tuple[float, float]:
        """Centre of the disc in image coordinates (x, y)."""
        nasal, inferior = self.disc.centre_mm
        return self.nasal_sign * nasal, inferior

    def disc_radius(self, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance from the disc's centre in units of its border: below 1 is inside."""
        centre_x, centre_y = self.disc_centre_mm()
        horizontal, vertical = self.disc.semi_axes_mm
        return np.hypot((x_mm - centre_x) / horizontal, (y_mm - centre_y) / vertical)

    def bruch_depth_um(self, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Depth of Bruch's membrane, also where the disc interrupts it."""
        return BRUCH_DEPTH_UM - self.curvature_um_per_mm2 * (x_mm**2 + y_mm**2)

    def thickness_um(self, layer: str, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thickness of one of ``LAYERS``; 0 inside the disc, where the nerve replaces them."""
        outside = self.disc_radius(x_mm, y_mm) >= 1.0
        nasal_mm = x_mm * self.nasal_sign
        return np.where(outside, _layer_um(layer, nasal_mm, y_mm, self.disc.centre_mm), 0.0)

    def boundaries_um(self, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Depth of the twelve surfaces, ILM first, Bruch's membrane last: shape (12, *x.shape).

        Inside the disc all surfaces lie on the ILM.
        """
        bruch = self.bruch_depth_um(x_mm, y_mm)
        thickness = np.stack([self.thickness_um(layer, x_mm, y_mm) for layer in LAYERS])
        from_below = np.concatenate([np.cumsum(thickness[::-1], axis=0)[::-1], np.zeros((1, *x_mm.shape))])
        radius = self.disc_radius(x_mm, y_mm)
        return np.where(radius >= 1.0, bruch - from_below, bruch - self.nerve_head_height_um(radius))

    def nerve_head_height_um(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """Height of the ILM over Bruch's membrane inside the disc; it passes ``RIM_LINE_UM`` at the cup's edge."""
        cup = self.disc.cup_ratio
        return np.where(radius >= cup, RIM_LINE_UM + 300.0 * (radius - cup), RIM_LINE_UM - 800.0 * (cup - radius))

    def lesion_um(self, lesion: Lesion, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Thickness map of one lesion."""
        centre_x = lesion.centre_mm[0] * self.nasal_sign
        reach = np.hypot(x_mm - centre_x, y_mm - lesion.centre_mm[1]) / lesion.radius_mm
        return lesion.height_um * np.sqrt(np.clip(1.0 - reach**2, 0.0, None))

    def vessel_mask(self, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where a large vessel casts its shadow."""
        mask = np.zeros(x_mm.shape, dtype=bool)
        for points, half_width in _vessels(self.disc.centre_mm):
            path = points * (self.nasal_sign, 1.0)
            mask |= _near_path(x_mm, y_mm, path, half_width)
        return mask


def _layer_um(
    layer: str, nasal_mm: NDArray[np.float64], y_mm: NDArray[np.float64], disc_mm: tuple[float, float]
) -> NDArray[np.float64]:
    radius = np.hypot(nasal_mm, y_mm)
    pit = np.exp(-((radius / 0.45) ** 2))

    def hill(width_mm: float) -> NDArray[np.float64]:
        return np.exp(-((radius / width_mm) ** 2))

    formulas: dict[str, NDArray[np.float64]] = {
        "rnfl": 8.0 + 14.0 * (1.0 - hill(1.0)) + _bundles_um(nasal_mm, y_mm, disc_mm),
        "gcl": (10.0 + 50.0 * hill(2.0)) * (1.0 - 0.97 * pit),
        "ipl": (18.0 + 28.0 * hill(2.2)) * (1.0 - 0.95 * pit),
        "inl": (28.0 + 16.0 * hill(2.0)) * (1.0 - 0.93 * pit),
        "opl": 26.0 * (1.0 - 0.6 * pit),
        "onl": 55.0 + 35.0 * hill(0.8),
        "os": 20.0 + 8.0 * hill(0.5),
    }
    return formulas[layer] if layer in formulas else np.full_like(radius, _EVEN_LAYERS_UM[layer])


def _bundles_um(
    nasal_mm: NDArray[np.float64], y_mm: NDArray[np.float64], disc_mm: tuple[float, float]
) -> NDArray[np.float64]:
    """Nerve fibre bundles: thick over and under the disc, thin beside it, fading with distance."""
    across, down = nasal_mm - disc_mm[0], y_mm - disc_mm[1]
    distance = np.hypot(across, down)
    share = np.divide(down, distance, out=np.zeros_like(distance), where=distance > 0) ** 2
    return (40.0 + 75.0 * share) * np.exp(-(((distance - 1.0) / 1.1) ** 2))


def _vessels(disc_mm: tuple[float, float]) -> tuple[tuple[NDArray[np.float64], float], ...]:
    """Paths (n, 2) as (nasal, inferior) mm with half widths: two arcades towards temporal, two branches nasally."""
    step = np.linspace(0.0, 1.0, 41)
    paths = []
    for side, half_width in ((-1.0, 0.075), (1.0, 0.085)):
        arch = 2.9 * np.sqrt(np.clip(1.0 - (1.0 - 1.35 * step) ** 2, 0.0, None))
        paths.append((np.column_stack([disc_mm[0] - 6.8 * step, disc_mm[1] + side * arch]), half_width))
        branch = np.column_stack([disc_mm[0] + 2.4 * step, disc_mm[1] + side * 1.6 * step**1.4])
        paths.append((branch, 0.045))
    return tuple(paths)


def _near_path(
    x_mm: NDArray[np.float64], y_mm: NDArray[np.float64], path: NDArray[np.float64], reach_mm: float
) -> NDArray[np.bool_]:
    steps = np.linspace(0.0, 1.0, 8, endpoint=False)[None, :, None]
    beads = (path[:-1, None] * (1.0 - steps) + path[1:, None] * steps).reshape(-1, 2)
    distance, _ = cKDTree(beads).query(np.column_stack([x_mm.ravel(), y_mm.ravel()]), distance_upper_bound=reach_mm)
    return np.isfinite(distance).reshape(x_mm.shape)
