"""ETDRS and GCC circles, hemispheres and quadrants of layer thickness maps."""

from typing import Annotated, ClassVar

from pydantic import Field

from ophtha_core.oct.circles import ETDRS, GCC, Circle, Statistic, quadrants, sector_statistics
from ophtha_core.oct.glaucoma import hemisphere_statistics
from ophtha_core.oct.thickness import ThicknessMap, ThicknessUnit, sum_of_layers, um_per_unit
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, Ring, answer
from plugin.service.oct.arrays import NamedOrListedMaps, layers_by_name
from plugin.service.oct.meta import ETDRS_LITERATURE, GCC_LITERATURE
from plugin.service.oct.requests import GCC_LAYERS, Axis, Finite, Scan, Unit, Zone
from plugin.service.oct.routing import oct_router
from plugin.service.oct.sectors import half_means, half_meta, quadrant_meta, ring_means, ring_meta

router = oct_router(effect=COMPUTES)
Statistics = Annotated[
    list[Annotated[Statistic, Field(strict=False)]], Field(min_length=1, description="mean and, or std")
]


class LayerMaps(Scan, Zone):
    """Layer maps of one examination; the used layers are summed."""

    bulk: ClassVar[frozenset[str]] = frozenset({"layers_thickness_maps"})
    layers_thickness_maps: NamedOrListedMaps
    used_layers: list[str] = Field(min_length=1)
    thickness_unit: Unit = Field(default=ThicknessUnit.PX, description="Unit of the maps")
    padding_value: Finite = Field(default=0.0, description="Whole border rows and columns of it are no tissue")

    def thickness(self) -> ThicknessMap:
        """Sum of the used layers in µm, canonical, NaN where there is no tissue."""
        self.orientation  # noqa: B018  a wrong pair of directions is refused before the maps are looked at
        scale = um_per_unit(self.thickness_unit, pixel_spacing_row_mm=self.pixel_spacing_row)
        layers = layers_by_name(self.layers_thickness_maps, self.used_layers)
        grid, values = self.canonical(sum_of_layers(layers, used=self.used_layers, padding_value=self.padding_value))
        return ThicknessMap(grid=grid, values=values * scale)


class CircleRequest(LayerMaps):
    """Request of `get_etdrs`."""

    statistics: Statistics = Field(default=[Statistic.MEAN])


class GccRequest(CircleRequest, Axis):
    """Request of `get_gcc_circle`."""


class TwoSegmentRequest(LayerMaps, Axis):
    """Request of `get_two_segment_circle`."""

    used_layers: list[str] = Field(default=list(GCC_LAYERS), min_length=1)


class FourSegmentRequest(TwoSegmentRequest):
    """Request of `get_four_segment_circle`."""

    statistics_to_get: Statistics = Field(default=[Statistic.MEAN])


class EtdrsAnswer(Answer):
    """µm by ring and sector; null for a sector without tissue."""

    ring_0: Ring = Field(alias="0")
    ring_1: Ring = Field(alias="1")
    ring_2: Ring = Field(alias="2")


class GccAnswer(Answer):
    """µm by ring and sector; null for a sector without tissue."""

    ring_0: Ring = Field(alias="0")
    ring_1: Ring = Field(alias="1")


class TwoSegmentAnswer(Answer):
    """Mean thickness in µm; null without tissue."""

    superior_thickness: float | None
    inferior_thickness: float | None


class FourSegmentAnswer(Answer):
    """µm by quadrant; null for a quadrant without tissue."""

    sector_0: object = Field(alias="0")
    sector_1: object = Field(alias="1")
    sector_2: object = Field(alias="2")
    sector_3: object = Field(alias="3")


@router.post("/get_etdrs", response_model=EtdrsAnswer)
def get_etdrs(body: CircleRequest) -> JsonAnswer:
    """Thickness in the nine sectors of the ETDRS circle (1, 3 and 6 mm), µm."""
    return circle_answer(body, ETDRS, ETDRS_LITERATURE)


@router.post("/get_gcc_circle", response_model=GccAnswer)
def get_gcc_circle(body: GccRequest) -> JsonAnswer:
    """Thickness in the centre (1 mm) and the six sectors around it (6 mm), µm."""
    return circle_answer(body, GCC, GCC_LITERATURE, axis_deg=body.axis_deg)


def circle_answer(
    body: CircleRequest, circle: Circle, literature: tuple[str, ...], *, axis_deg: float = 0.0
) -> JsonAnswer:
    """Statistics of every sector of every ring."""
    found = body.thickness()
    rings = sector_statistics(
        found.grid, found.values, circle=circle, zone_diameter_mm=body.zone_of_interest, axis_deg=axis_deg
    )
    return answer(
        body,
        ring_means(rings, body.statistics),
        lambda: ring_meta(rings, circle, body.laterality, parameters=body.parameters(), references=literature),
    )


@router.post("/get_two_segment_circle", response_model=TwoSegmentAnswer)
def get_two_segment_circle(body: TwoSegmentRequest) -> JsonAnswer:
    """Mean thickness of the superior and the inferior half of the zone's disc, µm."""
    found = body.thickness()
    halves = hemisphere_statistics(
        found.grid, found.values, zone_diameter_mm=body.zone_of_interest, axis_deg=body.axis_deg
    )
    return answer(body, half_means(*halves), lambda: half_meta(*halves, parameters=body.parameters()))


@router.post("/get_four_segment_circle", response_model=FourSegmentAnswer)
def get_four_segment_circle(body: FourSegmentRequest) -> JsonAnswer:
    """Thickness in the quadrants of the zone's disc, cut on the meridians, µm."""
    found = body.thickness()
    circle = quadrants(body.zone_of_interest)
    rings = sector_statistics(found.grid, found.values, circle=circle, axis_deg=body.axis_deg)
    return answer(
        body,
        ring_means(rings, body.statistics_to_get)["0"],
        lambda: quadrant_meta(rings, circle, body.laterality, parameters=body.parameters()),
    )
