"""Optic disc: neuroretinal rim and disc damage."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import AliasChoices, Field

from ophtha_core.oct.contour import turned
from ophtha_core.oct.disc_damage import nerve_head
from ophtha_core.oct.measurements import PixelSize
from ophtha_core.oct.optic_disc import ContourOptions, NerveScan
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import Floats, as_rows, point_array
from plugin.service.oct.instances import RawPoints
from plugin.service.oct.meta import RIM_LITERATURE, meta
from plugin.service.oct.nerve import nerve_slices
from plugin.service.oct.nerve_head_content import nerve_head_content, nerve_head_meta
from plugin.service.oct.requests import Count, NotNegative, OctRequest, Positive, Scan, Whole
from plugin.service.oct.routing import oct_router

router = oct_router(effect=COMPUTES)
DEFAULT_SCALE = 100.0
DEFAULT_D_MM = 0.15
NO_CUP = "fewer than two slices show an excavation below the raised line"


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
    disc, cup = (
        turned(points, body.rotation_deg) for points in (scan.disc(options), scan.cup(options, d_mm=body.d_mm))
    )
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
            reasons={} if len(cup) else {"cup": NO_CUP},
        ),
    )


@router.post("/analyze_odn", response_model=DiscAnswer)
def analyze_odn(body: DiscRequest) -> JsonAnswer:
    """Measures of disc, cup and rim, and the disc damage likelihood scale. For research, not a diagnosis."""
    cup = contour(body.cup, field="cup") if body.cup else np.zeros((0, 2))
    head = nerve_head(contour(body.disk, field="disk"), cup)
    content = nerve_head_content(head, pixels_per_mm=body.scaling_factor_visualization)
    return answer(body, content, lambda: nerve_head_meta(body.parameters()))


def contour(points: list[object], *, field: str) -> Floats:
    """Points of a contour in mm, without a last one that repeats the first. Raises InvalidInput naming the field."""
    array = point_array(points, field=field)
    return array[:-1] if len(array) > 1 and (array[0] == array[-1]).all() else array
