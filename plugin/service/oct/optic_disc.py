"""Optic disc: neuroretinal rim and disc damage."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import AliasChoices, Field

from ophtha_core.oct.disc_damage import (
    ContourMeasures,
    RimMeasures,
    contour_measures,
    ddls_stage,
    disc_size,
    require_contour,
    rim_measures,
)
from ophtha_core.oct.measurements import PixelSize
from ophtha_core.oct.optic_disc import ContourOptions, NerveScan
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import Floats, as_rows, point_array
from plugin.service.oct.instances import RawPoints
from plugin.service.oct.meta import DISC_LITERATURE, RIM_LITERATURE, meta
from plugin.service.oct.nerve import nerve_slices
from plugin.service.oct.requests import Count, NotNegative, OctRequest, Positive, Scan, Whole
from plugin.service.oct.routing import oct_router

router = oct_router(effect=COMPUTES)
DEFAULT_SCALE = 100.0
DEFAULT_D_MM = 0.15


class RimRequest(Scan):
    """Request of `extract_neuroretinal_rim_circles`."""

    bulk: ClassVar[frozenset[str]] = frozenset({"nerve_landmarks_list", "ilm_list", "nerve_slices"})
    nerve_landmarks_list: list[object] = Field(description="Landmarks of every nerve slice, B-scan pixels")
    nerve_slices: list[Annotated[Whole, Field(ge=0)]]
    ilm_list: list[object] = Field(description="Inner limiting membrane of every nerve slice; [] where absent")
    ellipse_preprocessing: bool = True
    fill_absent_slices: bool = True
    smooth_circles: bool = True
    d_mm: NotNegative = DEFAULT_D_MM
    scaling_factor_visualization: Positive = DEFAULT_SCALE
    num_slices: Count
    pixel_image_width: Count
    pixel_spacing_row: Positive

    def scan(self) -> NerveScan:
        """Nerve slices and where they lie."""
        return NerveScan(
            slices=nerve_slices(self.nerve_slices, self.nerve_landmarks_list, self.ilm_list),
            num_slices=self.num_slices,
            width=self.pixel_image_width,
            orientation=self.orientation,
            slice_spacing_mm=self.slice_thickness,
            pixel=PixelSize(column_spacing_mm=self.pixel_spacing_column, row_spacing_mm=self.pixel_spacing_row),
        )


class DiscRequest(OctRequest):
    """Request of `analyze_odn`."""

    bulk: ClassVar[frozenset[str]] = frozenset({"disk", "cup"})
    disk: RawPoints = Field(validation_alias=AliasChoices("disk", "disc"), description="Points in mm; or `disc`")
    cup: RawPoints = Field(description="Points in mm; [] without excavation")
    scaling_factor_visualization: Positive = DEFAULT_SCALE


class RimAnswer(Answer):
    """Points of disc and cup; no cup without excavation."""

    disc_mm: list[list[float]]
    cup_mm: list[list[float]]
    disc_px: list[list[float]]
    cup_px: list[list[float]]


class DiscAnswer(Answer):
    """mm, mm²; points in px."""

    disc: dict[str, object]
    cup: dict[str, object] | None
    rim: dict[str, float] | None
    ratios: dict[str, float] | None
    ddls: dict[str, object] | None


@router.post("/extract_neuroretinal_rim_circles", response_model=RimAnswer)
def extract_neuroretinal_rim_circles(body: RimRequest) -> JsonAnswer:
    """Contours of disc and cup from Bruch's membrane opening and the inner limiting membrane."""
    scan = body.scan()
    options = ContourOptions(
        fit_ellipse=body.ellipse_preprocessing,
        fill_absent_slices=body.fill_absent_slices,
        smooth=body.smooth_circles,
    )
    disc, cup = scan.disc(options), scan.cup(options, d_mm=body.d_mm)
    scale = body.scaling_factor_visualization
    return answer(
        body,
        {
            "disc_mm": as_rows(disc),
            "cup_mm": as_rows(cup),
            "disc_px": as_rows(disc * scale),
            "cup_px": as_rows(cup * scale),
        },
        lambda: meta(
            names={"disc": "opening of Bruch's membrane", "cup": "excavation at the raised line"},
            units={"disc_mm": "mm", "cup_mm": "mm", "disc_px": "px", "cup_px": "px"},
            parameters=body.parameters(),
            references=RIM_LITERATURE,
        ),
    )


