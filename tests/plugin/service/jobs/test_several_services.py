"""Two Orthancs on one index: whatever is killed, stopped or asked for where, no image is lost and none stays twice."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from zipfile import ZipFile

import httpx
import psutil
import pytest

from tests.kit.annotation_service import ADMIN as USER
from tests.kit.annotation_service import AnnotationClient
from tests.kit.chest_series import REFERENCE
from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.kit.registration import stored_chest
from tests.kit.several import RecordedJob, Several, several_missing, several_products
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

SLICES = 100
REGION = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [2, 2], "End": [60, 60]}
LAST_S = 240.0
Fault = Callable[[Product], None]
Stage = Callable[[Several, str], bool]


on_postgresql = pytest.mark.parametrize("several", ["postgresql"], indirect=True, scope="module")
on_sqlite = pytest.mark.parametrize("several", ["sqlite"], indirect=True, scope="module")
on_both = pytest.mark.parametrize("several", ["postgresql", "sqlite"], indirect=True, scope="module")
"""Where the records are; the index is in PostgreSQL always."""


@pytest.fixture(scope="module")
def several(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    missing = several_missing()
    if missing is not None:
        pytest.skip(missing)
    users = {"Users": [{**USER.model_dump(mode="json"), "private_key": USER.private_key.get_secret_value()}]}
    folder = tmp_path_factory.mktemp("several")
    with several_products(folder, 2, records=request.param, settings=users) as running:
        yield running


@pytest.fixture(autouse=True)
def _cleared(several: Several) -> Iterator[None]:
    yield
    for product in several.products:
        wait_until(lambda product=product: answers(product), what="start of the service", timeout_s=LAST_S)
    several.products[0].clear()


def answers(product: Product) -> bool:
    with suppress(httpx.TransportError):
        return product.get("/plugins/ophtha/status").status_code == 200
    return False


def upload(product: Product, *, count: int = SLICES, patient: str = "P-4711") -> str:
    """A study; its Orthanc id."""
    files = [to_bytes(each) for each in slices(StudyIds(patient_id=patient), count, rows=128, columns=128)]
    first = product.upload(files)[0]
    study: str = product.get(f"/instances/{first}/study").json()["ID"]
    return study


def submit(product: Product, study: str, **payload: object) -> str:
    body = {"MaskPixelData": {"Regions": [REGION]}, "KeepSource": False, "Asynchronous": True, **payload}
    answer = product.post(f"/plugins/pixels-masker/studies/{study}/modify", json=body)
    assert answer.status_code == 200, answer.text
    job: str = answer.json()["ID"]
    return job


def state(product: Product, job: str) -> str:
    """Empty while Orthanc or its service is away."""
    with suppress(httpx.TransportError):
        answer = product.get(f"/jobs/{job}")
        if answer.status_code == 200:
            return str(answer.json()["State"])
    return ""


def finish(several: Several, job: str, expected: str = "Success") -> None:
    """Wait for the end of a job, which every product then tells alike."""
    wait_until(lambda: several.job(job).state in ("Success", "Failure"), what="end of the job", timeout_s=LAST_S)
    for product in several.products:
        wait_until(lambda product=product: answers(product), what="start of the service", timeout_s=LAST_S)
        assert state(product, job) == expected, product.get(f"/jobs/{job}").text


def assert_masked(several: Several, jobs: dict[str, str], *, count: int = SLICES) -> None:
    """Each study of ``jobs`` is gone, and its copy is there, whole and once."""
    product = several.products[0]
    for job, study in jobs.items():
        content = product.get(f"/jobs/{job}").json()["Content"]
        assert len(product.get(f"/studies/{content['ID']}/instances").json()) == count
        assert product.get(f"/studies/{study}").status_code == 404
    assert product.get("/statistics").json()["CountInstances"] == count * len(jobs)


class History:
    """What the records tell of jobs while they run: one verdict an attempt, and no end that is taken back."""

    def __init__(self, several: Several, jobs: list[str]) -> None:
        self._several, self._jobs = several, jobs
        self._stop = threading.Event()
        self._seen: dict[str, list[RecordedJob]] = {job: [] for job in jobs}
        self._thread = threading.Thread(target=self._look, daemon=True)

    @contextmanager
    def watched(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()
        for seen in self._seen.values():
            for attempt in {each.attempt for each in seen}:
                of_attempt = [each for each in seen if each.attempt == attempt]
                verdicts = [each.verdict for each in of_attempt if each.verdict is not None]
                assert len(set(verdicts)) <= 1, of_attempt
                ends = [each.state for each in of_attempt if each.state in ("Success", "Failure")]
                assert len(set(ends)) <= 1, of_attempt

    def _look(self) -> None:
        while not self._stop.wait(0.02):
            for job in self._jobs:
                seen = self._seen[job]
                found = self._several.job(job)
                if not seen or seen[-1] != found:
                    seen.append(found)


def kill_service(product: Product) -> None:
    service = product.service_process()
    service.kill()
    psutil.wait_procs([service], timeout=20)


def kill_orthanc(product: Product) -> None:
    product.kill()
    product.start()


def has_stored(several: Several, job: str) -> bool:
    return several.job(job).progress > 0.1


def is_decided(several: Several, job: str) -> bool:
    return several.job(job).verdict is not None


def is_claimed(several: Several, job: str) -> bool:
    return several.job(job).claim_number > 0


def assert_survives(several: Several, fault: Fault, stage: Stage) -> None:
    here, there = several.products
    study = upload(here)
    other = upload(there, patient="P-other")
    jobs = {submit(here, study): study}
    job = next(iter(jobs))
    wait_until(lambda: stage(several, job), what="the stage", timeout_s=LAST_S)
    jobs[submit(there, other)] = other  # any job there once made that service run all of them
    with History(several, list(jobs)).watched():
        fault(here)
        for each in jobs:
            finish(several, each)
    assert_masked(several, jobs)


@on_postgresql
@pytest.mark.parametrize(
    ("fault", "stage"), [(kill_service, is_claimed), (kill_orthanc, has_stored), (kill_service, is_decided)]
)
def test_a_service_is_killed(several: Several, fault: Fault, stage: Stage) -> None:
    assert_survives(several, fault, stage)


@on_sqlite
@pytest.mark.parametrize(("fault", "stage"), [(kill_service, has_stored), (kill_orthanc, is_decided)])
def test_a_service_is_killed_that_keeps_its_records_in_a_file(several: Several, fault: Fault, stage: Stage) -> None:
    assert_survives(several, fault, stage)


@on_both
def test_a_service_is_stopped_for_long_and_wakes_when_another_is_at_work(several: Several) -> None:
    here, there = several.products
    study = upload(here)
    job = submit(here, study)
    wait_until(lambda: has_stored(several, job), what="a first copy", timeout_s=LAST_S)
    stopped = here.service_process()
    holder = several.job(job).service_id
    with History(several, [job]).watched():
        stopped.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: several.job(job).service_id != holder, what="another holder", timeout_s=LAST_S)
        finally:
            stopped.send_signal(signal.SIGCONT)
        finish(several, job)
    assert several.job(job).claim_number == 2
    assert_masked(several, {job: study})
    assert state(there, job) == state(here, job) == "Success"


@on_postgresql
def test_jobs_are_asked_for_and_end_everywhere(several: Several) -> None:
    here, there = several.products
    studies = [upload(product, count=30, patient=f"P-{n}") for n, product in enumerate([here, there] * 3)]
    jobs = {submit(product, study): study for product, study in zip([there, here] * 3, studies, strict=True)}
    with History(several, list(jobs)).watched():
        for product in several.products:
            assert set(jobs) <= set(product.get("/jobs").json())
        for job in jobs:
            finish(several, job)
    assert_masked(several, jobs, count=30)


@on_postgresql
def test_wishes_are_heard_at_the_other_service_and_a_failed_job_succeeds_there(several: Several) -> None:
    """The request fixes every identifier: what one attempt takes back may not be the next one's."""
    here, there = several.products
    study = upload(here)
    patient = here.get(f"/studies/{study}/patient").json()["ID"]
    body = {
        "Replace": {"PatientID": "P-new"},
        "Keep": ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"],
        "Force": True,
        "KeepSource": False,
        "Asynchronous": True,
    }
    answer = here.post(f"/plugins/pixels-masker/patients/{patient}/modify", json=body)
    assert answer.status_code == 200, answer.text
    job = answer.json()["ID"]
    with History(several, [job]).watched():
        wait_until(lambda: has_stored(several, job), what="a first copy", timeout_s=LAST_S)
        assert there.post(f"/jobs/{job}/pause", content=b"").status_code == 200
        assert state(here, job) == state(there, job) == "Paused"
        assert there.post(f"/jobs/{job}/resume", content=b"").status_code == 200
        assert there.post(f"/jobs/{job}/cancel", content=b"").status_code == 200
        finish(several, job, "Failure")
        assert here.get("/statistics").json()["CountInstances"] == SLICES
        assert len(here.get(f"/studies/{study}/instances").json()) == SLICES
        assert there.post(f"/jobs/{job}/resubmit", content=b"").status_code == 200
        finish(several, job)
    assert several.job(job).attempt == 2
    assert here.get("/statistics").json()["CountInstances"] == SLICES
    assert here.get(f"/patients/{patient}").status_code == 404
    with there.client() as client:
        assert client.delete(f"/jobs/{job}").status_code == 200
    assert state(here, job) == ""


