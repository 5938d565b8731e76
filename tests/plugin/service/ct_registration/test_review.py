from dataclasses import replace
from io import BytesIO

import httpx
import pytest
from pydicom import Dataset, FileMetaDataset, dcmread, dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, KeyObjectSelectionDocumentStorage, generate_uid

from plugin.service.ct_registration.made_from import leaving, remove
from plugin.service.ct_registration.storing import store_results
from plugin.service.jobs.claim import ClaimUncertain
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.connection import OrthancConnection
from registration.results.dicom_object import MODEL_NAME
from registration.results.identifiers import Identifiers
from tests.kit.conditions import wait_until
from tests.kit.people import audit_lines
from tests.kit.permits import Permitted
from tests.kit.product import Product
from tests.kit.registration import Chest, ProtocolClient, series_form, url_form

Json = dict[str, object]


@pytest.fixture
def stored(registering: Product, orthanc_port: ProtocolClient, chest: Chest) -> str:
    """A registration of a series with itself, stored; the job's id."""
    form = series_form(replace(chest, floating_series=chest.reference_series))
    job_id = orthanc_port.submit(form)
    orthanc_port.results(job_id)
    return job_id.lower()


def review(product: Product, job_id: str, decision: str, comment: str = "") -> httpx.Response:
    path = f"/plugins/registration/jobs/{job_id}/review"
    return product.post(path, json={"Decision": decision, "Comment": comment})


def content(product: Product, job_id: str) -> Json:
    answer: Json = product.get(f"/jobs/{job_id}").json()["Content"]
    return answer


def series_ids(product: Product) -> set[str]:
    return set(product.get("/series").json())


def removal(product: Product, job_id: str) -> Json:
    """What ``Content`` says once all has left."""
    found = wait_until(lambda: content(product, job_id).get("Removal"), what="end of the removal")
    assert isinstance(found, dict)
    return found


def referring(product: Product, series: str, model: str) -> str:
    """Store an object of this maker's that refers to the first instance of ``series``; its own series."""
    instance = product.get(f"/series/{series}").json()["Instances"][0]
    source = dcmread(BytesIO(product.get(f"/instances/{instance}/file").content), stop_before_pixels=True)
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = KeyObjectSelectionDocumentStorage, generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = source.StudyInstanceUID, generate_uid()
    dataset.PatientID, dataset.PatientName = source.PatientID, source.PatientName
    dataset.Modality, dataset.ManufacturerModelName = "KO", model
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    dataset.CurrentRequestedProcedureEvidenceSequence = Sequence([item])
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    (stored,) = product.upload([buffer.getvalue()])
    return str(product.get(f"/instances/{stored}/series").json()["ID"])


def test_an_accepted_result_says_who_accepted_it_and_stays(registering: Product, stored: str) -> None:
    before = series_ids(registering)
    answer = review(registering, stored, "accepted", "vessels lie upon each other").json()
    shown = content(registering, stored)
    assert shown["Review"] == answer["Review"]
    assert answer["Review"]["Decision"] == "accepted"
    assert answer["Review"]["Comment"] == "vessels lie upon each other"
    assert answer["Review"]["Time"].endswith("Z")
    assert (answer["Removal"], shown["NUrl"] is None) == (None, False)
    assert series_ids(registering) == before
    # The same once more is the same; anything else contradicts it.
    assert review(registering, stored, "accepted", "vessels lie upon each other").json() == answer
    assert review(registering, stored, "rejected").status_code == 409
    assert review(registering, stored, "accepted", "another comment").status_code == 409
    assert series_ids(registering) == before
    lines = [line for line in audit_lines(registering) if line["action"] == "registration reviewed"]
    assert (lines[-1]["resources"], lines[-1]["decision"]) == ([stored], "accepted")
    assert "vessels" not in str(lines)


