"""Formats of slides that are no DICOM: which a file has, and what reads it."""

from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Final

from ophtha_core.errors import InvalidInput
from ophtha_core.slides.conversion import camera, tiff
from ophtha_core.slides.conversion.source import SourceImage


class SlideFormat(StrEnum):
    """Formats of slides by their names."""

    TIFF = "TIFF"
    PNG = "PNG"
    JPEG = "JPEG"


_MAGIC: Final = {
    b"II*\0": SlideFormat.TIFF,
    b"MM\0*": SlideFormat.TIFF,
    b"II+\0": SlideFormat.TIFF,
    b"MM\0+": SlideFormat.TIFF,
    b"\x89PNG": SlideFormat.PNG,
    b"\xff\xd8\xff": SlideFormat.JPEG,
}
_WITHOUT_READER: Final = {
    "mrxs": "MIRAX",
    "vms": "Hamamatsu VMS",
    "vmu": "Hamamatsu VMU",
    "czi": "Zeiss CZI",
    "vsi": "Olympus VSI",
    "ets": "Olympus ETS",
    "isyntax": "Philips iSyntax",
    "i2syntax": "Philips iSyntax",
    "lif": "Leica LIF",
    "nd2": "Nikon ND2",
    "oir": "Olympus OIR",
    "jp2": "JPEG 2000",
    "sdpc": "SDPC",
    "kfb": "KFB",
    "tmap": "TMAP",
    "zvi": "Zeiss ZVI",
    "bif": "Ventana BIF",
    "scn": "Leica SCN",
}


def format_of(start: bytes, name: str) -> SlideFormat | None:
    """The format of a file that begins with some bytes; None when it is none of those converted.

    Raises InvalidInput naming a format of slides for which there is no reader.
    """
    suffix = Path(name).suffix.removeprefix(".").lower()
    if suffix in _WITHOUT_READER:
        raise InvalidInput(
            "files[]", f"is a file of the format {_WITHOUT_READER[suffix]}, for which there is no reader"
        )
    return next((found for magic, found in _MAGIC.items() if start.startswith(magic)), None)


def probe(path: str, kind: SlideFormat) -> tuple[int, int]:
    """Width and height of a file's picture in pixels. Raises InvalidInput when it cannot be read."""
    with open_source(Path(path), kind) as source:
        return source.width_px, source.height_px


def open_source(path: Path, kind: SlideFormat) -> AbstractContextManager[SourceImage]:
    """Raises InvalidInput for a file that cannot be read, or holds no picture of a slide."""

    return tiff.opened(path) if kind is SlideFormat.TIFF else camera.opened(path)
