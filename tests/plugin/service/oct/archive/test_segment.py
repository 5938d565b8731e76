"""Layers computed by a job, from the pixels in Orthanc to the study they are stored in."""

from dataclasses import dataclass

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ophtha_core.oct.dicom.height_map import AlgorithmType, read_height_map
from ophtha_core.oct.layer_surfaces import Surface
from ophtha_core.oct.segmentation.segment import ALGORITHM, VERSION
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_dicom import opt_study
from ophtha_core.phantoms.oct_speckle import SpeckledScan
from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload, file_of
from tests.plugin.service.oct.archive.examinations import HEIGHT_MAP, Json, documents, load, report

PHANTOM = OctPhantom(
    num_slices=25,
    columns=128,
    rows=240,
    slice_spacing_mm=0.24,
    pixel_spacing_column_mm=6.0 / 128,
    pixel_spacing_row_mm=0.005,
)
SCAN = SpeckledScan(phantom=PHANTOM)


@dataclass(frozen=True)
class Volume:
    """A speckled volume in Orthanc."""

    instance: str
    images: list[Dataset]


@pytest.fixture(scope="module")
def volume(product: Product) -> Volume:
    study = opt_study(PHANTOM, patient_id="SEGMENT")
    study.volume.PixelData = b"".join(frame.tobytes() for frame in SCAN.frames())
    images = [study.volume, study.localizer]
    return Volume(product.upload(file_of(each) for each in images)[0], images)


def ended(product: Product, job: str) -> Json:
    def job_view() -> Json | None:
        view: Json = product.get(f"/jobs/{job}").json()
        return view if view["State"] in ("Success", "Failure") else None

    return wait_until(job_view, what="the end of the segmentation") or {}


def segmented(product: Product, instance: str, **body: object) -> tuple[Json, Json]:
    """View of the job, and what it found."""
    answer = product.post(f"/plugins/oct/instances/{instance}/segment", json=body)
    assert answer.status_code == 200, answer.text
    view = ended(product, answer.json()["ID"])
    assert view["State"] == "Success", view
    content = view["Content"]
    assert isinstance(content, dict)
    assert content["ResultUrl"] == answer.json()["ResultUrl"]
    found: Json = product.get(content["ResultUrl"]).json()
    return view, found


def rows(found: Json, surface: Surface) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(found["surfaces"][surface], dtype=np.float64)  # type: ignore[index]


def test_a_job_finds_stores_and_says_who_did(product: Product, volume: Volume) -> None:
    view, found = segmented(product, volume.instance, store=True)

    assert view["Type"] == "OCTSegmentation"
    assert (found["algorithm"], found["version"], found["bias"]) == (ALGORITHM, VERSION, "unknown")
    truth = SCAN.truth()
    for surface in (Surface.ILM, Surface.BM):
        error = np.abs(rows(found, surface) - truth[surface])
        assert np.isfinite(error).mean() > 0.98
        assert np.nanmean(error) < 1.0
    column, index = PHANTOM.fovea_cell()
    assert found["fovea"] == [pytest.approx(column, abs=3), pytest.approx(index, abs=0.7)]
    assert found["disc"] is None

    stored = load(product, str(found["stored"]))
    assert stored.SOPClassUID == HEIGHT_MAP
    height_map = read_height_map(stored)
    assert height_map.made_by.kind is AlgorithmType.AUTOMATIC
    assert height_map.made_by.algorithm == ALGORITHM
    _, again = segmented(product, volume.instance, store=True)
    assert again["stored"] == found["stored"]


def test_what_was_computed_is_reported_on_when_asked_and_says_so(product: Product, volume: Volume) -> None:
    _, found = segmented(product, volume.instance, store=True)
    report(product, volume.instance, status=422)
    content = report(product, volume.instance, computed=True, include_meta=True)

    assert content["layers"]["computed"] is True  # type: ignore[index]
    assert content["layers"]["algorithm"] == ALGORITHM  # type: ignore[index]
    assert content["meta"]["centre"] != "middle"  # type: ignore[index]
    assert content["glaucoma"] is None
    true = PHANTOM.layer_map_um()
    x, y = PHANTOM.cells_mm()
    expected = float(true[np.hypot(x, y) <= 0.5].mean())
    lesions = sum(float(PHANTOM.lesion_map_um(each)[np.hypot(x, y) <= 0.5].mean()) for each in PHANTOM.anatomy.lesions)
    assert content["etdrs"]["0"]["0"]["mean"] == pytest.approx(expected + lesions, abs=5.0)  # type: ignore[index]
    assert found["stored"]


def test_only_what_is_asked_for_is_found_and_nothing_is_stored_unasked(product: Product, volume: Volume) -> None:
    _, found = segmented(product, volume.instance, surfaces=["BM", "ILM"])

    assert sorted(found["surfaces"]) == ["BM", "ILM"]  # type: ignore[call-overload]
    assert found["stored"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [({"surfaces": ["ELM"]}, "surfaces"), ({"surfaces": []}, "surfaces"), ({"stor": True}, "stor")],
)
def test_what_cannot_be_found_is_refused_by_name(
    body: dict[str, object], field: str, product: Product, volume: Volume
) -> None:
    answer = product.post(f"/plugins/oct/instances/{volume.instance}/segment", json=body)

    assert answer.status_code == 422
    assert field in answer.text


def test_a_volume_without_a_retina_fails_with_the_reason(product: Product, upload: Upload) -> None:
    study = opt_study(OctPhantom(num_slices=4), patient_id="NO-RETINA")
    noise = np.random.default_rng(2).integers(0, 40, len(study.volume.PixelData))
    study.volume.PixelData = noise.astype(np.uint8).tobytes()
    instance = upload([study.volume])[0]
    answer = product.post(f"/plugins/oct/instances/{instance}/segment", json={"store": True})
    view = ended(product, answer.json()["ID"])

    assert view["State"] == "Failure"
    assert "retina" in str(view["ErrorDetails"])
    assert product.get(answer.json()["ResultUrl"]).status_code == 404


def test_there_is_no_result_of_a_job_that_is_none(product: Product) -> None:
    assert product.get("/plugins/oct/segmentations/00000000-0000-0000-0000-000000000000").status_code == 404
    assert product.post("/plugins/oct/series/0000-0000/segment", json={}).status_code == 404


def test_dashboard_and_printout_use_what_was_computed_where_nothing_better_is_stored(
    product: Product, volume: Volume
) -> None:
    _, found = segmented(product, volume.instance, store=True)
    series = product.get(f"/instances/{volume.instance}/series").json()["ID"]
    study = product.get(f"/instances/{volume.instance}/study").json()["ID"]
    (described,) = product.get(f"/plugins/oct/series/{series}/volumes").json()["volumes"]
    assert described["segmentation_kept"] is True
    answer = product.post(
        f"/plugins/oct/{described['level']}/{described['id']}/segmentation/report", json={"store": True}
    )
    content: Json = answer.json()

    assert content["layers"]["computed"] is True  # type: ignore[index]
    assert product.get(f"/instances/{found['stored']}").status_code == 200
    for document in documents(product, content).values():
        said = [str(item.get("TextValue", "")) for item in document.ContentSequence]
        assert f"Layers computed by {ALGORITHM} {VERSION}, not reviewed" in said
        assert document.VerificationFlag == "UNVERIFIED"
    assert documents(product, content)
    assert product.get(f"/plugins/oct/studies/{study}/printout.pdf").status_code == 200
