"""Work for a worker: fetch an image, decode it, make a picture of it."""

from urllib.parse import quote

from ophtha_core.display.frame import Shown, Window, png_of, show_frame, show_masked_frame
from ophtha_core.display.volume import display_volume
from ophtha_core.masking.region import Region
from plugin.service.errors import NotFound
from plugin.service.frames.headers import series_headers, stack_of_series
from plugin.service.orthanc_client import OrthancAddress
from plugin.service.pixels_masker.connection import OrthancConnection


def frame_png(address: OrthancAddress, instance_id: str, frame: int, window: Window | None) -> bytes:
    """Raises NotFound, UnreadableImage, InvalidInput."""
    return png_of(show_frame(_file(address, instance_id), frame, window=window))


def masked_frame_png(
    address: OrthancAddress,
    instance_id: str,
    frame: int,
    regions: tuple[Region, ...],
    shown: Shown,
    window: Window | None,
) -> bytes:
    """Raises NotFound, UnreadableImage, InvalidInput."""
    return png_of(show_masked_frame(_file(address, instance_id), frame, regions, shown=shown, window=window))


def series_volume(address: OrthancAddress, series_id: str, largest_side: int) -> bytes:
    """Raises NotFound, UnreadableImage."""
    with OrthancConnection(address) as orthanc:
        stack = stack_of_series(series_headers(orthanc, series_id))
        return display_volume(
            stack, lambda instance: orthanc.get(f"/instances/{instance}/file").body, largest_side=largest_side
        )


def _file(address: OrthancAddress, instance_id: str) -> bytes:
    with OrthancConnection(address) as orthanc:
        answer = orthanc.get(f"/instances/{quote(instance_id, safe='')}/file")
    if not answer.is_ok:
        raise NotFound("There is no instance of this identifier")
    return answer.body