def test_a_rejected_result_leaves_with_what_was_made_from_it(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest, stored: str
) -> None:
    scans = {chest.reference_series, chest.floating_series}
    result = str(content(registering, stored)["StoredSeries"])
    made = referring(registering, result, MODEL_NAME)
    made_from_that = referring(registering, made, MODEL_NAME)
    of_the_scan = referring(registering, chest.reference_series, MODEL_NAME)
    link = orthanc_port.results(stored)["NUrl"]
    answer = review(registering, stored, "rejected", "shifted by a rib")
    assert answer.status_code == 200
    gone = removal(registering, stored)
    assert {result, made, made_from_that} <= set(gone["Removed"])  # type: ignore[arg-type]
    assert gone["Kept"] == []
    assert not {result, made, made_from_that} & series_ids(registering)
    assert {*scans, of_the_scan} <= series_ids(registering)
    shown = content(registering, stored)
    assert [shown[name] for name in ("NUrl", "DUrl", "FieldUrl", "StoredSeries")] == [None] * 4
    assert shown["Review"] == answer.json()["Review"]
    points = registering.post(
        f"/plugins/registration/jobs/{stored}/points", json={"From": "reference", "Points": [[0, 0, 0]]}
    )
    assert points.status_code == 409
    assert registering.get(f"/plugins/registration/jobs/{stored}/previews/checkerboard.png").status_code == 409
    linked = httpx.get(link)
    assert (linked.status_code, linked.json()["Message"]) == (409, "The link names a result that was rejected")
    data = orthanc_port.data(stored)
    assert (data["Status"], data["Result"]) == ("PROCESS_SUCCESS", "")
    assert "rejected" in data["ErrorMessage"]
    assert not (registering.folder / "ophtha" / "registration" / stored).exists()
    again = review(registering, stored, "rejected", "shifted by a rib").json()
    assert (again["Review"], again["Removal"]) == (answer.json()["Review"], None)
    registering.client().delete(f"/series/{of_the_scan}")


def test_what_a_radiologist_refers_to_stays_and_is_named(registering: Product, stored: str) -> None:
    result = str(content(registering, stored)["StoredSeries"])
    report = referring(registering, result, "Workstation")
    review(registering, stored, "rejected")
    assert removal(registering, stored)["Kept"] == [{"Series": result, "ReferencedBy": [report]}]
    assert {result, report} <= series_ids(registering)
    assert content(registering, stored)["StoredSeries"] == result
    for series in (result, report):
        registering.client().delete(f"/series/{series}")


def test_a_removal_that_was_stopped_goes_on(registering: Product, finished: str) -> None:
    folder = registering.folder / "ophtha" / "registration" / finished.lower()
    with OrthancConnection(OrthancAddress(registering.url, "")) as orthanc:
        store_results(orthanc, folder, Permitted(), progress=lambda _share: None)
        series = leaving(orthanc, Identifiers(finished.lower())).removed
        assert len(series) == 2
        asked: list[int] = []

        def once() -> None:
            asked.append(1)
            if len(asked) > 1:
                raise ClaimUncertain

        with pytest.raises(ClaimUncertain):
            remove(orthanc, series, once)
        assert len(set(series) & series_ids(registering)) == 1
        remove(orthanc, series, Permitted().require)
    assert not set(series) & series_ids(registering)


def test_guests_and_others_review_nothing(registering: Product, api_port: int, finished: str) -> None:
    url = f"http://127.0.0.1:{api_port}/plugins/registration/jobs/{finished}/review"
    statuses = {
        name: httpx.post(
            url,
            json={"Decision": "rejected"},
            headers={"X-Auth-Token": f"{name}-key", "X-Auth-Secret": f"{name}-secret"},
        ).status_code
        for name in ("visitor", "bob")
    }
    assert statuses == {"visitor": 403, "bob": 404}
    assert "Review" not in content(registering, finished)


def test_only_what_has_succeeded_can_be_reviewed(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest
) -> None:
    job_id = orthanc_port.submit(url_form(registering, chest.reference[:7], chest.reference))
    assert orthanc_port.finish(job_id)["Status"] == "PROCESS_FAILED"
    assert review(registering, job_id, "accepted").status_code == 409
    assert review(registering, "unknown", "accepted").status_code == 404
    assert review(registering, job_id, "maybe").status_code == 422
