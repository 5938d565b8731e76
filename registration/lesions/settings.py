"""Every number of the outline of a lesion, with its unit and the reason for its value."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class OutlineSettings:
    """How a lesion is told from what lies around it."""

    reach_mm: float = 34.0
    """Half of the box looked at: the largest nodule (30 mm) and the lung around it."""

    closing_mm: float = 22.0
    """The lung's outline is carried on behind what protrudes into it: flatter than a rib, rounder than the chest."""

    smoothing_mm: float = 0.6
    """Standard deviation: halves the noise of a sharp kernel, changes no half level of 4 mm."""

    seed_mm: float = 4.0
    """How far from the point given the lesion may lie: registration and hand are less wrong than that."""

    highest_lung_hu: float = -700.0
    """Inflated lung; what is denser pulls no estimate of the surround."""

    least_contrast_hu: float = 120.0
    """Above the surrounding lung: ground glass begins there, noise of 60 HU once smoothed does not."""

    solid_hu: float = -300.0
    """Half between lung and soft tissue: what is denser over a millimetre is solid, what is thinner ground glass."""

    opening: float = 0.45
    """Radius of the ball that cuts off vessels, as a share of the largest ball that the lesion holds."""

    largest_opening_mm: float = 3.5
    """Vessels beside nodules are thinner than 7 mm."""

    slenderness: float = 2.0
    """Radius of a sphere of the same volume as a multiple of the largest ball within: ellipsoids and lobules reach 1.4,
    a vessel of 2 mm that crosses the box 3."""

    rim_mm: float = 1.5
    """Where kernels blur the border: three of their standard deviations; thick slices more."""

    glass_rim_mm: float = 1.7
    """How much farther ground glass must reach than what is solid; the blur of a solid border reaches 1.3 mm."""

    glass_rim_slices: float = 0.7
    """The same in slices, where they are thick: half of what a border is smeared over."""
