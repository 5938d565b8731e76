"""Lengths and areas on one B-scan, areas and volumes en face."""

from typing import ClassVar

import numpy as np
from pydantic import BaseModel, Field

from ophtha_core.oct.measurements import (
    PixelSize,
    distance_mm,
    linear_measurement,
    mask_area_mm2,
    polygon_area_mm2,
)
from ophtha_core.oct.pathology import area_mm2, volume_mm3
from ophtha_core.oct.polygon import Outline
from ophtha_core.oct.thickness import ThicknessUnit, um_per_unit
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import NamedMaps, not_negative, single_point
from plugin.service.oct.instances import RawInstances, RawPoints, outlines
from plugin.service.oct.meta import meta
from plugin.service.oct.requests import Count, OctRequest, Positive, Spacing, Unit
from plugin.service.oct.routing import oct_router

router = oct_router(effect=COMPUTES)
INSTANCES = "pathology_segm_instances_per_bscan"


class BScan(OctRequest):
    """Size of the pixels of a B-scan."""

    pixel_spacing_column: Positive
    pixel_spacing_row: Positive

    @property
    def pixel(self) -> PixelSize:
        """Size of a pixel in mm."""
        return PixelSize(column_spacing_mm=self.pixel_spacing_column, row_spacing_mm=self.pixel_spacing_row)


class BScanInstances(BScan):
    """Outlines on one B-scan."""

    bulk: ClassVar[frozenset[str]] = frozenset({INSTANCES})
    pathology_segm_instances_per_bscan: RawInstances

    def outlines(self) -> list[Outline]:
        """Instances in input order."""
        given = self.pathology_segm_instances_per_bscan
        # One B-scan in the form of the thickness map endpoints is understood too.
        if len(given) == 1 and isinstance(given[0], dict) and isinstance(given[0].get("instances"), list):
            return outlines(given[0]["instances"], field=f"{INSTANCES}[0].instances")
        return outlines(given, field=INSTANCES)


class MaskRequest(BScanInstances):
    """Request of `get_bscan_area_calculations_by_mask`."""

    pixel_image_height: Count
    pixel_image_width: Count


class DistanceRequest(BScan):
    """Request of `get_distance_between_two_points`."""

    point_from: RawPoints | dict[str, object]
    point_to: RawPoints | dict[str, object]


class EnFaceMaps(Spacing):
    """Pathology maps."""

    bulk: ClassVar[frozenset[str]] = frozenset({"pathology_thickness_maps"})
    pathology_thickness_maps: NamedMaps
    thickness_unit: Unit = ThicknessUnit.PX


class LinearMeasurement(BaseModel):
    """Extents in mm, points in px."""

    className: str  # noqa: N815  the reference's key
    width: float
    height: float
    max_diameter: float
    width_points: list[list[float]]
    height_points: list[list[float]]
    max_diameter_points: list[list[float]]


class LinearAnswer(Answer):
    """In input order."""

    linear_measurements: list[LinearMeasurement]


class ListedAreas(Answer):
    """mm², in input order."""

    areas: list[float]


class NamedAreas(Answer):
    """mm² by name."""

    areas: dict[str, float]


class NamedVolumes(Answer):
    """mm³ by name."""

    volumes: dict[str, float]


class PointsDistanceAnswer(Answer):
    """mm."""

    distance: float = Field(description="mm")


@router.post("/get_linear_calculations", response_model=LinearAnswer)
def get_linear_calculations(body: BScanInstances) -> JsonAnswer:
    """Width, height and largest diameter of every outline, mm."""
    found = [linear_measurement(each, pixel=body.pixel) for each in body.outlines()]
    content = [
        {
            "className": one.name,
            "width": one.width_mm,
            "height": one.height_mm,
            "max_diameter": one.max_diameter_mm,
            "width_points": one.width_points,
            "height_points": one.height_points,
            "max_diameter_points": one.max_diameter_points,
        }
        for one in found
    ]
    units = {"width": "mm", "height": "mm", "max_diameter": "mm", "points": "px"}
    return answer(body, {"linear_measurements": content}, lambda: meta(units=units, parameters=body.parameters()))


@router.post("/get_distance_between_two_points", response_model=PointsDistanceAnswer)
def get_distance_between_two_points(body: DistanceRequest) -> JsonAnswer:
    """Distance of two points of a B-scan, mm."""
    distance = distance_mm(
        single_point(body.point_from, field="point_from"),
        single_point(body.point_to, field="point_to"),
        pixel=body.pixel,
    )
    return answer(body, {"distance": distance}, lambda: meta(units={"distance": "mm"}, parameters=body.parameters()))


@router.post("/get_bscan_area_calculations_by_polygon", response_model=ListedAreas)
def get_bscan_area_calculations_by_polygon(body: BScanInstances) -> JsonAnswer:
    """Area inside every outline, mm²."""
    areas = [polygon_area_mm2(each, pixel=body.pixel) for each in body.outlines()]
    return answer(body, {"areas": areas}, lambda: meta(units={"areas": "mm2"}, parameters=body.parameters()))


@router.post("/get_bscan_area_calculations_by_mask", response_model=ListedAreas)
def get_bscan_area_calculations_by_mask(body: MaskRequest) -> JsonAnswer:
    """Area of the pixels whose centre lies inside every outline, mm²."""
    size = {"width": body.pixel_image_width, "height": body.pixel_image_height}
    areas = [mask_area_mm2(each, pixel=body.pixel, **size) for each in body.outlines()]
    return answer(body, {"areas": areas}, lambda: meta(units={"areas": "mm2"}, parameters=body.parameters()))


@router.post("/get_en_face_area_calculations", response_model=NamedAreas)
def get_en_face_area_calculations(body: EnFaceMaps) -> JsonAnswer:
    """En-face area of every pathology, mm²."""
    maps = not_negative(body.pathology_thickness_maps)
    areas = {name: area_mm2(values, cell_area_mm2=body.cell_area_mm2) for name, values in maps.items()}
    return answer(body, {"areas": areas}, lambda: map_meta(body, {"areas": "mm2"}))


@router.post("/get_volume_calculations", response_model=NamedVolumes)
def get_volume_calculations(body: EnFaceMaps) -> JsonAnswer:
    """Volume of every pathology, mm³."""
    scale = um_per_unit(body.thickness_unit, pixel_spacing_row_mm=body.pixel_spacing_row)
    maps = not_negative(body.pathology_thickness_maps)
    volumes = {name: volume_mm3(values * scale, cell_area_mm2=body.cell_area_mm2) for name, values in maps.items()}
    return answer(body, {"volumes": volumes}, lambda: map_meta(body, {"volumes": "mm3"}))


def map_meta(body: EnFaceMaps, units: dict[str, str]) -> dict[str, object]:
    """`meta` of whole maps: their areas, and the share of cells that were examined."""
    maps = body.pathology_thickness_maps
    return meta(
        units=units,
        areas_mm2={name: values.size * body.cell_area_mm2 for name, values in maps.items()},
        coverage={name: float(np.isfinite(values).mean()) for name, values in maps.items()},
        parameters=body.parameters(),
    )
