"""Disc, cup and rim as JSON, and their `meta`."""

from collections.abc import Mapping

import numpy as np

from ophtha_core.oct.disc_damage import ContourMeasures, Excavation, NerveHead
from plugin.service.oct.arrays import Floats, as_rows
from plugin.service.oct.meta import DISC_LITERATURE, meta


def nerve_head_content(head: NerveHead, *, pixels_per_mm: float) -> dict[str, object]:
    """Everything measured; null for what only an eye with a cup has."""
    content: dict[str, object] = dict.fromkeys(("disc", "cup", "rim", "ratios", "ddls"))
    content["disc"] = _contour(head.contour_mm, head.disc, scale=pixels_per_mm)
    if head.excavation is not None:
        content |= _excavation(head.excavation, scale=pixels_per_mm)
    return content


def _contour(points: Floats, measures: ContourMeasures, *, scale: float) -> dict[str, object]:
    return {
        "area": measures.area_mm2,
        "vertical_diameter": measures.vertical_diameter_mm,
        "horizontal_diameter": measures.horizontal_diameter_mm,
        "min_diameter": measures.min_diameter_mm,
        "max_diameter": measures.max_diameter_mm,
        "center_px": [coordinate * scale for coordinate in measures.center_mm],
        "points_px": as_rows(points * scale),
    }


def _excavation(found: Excavation, *, scale: float) -> dict[str, object]:
    rim = found.rim
    return {
        "cup": _contour(found.contour_mm, found.cup, scale=scale),
        "rim": {
            "area": rim.area_mm2,
            "min_width": rim.min_width_mm,
            "min_width_angle_deg": rim.min_width_angle_deg,
        },
        "ratios": {
            "cup_disc_area": found.area_ratio,
            "cup_disc_vertical": found.vertical_ratio,
            "cup_disc_horizontal": found.horizontal_ratio,
        },
        "ddls": {
            "stage": found.stage,
            "disc_size": found.size.value,
            "min_rim_disc_ratio": rim.min_rim_disc_ratio,
            "rim_absence_deg": rim.rim_absence_deg,
            "min_rim_points_px": as_rows(np.array(rim.narrowest_mm) * scale),
        },
    }


def nerve_head_meta(parameters: Mapping[str, object]) -> dict[str, object]:
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
        parameters=parameters,
        references=DISC_LITERATURE,
    )
