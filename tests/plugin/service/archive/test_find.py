"""The list of studies: whole, in order, page by page, as the archive is now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from pydicom.dataset import Dataset

from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

DATES = {"FIND-A": "20200105", "FIND-B": "", "FIND-C": "20240131", "FIND-D": "20210207", "FIND-E": "20240131"}
MARK = "to be found"


@dataclass(frozen=True)
class Archive:
    product: Product
    studies: dict[str, str]
    """Orthanc ids by patient ID."""

    def find(self, **search: object) -> dict[str, object]:
        answer = self.product.post("/plugins/ophtha/studies/find", json={"text": MARK, **search})
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    def patients(self, **search: object) -> Sequence[str]:
        """Whose studies are found, in order."""
        return [each["patient_id"] for each in self.find(**search)["studies"]]  # type: ignore[attr-defined]

    def until(self, expected: list[str], **search: object) -> None:
        wait_until(lambda: self.patients(**search) == expected, what=f"that {expected} are listed")


def one(patient: str, date: str, modality: str = "CT") -> bytes:
    def change(dataset: Dataset) -> None:
        dataset.StudyDescription = f"{MARK} {patient}"
        dataset.PatientName = f"Name^Of {patient}"
        dataset.StudyDate = date
        dataset.Modality = modality

    return to_bytes(next(iter(slices(StudyIds(patient_id=patient), 1, rows=4, columns=4, change=change))))


@pytest.fixture(scope="module")
def archive(product: Product) -> Iterator[Archive]:
    studies = {}
    for patient, date in DATES.items():
        instance = product.upload([one(patient, date, "MR" if patient == "FIND-D" else "CT")])[0]
        studies[patient] = product.get(f"/instances/{instance}/study").json()["ID"]
    yield Archive(product, studies)
    with product.client() as client:
        for study in studies.values():
            client.delete(f"/studies/{study}")


def by_id(archive: Archive, *patients: str, backwards: bool = False) -> list[str]:
    return sorted(patients, key=lambda each: archive.studies[each], reverse=backwards)


def test_the_newest_come_first_and_those_without_a_date_last(archive: Archive) -> None:
    newest = by_id(archive, "FIND-C", "FIND-E", backwards=True)
    archive.until([*newest, "FIND-D", "FIND-A", "FIND-B"])
    assert archive.patients(order="date") == ["FIND-A", "FIND-D", *reversed(newest), "FIND-B"]
    assert archive.find()["complete"] is True


@pytest.mark.parametrize(("order", "expected"), [("patient", "ABCDE"), ("-patient", "EDCBA"), ("description", "ABCDE")])
def test_they_are_sorted_by_what_is_asked(archive: Archive, order: str, expected: str) -> None:
    archive.until([f"FIND-{letter}" for letter in expected], order=order)


def test_pages_follow_one_another_and_tell_how_many_there_are(archive: Archive) -> None:
    whole = archive.patients(order="patient")
    pages = [archive.find(order="patient", offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [each["patient_id"] for page in pages for each in page["studies"]] == whole  # type: ignore[attr-defined]
    assert {page["total"] for page in pages} == {5}
    assert archive.find(offset=5)["studies"] == []


@pytest.mark.parametrize(
    ("search", "letters"),
    [
        ({"from": "2021-02-07"}, "CDE"),
        ({"to": "20210207"}, "AD"),
        ({"from": "20210207", "to": "2021-02-07"}, "D"),
        ({"modality": "MR"}, "D"),
        ({"modality": "US"}, ""),
        ({"text": f"{MARK} find-c"}, "C"),
        ({"text": f"{MARK} NAME, OF FIND-A"}, "A"),
        ({"text": f"{MARK} 2024-01-31"}, "CE"),
    ],
)
def test_filters_come_before_the_limit(archive: Archive, search: dict[str, object], letters: str) -> None:
    archive.until([f"FIND-{letter}" for letter in letters], order="patient", **search)


def test_what_was_deleted_is_gone_and_what_has_come_is_there(archive: Archive) -> None:
    product = archive.product
    instance = product.upload([one("FIND-NEW", "20250101")])[0]
    archive.until(["FIND-NEW"], text="FIND-NEW")
    study = product.get(f"/instances/{instance}/study").json()["ID"]
    with product.client() as client:
        client.delete(f"/studies/{study}").raise_for_status()
    wait_until(lambda: archive.find(text="FIND-NEW")["total"] == 0, what="that it is gone")


@pytest.mark.parametrize(
    ("search", "field"),
    [({"from": "31.1.2024"}, "from"), ({"order": "size"}, "order"), ({"limit": 0}, "limit"), ({"page": 2}, "page")],
)
def test_what_cannot_be_asked_is_named(archive: Archive, search: dict[str, object], field: str) -> None:
    answer = archive.product.post("/plugins/ophtha/studies/find", json=search)
    assert answer.status_code == 422
    assert field in answer.text
