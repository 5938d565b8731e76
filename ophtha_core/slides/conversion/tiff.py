"""TIFF and BigTIFF, among them those of scanners: Aperio's SVS and Hamamatsu's NDPI.

Tiles are decoded one after the other: what is in memory is one row of them.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import numpy as np
import tifffile

from ophtha_core.dicom.reading import PARSE_ERRORS
from ophtha_core.errors import InvalidInput
from ophtha_core.slides.conversion.source import LARGEST_ASSOCIATED_PIXELS, Rows, SourceImage
from ophtha_core.slides.index import Associated

_LOSSY: Final = {
    tifffile.COMPRESSION.JPEG,
    tifffile.COMPRESSION.OJPEG,
    tifffile.COMPRESSION.JPEG_LOSSY,
    tifffile.COMPRESSION.APERIO_JP2000_YCBC,
    tifffile.COMPRESSION.APERIO_JP2000_RGB,
}
_GREY: Final = {tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.MINISWHITE}
_COLOUR: Final = {tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR}
_UM_PER_UNIT: Final = {tifffile.RESUNIT.INCH: 25_400.0, tifffile.RESUNIT.CENTIMETER: 10_000.0}
_COARSEST_UM: Final = 20.0
"""Resolutions beyond this are those of printers."""
_ASSOCIATED: Final = {
    "label": Associated.LABEL,
    "macro": Associated.OVERVIEW,
    "overview": Associated.OVERVIEW,
    "thumbnail": Associated.THUMBNAIL,
}


@contextmanager
def opened(path: Path) -> Iterator[SourceImage]:
    """The largest picture of a file, and those beside it that have a name."""
    try:
        with tifffile.TiffFile(path) as file:
            yield _source(file)
    except (tifffile.TiffFileError, RuntimeError, *PARSE_ERRORS) as error:
        raise InvalidInput("files[]", "is a TIFF file that cannot be read") from error


def _source(file: tifffile.TiffFile) -> SourceImage:
    page = _largest_page(file)
    if page.photometric not in _GREY | _COLOUR:
        raise InvalidInput(
            "files[]",
            f"is a TIFF file of colours that are not read (PhotometricInterpretation {int(page.photometric)})",
        )
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and page.samplesperpixel > 1:
        raise InvalidInput(
            "files[]", "is a TIFF file whose colours lie apart (PlanarConfiguration 2), which is not read"
        )
    samples = 1 if page.photometric in _GREY else 3
    return SourceImage(
        width_px=page.imagewidth,
        height_px=page.imagelength,
        samples=samples,
        bits=int(page.bitspersample),
        is_lossy=page.compression in _LOSSY,
        spacing_um=_spacing_um(page),
        magnification=_number(r"AppMag\s*=\s*([\d.]+)", page.description),
        profile=page.iccprofile,
        pieces=lambda: _pieces(page, samples),
        associated=_associated(file, page),
    )


def _largest_page(file: tifffile.TiffFile) -> tifffile.TiffPage:
    pages = [page for page in file.pages if isinstance(page, tifffile.TiffPage) and page.imagedepth == 1]
    if not pages:
        raise InvalidInput("files[]", "is a TIFF file without a picture")
    return max(pages, key=lambda page: page.imagewidth * page.imagelength)


def _pieces(page: tifffile.TiffPage, samples: int) -> Iterator[Rows]:
    """Rows of tiles, or strips, from top to bottom."""
    row: Rows | None = None
    top = 0
    for decoded, (_, _, y, x, _), _ in page.segments(maxworkers=1):
        if row is not None and y != top:
            yield _shown(row, page)
            row = None
        if row is None:
            top = y
            height = min(page.rowsperstrip if not page.is_tiled else page.tilelength, page.imagelength - y)
            row = np.zeros((height, page.imagewidth, samples), dtype=cast("np.dtype[np.uint8]", page.dtype))
            if samples == 3:
                row[:] = np.iinfo(row.dtype).max
        if decoded is not None:
            part = decoded[0, : row.shape[0], : page.imagewidth - x, :samples]
            row[: part.shape[0], x : x + part.shape[1]] = part
    if row is not None:
        yield _shown(row, page)


def _shown(row: Rows, page: tifffile.TiffPage) -> Rows:
    if page.photometric is not tifffile.PHOTOMETRIC.MINISWHITE:
        return row
    inverted: Rows = np.iinfo(row.dtype).max - row
    return inverted


def _associated(file: tifffile.TiffFile, base: tifffile.TiffPage) -> Mapping[Associated, Rows]:
    found: dict[Associated, Rows] = {}
    for series in file.series:
        kind = _ASSOCIATED.get(series.name.strip().lower())
        page = series.keyframe
        if kind is None or page is base or page.imagewidth * page.imagelength > LARGEST_ASSOCIATED_PIXELS:
            continue
        pixels = page.asarray()
        if pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] >= 3:
            found.setdefault(kind, np.ascontiguousarray(pixels[:, :, :3]))
    return found


def _spacing_um(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """What Aperio states in the description, else the resolution where it is that of a microscope."""
    stated = _number(r"MPP\s*=\s*([\d.]+)", page.description)
    if stated is not None and stated > 0:
        return stated, stated
    unit = _UM_PER_UNIT.get(tifffile.RESUNIT(page.resolutionunit))
    resolution = page.tags.get("XResolution"), page.tags.get("YResolution")
    if unit is None or resolution[0] is None or resolution[1] is None:
        return None
    per_unit = [_quotient(tag.value) for tag in resolution if tag is not None]
    if min(per_unit) <= 0:
        return None
    x, y = (unit / each for each in per_unit)
    return (x, y) if max(x, y) <= _COARSEST_UM else None


def _quotient(value: object) -> float:
    numerator, denominator = cast("tuple[int, int]", value)
    return numerator / denominator if denominator else 0.0


def _number(pattern: str, text: str) -> float | None:
    found = re.search(pattern, text)
    try:
        return None if found is None else float(found[1])
    except ValueError:
        return None
