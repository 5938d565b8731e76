"""Where pathologies lie, how large and how many they are."""

from collections.abc import Callable, Mapping
from math import pi
from typing import ClassVar

import numpy as np
from pydantic import Field

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.amd import AmdStage, amd_stage, drusen_sizes_um
from ophtha_core.oct.circles import ETDRS
from ophtha_core.oct.pathology import (
    circle_overlap_percent,
    etdrs_sums,
    grid_as_scanned,
    label_spots,
    maximal_slice,
    nearest_cell,
    present,
)
from ophtha_core.oct.thickness import UM_PER_MM, ThicknessUnit, um_per_unit
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import FloatMatrix, Floats, NamedMaps, not_negative
from plugin.service.oct.meta import AMD_LITERATURE, ETDRS_LITERATURE, meta
from plugin.service.oct.pathology_content import (
    COUNTED,
    STAGED,
    Sums,
    level_content,
    nearest_content,
    overlap_content,
    zone_content,
)
from plugin.service.oct.requests import Centre, Geometry, OctRequest, Positive, Protocol, Scan, Unit, Whole, Zone
from plugin.service.oct.routing import oct_router
from plugin.service.oct.sectors import ring_names

router = oct_router(effect=COMPUTES)
MIN_COLUMN_SPACING_UM = 0.5
MAX_SLICE_SPACING_MM = 5.0


class PathologyMaps(Scan, Zone):
    """Pathology maps of one examination and the circle to put on them."""

    bulk: ClassVar[frozenset[str]] = frozenset({"pathology_thickness_maps"})
    pathology_thickness_maps: NamedMaps
    thickness_unit: Unit = ThicknessUnit.PX

    def thickness_mm(self, values: Floats) -> Floats:
        """Values in mm, so that their integral is a volume in mm³."""
        return values * (um_per_unit(self.thickness_unit, pixel_spacing_row_mm=self.pixel_spacing_row) / UM_PER_MM)

    def etdrs(self, density: Callable[[Floats], Floats]) -> dict[str, Sums]:
        """Integral of the density over every ETDRS sector, by name."""
        self.orientation  # noqa: B018  a wrong pair of directions is refused even without maps
        sums: dict[str, Sums] = {}
        for name, values in not_negative(self.pathology_thickness_maps).items():
            grid, canonical = self.canonical(density(values))
            sums[name] = etdrs_sums(grid, canonical, zone_diameter_mm=self.zone_of_interest)
        return sums


class LevelRequest(PathologyMaps):
    """Request of the endpoints by ring."""

    is_cumulative: bool = Field(description="Discs of 1, 3 and 6 mm instead of rings")


class OneMap(Scan, Zone):
    """One pathology map."""

    bulk: ClassVar[frozenset[str]] = frozenset({"pathology_thickness_map"})
    pathology_thickness_map: FloatMatrix

    def values(self) -> Floats:
        """The map as scanned."""
        return not_negative({"": self.pathology_thickness_map}, field="pathology_thickness_map")[""]


class MaximalSliceRequest(OctRequest):
    """Request of `get_maximal_pathology_slice_index_from_thm`."""

    bulk: ClassVar[frozenset[str]] = frozenset({"pathology_thickness_maps"})
    pathology_thickness_maps: NamedMaps
    exam_center_coordinate_xz: Centre = None
    pixel_spacing_column: Positive | None = None
    pixel_spacing_row: Positive | None = None
    slice_thickness: Positive | None = None
    scan_protocol: Protocol | None = None
    slice_offset: Whole = Field(default=0, description="Slice of the examination that is row 0 of the maps")


class AmountRequest(OctRequest):
    """Request of `get_pathology_amount`."""

    bulk: ClassVar[frozenset[str]] = frozenset({"pathology_thickness_maps"})
    pathology_thickness_maps: NamedMaps


class AmdRequest(AmountRequest):
    """Request of `get_amd_stage`."""

    pixel_spacing_column: Positive | None = Field(default=None, description="µm, here alone; or `geometry`")
    slice_thickness: Positive | None = Field(default=None, description="mm; with it drusen are measured across slices")
    geometry: Geometry | None = Field(default=None, description="Of the volume, in mm, instead of both")
    unique_scan_diseases: list[str]

    def spacings_um(self) -> tuple[float, float | None]:
        """Distance of columns, and of slices where it is known. Raises InvalidInput naming the one that is missing."""
        if self.geometry is not None:
            column_mm, slice_mm = self.geometry.pixel_spacing_column, self.geometry.slice_thickness
            if column_mm is None:
                raise InvalidInput("geometry.pixel_spacing_column", "is missing")
            return column_mm * UM_PER_MM, None if slice_mm is None else slice_mm * UM_PER_MM
        if self.pixel_spacing_column is None:
            raise InvalidInput("pixel_spacing_column", "or geometry must be given")
        if self.pixel_spacing_column < MIN_COLUMN_SPACING_UM:
            raise InvalidInput("pixel_spacing_column", "looks like mm; this endpoint takes µm")
        if self.slice_thickness is not None and self.slice_thickness > MAX_SLICE_SPACING_MM:
            raise InvalidInput("slice_thickness", "looks like µm; it is taken in mm")
        return self.pixel_spacing_column, None if self.slice_thickness is None else self.slice_thickness * UM_PER_MM


