"""Whatever is killed, cancelled or broken: all masked copies or none, no unmasked one ever, and no image lost."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO

import httpx
import psutil
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

SLICES = 80
FILL = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [64, 64]}
BOX = {
    "MaskType": "Fill",
    "FillValue": 0,
    "RegionType": "3D",
    "Origin": [-1000, -1000, -1000],
    "End": [1000, 1000, 9000],
}


@pytest.fixture(scope="module")
def fragile(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of these tests' own: they kill parts of it."""
    # Without a cache in memory, Orthanc notices what happens to its files.
    with Product(tmp_path_factory.mktemp("fragile"), orthanc={"MaximumStorageCacheSize": 0}) as product:
        product.wait_for_workers()
        yield product


@pytest.fixture
def product(fragile: Product) -> Iterator[Product]:
    wait_until(lambda: answers(fragile), what="start of the service", timeout_s=120)
    yield fragile
    fragile.clear()


class Watch:
    """Looks at every instance that is stored while a job runs, as an auto-routing rule would."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._since = int(product.get("/changes?last").json()["Last"])
        self._stop = threading.Event()
        self.seen = 0
        self.unmasked: list[str] = []
        self._thread = threading.Thread(target=self._look, daemon=True)

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()
            self._look_once()

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            with suppress(httpx.TransportError):  # Orthanc was killed
                self._look_once()

    def _look_once(self) -> None:
        changes = self._product.get(f"/changes?since={self._since}&limit=20").json()
        for change in changes["Changes"]:
            if change["ChangeType"] == "NewInstance":
                answer = self._product.get(f"/instances/{change['ID']}/file")
                if answer.status_code == 200:
                    self.seen += 1
                    if dcmread(BytesIO(answer.content)).pixel_array[:64, :64].any():
                        self.unmasked.append(change["ID"])
        self._since = int(changes["Last"])


def upload(product: Product, *, last_is_broken: bool = False) -> str:
    """A study; its Orthanc id."""

    def change(dataset: Dataset) -> None:
        if last_is_broken and dataset.InstanceNumber == SLICES // 2:
            del dataset.ImagePositionPatient

    files = [to_bytes(each) for each in slices(StudyIds(), SLICES, rows=192, columns=192, change=change)]
    first = product.upload(files)[0]
    study: str = product.get(f"/instances/{first}/study").json()["ID"]
    return study


def begin(product: Product, study: str, **payload: object) -> str:
    """Start a job and wait until it has stored something; its id."""
    last = product.get("/changes?last").json()["Last"]
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"MaskPixelData": {"Regions": [FILL]}, "Asynchronous": True, **payload},
    )
    assert answer.status_code == 200, answer.text
    wait_until(
        lambda: any(
            each["ChangeType"] == "NewInstance" for each in product.get(f"/changes?since={last}").json()["Changes"]
        ),
        what="a first copy",
    )
    job: str = answer.json()["ID"]
    return job


def state(product: Product, job: str) -> str:
    """State of the job; empty while Orthanc or the service is away."""
    try:
        answer = product.get(f"/jobs/{job}")
    except httpx.TransportError:
        return ""
    return str(answer.json()["State"]) if answer.status_code == 200 else ""


def finish(product: Product, job: str) -> dict[str, object]:
    wait_until(
        lambda: state(product, job) in ("Success", "Failure"), what=f"end of job ({product.log_path})", timeout_s=120
    )
    finished: dict[str, object] = product.get(f"/jobs/{job}").json()
    return finished


def instances(product: Product, study: object) -> set[str]:
    return {each["ID"] for each in product.get(f"/studies/{study}/instances").json()}


def assert_complete(product: Product, job: dict[str, object]) -> None:
    """The job succeeded, and every copy is there and masked."""
    assert job["State"] == "Success", job
    content = job["Content"]
    assert isinstance(content, dict)
    copies = instances(product, content["ID"])
    assert len(copies) == SLICES
    for copy in list(copies)[:: SLICES // 8]:
        assert not dcmread(BytesIO(product.get(f"/instances/{copy}/file").content)).pixel_array[:64, :64].any()


def assert_nothing_but(product: Product, sources: set[str]) -> None:
    assert set(product.get("/instances").json()) == sources


def kill_worker(product: Product) -> None:
    product.worker_processes()[0].kill()


def kill_service(product: Product) -> None:
    service = product.service_process()
    service.kill()
    psutil.wait_procs([service], timeout=10)


def kill_orthanc(product: Product) -> None:
    product.kill()
    product.start()


def reset_orthanc(product: Product) -> None:
    with suppress(httpx.TransportError):
        product.post("/tools/reset", content=b"")
    wait_until(lambda: answers(product), what="restart of Orthanc", timeout_s=120)


def answers(product: Product) -> bool:
    try:
        return product.get("/plugins/ophtha/status").status_code == 200
    except httpx.TransportError:
        return False


def test_a_job_that_fails_half_way_leaves_nothing(product: Product) -> None:
    study = upload(product, last_is_broken=True)
    sources = instances(product, study)
    with Watch(product).running() as watch:
        answer = product.post(
            f"/plugins/pixels-masker/studies/{study}/modify",
            json={"MaskPixelData": {"Regions": [BOX]}, "KeepSource": False},
        )
        assert answer.status_code == 400
        assert_nothing_but(product, sources)
    assert not watch.unmasked


def test_a_cancelled_job_leaves_nothing(product: Product) -> None:
    study = upload(product)
    sources = instances(product, study)
    with Watch(product).running() as watch:
        job = begin(product, study, KeepSource=False)
        assert product.post(f"/jobs/{job}/cancel", content=b"").status_code == 200
        finished = finish(product, job)
        assert finished["State"] == "Failure"
        assert finished["ErrorCode"] == 37
        assert_nothing_but(product, sources)
    assert not watch.unmasked
    product.post(f"/jobs/{job}/resubmit", content=b"")
    wait_until(lambda: state(product, job) == "Success", what="end of the job", timeout_s=120)
    assert_complete(product, finish(product, job))
    assert product.get(f"/studies/{study}").status_code == 404


def test_a_paused_job_rests_until_it_is_resumed(product: Product) -> None:
    study = upload(product)
    job = begin(product, study)
    product.post(f"/jobs/{job}/pause", content=b"")
    assert state(product, job) == "Paused"
    counts: list[int] = []

    def rests() -> bool:
        counts.append(len(product.get("/instances").json()))
        return len(counts) > 10 and len(set(counts[-10:])) == 1

    wait_until(rests, what="rest")
    assert counts[-1] < 2 * SLICES
    assert state(product, job) == "Paused"
    product.post(f"/jobs/{job}/resume", content=b"")
    assert_complete(product, finish(product, job))


def test_progress_moves_as_instances_finish(product: Product) -> None:
    study = upload(product)
    job = begin(product, study)
    seen: set[int] = set()

    def ended() -> bool:
        now = product.get(f"/jobs/{job}").json()
        seen.add(now["Progress"])
        return bool(now["State"] == "Success")

    wait_until(ended, what="end of the job", timeout_s=120)
    assert len([each for each in seen if 0 < each < 100]) >= 3


@pytest.mark.parametrize(
    ("fault", "keep_source"),
    [
        (kill_worker, False),
        (kill_service, True),
        (kill_service, False),
        (kill_orthanc, True),
        (kill_orthanc, False),
        (reset_orthanc, False),
    ],
)
def test_a_job_survives(product: Product, fault: object, keep_source: bool) -> None:
    study = upload(product)
    sources = instances(product, study)
    with Watch(product).running() as watch:
        job = begin(product, study, KeepSource=keep_source)
        assert callable(fault)
        fault(product)
        finished = finish(product, job)
    assert_complete(product, finished)
    assert not watch.unmasked
    assert watch.seen > 0
    content = finished["Content"]
    assert isinstance(content, dict)
    expected = instances(product, content["ID"]) | (sources if keep_source else set())
    assert_nothing_but(product, expected)


@pytest.mark.parametrize("fault", [kill_service, kill_orthanc])
def test_a_cancelled_job_leaves_nothing_even_when_killed_meanwhile(product: Product, fault: object) -> None:
    study = upload(product)
    sources = instances(product, study)
    job = begin(product, study, KeepSource=False)
    product.post(f"/jobs/{job}/cancel", content=b"")
    assert callable(fault)
    fault(product)
    assert finish(product, job)["State"] == "Failure"
    assert_nothing_but(product, sources)


def test_sources_stay_when_a_copy_is_damaged_before_they_are_removed(product: Product) -> None:
    """A file that is lost on disk behind Orthanc's back is noticed: the sources are still needed."""
    study = upload(product)
    sources = instances(product, study)
    job = begin(product, study, KeepSource=False)
    damaged = wait_until(lambda: damage_a_copy(product, sources), what="a copy to damage")
    finished = finish(product, job)
    assert finished["State"] == "Failure", damaged
    assert instances(product, study) == sources


def damage_a_copy(product: Product, sources: set[str]) -> str | None:
    """Truncate the file of one copy; its Orthanc id."""
    for copy in set(product.get("/instances").json()) - sources:
        info = product.get(f"/instances/{copy}").json()
        uuid = info["FileUuid"]
        path = product.folder / "orthanc" / uuid[:2] / uuid[2:4] / uuid
        if path.exists():
            os.truncate(path, 1000)
            return str(copy)
    return None


def test_a_worker_that_is_stopped_does_not_stop_orthanc(product: Product) -> None:
    study = upload(product)
    job = begin(product, study)
    worker = product.worker_processes()[0]
    worker.send_signal(signal.SIGSTOP)
    try:
        assert product.get("/system").status_code == 200
    finally:
        worker.send_signal(signal.SIGCONT)
    assert_complete(product, finish(product, job))
