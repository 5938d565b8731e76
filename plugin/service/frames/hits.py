"""Which frames of a resource each region of a mask reaches, from the headers alone."""

from collections.abc import Sequence
from dataclasses import replace

from ophtha_core.dicom.layout import is_image
from ophtha_core.errors import UnreadableImage
from ophtha_core.masking.plan import region_hits
from plugin.service.frames.description import Hits, InstanceHits, RegionHits
from plugin.service.frames.headers import InstanceHeader, SeriesHeaders, headers_of
from plugin.service.pixels_masker.source import Source, SourceInstance
from plugin.service.pixels_masker.targets import Mask, TargetedRegion


def hits_of(source: Source, mask: Mask, series: Sequence[SeriesHeaders]) -> Hits:
    """What each region hits in the instances of a resource; ``series`` are the headers of all its series."""
    headers = {header.instance: header for each in series for header in headers_of(each)}
    images = [each for each in source.instances if each.instance_id in headers]
    unreadable: set[str] = set()
    regions = [_hits(region, images, headers, unreadable) for region in mask.regions]
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
        header = headers[image.instance_id]
        if not region.targets(image) or not is_image(header.dataset):
            continue
        try:
            header.layout()
            frames = region_hits(header.dataset, (replace(region.region, keep=False),))
        except UnreadableImage:
            unreadable.add(image.instance_id)
            continue
        if frames:
            found.append(InstanceHits(Instance=image.instance_id, Frames=list(frames)))
    return RegionHits(FrameCount=sum(len(each.Frames) for each in found), Instances=found)
