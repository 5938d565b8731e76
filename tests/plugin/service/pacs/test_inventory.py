"""A study's line is found by what it shows."""

import pytest

from plugin.service.pacs.inventory import StudyLine

JANE = StudyLine(
    id="s",
    patient_name="DOE^JANE^M^^DR=鈴木^花子",
    patient_id="P-17[a]",
    date="20240131",
    description="Thorax mit Kontrastmittel, übersandt",
    accession_number="A-9",
    modalities=frozenset({"CT"}),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "DOE, JANE",
        "doe^jane",
        "jane doe",
        "2024-01-31",
        "20240131",
        "2024-01",
        "P-17[a]",
        "a-9",
        "CT",
        "Jane 2024-01-31 thorax",
        "UBERSANDT",
        "Übersandt",
        "鈴木, 花子",
        "thor*mittel",
        "d?e",
    ],
)
def test_every_column_and_any_words_of_them_find_it(text: str) -> None:
    assert JANE.holds(text)


@pytest.mark.parametrize("text", ["DOE, JOHN", "2024-01-30", "MR", "P-17a", "jane smith", "th?x"])
def test_other_words_do_not(text: str) -> None:
    assert not JANE.holds(text)


def test_what_is_empty_shows_nothing_but_is_found_by_nothing() -> None:
    bare = StudyLine(id="s", patient_name="", patient_id="", date="", description="", accession_number="")
    assert bare.holds("")
    assert not bare.holds("doe")
