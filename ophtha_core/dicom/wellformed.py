"""The part of a header that can be trusted to be what its tags say: every value parsed, none left to be."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from pydicom import config
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.valuerep import DA, DT, TM, validate_value

from ophtha_core.dicom.reading import PARSE_ERRORS, unreadable
from ophtha_core.errors import UnreadableImage

LARGEST_DEPTH: Final = 16
"""Sequences within sequences; functional groups of segmentations need five."""
LARGEST_VALUE_BYTES: Final = 2**20
"""Profiles of colour and palettes are smaller, pixels are not."""

_NUMBERS: Final = frozenset({"DS", "IS", "FL", "FD", "SL", "SS", "SV", "UL", "US", "UV"})
_FORMATTED: Final = frozenset({"AS", "DA", "DT", "TM"})


def well_formed(dataset: Dataset, *, depth: int = LARGEST_DEPTH) -> Dataset:
    """A copy without malformed values, private elements, bulk data, and what lies deeper than ``depth`` sequences.

    Nothing of it is parsed later, and it has no tie to the file: it can be handed to another process.
    """
    copy = Dataset()
    for tag in dataset.keys():  # noqa: SIM118 - iterating a data set parses, and raises for, each element
        with suppress(*PARSE_ERRORS):
            element = None if BaseTag(tag).is_private else _well_formed(dataset[tag], depth)
            if element is not None:
                copy.add(element)
    return copy


def refuse_deep(dataset: Dataset, *, depth: int = LARGEST_DEPTH) -> None:
    """Raise UnreadableImage when sequences lie deeper within one another: some readers follow them by recursion."""
    for tag in dataset.keys():  # noqa: SIM118 - as above
        element = dataset.get_item(tag)
        if element.VR != "SQ" and (element.VR is not None or not _is_sequence(tag)):
            continue
        if depth == 0:
            raise UnreadableImage(f"its sequences lie deeper than {LARGEST_DEPTH} within one another")
        with unreadable("a sequence"):
            items = list(dataset[tag].value)
        for item in items:
            refuse_deep(item, depth=depth - 1)


def _is_sequence(tag: BaseTag) -> bool:
    return dictionary_has_tag(tag) and dictionary_VR(tag) == "SQ"


def _well_formed(element: DataElement, depth: int) -> DataElement | None:
    if element.VR == "SQ":
        if depth == 0:
            return None
        return DataElement(element.tag, "SQ", Sequence([well_formed(item, depth=depth - 1) for item in element.value]))
    if isinstance(element.value, bytes) and len(element.value) > LARGEST_VALUE_BYTES:
        return None
    values = element.value if isinstance(element.value, (MultiValue, list)) else [element.value]
    if element.VR in _NUMBERS and not _are_numbers(values):
        return None
    if element.VR in _FORMATTED:
        for value in values:
            validate_value(element.VR, _text(value), config.RAISE)
    return DataElement(element.tag, element.VR, element.value)


def _are_numbers(values: Iterable[object]) -> bool:
    return all(value is None or value == "" or isinstance(value, (int, float)) for value in values)


def _text(value: object) -> str:
    return str(value.original_string) if isinstance(value, (DA, DT, TM)) else str(value or "")