class VolumeLevels(Answer):
    """mm³ by name and ring."""

    volumes: dict[str, dict[str, float]]


class AreaLevels(Answer):
    """mm² by name and ring."""

    areas: dict[str, dict[str, float]]


class VolumeZones(Answer):
    """mm³ by name, ring and sector."""

    volumes: dict[str, dict[str, dict[str, float]]]


class AreaZones(Answer):
    """mm² by name, ring and sector."""

    areas: dict[str, dict[str, dict[str, float]]]


class MaximalSliceAnswer(Answer):
    """Slice with the most pathology; null without any."""

    max_pathologies: dict[str, int | None]


class CircleOverlapAnswer(Answer):
    """Percent of the circles' area."""

    one_mm: float = Field(alias="1mm")
    three_mm: float = Field(alias="3mm")
    six_mm: float = Field(alias="6mm")


class FoveaDistanceAnswer(Answer):
    """Null without pathology."""

    distance_to_fovea_center: float | None = Field(description="mm")
    nearest_point: list[int] | None = Field(description="[column, slice]")


class AmdAnswer(Answer):
    """AREDS stage."""

    amd_stage: AmdStage


@router.post("/get_pathology_volume_etdrs_calculations", response_model=VolumeLevels)
def get_pathology_volume_etdrs_calculations(body: LevelRequest) -> JsonAnswer:
    """Volume in the rings or discs of the ETDRS circle, mm³."""
    sums = body.etdrs(body.thickness_mm)
    return level_answer(body, "volumes", "mm3", level_content(sums, is_cumulative=body.is_cumulative))


@router.post("/get_pathology_area_etdrs_calculations", response_model=AreaLevels)
def get_pathology_area_etdrs_calculations(body: LevelRequest) -> JsonAnswer:
    """En-face area in the rings or discs of the ETDRS circle, mm²."""
    sums = body.etdrs(present)
    return level_answer(body, "areas", "mm2", level_content(sums, is_cumulative=body.is_cumulative))


@router.post("/get_pathology_volume_etdrs_calculations_zone", response_model=VolumeZones)
def get_pathology_volume_etdrs_calculations_zone(body: PathologyMaps) -> JsonAnswer:
    """Volume in the sectors of the ETDRS circle, mm³."""
    return zone_answer(body, "volumes", "mm3", body.etdrs(body.thickness_mm))


@router.post("/get_pathology_area_etdrs_calculations_zone", response_model=AreaZones)
def get_pathology_area_etdrs_calculations_zone(body: PathologyMaps) -> JsonAnswer:
    """En-face area in the sectors of the ETDRS circle, mm²."""
    return zone_answer(body, "areas", "mm2", body.etdrs(present))


def level_answer(body: LevelRequest, key: str, unit: str, content: Mapping[str, object]) -> JsonAnswer:
    """Values by ring."""
    radii = [ring.outer_radius_mm for ring in ETDRS.rings]
    inner = [0.0 if body.is_cumulative else ring.inner_radius_mm for ring in ETDRS.rings]
    kind = "disc" if body.is_cumulative else "ring"
    return answer(
        body,
        {key: content},
        lambda: meta(
            names={str(level): f"{kind} of {2 * radius:g} mm" for level, radius in enumerate(radii)},
            units={key: unit},
            areas_mm2={str(n): pi * (out**2 - into**2) for n, (out, into) in enumerate(zip(radii, inner, strict=True))},
            coverage=coverage_of(body),
            parameters=body.parameters(),
            references=ETDRS_LITERATURE,
        ),
    )


def zone_answer(body: PathologyMaps, key: str, unit: str, sums: Mapping[str, Sums]) -> JsonAnswer:
    """Values by sector."""
    return answer(
        body,
        {key: zone_content(sums)},
        lambda: meta(
            names=ring_names(ETDRS, body.laterality),
            units={key: unit},
            areas_mm2={
                str(n): {str(sector): ring.sector_area_mm2 for sector in range(ring.sectors)}
                for n, ring in enumerate(ETDRS.rings)
            },
            coverage=coverage_of(body),
            parameters=body.parameters(),
            references=ETDRS_LITERATURE,
        ),
    )


