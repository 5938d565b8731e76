"""Thickness maps from segmented B-scans, and their overlap."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.columns import DistanceMethod
from ophtha_core.oct.full_retina import columns_without, without_gaps
from ophtha_core.oct.segmented_scan import SegmentedScan
from ophtha_core.oct.thickness import UM_PER_MM, ThicknessUnit, maps_of_one_shape
from ophtha_core.oct.zone import ZoneFit, ZoneStatus, fit_zone
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import Floats, NamedOrListedMaps, as_rows
from plugin.service.oct.instances import RawSlices, outlines_by_slice
from plugin.service.oct.meta import meta
from plugin.service.oct.requests import (
    DEFAULT_MIN_EXAM_WIDTH_MM,
    Count,
    NotNegative,
    OctRequest,
    Scan,
    Uncovered,
    UncoveredColumns,
    Unit,
    Whole,
    Zone,
)
from plugin.service.oct.routing import oct_router

router = oct_router(effect=COMPUTES)
Method = Annotated[DistanceMethod, Field(strict=False)]


class SegmentationRequest(Scan, Zone):
    """Request of the thickness map endpoints."""

    bulk: ClassVar[frozenset[str]] = frozenset({"segmentation_instances"})
    segmentation_instances: RawSlices
    used_segmentation_classes: list[str] | None = Field(default=None, description="All classes if absent")
    use_real_units: bool = Field(default=False, description="µm if true, pixels of the original B-scan if false")
    thickness_unit: Unit | None = Field(default=None, description="Unit of the answer, where given instead")
    distance_method: Method = DistanceMethod.AXIAL
    min_exam_width_mm: NotNegative = DEFAULT_MIN_EXAM_WIDTH_MM
    run_resolution: Count = Field(default=512, description="Accepted; changes no value")
    padding_value: Whole = 0
    pixel_image_height: Count
    pixel_image_width: Count

    def unit(self) -> ThicknessUnit:
        """Unit of the answer. Raises InvalidInput for a contradiction."""
        if self.thickness_unit is None:
            return ThicknessUnit.UM if self.use_real_units else ThicknessUnit.PX
        if "use_real_units" in self.model_fields_set and self.use_real_units is (
            self.thickness_unit is ThicknessUnit.PX
        ):
            raise InvalidInput("thickness_unit", "contradicts use_real_units")
        return self.thickness_unit

    def scale(self) -> float:
        """Factor from pixels to the unit of the answer."""
        unit = self.unit()
        if unit is ThicknessUnit.PX:
            return 1.0
        return self.row_spacing() * (UM_PER_MM if unit is ThicknessUnit.UM else 1.0)

    def segmented_scan(self) -> SegmentedScan:
        """Outlines of all slices."""
        return SegmentedScan(
            slices=outlines_by_slice(self.segmentation_instances, field="segmentation_instances"),
            width=self.pixel_image_width,
            height=self.pixel_image_height,
        )

    def fit(self, scan: SegmentedScan) -> ZoneFit:
        """Window of the zone on the scan."""
        return fit_zone(
            shape=scan.shape,
            slice_spacing_mm=self.slice_thickness,
            column_spacing_mm=self.pixel_spacing_column,
            zone_mm=self.zone_of_interest,
            minimum_mm=self.min_exam_width_mm,
            centre=self.exam_center_coordinate_xz,
        )

    def thickness(self, scan: SegmentedScan, classes: list[str]) -> dict[str, Floats]:
        """Maps in the unit of the answer, as scanned."""
        scale = self.scale()
        found = scan.thickness_px(
            classes,
            method=self.distance_method,
            column_spacing_mm=self.pixel_spacing_column,
            row_spacing_mm=self.pixel_spacing_row,
        )
        return {name: values * scale for name, values in found.items()}


class LayerSegmentationRequest(SegmentationRequest):
    """Request of `get_layer_thickness_map`."""

    uncovered: UncoveredColumns = Uncovered.MISSING


class PathologySegmentationRequest(SegmentationRequest):
    """Request of `get_pathology_thickness_map`."""

    use_real_units: bool = Field(description="µm if true, pixels of the original B-scan if false")


class OverlapRequest(OctRequest):
    """Request of `get_thickness_maps_overlap`."""

    bulk: ClassVar[frozenset[str]] = frozenset({"thickness_maps"})
    thickness_maps: NamedOrListedMaps = Field(min_length=1)


class MapsAnswer(Answer):
    """[slice][column] by class; null where no layer was segmented."""

    thickness_maps: dict[str, list[list[float | None]]]
    status: Literal[
        "OK", "OK_CROPPED", "OK_PADDED", "OK_CROPPED_PADDED", "ZONE_OF_INTEREST_NOT_REACHED", "NO_ENFACE_MAPS"
    ]


class MapsOverlapAnswer(Answer):
    """[slice][column]."""

    thickness_map_overlap: list[list[float | None]]


@router.post("/get_layer_thickness_map", response_model=MapsAnswer)
def get_layer_thickness_map(body: LayerSegmentationRequest) -> JsonAnswer:
    """Thickness of every retinal layer, brought to the zone of interest."""
    body.orientation  # noqa: B018  refused before the outlines are read
    scan = body.segmented_scan()
    classes = body.used_segmentation_classes or scan.classes
    missing = [name for name in classes if name not in scan.classes]
    if missing:
        raise InvalidInput("used_segmentation_classes", f"{len(missing)} of the classes are on no slice")
    fit = body.fit(scan)
    maps = body.thickness(scan, classes)
    if body.uncovered is Uncovered.MISSING:
        maps = without_gaps(scan, maps)
    absent = {name: int(columns_without(scan, name).sum()) for name in classes}
    fitted = fit.apply_to_all(maps, padding_value=body.padding_value)
    return maps_answer(body, fit, fitted, absent=absent)


@router.post("/get_pathology_thickness_map", response_model=MapsAnswer)
def get_pathology_thickness_map(body: PathologySegmentationRequest) -> JsonAnswer:
    """Thickness of every pathology, brought to the zone of interest."""
    body.orientation  # noqa: B018  refused before the outlines are read
    scan = body.segmented_scan()
    body.scale()
    fit = body.fit(scan)
    classes = scan.classes if body.used_segmentation_classes is None else body.used_segmentation_classes
    if not set(classes) & set(scan.classes):
        return maps_answer(body, fit, {}, status=ZoneStatus.NO_MAPS)
    maps = body.thickness(scan, list(dict.fromkeys(classes)))
    return maps_answer(body, fit, fit.apply_to_all(maps, padding_value=body.padding_value))


def maps_answer(
    body: SegmentationRequest,
    fit: ZoneFit,
    maps: Mapping[str, Floats],
    status: ZoneStatus | None = None,
    absent: Mapping[str, int] | None = None,
) -> JsonAnswer:
    """Maps and how they were brought to the zone."""
    scan_centre = body.exam_center_coordinate_xz or ((fit.columns.available - 1) / 2, (fit.slices.available - 1) / 2)
    return answer(
        body,
        {"thickness_maps": {name: as_rows(values) for name, values in maps.items()}, "status": status or fit.status},
        lambda: meta(
            names={name: name for name in maps},
            units={"thickness_maps": body.unit().value},
            parameters=body.parameters(),
            offset=list(fit.offset),
            shape=[fit.slices.count, fit.columns.count],
            exam_center_in_map=[scan_centre[0] - fit.columns.first, scan_centre[1] - fit.slices.first],
            zero_by_absence=absent,
        ),
    )


@router.post("/get_thickness_maps_overlap", response_model=MapsOverlapAnswer)
def get_thickness_maps_overlap(body: OverlapRequest) -> JsonAnswer:
    """Smallest thickness where all maps are above 0, else 0; null where a map has none."""
    maps = list(maps_of_one_shape(body.thickness_maps, used=list(body.thickness_maps), field="thickness_maps"))
    smallest = np.min(maps, axis=0)
    overlap = np.where(smallest > 0, smallest, np.where(np.isnan(smallest), np.nan, 0.0))
    return answer(
        body,
        {"thickness_map_overlap": as_rows(overlap)},
        lambda: meta(units={"thickness_map_overlap": "as given"}, parameters=body.parameters()),
    )
