"""Which frames of a resource each region of a mask reaches, from the headers alone."""

from collections.abc import Sequence

from ophtha_core.dicom.layout import is_image
from ophtha_core.errors import UnreadableImage
from ophtha_core.masking.plan import region_hits
from plugin.service.frames.description import Hits, InstanceHits, RegionHits
from plugin.service.frames.headers import InstanceHeader, series_headers
from plugin.service.pixels_masker.connection import OrthancConnection
from plugin.service.pixels_masker.payload import Level
from plugin.service.pixels_masker.request import MaskModel
from plugin.service.pixels_masker.source import SourceInstance, read_source
from plugin.service.pixels_masker.targets import TargetedRegion, mask_of, refuse_foreign_targets


def hits_of(orthanc: OrthancConnection, level: Level, resource_id: str, model: MaskModel) -> Hits:
    """Raises NotFound, OrthancAway, BadRequest for targets that are not part of the resource."""
    source = read_source(orthanc, level, resource_id)
    refuse_foreign_targets(model, source)
    headers = {
        header.instance: header for series in source.series for header in series_headers(orthanc, series.series_id)
    }
    images = [each for each in source.instances if each.instance_id in headers]
    unreadable: set[str] = set()
    regions = [_hits(region, images, headers, unreadable) for region in mask_of(model).regions]
    reached = {(each.Instance, frame) for region in regions for each in region.Instances for frame in each.Frames}
    return Hits(
        Frames=sum(len(headers[each.instance_id].frames()) for each in images),
        FrameCount=len(reached),
        Regions=regions,
        Unreadable=sorted(unreadable),
    )


def _hits(
    region: TargetedRegion,
    images: Sequence[SourceInstance],
    headers: dict[str, InstanceHeader],
    unreadable: set[str],
) -> RegionHits:
    found = []
    for image in images:
        dataset = headers[image.instance_id].dataset
        if not region.targets(image) or not is_image(dataset):
            continue
        try:
            frames = region_hits(dataset, (region.region,))
        except UnreadableImage:
            unreadable.add(image.instance_id)
            continue
        if frames:
            found.append(InstanceHits(Instance=image.instance_id, Frames=list(frames)))
    return RegionHits(FrameCount=sum(len(each.Frames) for each in found), Instances=found)
