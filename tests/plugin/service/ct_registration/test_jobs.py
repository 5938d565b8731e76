import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from plugin.service.ct_registration.storing import remove_stored, store_results
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.connection import OrthancConnection
from registration.results.identifiers import Identifiers
from tests.kit.chest_series import REFERENCE, ChestSeries
from tests.kit.conditions import wait_until
from tests.kit.file_server import FileServer, Reply
from tests.kit.permits import Permitted
from tests.kit.product import Product
from tests.kit.registration import Chest, ProtocolClient, series_form, stored_chest, url_form


class SlowHost:
    """A configured host that serves a series, but keeps its last file back until it is released."""

    def __init__(self, server: FileServer, name: str, series: list[bytes]) -> None:
        self._released = threading.Event()
        self.reached = threading.Event()
        self.urls = [server.url(f"/{name}/{number}.dcm") for number in range(len(series))]
        for number, file in enumerate(series):
            server.replies[f"/{name}/{number}.dcm"] = Reply((file,))
        server.replies[f"/{name}/{len(series) - 1}.dcm"] = lambda: self._late(series[-1])

    def release(self) -> None:
        self._released.set()

    def _late(self, file: bytes) -> Reply:
        self.reached.set()
        self._released.wait(120)
        return Reply((file,))


@pytest.fixture
def slow_host(files: FileServer, request: pytest.FixtureRequest) -> Iterator[SlowHost]:
    host = SlowHost(files, request.node.name, REFERENCE.files())
    yield host
    host.release()


def with_floating(form: dict[str, str], urls: list[str]) -> dict[str, str]:
    kept = {name: value for name, value in form.items() if not name.startswith("FloatingList")}
    return {**kept, **{f"FloatingList.{n}.FloatingURL": url for n, url in enumerate(urls, start=1)}}


def job_folders(product: Product) -> list[str]:
    return [path.name for path in (product.folder / "ophtha" / "registration").iterdir() if path.is_dir()]


def series_ids(product: Product) -> set[str]:
    return set(product.get("/series").json())


def failure(product: Product, client: ProtocolClient, form: dict[str, str]) -> tuple[str, str]:
    """Code and message of a job that fails, after looking that it leaves nothing behind."""
    series = series_ids(product)
    job_id = client.submit(form)
    data = client.finish(job_id)
    assert data["Status"] == "PROCESS_FAILED", data
    assert data["Result"] == ""
    assert job_id.lower() not in job_folders(product)
    assert series_ids(product) == series
    job = product.get(f"/jobs/{job_id}").json()
    assert job["State"] == "Failure"
    assert job["ErrorDetails"] == data["ErrorMessage"]
    assert job["Content"]["ErrorCode"] == data["ErrorCode"]
    return data["ErrorCode"], data["ErrorMessage"]


# -- success ---------------------------------------------------------------------------------------------------------


def test_two_series_of_orthanc_are_registered_and_stored(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest
) -> None:
    before = series_ids(registering)
    job_id = orthanc_port.submit(series_form(chest))
    orthanc_port.results(job_id)
    content = registering.get(f"/jobs/{job_id}").json()["Content"]
    stored = registering.get(f"/series/{content['StoredSeries']}").json()
    assert len(stored["Instances"]) == REFERENCE.slices
    assert stored["MainDicomTags"]["SeriesDescription"] == "Registered CT"
    # The two registration objects are a series of their own.
    new = series_ids(registering) - before
    assert len(new) == 2
    other = registering.get(f"/series/{(new - {content['StoredSeries']}).pop()}").json()
    assert (other["MainDicomTags"]["Modality"], len(other["Instances"])) == ("REG", 2)
    assert content["Quality"]["LungDice"]["After"] > content["Quality"]["LungDice"]["Before"]
    for series in new:
        registering.client().delete(f"/series/{series}")


