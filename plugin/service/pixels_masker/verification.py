"""The second look at a copy, before it is stored."""

from collections.abc import Sequence
from typing import Final

from pydicom.dataset import FileDataset

from ophtha_core.detection.finding import Finding
from ophtha_core.detection.remains import find_remains
from ophtha_core.detection.text_findings import TextWish
from ophtha_core.dicom.layout import is_image
from ophtha_core.dicom.reading import read_dataset, unreadable
from ophtha_core.masking.region import Region
from plugin.service.pixels_masker.find.look import Look, Nothing, Outcome

_NAMED: Final = 5
_TEXT: Final = "Text"
"""Sought anew; all else that was found in the source must be masked as it was found there."""


class Unproven(Exception):
    """A copy may show what it was to hide; the text says where, and never what."""


def verify(
    dicom: bytes, source: FileDataset, regions: Sequence[Region], look: Look | None, looked: Outcome | None
) -> None:
    """See that a copy, as it is to be stored, shows nothing any more that it must not.

    ``regions`` are all that were masked in it; ``looked`` is what was found in the source. Raises Unproven,
    UnreadableImage when the copy cannot be looked at.
    """
    copy = read_dataset(dicom)
    with unreadable("the masked copy"):
        if not is_image(copy):
            return
        wish = TextWish() if look is None else look.text
        remains = find_remains(copy, source, regions, wish=wish, certain=_certain(looked))
    if remains:
        more = f" and {len(remains) - _NAMED} more" if len(remains) > _NAMED else ""
        places = "; ".join(map(str, remains[:_NAMED]))
        raise Unproven(f"a second look at the masked copy still finds {places}{more}")


def _certain(looked: Outcome | None) -> list[Finding]:
    if looked is None or isinstance(looked, Nothing):
        return []
    return [each for each in looked.findings if each.kind != _TEXT]