@router.post("/analyze_odn", response_model=DiscAnswer)
def analyze_odn(body: DiscRequest) -> JsonAnswer:
    """Measures of disc, cup and rim, and the disc damage likelihood scale. For research, not a diagnosis."""
    disc = contour(body.disk, field="disk")
    scale = body.scaling_factor_visualization
    measures = contour_measures(disc)
    content: dict[str, object] = dict.fromkeys(("disc", "cup", "rim", "ratios", "ddls"))
    content["disc"] = contour_content(disc, measures, scale=scale)
    if body.cup:
        cup = contour(body.cup, field="cup")
        content |= excavation_content(disc, cup, measures, scale=scale)
    return answer(body, content, lambda: disc_meta(body))


def contour(points: list[object], *, field: str) -> Floats:
    """A closed contour in mm. Raises InvalidInput naming the field."""
    array = point_array(points, field=field)
    if len(array) > 1 and (array[0] == array[-1]).all():
        array = array[:-1]
    require_contour(field, array)
    return array


def contour_content(points: Floats, measures: ContourMeasures, *, scale: float) -> dict[str, object]:
    """One contour as JSON."""
    return {
        "area": measures.area_mm2,
        "vertical_diameter": measures.vertical_diameter_mm,
        "horizontal_diameter": measures.horizontal_diameter_mm,
        "min_diameter": measures.min_diameter_mm,
        "max_diameter": measures.max_diameter_mm,
        "center_px": [coordinate * scale for coordinate in measures.center_mm],
        "points_px": as_rows(points * scale),
    }


def excavation_content(disc: Floats, cup: Floats, measures: ContourMeasures, *, scale: float) -> dict[str, object]:
    """What only an eye with a cup has."""
    inner, rim = contour_measures(cup), rim_measures(disc, cup)
    return {
        "cup": contour_content(cup, inner, scale=scale),
        "rim": {
            "area": rim.area_mm2,
            "min_width": rim.min_width_mm,
            "min_width_angle_deg": rim.min_width_angle_deg,
        },
        "ratios": {
            "cup_disc_area": inner.area_mm2 / measures.area_mm2,
            "cup_disc_vertical": inner.vertical_diameter_mm / measures.vertical_diameter_mm,
            "cup_disc_horizontal": inner.horizontal_diameter_mm / measures.horizontal_diameter_mm,
        },
        "ddls": ddls_content(measures, rim, scale=scale),
    }


def ddls_content(measures: ContourMeasures, rim: RimMeasures, *, scale: float) -> dict[str, object]:
    """Stage and what it follows from."""
    size = disc_size(measures.vertical_diameter_mm)
    return {
        "stage": ddls_stage(size=size, min_rim_disc_ratio=rim.min_rim_disc_ratio, rim_absence_deg=rim.rim_absence_deg),
        "disc_size": size.value,
        "min_rim_disc_ratio": rim.min_rim_disc_ratio,
        "rim_absence_deg": rim.rim_absence_deg,
        "min_rim_points_px": as_rows(np.array(rim.narrowest_mm) * scale),
    }


def disc_meta(body: DiscRequest) -> dict[str, object]:
    """`meta` of disc measures."""
    return meta(
        names={
            "vertical_diameter": "superior to inferior extent",
            "horizontal_diameter": "left to right extent",
            "min_diameter": "smallest Feret diameter",
            "max_diameter": "largest Feret diameter",
            "min_width_angle_deg": "clockwise on screen from image right",
        },
        units={
            "area": "mm2",
            "diameter": "mm",
            "min_width": "mm",
            "min_width_angle_deg": "degree",
            "rim_absence_deg": "degree",
            "ratios": "1",
            "points_px": "px",
        },
        parameters=body.parameters(),
        references=DISC_LITERATURE,
    )
