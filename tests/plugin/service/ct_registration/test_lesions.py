from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.kit.chest_series import REFERENCE, ChestSeries
from tests.kit.conditions import wait_until
from tests.kit.people import audit_lines
from tests.kit.product import Product
from tests.kit.registration import Chest, ProtocolClient, url_form

Json = dict[str, object]
CENTRE_MM, RADIUS_MM = (-46.0, -5.0, 0.0), 14.0


@dataclass(frozen=True, kw_only=True)
class NoduleChest(ChestSeries):
    """With one large nodule in an otherwise empty right lung: the slices are thick."""

    radius_mm: float = RADIUS_MM

    def voxels(self) -> NDArray[np.int16]:
        hu = super().voxels()
        z, y, x = np.meshgrid(
            (np.arange(hu.shape[0]) - (hu.shape[0] - 1) / 2) * self.slice_spacing_mm,
            *[(np.arange(n) - (n - 1) / 2) * 3.0 for n in hu.shape[1:]],
            indexing="ij",
        )
        lung = (hu < -200) & (hu > -950) & (x < 0)
        hu[lung] = -850
        away = np.sqrt((x - CENTRE_MM[0]) ** 2 + (y - CENTRE_MM[1]) ** 2 + (z - CENTRE_MM[2]) ** 2)
        share = np.clip((self.radius_mm - away) / 3.0 + 0.5, 0, 1)
        return np.rint(hu + share * (30.0 - hu)).astype(np.int16)


@pytest.fixture(scope="module")
def followed(registering: Product, orthanc_port: ProtocolClient) -> Iterator[str]:
    """A registration of a scan with itself, in which there is a nodule; the job's id."""
    series = registering.upload(NoduleChest(name="nodule", slice_spacing_mm=5.0, slices=24).files())
    job_id = orthanc_port.submit(url_form(registering, series, series))
    orthanc_port.results(job_id)
    yield job_id.lower()
    registering.client().delete(f"/series/{registering.get(f'/instances/{series[0]}/series').json()['ID']}")


def ask(product: Product, job_id: str, *lesions: Json, **more: object) -> httpx.Response:
    return product.post(f"/plugins/registration/jobs/{job_id}/lesions", json={"Lesions": list(lesions), **more})


def at(x: float, y: float, z: float, side: str = "reference") -> Json:
    return {"Point": [x, y, z], "Side": side}


def ended(product: Product, job_id: str) -> Json:
    def final() -> Json | None:
        job: Json = product.get(f"/jobs/{job_id}").json()
        return job if job["State"] in ("Success", "Failure") else None

    return wait_until(final, what="end of the job", timeout_s=120) or {}


def test_a_nodule_is_measured_in_both_scans(registering: Product, followed: str) -> None:
    beside = (CENTRE_MM[0] + 5, CENTRE_MM[1], CENTRE_MM[2])
    answer = ask(registering, followed, at(*CENTRE_MM), at(*beside, side="floating"), at(46, 0, 200)).json()
    job = ended(registering, answer["ID"])
    assert (job["Type"], job["State"]) == ("CTRegistrationLesions", "Success")
    content = job["Content"]
    assert content["Registration"] == followed  # type: ignore[index]
    first, second, outside = content["Lesions"]  # type: ignore[index]
    true_mm3 = 4 / 3 * np.pi * RADIUS_MM**3
    for lesion in (first, second):
        assert lesion["State"] == "same"
        for side in ("Reference", "Floating"):
            assert lesion[side]["Kind"] == "solid"
            assert lesion[side]["VolumeMm3"] == pytest.approx(true_mm3, rel=0.1)
            assert lesion[side]["SolidVolumeMm3"] == lesion[side]["VolumeMm3"]
            assert lesion[side]["Point"] == pytest.approx(CENTRE_MM, abs=1)
            assert lesion[side]["LongMm"] == pytest.approx(2 * RADIUS_MM, abs=2)
        # One day, thick slices, no confidence: nothing is said that is not known.
        assert [lesion[name] for name in ("GrowthPercent", "RepeatabilityPercent", "VolumeDoublingDays")] == [None] * 3
        assert lesion["ExpectedErrorMm"] is None
    assert (outside["State"], outside["Reference"]) == ("unclear", None)
    lines = [line for line in audit_lines(registering) if line["action"] == "lesions followed"]
    assert lines[-1]["resources"] == [answer["ID"], followed]
    names = [path.name for path in (registering.folder / "ophtha" / "registration").iterdir()]
    assert not [name for name in names if name.startswith(answer["ID"])]


@pytest.mark.parametrize(
    "body",
    [
        {"Lesions": []},
        {"Lesions": [at(0, 0, 0)] * 101},
        {"Lesions": [{"Point": [0, 0], "Side": "reference"}]},
        {"Lesions": [at(0, 0, 0, side="left")]},
        {"Lesions": [at(0, 0, 0)], "Diagnose": True},
    ],
    ids=["none", "too many", "no point", "no side", "unknown key"],
)
def test_what_cannot_be_followed_is_refused(registering: Product, finished: str, body: Json) -> None:
    answer = registering.post(f"/plugins/registration/jobs/{finished}/lesions", json=body)
    assert answer.status_code == 422
    assert answer.json()["Details"][0]["loc"][0] == "body"


def test_only_through_a_registration_that_succeeded_and_stands(
    registering: Product, orthanc_port: ProtocolClient, chest: Chest
) -> None:
    failed = orthanc_port.submit(url_form(registering, chest.reference[:7], chest.reference))
    assert orthanc_port.finish(failed)["Status"] == "PROCESS_FAILED"
    assert ask(registering, failed, at(0, 0, 0)).status_code == 409
    assert ask(registering, "unknown", at(0, 0, 0)).status_code == 404


def test_the_reference_series_may_be_gone(registering: Product, orthanc_port: ProtocolClient) -> None:
    series = registering.upload(replace(REFERENCE, name="leaves").files())
    job_id = orthanc_port.submit(url_form(registering, series, series))
    orthanc_port.results(job_id)
    registering.client().delete(f"/series/{registering.get(f'/instances/{series[0]}/series').json()['ID']}")
    job = ended(registering, ask(registering, job_id, at(0, 0, 0)).json()["ID"])
    assert job["State"] == "Failure"
    assert "ReferenceList.1" in str(job["ErrorDetails"])
    review = registering.post(f"/plugins/registration/jobs/{job_id}/review", json={"Decision": "rejected"})
    assert review.status_code == 200
    assert ask(registering, job_id, at(0, 0, 0)).status_code == 409
