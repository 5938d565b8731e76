"""Which region is meant for which source instance."""

from collections.abc import Sequence
from dataclasses import dataclass

from ophtha_core.detection.rules.rule import DeviceRule
from ophtha_core.errors import InvalidInput
from ophtha_core.masking.kept import refuse_several_paints
from ophtha_core.masking.record import Claims
from ophtha_core.masking.region import Fill, MeanFilter, Paint, PolygonRegion, Region, Region2D, Region3D
from plugin.service.errors import Detail, field_location
from plugin.service.pixels_masker.find.look import Look
from plugin.service.pixels_masker.mask_model import MaskModel, RegionModel, RegionType
from plugin.service.pixels_masker.refusal import refuse
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
    requires_hits: bool = False
    """Whether every region must have a pixel somewhere, and regions to keep in every image they are meant for."""
    overlays_go: bool = False
    look: Look | None = None
    """What is found in each image, and masked with the regions."""
    verifies: bool = False
    """Whether each copy is looked at again before it is stored."""

    @property
    def is_asked_for(self) -> bool:
        """Whether any image may be masked."""
        return bool(self.regions) or self.look is not None

    @property
    def looks_at_images(self) -> bool:
        """Whether the pixels of the source are needed, besides those of its copy."""
        return self.look is not None or self.verifies

    @property
    def demands_examination(self) -> bool:
        """Whether what could not be looked at must not be copied."""
        claims = self.claims.clean_pixel_data or self.claims.clean_recognizable_visual_features
        return self.look is not None and claims

    def indices_of(self, instance: SourceInstance) -> tuple[int, ...]:
        """Which regions are meant for an instance."""
        return tuple(index for index, each in enumerate(self.regions) if each.targets(instance))

    def regions_of(self, instance: SourceInstance) -> tuple[Region, ...]:
        """The regions meant for an instance."""
        return tuple(each.region for each in self.regions if each.targets(instance))

    @property
    def has_boxes(self) -> bool:
        """Whether any region is given in space."""
        return any(isinstance(each.region, Region3D) for each in self.regions)


def mask_of(model: MaskModel | None, rules: tuple[DeviceRule, ...] = ()) -> Mask:
    """The mask that a request describes, with the ``rules`` it looks for; without a model a plain modification."""
    if model is None:
        return Mask(regions=(), claims=Claims())
    wish = model.wish
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
        requires_hits=model.requires_hits,
        overlays_go=model.overlays == "remove",
        look=None if wish is None else wish.look(rules),
        verifies=model.verifies,
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


def refuse_several_fills(mask: Mask, source: Source) -> None:
    """Regions to keep in one image mask the rest of it, in one way. Raises BadRequest."""
    if not any(each.region.keep for each in mask.regions):
        return
    for instance in source.instances:
        try:
            refuse_several_paints([region for region in mask.regions_of(instance) if region.keep])
        except InvalidInput as error:
            raise refuse(Detail(field_location(error.field), error.message)) from None


def _region(model: RegionModel, field: str) -> Region:
    paint, frames = _paint(model), frozenset(number - 1 for number in model.target_frames)
    match model.region_type:
        case RegionType.PIXELS:
            origin_px, end_px = _pixel(model.origin), _pixel(model.end)
            return Region2D(
                origin_px=origin_px, end_px=end_px, paint=paint, frames=frames, keep=model.keep, field=field
            )
        case RegionType.SPACE:
            origin_mm, end_mm = _point(model.origin), _point(model.end)
            return Region3D(
                origin_mm=origin_mm, end_mm=end_mm, paint=paint, frames=frames, keep=model.keep, field=field
            )
        case RegionType.POLYGON:
            points_px = tuple((float(x), float(y)) for x, y in model.points or ())
            return PolygonRegion(points_px=points_px, paint=paint, frames=frames, keep=model.keep, field=field)


def _paint(model: RegionModel) -> Paint:
    if model.mask_type == "MeanFilter":
        assert model.filter_width is not None
        return MeanFilter(width_px=model.filter_width)
    assert model.fill_value is not None
    value = model.fill_value
    return Fill(value=tuple(value) if isinstance(value, list) else value)


def _pixel(corner: Sequence[float] | None) -> tuple[int, int]:
    x, y = corner or ()
    return int(x), int(y)


def _point(corner: Sequence[float] | None) -> tuple[float, float, float]:
    x, y, z = corner or ()
    return float(x), float(y), float(z)
