"""What goes along unmasked and may still show the patient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import value_of

_STORAGE = "1.2.840.10008.5.1.4.1.1"
_NAMED = 5


class Exposure(StrEnum):
    """Kinds of objects that tend to hold the patient's name in other places than attributes."""

    DOCUMENT = "encapsulated document"
    SECONDARY_CAPTURE = "secondary capture"
    PRESENTATION_STATE = "presentation state"
    DOSE_REPORT = "dose report"
    STRUCTURED_REPORT = "structured report"
    BURNED_IN = "image with burned-in annotations"


_CLASSES = {
    f"{_STORAGE}.104.": Exposure.DOCUMENT,
    f"{_STORAGE}.7.": Exposure.SECONDARY_CAPTURE,
    f"{_STORAGE}.11.": Exposure.PRESENTATION_STATE,
    f"{_STORAGE}.88.67.": Exposure.DOSE_REPORT,
    f"{_STORAGE}.88.68.": Exposure.DOSE_REPORT,
    f"{_STORAGE}.88.73.": Exposure.DOSE_REPORT,
    f"{_STORAGE}.88.76.": Exposure.DOSE_REPORT,
    f"{_STORAGE}.88.": Exposure.STRUCTURED_REPORT,
}
"""Prefix of SOP Class UIDs (PS3.4 B.5), the longer ones first."""


@dataclass(frozen=True)
class Unmasked:
    """A stored copy of which no pixel was masked."""

    instance_id: str
    exposure: Exposure


def exposure_of(dataset: Dataset) -> Exposure | None:
    """How an object that is not masked may show the patient; None for ordinary images. Raises UnreadableImage."""
    sop_class = f"{value_of(dataset, 'SOPClassUID') or ''}."
    for prefix, exposure in _CLASSES.items():
        if sop_class.startswith(prefix):
            return exposure
    return Exposure.BURNED_IN if value_of(dataset, "BurnedInAnnotation") == "YES" else None


def warnings(unmasked: Iterable[Unmasked]) -> list[str]:
    """One sentence for each kind, naming the copies."""
    by_kind: dict[Exposure, list[str]] = {}
    for each in unmasked:
        by_kind.setdefault(each.exposure, []).append(each.instance_id)
    sentences = []
    for kind in Exposure:
        ids = sorted(by_kind.get(kind, ()))
        if ids:
            noun = kind.value if len(ids) == 1 else _plural(kind.value)
            sentences.append(f"{len(ids)} {noun} went along unmasked and may still show the patient: {named(ids)}")
    return sentences


def named(ids: Sequence[str]) -> str:
    """The first few of many."""
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"{', '.join(ids[:_NAMED])}{more}"


def _plural(noun: str) -> str:
    return noun.replace("image", "images") if noun.startswith("image") else f"{noun}s"
