"""Pathologies on circles as JSON."""

from collections.abc import Mapping, Sequence

from ophtha_core.oct.pathology import NearestCell

COUNTED = ("hard_drusen", "soft_drusen", "confluent_drusen", "drusen", "intraretinal_hyperreflective_foci")
"""Classes whose spots are counted."""
STAGED = ("hard_drusen", "soft_drusen", "confluent_drusen")
"""Classes that the stage of macular degeneration follows from."""

Sums = Sequence[Sequence[float]]
"""By ring and sector."""


def level_content(sums: Mapping[str, Sums], *, is_cumulative: bool) -> dict[str, dict[str, float]]:
    """Rings, or discs: the rings so far."""
    rings = {name: [sum(ring) for ring in rows] for name, rows in sums.items()}
    return {
        name: {str(level): sum(values[: level + 1]) if is_cumulative else value for level, value in enumerate(values)}
        for name, values in rings.items()
    }


def zone_content(sums: Mapping[str, Sums]) -> dict[str, dict[str, dict[str, float]]]:
    """Name -> ring number -> sector number -> value."""
    return {
        name: {str(ring): {str(n): value for n, value in enumerate(row)} for ring, row in enumerate(rows)}
        for name, rows in sums.items()
    }


def overlap_content(percent_by_diameter: Mapping[float, float]) -> dict[str, float]:
    """Percent by name of the circle."""
    return {f"{diameter:g}mm": percent for diameter, percent in percent_by_diameter.items()}


def nearest_content(nearest: NearestCell | None) -> dict[str, object]:
    """Distance and [column, slice]; null without pathology."""
    return {
        "distance_to_fovea_center": None if nearest is None else nearest.distance_mm,
        "nearest_point": None if nearest is None else [nearest.column, nearest.row],
    }