def test_storing_twice_is_storing_once_and_all_of_it_can_be_taken_out(registering: Product, finished: str) -> None:
    before = series_ids(registering)
    folder = registering.folder / "ophtha" / "registration" / finished.lower()
    identifiers = Identifiers(finished.lower())
    shares: list[float] = []
    with OrthancConnection(OrthancAddress(registering.url, "")) as orthanc:
        stored = [store_results(orthanc, folder, Permitted(), progress=shares.append) for _ in range(2)]
    assert stored[0] == stored[1]
    assert shares[-1] == 1
    assert len(registering.get(f"/series/{stored[0]}").json()["Instances"]) == REFERENCE.slices
    assert len(series_ids(registering) - before) == 2
    for _ in range(2):
        with OrthancConnection(OrthancAddress(registering.url, "")) as orthanc:
            remove_stored(orthanc, identifiers, Permitted().require)
        assert series_ids(registering) == before


def test_files_of_a_configured_host_are_registered(
    registering: Product, orthanc_port: ProtocolClient, files: FileServer, chest: Chest
) -> None:
    for number, file in enumerate(REFERENCE.files()):
        files.replies[f"/plain/{number}"] = Reply((file,))
    urls = [files.url(f"/plain/{number}") for number in range(REFERENCE.slices)]
    orthanc_port.results(orthanc_port.submit(with_floating(url_form(registering, chest.reference, []), urls)))


def test_different_patients_are_registered_when_that_is_wanted(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest
) -> None:
    other = registering.upload(replace(REFERENCE, name="other", patient_id="CHEST-2").files())
    form = url_form(registering, chest.reference, other)
    code, message = failure(registering, orthanc_port, form)
    assert code == "InvalidFile.Content"
    assert "CHEST" not in message
    job_id = orthanc_port.submit({**form, "AllowDifferentPatients": "true"})
    orthanc_port.results(job_id)
    assert any("PatientID" in each for each in registering.get(f"/jobs/{job_id}").json()["Content"]["Warnings"])


# -- failures of the files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "series",
    [
        replace(REFERENCE, name="short", slices=7),
        replace(REFERENCE, name="coronal", is_coronal=True),
        replace(REFERENCE, name="lungless", has_lungs=False),
    ],
    ids=lambda series: series.name,
)
def test_unusable_content_is_invalid_content(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest, series: ChestSeries
) -> None:
    form = url_form(registering, registering.upload(series.files()), chest.floating)
    code, message = failure(registering, orthanc_port, form)
    assert code == "InvalidFile.Content"
    assert "ReferenceList" in message


def test_more_than_600_urls_are_invalid_content(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest
) -> None:
    form = url_form(registering, chest.reference[:1] * 601, chest.floating)
    assert failure(registering, orthanc_port, form) == (
        "InvalidFile.Content",
        "ReferenceList holds 601 files, at most 600 are accepted",
    )


def test_what_is_no_dicom_file_is_invalid_decode(
    registering: Product, orthanc_port: ProtocolClient, files: FileServer, chest: Chest
) -> None:
    files.replies["/text"] = Reply((b"no DICOM file at all" * 100,))
    form = with_floating(url_form(registering, chest.reference, []), [files.url("/text")] * 8)
    code, message = failure(registering, orthanc_port, form)
    assert code == "InvalidFile.Decode"
    assert "FloatingList.1" in message


def test_an_unreachable_url_is_an_illegal_url(registering: Product, orthanc_port: ProtocolClient, chest: Chest) -> None:
    form = url_form(registering, chest.reference, ["0123abcd-0123abcd-0123abcd-0123abcd-0123abcd"] * 8)
    code, message = failure(registering, orthanc_port, form)
    assert code == "IllegalUrlParameter"
    assert message.startswith("FloatingList.")
    assert "404" in message


def test_a_redirect_into_the_network_is_an_illegal_url(
    registering: Product, orthanc_port: ProtocolClient, files: FileServer, chest: Chest
) -> None:
    files.replies["/away"] = Reply(status=302, headers={"Location": "http://169.254.169.254/latest"})
    form = with_floating(url_form(registering, chest.reference, []), [files.url("/away")] * 8)
    assert failure(registering, orthanc_port, form)[0] == "IllegalUrlParameter"


