"""A disk that is full before a job, or fills in the middle of one: a clean failure, and every source intact."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

SLICES = 60
DISK_MB = 340
"""Room for the sources, their copies and the 256 MB that are left to Orthanc."""
FILL = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [64, 64]}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def small(orthanc_installed: None, disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose images are on the small disk."""
    # A cache would answer for files that were never written.
    orthanc = {"StorageDirectory": str(disk / "images"), "MaximumStorageCacheSize": 0}
    with Product(tmp_path_factory.mktemp("small"), orthanc=orthanc) as product:
        product.wait_for_workers()
        yield product


@pytest.fixture
def product(small: Product) -> Iterator[Product]:
    yield small
    small.clear()


@contextmanager
def taken(disk: Path, *, leaving_mb: int = 0) -> Iterator[None]:
    """All room of the disk but ``leaving_mb`` is taken."""
    path = disk / "taken"
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while shutil.disk_usage(disk).free > leaving_mb * 2**20:  # others may write meanwhile
            file.write(bytes(2**16))
    yield
    path.unlink()


def upload(product: Product) -> str:
    product.upload(to_bytes(each) for each in slices(StudyIds(), SLICES, rows=384, columns=384))
    [study] = product.get("/studies").json()
    return str(study)


def contents(product: Product) -> dict[str, bytes]:
    return {each: product.get(f"/instances/{each}/file").content for each in product.get("/instances").json()}


def finished(product: Product, job: str) -> dict[str, object]:
    def ended() -> dict[str, object] | None:
        now: dict[str, object] = product.get(f"/jobs/{job}").json()
        return now if now["State"] in ("Success", "Failure") else None

    return wait_until(ended, what="end of the job", timeout_s=120)


def test_a_disk_that_fills_in_the_middle_of_a_job_costs_nothing(disk: Path, product: Product) -> None:
    study = upload(product)
    sources = contents(product)
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"MaskPixelData": {"Regions": [FILL]}, "KeepSource": False, "Asynchronous": True},
    )
    job = answer.json()["ID"]
    product.post(f"/jobs/{job}/pause", content=b"")
    with taken(disk):
        product.post(f"/jobs/{job}/resume", content=b"")
        failed = finished(product, job)
    assert failed["State"] == "Failure", failed
    assert failed["ErrorCode"] == 19
    assert failed["ErrorDescription"] == "The file storage is full"
    assert "full" in str(failed["ErrorDetails"])
    assert contents(product) == sources

    assert product.post(f"/jobs/{job}/resubmit", content=b"").status_code == 200
    done = finished(product, job)
    assert done["State"] == "Success", done
    assert isinstance(done["Content"], dict)
    assert done["Content"]["FailedInstances"] == []
    assert len(product.get(f"/studies/{done['Content']['ID']}/instances").json()) == SLICES
    assert product.get(f"/studies/{study}").status_code == 404


def test_a_product_that_is_on_the_full_disk_itself_loses_nothing_either(orthanc_installed: None, disk: Path) -> None:
    with Product(disk / "product", orthanc={"MaximumStorageCacheSize": 0}) as product:
        product.wait_for_workers()
        study = upload(product)
        sources = contents(product)
        answer = product.post(
            f"/plugins/pixels-masker/studies/{study}/modify",
            json={"MaskPixelData": {"Regions": [FILL]}, "KeepSource": False, "Asynchronous": True},
        )
        with taken(disk):
            refused = product.post(
                f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": {"Regions": [FILL]}}
            )
            assert refused.status_code in (404, 503, 507), refused.text
            counts: list[int] = []

            def rests() -> bool:
                counts.append(len(product.get("/instances").json()))
                return len(counts) > 20 and len(set(counts[-20:])) == 1

            wait_until(rests, what="rest")
        # Neither index nor records could be written: only now is there room to finish, or to undo.
        job = finished(product, answer.json()["ID"])
        if job["State"] == "Success":
            assert isinstance(job["Content"], dict)
            copies = product.get(f"/studies/{job['Content']['ID']}/instances").json()
            assert {each["ID"] for each in copies} == set(product.get("/instances").json())
            assert len(copies) == SLICES
        else:
            assert contents(product) == sources


def test_too_little_room_is_noticed_before_anything_is_stored(disk: Path, product: Product) -> None:
    study = upload(product)
    stored = product.get("/instances").json()
    with taken(disk, leaving_mb=200):
        answer = product.post(
            f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": {"Regions": [FILL]}}
        )
        assert answer.status_code == 507
        assert "MB are free" in answer.json()["Message"]
        assert product.get("/instances").json() == stored
        # An instance is answered, not stored: it needs no room.
        single = product.post(
            f"/plugins/pixels-masker/instances/{stored[0]}/modify", json={"MaskPixelData": {"Regions": [FILL]}}
        )
        assert single.status_code == 200
