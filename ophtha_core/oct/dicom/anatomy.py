"""Which eye and which part of it an image shows, and whether it says so without contradicting itself."""

import re
from typing import Final

from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import items_of, known_text, known_value
from ophtha_core.oct.enface import Laterality

_LATERALITY_CODES: Final = {"24028007": "R", "7771000": "L", "G-A100": "R", "G-A101": "L"}
_POSTERIOR_CODES: Final = frozenset(
    # Eye, both eyes, retina, macula, fovea, optic disc and optic nerve head; SNOMED CT and SRT.
    {"81745001", "40638003", "5665001", "82859000", "67046006", "24665000", "81016008"}
    | {"T-AA000", "T-AA610", "T-AA620", "T-AA621", "T-AA630"}
)
_POSTERIOR_WORDS: Final = re.compile(
    r"\b(retinal?|macula|fovea|foveal|optic (disc|disk|nerve)|posterior (eye|segment|pole))\b|^(both )?eyes?$",
    re.IGNORECASE,
)


def said_lateralities(source: Dataset) -> list[Laterality]:
    """Image, series, then frame laterality, then the modifier of the anatomic region; only those that say L or R."""
    said = [known_value(source, "ImageLaterality"), known_value(source, "Laterality")]
    said += [known_value(anatomy, "FrameLaterality") for anatomy in _frame_anatomies(source)]
    modifiers = [code for region in _regions(source) for code in items_of(region, "AnatomicRegionModifierSequence")]
    said += [_LATERALITY_CODES.get(str(known_value(code, "CodeValue"))) for code in modifiers]
    return [Laterality(str(letter)) for letter in said if letter in list(Laterality)]


def read_laterality(source: Dataset) -> Laterality | None:
    """The eye; None where nothing says L or R, or where what is said contradicts itself."""
    said = said_lateralities(source)
    return said[0] if len(set(said)) == 1 else None


def foreign_region(source: Dataset) -> str | None:
    """The anatomic region where it is none that a macula or an optic disc lies in; None otherwise."""
    for region in _regions(source):
        meaning = known_text(region, "CodeMeaning")
        if known_text(region, "CodeValue") not in _POSTERIOR_CODES and not _POSTERIOR_WORDS.search(meaning):
            return meaning.lower() or "unknown"
    return None


def _regions(source: Dataset) -> list[Dataset]:
    parts = (source, *_frame_anatomies(source))
    return [region for part in parts for region in items_of(part, "AnatomicRegionSequence")]


def _frame_anatomies(source: Dataset) -> list[Dataset]:
    groups = [*items_of(source, "SharedFunctionalGroupsSequence")[:1]]
    groups += items_of(source, "PerFrameFunctionalGroupsSequence")
    return [anatomy for group in groups for anatomy in items_of(group, "FrameAnatomySequence")]
