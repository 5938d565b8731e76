"""PNG and JPEG: pictures that are decoded as a whole, so their size is bounded."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from ophtha_core.errors import InvalidInput
from ophtha_core.slides.conversion.source import Rows, SourceImage

LARGEST_PIXELS: Final = 2**28
_DEEP: Final = ("I", "I;16", "I;16B", "I;16L")
_ROWS_AT_ONCE: Final = 256


@contextmanager
def opened(path: Path) -> Iterator[SourceImage]:
    """A picture of a camera; it says nothing of the size of its pixels: dots per inch are those of a printer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                yield _source(picture)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise InvalidInput("files[]", "is a picture that cannot be read") from error


def _source(picture: Image.Image) -> SourceImage:
    if picture.width * picture.height > LARGEST_PIXELS:
        raise InvalidInput("files[]", f"has more than {LARGEST_PIXELS} pixels; store it as a tiled TIFF")
    is_deep, is_grey = picture.mode in _DEEP, picture.mode in ("1", "L", "LA", *_DEEP)

    def pieces() -> Iterator[Rows]:
        pixels = np.asarray(picture if is_deep else picture.convert("L" if is_grey else "RGB"))
        deep = np.clip(pixels, 0, 65535).astype(np.uint16) if is_deep else pixels
        whole: Rows = deep[:, :, None] if deep.ndim == 2 else deep
        for top in range(0, whole.shape[0], _ROWS_AT_ONCE):
            yield whole[top : top + _ROWS_AT_ONCE]

    return SourceImage(
        width_px=picture.width,
        height_px=picture.height,
        samples=1 if is_grey else 3,
        bits=16 if is_deep else 8,
        is_lossy=picture.format == "JPEG",
        spacing_um=None,
        magnification=None,
        profile=picture.info.get("icc_profile"),
        pieces=pieces,
    )
