"""Which region is meant for which source instance."""

from collections.abc import Sequence
from dataclasses import dataclass

from ophtha_core.masking.record import Claims
from ophtha_core.masking.region import Fill, MeanFilter, Paint, Region, Region2D, Region3D
from plugin.service.errors import Detail
from plugin.service.pixels_masker.request import MaskModel, RegionModel, refuse
from plugin.service.pixels_masker.source import Source, SourceInstance

_FIELD = "MaskPixelData.Regions"


@dataclass(frozen=True, kw_only=True)
class TargetedRegion:
    """A region and the Orthanc identifiers it is limited to; empty sets do not limit."""

    region: Region
    series_ids: frozenset[str]
    instance_ids: frozenset[str]

    def targets(self, instance: SourceInstance) -> bool:
        """Whether the region is meant for this instance; whether it hits is another question."""
        in_series = not self.series_ids or instance.series.series_id in self.series_ids
        return in_series and (not self.instance_ids or instance.instance_id in self.instance_ids)


@dataclass(frozen=True, kw_only=True)
class Mask:
    """All regions, in their order, and what the caller claims of the result."""

    regions: tuple[TargetedRegion, ...]
    claims: Claims

    def regions_of(self, instance: SourceInstance) -> tuple[Region, ...]:
        """The regions meant for an instance."""
        return tuple(each.region for each in self.regions if each.targets(instance))

    @property
    def has_boxes(self) -> bool:
        """Whether any region is given in space."""
        return any(isinstance(each.region, Region3D) for each in self.regions)


def mask_of(model: MaskModel | None) -> Mask:
    """The mask that a request describes; one without regions for a plain modification."""
    if model is None:
        return Mask(regions=(), claims=Claims())
    return Mask(
        regions=tuple(
            TargetedRegion(
                region=_region(region, f"{_FIELD}[{index}]"),
                series_ids=frozenset(region.target_series),
                instance_ids=frozenset(region.target_instances),
            )
            for index, region in enumerate(model.regions)
        ),
        claims=Claims(
            clean_pixel_data=model.clean_pixel_data,
            clean_recognizable_visual_features=model.clean_recognizable_visual_features,
        ),
    )


def refuse_foreign_targets(model: MaskModel, source: Source) -> None:
    """A target that is not part of the resource is a mistake that would leave an image unmasked. Raises BadRequest."""
    series = {each.series_id for each in source.series}
    instances = {each.instance_id for each in source.instances}
    details = []
    for index, region in enumerate(model.regions):
        for name, targets, known in (
            ("TargetSeries", region.target_series, series),
            ("TargetInstances", region.target_instances, instances),
        ):
            if not known.issuperset(targets):
                loc = ("body", "MaskPixelData", "Regions", index, name)
                details.append(Detail(loc, f"names what is not part of the {source.level.type_name.lower()}"))
    if details:
        raise refuse(*details)


def _region(model: RegionModel, field: str) -> Region:
    if model.region_type == "2D":
        return Region2D(origin_px=_pixel(model.origin), end_px=_pixel(model.end), paint=_paint(model), field=field)
    return Region3D(origin_mm=_point(model.origin), end_mm=_point(model.end), paint=_paint(model), field=field)


def _paint(model: RegionModel) -> Paint:
    if model.mask_type == "MeanFilter":
        assert model.filter_width is not None
        return MeanFilter(width_px=model.filter_width)
    assert model.fill_value is not None
    value = model.fill_value
    return Fill(value=tuple(value) if isinstance(value, list) else value)


def _pixel(corner: Sequence[float]) -> tuple[int, int]:
    x, y = corner
    return int(x), int(y)


def _point(corner: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = corner
    return float(x), float(y), float(z)