def coverage_of(body: PathologyMaps) -> dict[str, object]:
    """Share of every sector that was examined, by name."""
    examined = body.etdrs(lambda values: np.where(np.isnan(values), np.nan, 1.0))
    return {
        name: {
            str(number): {str(n): round(min(1.0, area / ring.sector_area_mm2), 9) for n, area in enumerate(row)}
            for number, (ring, row) in enumerate(zip(ETDRS.rings, rows, strict=True))
        }
        for name, rows in examined.items()
    }


@router.post("/get_maximal_pathology_slice_index_from_thm", response_model=MaximalSliceAnswer)
def get_maximal_pathology_slice_index_from_thm(body: MaximalSliceRequest) -> JsonAnswer:
    """Slice with the largest total thickness of every pathology."""
    found = {name: maximal_slice(values) for name, values in not_negative(body.pathology_thickness_maps).items()}
    content = {name: None if row is None else row + body.slice_offset for name, row in found.items()}
    return answer(
        body,
        {"max_pathologies": content},
        lambda: meta(units={"max_pathologies": "slice"}, parameters=body.parameters()),
    )


@router.post("/get_pathology_circle_overlap_ratios", response_model=CircleOverlapAnswer)
def get_pathology_circle_overlap_ratios(body: OneMap) -> JsonAnswer:
    """Percent of the 1, 3 and 6 mm circles covered by the pathology."""
    grid, values = body.canonical(body.values())
    found = circle_overlap_percent(grid, values, zone_diameter_mm=body.zone_of_interest)
    return answer(
        body,
        overlap_content(found),
        lambda: meta(
            names={f"{diameter:g}mm": f"disc of {diameter:g} mm" for diameter in found},
            units={f"{diameter:g}mm": "percent" for diameter in found},
            areas_mm2={f"{diameter:g}mm": pi * diameter**2 / 4 for diameter in found},
            coverage={
                f"{diameter:g}mm": round(percent / 100, 9)
                for diameter, percent in circle_overlap_percent(grid, np.where(np.isnan(values), np.nan, 1.0)).items()
            },
            parameters=body.parameters(),
            references=ETDRS_LITERATURE,
        ),
    )


@router.post("/get_pathology_distance_to_fovea_center", response_model=FoveaDistanceAnswer)
def get_pathology_distance_to_fovea_center(body: OneMap) -> JsonAnswer:
    """Distance from the centre to the nearest cell with pathology, mm."""
    body.orientation  # noqa: B018  refused although a distance needs no direction
    values = body.values()
    # In the caller's order: the distance is the same and of equally near cells the caller's first is named.
    centre = body.exam_center_coordinate_xz
    body.grid((values.shape[0], values.shape[1]))
    scanned = grid_as_scanned(
        shape=(values.shape[0], values.shape[1]),
        slice_spacing_mm=body.slice_thickness,
        column_spacing_mm=body.pixel_spacing_column,
        centre=centre,
    )
    nearest = nearest_cell(scanned, values, zone_mm=body.zone_of_interest)
    return answer(
        body,
        nearest_content(nearest),
        lambda: meta(
            names={"nearest_point": "[column, slice]"},
            units={"distance_to_fovea_center": "mm", "nearest_point": "[px, slice]"},
            parameters=body.parameters(),
        ),
    )


def require_classes(maps: Mapping[str, Floats], allowed: tuple[str, ...]) -> None:
    """Raise InvalidInput for a class the endpoint does not know."""
    for name in maps:
        if name not in allowed:
            raise InvalidInput(f"pathology_thickness_maps.{name}", f"is none of {', '.join(allowed)}")


@router.post("/get_pathology_amount", response_model=dict[str, object])
def get_pathology_amount(body: AmountRequest) -> JsonAnswer:
    """Number of separate spots of every class."""
    require_classes(body.pathology_thickness_maps, COUNTED)
    counts = {name: label_spots(values)[1] for name, values in not_negative(body.pathology_thickness_maps).items()}
    return answer(body, counts, lambda: meta(units={name: "count" for name in counts}, parameters=body.parameters()))


@router.post("/get_amd_stage", response_model=AmdAnswer)
def get_amd_stage(body: AmdRequest) -> JsonAnswer:
    """AREDS stage from disease flags and sizes of drusen. For research, not a diagnosis."""
    require_classes(body.pathology_thickness_maps, STAGED)
    column_um, slice_um = body.spacings_um()
    sizes = {
        name: drusen_sizes_um(values, column_spacing_um=column_um, slice_spacing_um=slice_um)
        for name, values in not_negative(body.pathology_thickness_maps).items()
    }
    stage = amd_stage([size for found in sizes.values() for size in found], flags=body.unique_scan_diseases)
    return answer(
        body,
        {"amd_stage": stage.value},
        lambda: meta(
            units={"drusen_sizes": "um"},
            parameters=body.parameters(),
            references=AMD_LITERATURE,
            drusen_sizes=sizes,
        ),
    )
