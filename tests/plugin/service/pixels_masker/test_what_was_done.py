"""Answers and jobs say what was masked, and a mask that would mask nothing is not answered with 200."""

from collections.abc import Iterator

import pytest

from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from plugin.service.pixels_masker.levels import version_of
from tests.kit.conditions import wait_until
from tests.kit.masked import file_of, parse
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, capture, slices, to_bytes

FILL = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [5, 5]}
BESIDE = {**FILL, "Origin": [5000, 0], "End": [5010, 5]}
EMPTY = {**FILL, "End": [0, 0]}
WRONG_SIGN = {**FILL, "RegionType": "3D", "Origin": [-900, -900, -5000], "End": [900, 900, -4000]}
TRIANGLE = {**FILL, "RegionType": "Polygon", "Points": [[0, 0], [6, 0], [0, 6]]}
del TRIANGLE["Origin"], TRIANGLE["End"]


@pytest.fixture(scope="module")
def study(masking_product: Product) -> Iterator[str]:
    ids = StudyIds()
    masking_product.upload(to_bytes(each) for each in [*slices(ids, 3), capture(ids)])
    [study] = masking_product.get("/studies").json()
    yield study
    masking_product.clear()


def ct_series(product: Product, study: str) -> str:
    found = product.get(f"/studies/{study}/series").json()
    return next(each["ID"] for each in found if each["MainDicomTags"]["Modality"] == "CT")


def test_the_answer_counts_what_was_masked_and_by_which_region(masking_product: Product, study: str) -> None:
    series = ct_series(masking_product, study)
    regions = [{**FILL, "TargetSeries": [series]}, BESIDE, {**TRIANGLE, "TargetSeries": [series]}]
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": {"Regions": regions}}
    ).json()
    assert (answer["Masked"], answer["Unchanged"]) == (3, 1)
    assert answer["Regions"] == [
        {"Index": 0, "Instances": 3, "Frames": 3},
        {"Index": 1, "Instances": 0, "Frames": 0},
        {"Index": 2, "Instances": 3, "Frames": 3},
    ]
    assert [each for each in answer["Warnings"] if "Regions[1]" in each]
    assert not [each for each in answer["Warnings"] if "Regions[0]" in each]


@pytest.mark.parametrize("region", [BESIDE, EMPTY, WRONG_SIGN], ids=["beside", "empty", "wrong sign"])
@pytest.mark.parametrize("wish", [{"RequireHit": True}, {"CleanPixelData": True}], ids=lambda wish: next(iter(wish)))
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_region_without_a_hit_is_refused_where_hits_are_required(
    masking_product: Product, study: str, region: dict[str, object], wish: dict[str, bool], asynchronous: bool
) -> None:
    region = {**region, "TargetSeries": [ct_series(masking_product, study)]}
    mask = {"Regions": [{**FILL}, region], **wish}
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": mask, "Asynchronous": asynchronous}
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["Details"][0]["loc"] == ["body", "MaskPixelData", "Regions", 1]
    assert len(masking_product.get("/studies").json()) <= 2


def test_a_claim_with_a_waived_hit_is_a_warning(masking_product: Product, study: str) -> None:
    mask = {"Regions": [FILL, BESIDE], "CleanPixelData": True, "RequireHit": False}
    answer = masking_product.post(f"/plugins/pixels-masker/studies/{study}/anonymize", json={"MaskPixelData": mask})
    assert answer.status_code == 200, answer.text
    assert [each for each in answer.json()["Warnings"] if "Regions[1] hits no pixel" in each]


def test_an_instance_alone_needs_its_hit_too(masking_product: Product, study: str) -> None:
    instance = masking_product.get(f"/series/{ct_series(masking_product, study)}").json()["Instances"][0]
    mask = {"Regions": [BESIDE], "RequireHit": True}
    answer = masking_product.post(f"/plugins/pixels-masker/instances/{instance}/modify", json={"MaskPixelData": mask})
    assert answer.status_code == 400


def test_where_there_is_nothing_to_keep_all_is_masked_and_named(masking_product: Product, study: str) -> None:
    series = ct_series(masking_product, study)
    mask = {"Regions": [{**BESIDE, "Keep": True, "TargetSeries": [series]}]}
    url = f"/plugins/pixels-masker/series/{series}/modify"
    answer = masking_product.post(url, json={"MaskPixelData": mask}).json()
    assert answer["Masked"] == 3
    assert [each for each in answer["Warnings"] if "Regions[0] had nothing to keep in 3 instances" in each]
    refusal = masking_product.post(url, json={"MaskPixelData": {**mask, "RequireHit": True}})
    assert refusal.status_code == 400


WRONG = [
    pytest.param({**FILL, "TargetFrames": [0]}, "TargetFrames", id="frame 0"),
    pytest.param({**FILL, "TargetFrames": [-1]}, "TargetFrames", id="negative frame"),
    pytest.param({**FILL, "TargetFrames": [1, 2]}, "TargetFrames", id="frame beyond all"),
    pytest.param({**FILL, "TargetFrames": [True]}, "TargetFrames", id="frame as boolean"),
    pytest.param({**TRIANGLE, "Points": [[0, 0], [5, 5]]}, "Points", id="two corners"),
    pytest.param({**TRIANGLE, "Points": [[0, 0], [5, 5], [1]]}, "Points", id="half a corner"),
    pytest.param({**TRIANGLE, "Points": [[0, 0], [5, 5], [1, "2"]]}, "Points", id="corner as text"),
    pytest.param({**TRIANGLE, "Points": [[0, 0], [5, 5], [1, 1e300]]}, "Points", id="corner beyond"),
    pytest.param({**TRIANGLE, "Origin": [0, 0]}, "Origin", id="origin of a polygon"),
    pytest.param({**FILL, "Points": TRIANGLE["Points"]}, "Points", id="corners of a box"),
    pytest.param({**FILL, "Keep": "yes"}, "Keep", id="keep as text"),
    pytest.param({**FILL, "Keep": True, "FillValue": 3}, "FillValue", id="two fills around what is kept"),
]


