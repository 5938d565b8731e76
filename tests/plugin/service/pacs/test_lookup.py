"""Resources are found by what DICOM calls them."""

import pytest
from pydicom.uid import generate_uid

from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pacs.lookup import Kind, look_up
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, full_study, to_bytes


def test_what_is_stored_is_found_at_its_level_alone(product: Product) -> None:
    study = full_study(StudyIds(patient_id="P-looked-up"))
    instance = product.upload(to_bytes(each) for each in study)[0]
    identifiers = {
        Kind.PATIENT: "P-looked-up",
        Kind.STUDY: study[0].StudyInstanceUID,
        Kind.SERIES: study[0].SeriesInstanceUID,
        Kind.INSTANCE: study[0].SOPInstanceUID,
    }
    with OrthancConnection(OrthancAddress(product.url, "")) as orthanc:
        found = {kind: look_up(orthanc, identifier, kind) for kind, identifier in identifiers.items()}
        assert look_up(orthanc, study[0].StudyInstanceUID, Kind.SERIES) == []
        assert look_up(orthanc, generate_uid(), Kind.INSTANCE) == []
    assert found[Kind.INSTANCE] == [instance]
    for kind in (Kind.PATIENT, Kind.STUDY, Kind.SERIES):
        assert found[kind] == [product.get(f"/instances/{instance}/{kind.lower()}").json()["ID"]]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_kind_is_named_as_orthanc_does(product: Product, kind: Kind) -> None:
    plural = "series" if kind is Kind.SERIES else {"Study": "studies"}.get(kind, f"{kind.lower()}s")
    first = product.get(f"/{plural}").json()[0]
    assert product.get(f"/{plural}/{first}").json()["Type"] == kind