def test_two_chests_that_cannot_be_matched_fail_the_quality_check(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest
) -> None:
    inverted = registering.upload(replace(REFERENCE, name="inverted", is_lung_inverted=True).files())
    code, _ = failure(registering, orthanc_port, url_form(registering, chest.reference, inverted))
    assert code == "InternalError.Algo"


# -- stopping --------------------------------------------------------------------------------------------------------


def test_a_job_is_cancelled_within_two_seconds_while_it_fetches(
    registering: Product, orthanc_port: ProtocolClient, slow_host: SlowHost, chest: Chest
) -> None:
    job_id = orthanc_port.submit(with_floating(url_form(registering, chest.reference, []), slow_host.urls))
    assert slow_host.reached.wait(120)
    assert orthanc_port.data(job_id)["Status"] == "PROCESSING"
    answer = orthanc_port.call(Action="CancelWaitingAsyncJob", JobId=job_id).json()
    assert (answer["Success"], answer["HttpCode"]) == (True, "200")
    data = orthanc_port.finish(job_id, timeout_s=2)
    assert (data["Status"], data["ErrorCode"], data["Result"]) == ("JOB_CANCELED", "", "")
    assert registering.get(f"/jobs/{job_id}").json()["ErrorCode"] == 37
    assert job_id.lower() not in job_folders(registering)
    again = orthanc_port.call(Action="CancelWaitingAsyncJob", JobId=job_id).json()
    assert again["Success"] is False


def test_a_waiting_job_is_cancelled_at_once(
    registering: Product, orthanc_port: ProtocolClient, slow_host: SlowHost, chest: Chest
) -> None:
    running = orthanc_port.submit(with_floating(url_form(registering, chest.reference, []), slow_host.urls))
    waiting = orthanc_port.submit(url_form(registering, chest.reference, chest.reference))
    assert slow_host.reached.wait(120)
    assert orthanc_port.data(waiting)["Status"] == "QUEUING"
    orthanc_port.call(Action="CancelWaitingAsyncJob", JobId=waiting)
    assert orthanc_port.finish(waiting, timeout_s=2)["Status"] == "JOB_CANCELED"
    assert orthanc_port.data(running)["Status"] == "PROCESSING"
    orthanc_port.call(Action="CancelWaitingAsyncJob", JobId=running)
    assert orthanc_port.finish(running, timeout_s=2)["Status"] == "JOB_CANCELED"


def test_a_job_is_cancelled_within_two_seconds_while_it_registers(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest
) -> None:
    before = series_ids(registering)
    job_id = orthanc_port.submit(series_form(chest))
    wait_until(lambda: registering.get(f"/jobs/{job_id}").json()["Progress"] >= 30, what="registration", timeout_s=180)
    registering.post(f"/jobs/{job_id}/cancel")
    assert orthanc_port.finish(job_id, timeout_s=2)["Status"] == "JOB_CANCELED"
    assert job_id.lower() not in job_folders(registering)
    assert series_ids(registering) == before


def test_a_paused_job_goes_on_when_it_is_resumed(
    registering: Product, orthanc_port: ProtocolClient, slow_host: SlowHost, chest: Chest
) -> None:
    job_id = orthanc_port.submit(with_floating(url_form(registering, chest.reference, []), slow_host.urls))
    assert slow_host.reached.wait(120)
    assert registering.post(f"/jobs/{job_id}/pause").status_code == 200
    assert registering.get(f"/jobs/{job_id}").json()["State"] == "Paused"
    assert orthanc_port.data(job_id)["Status"] == "PROCESSING"
    slow_host.release()
    assert registering.post(f"/jobs/{job_id}/resume").status_code == 200
    orthanc_port.results(job_id)


def test_a_killed_worker_is_replaced_and_the_job_succeeds(
    registering: Product, orthanc_port: ProtocolClient, slow_host: SlowHost, chest: Chest
) -> None:
    job_id = orthanc_port.submit(with_floating(url_form(registering, chest.reference, []), slow_host.urls))
    assert slow_host.reached.wait(120)
    for worker in registering.worker_processes():
        worker.kill()
    slow_host.release()
    orthanc_port.results(job_id)


