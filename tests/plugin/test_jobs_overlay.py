import io
import json
from collections.abc import Iterator

import pytest

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from tests.kit.conditions import wait_until
from tests.kit.product import Product

_REGION = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [8, 8]}


@pytest.fixture
def study(product: Product) -> Iterator[str]:
    """A small head CT in Orthanc."""
    files = []
    for dataset in head_ct(HeadCt(pixels=32, slices=6, slice_spacing_mm=20)):
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        files.append(buffer.getvalue())
    instances = product.upload(files)
    yield product.get(f"/instances/{instances[0]}/study").json()["ID"]
    product.clear()


def mask(product: Product, study: str) -> str:
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"Asynchronous": True, "MaskPixelData": {"Regions": [_REGION]}},
    )
    assert answer.status_code == 200, answer.text
    job_id: str = answer.json()["ID"]
    assert answer.json()["Path"] == f"/jobs/{job_id}"
    return job_id


def finished(product: Product, job_id: str) -> bool:
    return product.get(f"/jobs/{job_id}").json()["State"] in ("Success", "Failure")


def test_our_jobs_and_those_of_the_core_are_listed_together(product: Product, study: str) -> None:
    ours = mask(product, study)
    core = product.post(f"/studies/{study}/modify", json={"Replace": {"StudyID": "x"}, "Asynchronous": True})
    core_id = core.json()["ID"]
    assert {ours, core_id} <= set(product.get("/jobs").json())
    expanded = {job["ID"]: job for job in product.get("/jobs?expand").json()}
    assert expanded[core_id]["Type"] == "ResourceModification"
    assert expanded[ours]["Type"] == "PixelsMasker"
    assert set(expanded[core_id]) - {"EstimatedTimeOfArrival", "CompletionTime"} <= set(expanded[ours])
    wait_until(lambda: finished(product, ours) and finished(product, core_id), what="end of both jobs")


def test_a_job_of_ours_is_found_in_any_case_of_letters(product: Product, study: str) -> None:
    job_id = mask(product, study)
    wait_until(lambda: finished(product, job_id), what="end of the job")
    view = product.get(f"/jobs/{job_id.upper()}").json()
    assert view["ID"] == job_id
    assert (view["State"], view["Progress"], view["ErrorCode"]) == ("Success", 100, 0)


def test_a_finished_job_cannot_be_paused_and_only_a_failed_one_is_resubmitted(product: Product, study: str) -> None:
    job_id = mask(product, study)
    wait_until(lambda: finished(product, job_id), what="end of the job")
    for action in ("pause", "resume", "resubmit"):
        answer = product.post(f"/jobs/{job_id}/{action}", content=b"{}")
        assert (action, answer.status_code) == (action, 409)


def test_every_word_to_a_job_is_in_the_audit_log(product: Product, study: str) -> None:
    job_id = mask(product, study)
    assert product.post(f"/jobs/{job_id}/cancel", content=b"{}").status_code == 200
    wait_until(lambda: finished(product, job_id), what="end of the job")
    with product.client() as client:
        assert client.delete(f"/jobs/{job_id}").status_code == 200
    lines = [json.loads(line) for line in (product.folder / "ophtha" / "audit.jsonl").read_text().splitlines()]
    said = [each["action"] for each in lines if each["resources"] == [job_id]]
    assert said == ["job cancel", "job remove"]


def test_jobs_of_the_core_are_still_controlled_by_the_core(product: Product, study: str) -> None:
    core = product.post(f"/studies/{study}/modify", json={"Replace": {"StudyID": "x"}, "Asynchronous": True})
    core_id = core.json()["ID"]
    assert product.get(f"/jobs/{core_id}").json()["Type"] == "ResourceModification"
    wait_until(lambda: finished(product, core_id), what="end of the core's job")
    assert product.post(f"/jobs/{core_id}/cancel", content=b"{}").status_code == 200


def test_an_unknown_job_and_an_unknown_action_are_not_found(product: Product) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert product.get(f"/jobs/{unknown}").status_code == 404
    assert product.post(f"/jobs/{unknown}/cancel", content=b"{}").status_code == 404
    assert product.post(f"/jobs/{unknown}/explode", content=b"{}").status_code == 405  # the core knows outputs there


def test_a_wrong_method_is_refused_as_by_the_core(product: Product) -> None:
    assert product.post("/jobs", json={}).status_code == 405
    assert product.post("/jobs/some-id", json={}).status_code == 405


def test_copies_say_what_they_were_made_of_where_orthanc_lets_a_plugin_write_it(product: Product, study: str) -> None:
    job_id = mask(product, study)
    wait_until(lambda: finished(product, job_id), what="end of the job")
    copy = product.get(f"/jobs/{job_id}").json()["Content"]["ID"]
    version = tuple(int(part) for part in product.get("/system").json()["Version"].split(".")[:3])
    origin = product.get(f"/studies/{copy}/metadata/ModifiedFrom")
    if version >= (1, 12, 2):
        assert origin.text == study
    else:
        assert origin.status_code == 404
    assert product.get(f"/studies/{copy}/metadata/8310").text == study