@on_postgresql
def test_a_registration_goes_on_at_the_other_service(several: Several) -> None:
    here, there = several.products
    chest = stored_chest(here)
    before = here.get("/statistics").json()["CountInstances"]
    answer = there.post(
        "/plugins/registration/jobs",
        json={"ReferenceSeries": chest.reference_series, "FloatingSeries": chest.floating_series, "Store": True},
    )
    assert answer.status_code == 200, answer.text
    job = answer.json()["ID"]
    with History(several, [job]).watched():
        wait_until(lambda: several.job(job).progress > 0.3, what="the middle of the work", timeout_s=LAST_S)
        other = submit(here, upload(here, count=2, patient="P-small"))  # once, this made it run here as well
        kill_orthanc(there)
        finish(several, job)
        finish(several, other)
    content = here.get(f"/jobs/{job}").json()["Content"]
    assert len(here.get(f"/series/{content['StoredSeries']}").json()["Instances"]) == REFERENCE.slices
    assert here.get("/statistics").json()["CountInstances"] == before + REFERENCE.slices + 2 + 2
    for product in several.products:
        links = product.get(f"/jobs/{job}").json()["Content"]
        assert product.get(links["NUrl"].removeprefix(product.url)).status_code == 200
    folders = {each.name for each in (several.storage / "registration").iterdir() if each.is_dir()}
    assert {each for each in folders if each.startswith(job) and "." not in each} == {job}


@on_postgresql
def test_an_export_goes_on_at_the_other_service(several: Several) -> None:
    here = several.products[0]
    with AnnotationClient(here.url, USER) as client:
        project = client.add("project", name="large")
        for number in range(4):
            base = client.add("abstractimage", originalFilename=f"{number}.tif", width=12_000, height=12_000)
            image = client.add("imageinstance", baseImage=base["id"], project=project["id"])
            client.add("annotation", image=image["id"], location="POLYGON ((0 0, 9000 0, 9000 9000, 0 0))")
        job = client.post(f"/api/project/{project['id']}/export.json", json={}).raise_for_status().json()["job"]
    with History(several, [job]).watched():
        wait_until(lambda: is_claimed(several, job), what="a claim", timeout_s=LAST_S)
        kill_orthanc(here)
        finish(several, job)
    for product in several.products:
        with AnnotationClient(product.url, USER) as client:
            archive = client.get(f"/api/project/{project['id']}/export/{job}.zip")
            assert archive.status_code == 200
            with ZipFile(BytesIO(archive.content)) as content:
                assert content.testzip() is None
    assert f"{job}.zip" in {each.name for each in (several.storage / "annotation-exports").iterdir()}
