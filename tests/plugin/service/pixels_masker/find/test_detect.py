"""Finding what to mask in what a real Orthanc holds."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.kit.written import WrittenLine
from tests.plugin.service.pixels_masker.find.captures import capture, stored
from tests.plugin.service.pixels_masker.phantoms import StudyIds, document

Json = dict[str, Any]


def detect(product: Product, path: str, **wish: object) -> Json:
    answer = product.post(f"/plugins/pixels-masker{path}/detect", json={"Find": ["Text"], **wish})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def region_over(found: Json, line: WrittenLine) -> Json:
    """The one region that covers a line."""

    def covers(region: Json) -> bool:
        (left, top), (right, bottom) = region["Origin"], region["End"]
        return bool(line.ink[top:bottom, left:right].sum() == line.ink.sum())

    (region,) = (each for each in found["Regions"] if covers(each))
    return region


def test_text_comes_as_regions_that_say_who_found_them_and_whether_they_name_the_patient(product: Product) -> None:
    dataset, (name, depth) = capture(StudyIds())
    study, (instance,) = stored(product, dataset)
    found = detect(product, f"/studies/{study}")
    region = region_over(found, name)
    assert region["TargetInstances"] == [instance]
    assert (region["MaskType"], region["RegionType"], region["FillValue"]) == ("Fill", "2D", 0)
    assert region["Found"]["Kind"] == "Text"
    assert region["Found"]["Identifying"] is True
    assert region_over(found, depth)["Found"]["Identifying"] is False
    assert (found["Examined"], found["WithFindings"], found["NotExamined"]) == (1, 1, [])
    assert found["Detectors"] == [{"Name": region["Found"]["Detector"], "Version": region["Found"]["Version"]}]


def test_measurements_stay_where_that_is_asked_for_and_names_never(product: Product) -> None:
    dataset, (name, depth) = capture(StudyIds())
    study, _ = stored(product, dataset)
    found = detect(product, f"/studies/{study}", Text={"Keep": "measurements"})
    assert region_over(found, name)
    with pytest.raises(ValueError, match="not enough values"):
        region_over(found, depth)


def test_the_fill_is_what_the_image_shows_darkest_and_equal_places_of_other_fills_are_two_regions(
    product: Product,
) -> None:
    ids = StudyIds()
    dark, (name, _) = capture(ids)
    inverted, _ = capture(ids, photometric="MONOCHROME1", number=2)
    study, instances = stored(product, dark, inverted)
    regions = detect(product, f"/studies/{study}")["Regions"]
    over_name = [each for each in regions if each["Found"]["Identifying"]]
    assert {each["TargetInstances"][0]: each["FillValue"] for each in over_name} == {
        instances[0]: 0,
        instances[1]: 255,
    }
    assert name


def test_what_was_read_is_answered_on_demand_and_written_nowhere(product: Product) -> None:
    dataset, (name, _) = capture(StudyIds())
    study, _ = stored(product, dataset)
    plain = detect(product, f"/studies/{study}")
    assert all("Text" not in each for each in plain["Regions"])
    read = region_over(detect(product, f"/studies/{study}", Text={"IncludeText": True}), name)
    assert "ller" in read["Text"]
    for path in Path(product.folder).rglob("*"):
        if path.suffix in (".log", ".jsonl"):
            assert "ller" not in path.read_text(errors="replace")


def test_what_was_found_is_masked_when_it_is_sent_back_as_it_was_answered(product: Product) -> None:
    dataset, (name, depth) = capture(StudyIds())
    study, _ = stored(product, dataset)
    found = detect(product, f"/studies/{study}", Text={"Keep": "measurements"})
    body = {"Replace": {"StudyDescription": "masked"}, "MaskPixelData": {"Regions": found["Regions"]}}
    answer = product.post(f"/plugins/pixels-masker/studies/{study}/modify", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["Regions"] == [{"Index": 0, "Instances": 1, "Frames": 1}]
    (copy,) = product.get(f"{answer.json()['Path']}/instances").json()
    pixels = dcmread(BytesIO(product.get(f"/instances/{copy['ID']}/file").content)).pixel_array
    assert not pixels[name.ink].any()
    assert np.array_equal(pixels[depth.ink], dataset.pixel_array[depth.ink])


def test_a_job_finds_the_same_and_its_content_is_the_answer(product: Product) -> None:
    dataset, _ = capture(StudyIds())
    study, _ = stored(product, dataset)
    expected = detect(product, f"/studies/{study}")
    answer = detect(product, f"/studies/{study}", Asynchronous=True)
    assert set(answer) == {"ID", "Path"}
    wait_until(lambda: product.get(answer["Path"]).json()["State"] == "Success", what="the job", timeout_s=120)
    job = product.get(answer["Path"]).json()
    assert job["Progress"] == 100
    assert {key: job["Content"][key] for key in expected} == expected


def test_what_cannot_be_looked_at_is_named(product: Product) -> None:
    ids = StudyIds()
    dataset, _ = capture(ids)
    broken, _ = capture(ids, number=2)
    broken.PixelData = broken.PixelData[:100]
    study, instances = stored(product, dataset, broken, document(ids))
    found = detect(product, f"/studies/{study}")
    assert found["Examined"] == 1
    assert {each["ID"] for each in found["NotExamined"]} == set(instances[1:])
    assert all(each["Reason"] for each in found["NotExamined"])


def test_ultrasound_regions_are_kept_up_to_and_with_their_last_pixel(product: Product) -> None:
    dataset, _ = capture(StudyIds())
    dataset.Modality = "US"
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 10, 40
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 299, 189
    dataset.SequenceOfUltrasoundRegions = [region]
    _, (instance,) = stored(product, dataset)
    (found,) = detect(product, f"/instances/{instance}", Find=["UltrasoundRegions"])["Regions"]
    assert (found["Origin"], found["End"], found["Keep"]) == ([10, 40], [300, 190], True)
    assert found["Found"]["Kind"] == "UltrasoundRegion"


def test_without_a_header_the_fan_of_the_picture_is_kept(product: Product) -> None:
    dataset, _ = capture(StudyIds())
    dataset.Modality = "US"
    picture = np.frombuffer(dataset.PixelData, np.uint8).reshape(200, 320).copy()
    picture[60:140, 60:260] = 90
    dataset.PixelData = picture.tobytes()
    _, (instance,) = stored(product, dataset)
    (found,) = detect(product, f"/instances/{instance}", Find=["UltrasoundRegions"])["Regions"]
    assert (found["RegionType"], found["Keep"], found["Found"]["Kind"]) == ("Polygon", True, "Fan")
    columns, rows = zip(*found["Points"], strict=True)
    assert (min(columns), max(columns), min(rows), max(rows)) == (60.5, 259.5, 60.5, 139.5)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "body.Find"),
        ({"Find": []}, "body.Find"),
        ({"Find": ["Text"], "Txet": {}}, "body.Txet"),
        ({"Find": ["Words"]}, "body.Find[0]"),
        ({"Find": ["Text"], "Text": {"MinConfidence": 2}}, "body.Text.MinConfidence"),
        ({"Find": ["Text"], "Text": {"Keep": "all"}}, "body.Text.Keep"),
        ({"Find": ["Text"], "Asynchronous": True, "Text": {"IncludeText": True}}, "body.Text.IncludeText"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_field(product: Product, wish: Json, field: str) -> None:
    answer = product.post("/plugins/pixels-masker/studies/unknown/detect", json=wish)
    assert answer.status_code == 400
    assert any(field in each["msg"] for each in answer.json()["Details"])


def test_an_unknown_resource_is_not_found(product: Product) -> None:
    assert product.post("/plugins/pixels-masker/series/none/detect", json={"Find": ["Text"]}).status_code == 404
