"""Headers as Orthanc tells them in JSON, as data sets."""

from collections.abc import Mapping
from typing import Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

_INTEGERS: Final = frozenset({"US", "SS", "UL", "SL", "SV", "UV"})
_FLOATS: Final = frozenset({"FL", "FD"})
_BULK: Final = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN", "AT"})
_OWN: Final = ("InstanceNumber", "NumberOfFrames")


def dataset_of_tags(tags: Mapping[str, object]) -> Dataset:
    """A data set from Orthanc's JSON of a header; bulk values and what pydicom does not know are left out."""
    dataset = Dataset()
    for name, entry in tags.items():
        tag = Tag(name.replace(",", ""))
        if tag.is_private or not isinstance(entry, dict) or tag.group <= 2:
            continue
        try:
            vr = dictionary_VR(tag).split(" ")[0]
        except KeyError:
            continue
        value = entry.get("Value")
        if vr == "SQ":
            items = [dataset_of_tags(_numbered(item)) for item in value] if isinstance(value, list) else []
            dataset.add(DataElement(tag, "SQ", Sequence(items)))
        elif vr not in _BULK and isinstance(value, str) and tag != 0x7FE00010:
            parsed = _parsed(vr, value)
            if parsed is not None:
                dataset.add(DataElement(tag, vr, parsed))
    return dataset


def with_own_tags(shared: Dataset, tags: Mapping[str, object]) -> Dataset:
    """What instances have in common, with what Orthanc's index knows of one of them."""
    header = Dataset()
    header.update(shared)
    for keyword in _OWN:
        value = str(tags.get(keyword) or "").strip()
        if value:
            setattr(header, keyword, value)
        elif keyword in header:
            delattr(header, keyword)
    return header


def _numbered(item: object) -> Mapping[str, object]:
    return item if isinstance(item, dict) else {}


def _parsed(vr: str, text: str) -> object:
    text = text.rstrip("\0 ") if vr not in ("LT", "ST", "UT") else text
    if vr in ("LT", "ST", "UT"):
        return text
    parts = text.split("\\")
    try:
        if vr in _INTEGERS:
            numbers: list[object] = [int(part) for part in parts if part.strip()]
        elif vr in _FLOATS:
            numbers = [float(part) for part in parts if part.strip()]
        else:
            return parts if len(parts) > 1 else text
    except ValueError:
        return None
    return numbers if len(numbers) != 1 else numbers[0]
