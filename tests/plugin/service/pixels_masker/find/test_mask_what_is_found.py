"""Finding and masking in one job, and the second look at what it made."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import RLELossless

from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.find.captures import capture, stored
from tests.plugin.service.pixels_masker.phantoms import StudyIds, document, to_bytes

Json = dict[str, Any]
TEXT = {"Detect": ["Text"], "Verify": True}
EVERYTHING = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [320, 200]}


def ask(product: Product, path: str, mask: Json, action: str = "anonymize", **payload: object) -> Any:
    return product.post(f"/plugins/pixels-masker{path}/{action}", json={"MaskPixelData": mask, **payload})


def masked(product: Product, path: str, mask: Json, action: str = "anonymize", **payload: object) -> Json:
    answer = ask(product, path, mask, action, **payload)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def files(product: Product, path: str) -> list[FileDataset]:
    listed = product.get(f"{path}/instances").json()
    found = [dcmread(BytesIO(product.get(f"/instances/{each['ID']}/file").content)) for each in listed]
    return sorted(found, key=lambda each: int(each.InstanceNumber))


def pixels(dataset: Dataset) -> NDArray[np.uint8]:
    return np.asarray(dataset.pixel_array)


def clip(ids: StudyIds) -> Dataset:
    """Three frames, the name on the second."""
    dataset, (name, _) = capture(ids)
    shown = np.frombuffer(dataset.PixelData, np.uint8).reshape(200, 320)
    hidden = np.where(name.ink, np.uint8(0), shown)
    dataset.NumberOfFrames = 3
    dataset.PixelData = np.stack([hidden, shown, hidden]).tobytes()
    return dataset


@pytest.mark.parametrize("action", ["modify", "anonymize"])
def test_a_name_that_nobody_pointed_at_is_gone_and_measurements_stay(product: Product, action: str) -> None:
    dataset, (name, depth) = capture(StudyIds())
    study, _ = stored(product, dataset)
    mask = {"Detect": {"Find": ["Text"], "Text": {"Keep": "measurements"}}, "Verify": True}
    answer = masked(product, f"/studies/{study}", mask, action)
    assert answer["Detected"] == {"Regions": 1, "Instances": 1}
    assert (answer["Masked"], answer["Unchanged"], answer["Regions"], answer["NotExamined"]) == (1, 0, [], [])
    (copy,) = files(product, answer["Path"])
    assert not pixels(copy)[name.ink].any()
    assert np.array_equal(pixels(copy)[depth.ink], pixels(dataset)[depth.ink])
    assert copy.ImageType[0] == "DERIVED"


@pytest.mark.parametrize("level", ["patients", "series"])
def test_every_level_finds_and_masks(product: Product, level: str) -> None:
    dataset, lines = capture(StudyIds())
    _, (instance,) = stored(product, dataset)
    resource = product.get(f"/instances/{instance}/{level.removesuffix('s') if level == 'patients' else level}").json()
    answer = masked(product, f"/{level}/{resource['ID']}", {"Detect": ["Text"]})
    (copy,) = files(product, answer["Path"])
    assert not any(pixels(copy)[line.ink].any() for line in lines)


def test_an_instance_is_answered_masked_and_nothing_is_stored(product: Product) -> None:
    dataset, lines = capture(StudyIds())
    _, (instance,) = stored(product, dataset)
    answer = ask(product, f"/instances/{instance}", TEXT)
    copy = dcmread(BytesIO(answer.content))
    assert not any(pixels(copy)[line.ink].any() for line in lines)
    assert product.get("/instances").json() == [instance]


def test_only_the_frames_that_show_it_may_lose_it_and_compressed_ones_stay_compressed(product: Product) -> None:
    dataset = dcmread(BytesIO(to_bytes(clip(StudyIds()))))
    expected = pixels(dataset).copy()
    dataset.compress(RLELossless, generate_instance_uid=False)
    buffer = BytesIO()
    dataset.save_as(buffer)
    (instance,) = product.upload([buffer.getvalue()])
    study = product.get(f"/instances/{instance}/study").json()["ID"]
    answer = masked(product, f"/studies/{study}", TEXT, KeepSource=False)
    (copy,) = files(product, answer["Path"])
    assert copy.file_meta.TransferSyntaxUID == RLELossless
    assert expected[1].any()
    assert not pixels(copy).any()
    assert product.get(f"/instances/{instance}").status_code == 404


def test_an_image_without_findings_keeps_its_pixels(product: Product) -> None:
    ids = StudyIds()
    dataset, _ = capture(ids)
    plain, _ = capture(ids, number=2)
    plain.PixelData = bytes(200 * 320)
    study, _ = stored(product, dataset, plain)
    answer = masked(product, f"/studies/{study}", TEXT)
    assert (answer["Masked"], answer["Unchanged"], answer["Detected"]["Instances"]) == (1, 1, 1)
    assert [each.ImageType[0] if "ImageType" in each else None for each in files(product, answer["Path"])] == [
        "DERIVED",
        None,
    ]


def test_a_job_tells_how_far_it_is_and_what_it_found(product: Product) -> None:
    ids = StudyIds()
    study, _ = stored(product, *(capture(ids, number=number)[0] for number in (1, 2, 3)))
    job = masked(product, f"/studies/{study}", {"Detect": ["Text"]}, Asynchronous=True)
    wait_until(lambda: product.get(job["Path"]).json()["State"] == "Success", what="the job", timeout_s=120)
    told = product.get(job["Path"]).json()
    assert told["Progress"] == 100
    assert told["Content"]["Detected"] == {"Regions": 2, "Instances": 3}
    assert "ller" not in str(told)


def test_text_that_no_region_covers_fails_the_second_look_and_nothing_is_left(product: Product) -> None:
    dataset, (_, depth) = capture(StudyIds())
    study, instances = stored(product, dataset)
    rows, columns = depth.ink.any(axis=1).nonzero()[0], depth.ink.any(axis=0).nonzero()[0]
    over_depth = {**EVERYTHING, "Origin": [int(columns[0]) - 9, int(rows[0]) - 9], "End": [320, int(rows[-1]) + 9]}
    mask = {"Regions": [over_depth], "Verify": True}
    answer = ask(product, f"/studies/{study}", mask, KeepSource=False)
    assert answer.status_code == 400
    assert "a second look at the masked copy still finds Text on frame 1" in answer.json()["Message"]
    assert "ller" not in answer.text
    assert product.get("/instances").json() == instances
    assert masked(product, f"/studies/{study}", {**mask, "Regions": [EVERYTHING]})["Masked"] == 1


def test_what_is_kept_by_hand_against_a_finder_fails_the_second_look(product: Product) -> None:
    dataset, _ = capture(StudyIds())
    dataset.Modality = "US"
    dataset.PixelData = bytes(200 * 320)
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 10, 40
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 299, 189
    dataset.SequenceOfUltrasoundRegions = [region]
    study, instances = stored(product, dataset)
    keep = {**EVERYTHING, "Keep": True, "End": [20, 60]}
    mask = {"Detect": ["UltrasoundRegions"], "Verify": True}
    answer = ask(product, f"/studies/{study}", {**mask, "Regions": [keep]})
    assert answer.status_code == 400
    assert "UltrasoundRegion on frame 1, columns 0 to 20, rows 0 to 60" in answer.json()["Message"]
    assert product.get("/instances").json() == instances
    assert masked(product, f"/studies/{study}", mask)["Detected"] == {"Regions": 1, "Instances": 1}


def test_what_cannot_be_examined_is_named_and_never_claimed_to_be_clean(product: Product) -> None:
    ids = StudyIds()
    dataset, _ = capture(ids)
    report = document(ids)
    study, instances = stored(product, dataset, report)
    answer = masked(product, f"/studies/{study}", {"Detect": ["Text"]})
    assert [each["ID"] for each in answer["NotExamined"]] == [instances[1]]
    assert any("could not be examined" in each for each in answer["Warnings"])
    claim = {"Detect": ["Text"], "CleanPixelData": True}
    refused = ask(product, f"/studies/{study}", claim)
    assert refused.status_code == 400
    assert "cannot be said to be clean" in refused.json()["Message"]
    assert len(product.get("/instances").json()) == 4
    (alone,) = files(product, masked(product, f"/series/{_series(product, instances[0])}", claim)["Path"])
    assert alone.BurnedInAnnotation == "NO"
    single = ask(product, f"/instances/{instances[1]}", {"Detect": ["Text"]})
    assert single.status_code == 400
    assert "could not be examined" in single.json()["Message"]


def test_an_image_that_cannot_be_decoded_is_named_and_fails_a_second_look(product: Product) -> None:
    ids = StudyIds()
    broken, _ = capture(ids)
    broken.PixelData = broken.PixelData[:100]
    study, (instance,) = stored(product, broken)
    answer = masked(product, f"/studies/{study}", {"Detect": ["Text"]})
    assert (answer["Masked"], [each["ID"] for each in answer["NotExamined"]]) == (0, [instance])
    assert ask(product, f"/studies/{study}", TEXT).status_code == 400
    assert len(product.get("/instances").json()) == 2


def _series(product: Product, instance: str) -> str:
    series: str = product.get(f"/instances/{instance}/series").json()["ID"]
    return series


def test_with_permissive_what_fails_the_second_look_is_left_out_and_listed(product: Product) -> None:
    ids = StudyIds()
    dataset, _ = capture(ids)
    plain, _ = capture(ids, number=2)
    plain.PixelData = bytes(200 * 320)
    study, instances = stored(product, dataset, plain)
    mask = {"Regions": [{**EVERYTHING, "TargetInstances": [instances[1]]}], "Verify": True}
    answer = masked(product, f"/studies/{study}", mask, Permissive=True, KeepSource=False)
    assert [each["ID"] for each in answer["FailedInstances"]] == [instances[0]]
    assert len(files(product, answer["Path"])) == 1
    assert product.get(f"/instances/{instances[0]}").status_code == 200


def test_a_kept_identifier_is_refused_where_something_may_be_found(product: Product) -> None:
    dataset, _ = capture(StudyIds())
    study, instances = stored(product, dataset)
    keep = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
    for mask in ({"Detect": ["Text"]}, {"Regions": [{**EVERYTHING, "End": [0, 0]}], "Verify": True}):
        answer = ask(product, f"/studies/{study}", mask, "modify", Keep=keep, Force=True)
        assert answer.status_code == 400
        assert "needs a new SOPInstanceUID" in answer.json()["Message"]
    assert product.get("/instances").json() == instances


@pytest.mark.parametrize(
    ("mask", "field"),
    [
        ({"Verify": True}, "Regions"),
        ({"Detect": [], "Verify": True}, "Detect"),
        ({"Detect": ["Text"], "Regions": []}, "Regions"),
        ({"Detect": "Text"}, "Detect"),
        ({"Detect": ["Words"]}, "Detect[0]"),
        ({"Detect": {"Find": ["Text"], "Asynchronous": True}}, "Detect.Asynchronous"),
        ({"Detect": {"Find": ["Text"], "Text": {"IncludeText": True}}}, "Detect.Text.IncludeText"),
        ({"Detect": {"Find": ["Face"]}}, "Detect.Find[0]"),
        ({"Detect": ["Text"], "CleanPixelData": True, "Verify": False}, "Verify"),
        ({"Detect": ["Text"], "Verify": 1}, "Verify"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_field(product: Product, mask: Json, field: str) -> None:
    answer = ask(product, "/studies/unknown", mask)
    assert answer.status_code == 400
    assert f"body.MaskPixelData.{field}: " in answer.json()["Details"][0]["msg"]


def test_a_preview_does_not_pass_over_detect(product: Product) -> None:
    _, (instance,) = stored(product, capture(StudyIds())[0])
    wish = {"MaskPixelData": {"Detect": ["Text"]}, "Show": "after"}
    answer = product.post(f"/plugins/ophtha/instances/{instance}/frames/0/preview", json=wish)
    assert answer.status_code == 400
    assert "body.MaskPixelData.Detect" in answer.json()["Message"]
