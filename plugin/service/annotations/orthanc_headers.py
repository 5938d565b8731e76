"""Headers as Orthanc tells them in JSON, as data sets. What is malformed is left out, as if it were not there."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

from ophtha_core.dicom.reading import PARSE_ERRORS

_INTEGERS: Final = frozenset({"US", "SS", "UL", "SL", "SV", "UV"})
_FLOATS: Final = frozenset({"FL", "FD"})
_BULK: Final = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN", "AT"})
_LARGEST_DEPTH: Final = 16
"""Sequences within sequences; functional groups of segmentations need five."""
_OWN: Final = ("InstanceNumber", "NumberOfFrames")


def dataset_of_tags(tags: Mapping[str, object]) -> Dataset:
    """A data set from Orthanc's JSON of a header; bulk values and what pydicom does not know are left out."""
    return _dataset(tags, _LARGEST_DEPTH)


def _dataset(tags: Mapping[str, object], depth: int) -> Dataset:
    dataset = Dataset()
    for name, entry in tags.items():
        # Whatever one value is, the others are read: a decimal comma must not hide an image.
        with suppress(*PARSE_ERRORS):
            element = _element(Tag(name.replace(",", "")), entry, depth)
            if element is not None:
                dataset.add(element)
    return dataset


def _element(tag: BaseTag, entry: object, depth: int) -> DataElement | None:
    if tag.is_private or not isinstance(entry, dict) or tag.group <= 2:
        return None
    vr = dictionary_VR(tag).split(" ")[0]
    value = entry.get("Value")
    if vr == "SQ":
        items = [_dataset(_numbered(item), depth - 1) for item in value] if isinstance(value, list) and depth else []
        return DataElement(tag, "SQ", Sequence(items))
    if vr in _BULK or not isinstance(value, str) or tag == 0x7FE00010:
        return None
    parsed = _parsed(vr, value)
    return None if parsed is None else DataElement(tag, vr, parsed)


def with_own_tags(shared: Dataset, tags: Mapping[str, object]) -> Dataset:
    """What instances have in common, with what Orthanc's index knows of one of them."""
    header = Dataset()
    header.update(shared)
    for keyword in _OWN:
        value = str(tags.get(keyword) or "").strip()
        if keyword in header:
            delattr(header, keyword)
        if value:
            with suppress(*PARSE_ERRORS):
                setattr(header, keyword, value)
    return header


def _numbered(item: object) -> Mapping[str, object]:
    return item if isinstance(item, dict) else {}


def _parsed(vr: str, text: str) -> object:
    text = text.rstrip("\0 ") if vr not in ("LT", "ST", "UT") else text
    if vr in ("LT", "ST", "UT"):
        return text
    parts = text.split("\\")
    if vr in _INTEGERS:
        numbers: list[object] = [int(part) for part in parts if part.strip()]
    elif vr in _FLOATS:
        numbers = [float(part) for part in parts if part.strip()]
    else:
        return parts if len(parts) > 1 else text
    return numbers if len(numbers) != 1 else numbers[0]