def test_a_job_whose_workers_keep_dying_fails_and_leaves_nothing(
    registering: Product, orthanc_port: ProtocolClient, slow_host: SlowHost, chest: Chest
) -> None:
    """As a job does that needs more memory than a worker may use."""
    job_id = orthanc_port.submit(with_floating(url_form(registering, chest.reference, []), slow_host.urls))

    def has_failed() -> bool:
        if slow_host.reached.wait(0.05):
            slow_host.reached.clear()
            for worker in registering.worker_processes():
                worker.kill()
        return orthanc_port.data(job_id)["Status"] == "PROCESS_FAILED"

    wait_until(has_failed, what="end of a job that kills its workers", timeout_s=240)
    data = orthanc_port.data(job_id)
    assert data["ErrorCode"] == "InternalError.Algo"
    assert "MB" in data["ErrorMessage"]
    assert job_id.lower() not in job_folders(registering)
    wait_until(
        lambda: registering.get("/plugins/ophtha/status").json()["engine"]["workers"] == 2,
        what="return of both workers",
        timeout_s=120,
    )


# -- products of their own: killed, restarted, out of time, out of memory ----------------------------------------------


def test_a_job_survives_the_death_of_orthanc_and_everything_it_started(
    orthanc_installed: None, tmp_path: Path, slow_host: SlowHost, files: FileServer
) -> None:
    product = Product(tmp_path, settings={"RegistrationHosts": [f"127.0.0.1:{files.port}"]})
    with product:
        chest = stored_chest(product)
        client = ProtocolClient(product.url)
        form = with_floating(url_form(product, chest.reference, [], Store="true"), slow_host.urls)
        job_id = client.submit(form)
        assert slow_host.reached.wait(120)
        product.kill()
        slow_host.release()
        product.start()
        urls = client.results(job_id)
        content = product.get(f"/jobs/{job_id}").json()["Content"]
        assert len(product.get(f"/series/{content['StoredSeries']}").json()["Instances"]) == REFERENCE.slices
        # Links and results outlive another end of the service.
        service = product.service_process()
        service.kill()
        wait_until(lambda: not psutil.pid_exists(service.pid), what="end of the service")
        wait_until(lambda: product.get("/plugins/ophtha/status").status_code == 200, what="restart of the service")
        assert product.get(urls["NUrl"].removeprefix(product.url)).status_code == 200


def test_limits_end_a_job_and_old_results_are_deleted(
    orthanc_installed: None, tmp_path: Path, slow_host: SlowHost, files: FileServer
) -> None:
    settings = {
        "RegistrationHosts": [f"127.0.0.1:{files.port}"],
        "ResultRetentionH": 0.002,
        "UrlLifetimeS": 1,
    }
    with Product(tmp_path, settings=settings) as product:
        chest = stored_chest(product)
        client = ProtocolClient(product.url)
        job_id = client.submit(url_form(product, chest.reference, chest.reference))
        link = client.results(job_id)["NUrl"].removeprefix(product.url)
        wait_until(lambda: product.get(link).status_code == 403, what="expiry of the link")
        wait_until(lambda: job_folders(product) == [], what="deletion of the results")
        data = client.data(job_id)
        assert (data["Status"], data["Result"]) == ("PROCESS_SUCCESS", "")
        assert "deleted" in data["ErrorMessage"]
        assert product.get(f"/jobs/{job_id}").json()["Content"]["NUrl"] is None
    settings |= {"RegistrationTimeLimitS": 2}
    with Product(tmp_path, settings=settings) as product:
        client = ProtocolClient(product.url)
        form = with_floating(url_form(product, chest.reference, []), slow_host.urls)
        data = client.finish(client.submit(form))
        assert (data["Status"], data["ErrorCode"]) == ("TIMEOUT_FAILED", "InternalError.Timeout")
        assert job_folders(product) == []
        lines = (tmp_path / "ophtha" / "audit.jsonl").read_text().splitlines()
        assert "registration results deleted" in [json.loads(line)["action"] for line in lines]