@pytest.mark.parametrize(("region", "field"), WRONG)
def test_a_wrong_region_is_named(masking_product: Product, study: str, region: dict[str, object], field: str) -> None:
    regions = [{**FILL, "Keep": True}, region]
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": {"Regions": regions}}
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["Details"][0]["loc"] == ["body", "MaskPixelData", "Regions", 1, field]


def test_frames_are_counted_from_one(product: Product) -> None:
    [instance] = product.upload([file_of(image_of(FORMAT_OF["mono 16 frames"]))])
    region = {**FILL, "TargetFrames": [2], "End": [30, 24]}
    mask = {"MaskPixelData": {"Regions": [region]}}
    masked = parse(product.post(f"/plugins/pixels-masker/instances/{instance}/modify", json=mask).content)
    assert [bool(frame.any()) for frame in masked.pixel_array] == [True, False, True]
    hits = product.post(f"/plugins/pixels-masker/instances/{instance}/hits", json=mask).json()
    assert hits["Regions"][0]["Instances"][0]["Frames"] == [1]


def test_a_claim_over_a_shown_overlay_fails_the_job_and_stores_nothing(product: Product) -> None:
    dataset = image_of(FORMAT_OF["mono 8"])
    for element, vr, value in (
        (0x0010, "US", 24),
        (0x0011, "US", 30),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x3000, "OW", b"\xff" * 90),
    ):
        dataset.add_new(0x60000000 | element, vr, value)
    [instance] = product.upload([file_of(dataset)])
    study = product.get(f"/instances/{instance}/study").json()["ID"]
    mask = {"Regions": [FILL], "CleanPixelData": True}
    for path in (f"instances/{instance}", f"studies/{study}"):
        answer = product.post(f"/plugins/pixels-masker/{path}/modify", json={"MaskPixelData": mask})
        assert answer.status_code == 400
        assert "overlay" in answer.text
    assert product.get("/instances").json() == [instance]
    removed = {**mask, "Overlays": "remove"}
    answer = product.post(f"/plugins/pixels-masker/instances/{instance}/modify", json={"MaskPixelData": removed})
    assert 0x60003000 not in parse(answer.content)


def test_a_value_of_the_client_comes_back_with_the_job(product: Product) -> None:
    product.upload(to_bytes(each) for each in slices(StudyIds(), 1))
    [study] = product.get("/studies").json()
    ticket = {"ticket": ["42", None]}
    job = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"Replace": {"StudyDescription": "x"}, "UserData": ticket, "Asynchronous": True},
    ).json()
    assert product.get(job["Path"]).json()["UserData"] == ticket
    wait_until(lambda: product.get(job["Path"]).json()["State"] == "Success", what="success")
    assert product.get(job["Path"]).json()["UserData"] == ticket


def test_an_instance_that_loses_is_another_one(product: Product) -> None:
    source = image_of(FORMAT_OF["mono 8"])
    [instance] = product.upload([file_of(source)])
    payload = {"Keep": ["SOPInstanceUID"], "Force": True, "Transcode": "1.2.840.10008.1.2.4.50"}
    lossy = parse(product.post(f"/plugins/pixels-masker/instances/{instance}/modify", json=payload).content)
    assert lossy.file_meta.TransferSyntaxUID == payload["Transcode"]
    assert lossy.SOPInstanceUID == lossy.file_meta.MediaStorageSOPInstanceUID != source.SOPInstanceUID
    payload["Transcode"] = "1.2.840.10008.1.2.4.70"
    kept = parse(product.post(f"/plugins/pixels-masker/instances/{instance}/modify", json=payload).content)
    assert kept.SOPInstanceUID == source.SOPInstanceUID


@pytest.mark.parametrize("keep_source", [False, True])
def test_the_index_says_what_it_says_after_a_job_of_the_core(product: Product, keep_source: bool) -> None:
    ids = StudyIds()
    product.upload(to_bytes(each) for each in slices(ids, 2))
    [patient] = product.get("/patients").json()
    answer = product.post(
        f"/plugins/pixels-masker/patients/{patient}/modify",
        json={
            "Replace": {"PatientID": ids.patient_id, "PatientName": "ANON^X"},
            "Force": True,
            "KeepSource": keep_source,
            "MaskPixelData": {"Regions": [FILL]},
        },
    )
    assert answer.status_code == 200, answer.text
    listed = product.get("/patients?expand").json()
    follows = version_of(product.get("/system").json()["Version"]) >= (1, 11, 0)
    shown = "ANON^X" if follows else "Müller^Jörg"  # what the core's own job makes of it
    assert [each["MainDicomTags"]["PatientName"] for each in listed] == [shown]
