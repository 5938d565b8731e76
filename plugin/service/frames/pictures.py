"""Work for a reader: make a picture of a frame."""

from ophtha_core.display.frame import Shown, Window, png_of, show_frame, show_masked_frame
from ophtha_core.masking.region import Region


def frame_png(dicom: bytes, frame: int, window: Window | None, overlays: bool) -> bytes:
    """Raises UnreadableImage, InvalidInput."""
    return png_of(show_frame(dicom, frame, window=window, overlays=overlays))


def masked_frame_png(
    dicom: bytes, frame: int, regions: tuple[Region, ...], shown: Shown, window: Window | None
) -> bytes:
    """Raises UnreadableImage, InvalidInput."""
    return png_of(show_masked_frame(dicom, frame, regions, shown=shown, window=window))
