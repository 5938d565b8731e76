"""Sectors of circles as JSON: statistics by ring and sector, and their part of `meta`."""

from collections.abc import Callable, Mapping, Sequence

from ophtha_core.oct.circles import Circle, SectorStatistics, Statistic
from ophtha_core.oct.enface import Laterality

Rings = Sequence[Sequence[SectorStatistics]]
COVERAGE_DIGITS = 9
"""Rounding of sums of areas must not make a full sector look a little open."""


def sector_values(sector: SectorStatistics, statistics: Sequence[Statistic]) -> dict[str, float | None] | None:
    """The statistics asked for; None for an empty sector."""
    if sector.mean is None:
        return None
    values = {Statistic.MEAN: sector.mean, Statistic.STD: sector.std}
    return {statistic.value: values[statistic] for statistic in statistics}


def by_ring(rings: Rings, value: Callable[[SectorStatistics], object]) -> dict[str, Mapping[str, object]]:
    """Ring number -> sector number -> value."""
    return {str(number): by_sector(ring, value) for number, ring in enumerate(rings)}


def by_sector(ring: Sequence[SectorStatistics], value: Callable[[SectorStatistics], object]) -> dict[str, object]:
    """Sector number -> value."""
    return {str(number): value(sector) for number, sector in enumerate(ring)}


def coverage(sector: SectorStatistics) -> float:
    """Share of the sector that holds values."""
    return round(sector.coverage, COVERAGE_DIGITS)


def ring_names(circle: Circle, laterality: Laterality | None) -> dict[str, Mapping[str, object]]:
    """Ring number -> sector number -> name."""
    return {
        str(ring): {str(sector): name for sector, name in enumerate(names)}
        for ring, names in enumerate(circle.names(laterality))
    }


def circle_meta(
    rings: Rings, circle: Circle, laterality: Laterality | None
) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Names, areas and coverage of every sector; areas are those of the whole sectors."""
    return {
        "names": ring_names(circle, laterality),
        "areas_mm2": by_ring(rings, lambda sector: sector.area_mm2),
        "coverage": by_ring(rings, coverage),
        "covered_areas_mm2": by_ring(rings, lambda sector: sector.covered_area_mm2),
    }
