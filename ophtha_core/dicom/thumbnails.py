"""Small pictures of an image beside its pixels: the icon of the standard, and what devices hide in private elements.

No private dictionary tells which element is a picture. One is taken for it that holds an image item, begins as a
picture file does, or has as many bytes as a picture of the same shape, or a square one, would have.
"""

import math
from typing import Final

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from ophtha_core.dicom.layout import PixelElement, PixelLayout

_ICON: Final = Tag("IconImageSequence")
_BINARY: Final = (None, "OB", "OW", "UN")
_PICTURE_STARTS: Final = (
    b"\xff\xd8\xff",
    b"\xff\x4f\xff\x51",
    b"\x89PNG\r\n",
    b"GIF8",
    b"II*\0",
    b"MM\0*",
    b"\0\0\0\x0cjP  ",
)
_ITEM_START: Final = b"\xfe\xff\x00\xe0"
_PIXEL_DATA_TAG: Final = b"\xe0\x7f\x10\x00"
"""Of sequences of unknown type, as implicit transfer syntaxes make of private ones."""
_DICOM_PREFIX: Final = slice(128, 132)
_SMALLEST_SIDE_PX: Final = 16
_SAMPLE_BYTES: Final = (1, 2, 3)
_NO_PICTURES: Final = (b"SV10",)
"""Siemens' CSA headers."""
_TEXT: Final = bytes((0, 9, 10, 13, *range(32, 127)))
_PIXEL_GROUPS: Final = range(0x7FDF, 0x8000)
_FEWEST_BYTES: Final = _SMALLEST_SIDE_PX**2


def remove_thumbnails(dataset: Dataset, layout: PixelLayout) -> None:
    """Remove icons and private pictures at every depth; ``layout`` is that of the image itself."""
    for tag in list(dataset.keys()):
        if tag == _ICON or (tag.is_private and _holds_picture(dataset, tag, layout)):
            del dataset[tag]
        elif _is_sequence(dataset, tag):
            for item in dataset[tag].value or []:
                remove_thumbnails(item, layout)


def private_pixels(dataset: Dataset) -> BaseTag | None:
    """The first private element in the groups beside the pixel data that holds as much as a picture would."""
    for tag in sorted(dataset.keys()):
        if tag.is_private and tag.group in _PIXEL_GROUPS and len(_binary(dataset, tag)) >= _FEWEST_BYTES:
            return BaseTag(tag)
    return None


def _holds_picture(dataset: Dataset, tag: BaseTag, layout: PixelLayout) -> bool:
    if _is_sequence(dataset, tag):
        return any(_has_pixels(item, layout) for item in dataset[tag].value or [])
    return _is_picture(_binary(dataset, tag), layout)


def _has_pixels(item: Dataset, layout: PixelLayout) -> bool:
    if any(element.value in item for element in PixelElement) or _ICON in item:
        return True
    return any(
        _holds_picture(item, tag, layout) for tag in list(item.keys()) if tag.is_private or _is_sequence(item, tag)
    )


def _is_picture(value: bytes, layout: PixelLayout) -> bool:
    if value.startswith(_ITEM_START) and _PIXEL_DATA_TAG in value:
        return True
    if value.startswith(_PICTURE_STARTS) or value[_DICOM_PREFIX] == b"DICM" or _is_bitmap(value):
        return True
    if len(value) < _FEWEST_BYTES or value.startswith(_NO_PICTURES) or not value.translate(None, _TEXT):
        return False
    counts = {len(value) // each for each in _SAMPLE_BYTES if len(value) % each == 0}
    return any(_is_shape(count, 1, 1) or _is_shape(count, layout.rows, layout.columns) for count in counts)


def _is_bitmap(value: bytes) -> bool:
    return value.startswith(b"BM") and 0 <= len(value) - int.from_bytes(value[2:6], "little") <= 1


def _is_shape(pixels: int, rows: int, columns: int) -> bool:
    """Whether a picture of so many pixels can have these proportions, each side rounded to whole pixels."""
    height = round(math.sqrt(pixels * rows / columns))
    if height < _SMALLEST_SIDE_PX or pixels % height:
        return False
    width = pixels // height
    return width >= _SMALLEST_SIDE_PX and abs(width * rows - height * columns) <= max(rows, columns)


def _is_sequence(dataset: Dataset, tag: BaseTag) -> bool:
    vr = dataset.get_item(tag).VR
    return vr == "SQ" or (vr is None and dictionary_has_tag(tag) and dictionary_VR(tag) == "SQ")


def _binary(dataset: Dataset, tag: BaseTag) -> bytes:
    element = dataset.get_item(tag)
    value = element.value
    return value if element.VR in _BINARY and isinstance(value, bytes) else b""
