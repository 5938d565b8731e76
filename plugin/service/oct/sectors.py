"""Sectors of circles as JSON: statistics by ring and sector, and their `meta`."""

from collections.abc import Callable, Mapping, Sequence

from ophtha_core.oct.circles import Circle, SectorStatistics, Statistic
from ophtha_core.oct.enface import Laterality
from plugin.service.oct.meta import GCC_LITERATURE, meta

Rings = Sequence[Sequence[SectorStatistics]]
COVERAGE_DIGITS = 9
"""Rounding of sums of areas must not make a full sector look a little open."""
HALVES = ("superior_thickness", "inferior_thickness")


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


def ring_means(rings: Rings, statistics: Sequence[Statistic] = (Statistic.MEAN,)) -> dict[str, Mapping[str, object]]:
    """Ring number -> sector number -> statistics."""
    return by_ring(rings, lambda sector: sector_values(sector, statistics))


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


def ring_meta(
    rings: Rings,
    circle: Circle,
    laterality: Laterality | None,
    *,
    parameters: Mapping[str, object],
    references: Sequence[str],
) -> dict[str, object]:
    """`meta` of thickness in sectors."""
    return meta(
        units={"mean": "um", "std": "um"},
        parameters=parameters,
        references=references,
        **circle_meta(rings, circle, laterality),
    )


def quadrant_meta(
    rings: Rings, circle: Circle, laterality: Laterality | None, *, parameters: Mapping[str, object]
) -> dict[str, object]:
    """`meta` of one ring: its sectors without the ring's number."""
    sectors = {key: value["0"] for key, value in circle_meta(rings, circle, laterality).items()}
    return meta(
        names=sectors["names"],
        units={"mean": "um", "std": "um"},
        areas_mm2=sectors["areas_mm2"],
        coverage=sectors["coverage"],
        covered_areas_mm2=sectors["covered_areas_mm2"],
        parameters=parameters,
        references=GCC_LITERATURE,
    )


def half_means(superior: SectorStatistics, inferior: SectorStatistics) -> dict[str, float | None]:
    """Mean thickness of both hemispheres."""
    return {name: half.mean for name, half in zip(HALVES, (superior, inferior), strict=True)}


def half_meta(
    superior: SectorStatistics, inferior: SectorStatistics, *, parameters: Mapping[str, object]
) -> dict[str, object]:
    """`meta` of both hemispheres."""
    halves = dict(zip(HALVES, (superior, inferior), strict=True))
    return meta(
        names={"superior_thickness": "superior hemisphere", "inferior_thickness": "inferior hemisphere"},
        units=dict.fromkeys(HALVES, "um"),
        areas_mm2={name: half.area_mm2 for name, half in halves.items()},
        coverage={name: coverage(half) for name, half in halves.items()},
        covered_areas_mm2={name: half.covered_area_mm2 for name, half in halves.items()},
        parameters=parameters,
        references=GCC_LITERATURE,
    )
