"""Whether a line says who the patient is: its text beside what the header says of her."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import known_text

_RUN: Final = 4
"""Characters in a row that a line and a value must share."""
_LEAST_NAME: Final = 2
_PERSONS: Final = (
    "PatientName",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy",
    "OperatorsName",
    "RequestingPhysician",
    "PhysiciansOfRecord",
    "ResponsiblePerson",
)
_VALUES: Final = ("PatientID", "AccessionNumber", "InstitutionName", "DeviceSerialNumber", "StudyID", "StationName")
_DATES: Final = ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
_TIMES: Final = ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LOOK_ALIKE: Final = str.maketrans("oqil|sbz", "00111582")
"""What a reader of characters takes for each other."""


@dataclass(frozen=True)
class IdentifyingValues:
    """What the header of an image says of patient, persons, place and time, folded."""

    runs: frozenset[str]
    """Every run of so many characters in a value."""
    words: frozenset[str]
    """Whole values, components of names, and printed forms of dates and times."""

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        values = [_folded(known_text(dataset, keyword)) for keyword in (*_PERSONS, *_VALUES)]
        names = [part for keyword in _PERSONS for part in _components(known_text(dataset, keyword))]
        moments = list(_moments(dataset))
        words = {word for word in (*values, *names, *moments) if len(word) >= _LEAST_NAME}
        runs = {run for value in (*values, *moments) for run in _runs(value)}
        return cls(runs=frozenset(runs), words=frozenset(words))

    def are_in(self, text: str) -> bool:
        """Whether a line equals a value, holds a component of a name as a word, or shares a run with a value.

        Case, accents, order, separators and look-alike characters do not count.
        """
        folded = _folded(text)
        words = set(_components(text))
        return folded in self.words or bool(words & self.words) or any(run in self.runs for run in _runs(folded))


def _folded(text: str) -> str:
    """Letters and digits alone, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(each for each in plain if each.isalnum()).translate(_LOOK_ALIKE)


def _components(text: str) -> list[str]:
    return [folded for part in re.split(r"[\W_]+", text) if (folded := _folded(part))]


def _runs(folded: str) -> Iterator[str]:
    return (folded[start : start + _RUN] for start in range(len(folded) - _RUN + 1))


def _moments(dataset: Dataset) -> Iterator[str]:
    for keyword in _DATES:
        yield from map(_folded, _date_forms(known_text(dataset, keyword)))
    for keyword in _TIMES:
        digits = known_text(dataset, keyword)[:6]
        if digits.isdigit() and len(digits) >= 4:
            yield from (digits, digits[:4])


def _date_forms(text: str) -> Iterable[str]:
    """Every way a date is printed: orders of day, month and year, the year with two digits too, and month names."""
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return
    for year in (f"{day:%Y}", f"{day:%y}"):
        for one, two in (
            (f"{day:%d}", f"{day:%m}"),
            (str(day.day), str(day.month)),
            (str(day.day), _MONTHS[day.month - 1]),
        ):
            for order in ((year, two, one), (one, two, year), (two, one, year)):
                yield "".join(order)
