"""Colours as the maker's ICC profile means them (PS3.3 C.11.15)."""

from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.display import Pixels


@cache
def srgb_profile() -> bytes:
    """The profile of what a screen is taken for."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def to_srgb(pixels: Pixels, profile: bytes) -> Pixels:
    """RGB pixels (rows, columns, 3) of a profile in sRGB. Raises UnreadableImage for a profile that is none of RGB."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.ImageCmsProfile(BytesIO(srgb_profile()))
        transform = ImageCms.buildTransform(source, target, "RGB", "RGB")
        converted = ImageCms.applyTransform(Image.fromarray(pixels), transform)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise UnreadableImage("the colour profile of the image cannot be used") from error
    assert converted is not None, "in place is not asked for"
    return np.asarray(converted)
