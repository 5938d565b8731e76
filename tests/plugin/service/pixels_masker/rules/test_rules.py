"""Rules by device: kept, imported, and applied to what a real Orthanc holds."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.find.captures import capture, stored
from tests.plugin.service.pixels_masker.phantoms import StudyIds

Json = dict[str, Any]
RULES = "/plugins/pixels-masker/rules"
TOP = {"RegionType": "2D", "Origin": [0, 0], "End": [9999, 40]}
PHANTOM: Json = {
    "Order": 1,
    "When": {"All": [{"Manufacturer": {"equals": "phantom"}}, {"Not": {"StationName": {"missing": False}}}]},
    "Image": {"Rows": 200, "Columns": 320},
    "Regions": [TOP],
}


@pytest.fixture
def rules(product: Product) -> Iterator[Product]:
    """The product without rules."""
    yield product
    for each in product.get(RULES).json():
        send(product, "DELETE", f"/{each['Name']}")


def send(product: Product, method: str, path: str, body: object = None) -> httpx.Response:
    with product.client() as client:
        return client.request(method, f"{RULES}{path}", json=body)


def put(product: Product, name: str, rule: Json) -> Json:
    answer = send(product, "PUT", f"/{name}", rule)
    assert answer.status_code == 200, answer.text
    kept: Json = answer.json()
    return kept


def detect(product: Product, study: str, **wish: object) -> Json:
    answer = product.post(f"/plugins/pixels-masker/studies/{study}/detect", json={"Find": ["Rules"], **wish})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def screen(product: Product) -> tuple[str, str, Dataset]:
    """A study of one screen of the phantom's maker."""
    dataset, _ = capture(StudyIds())
    study, (instance,) = stored(product, dataset)
    return study, instance, dataset


def test_a_rule_is_kept_replaced_listed_and_forgotten(rules: Product) -> None:
    kept = put(rules, "Phantom A", PHANTOM)
    assert kept["Name"] == "Phantom A"
    assert (kept["When"], kept["Image"]) == (PHANTOM["When"], PHANTOM["Image"])
    put(rules, "First", {**PHANTOM, "Order": 0, "Image": None})
    put(rules, "Phantom A", {**kept, "Order": 2})
    assert [(each["Name"], each["Order"]) for each in rules.get(RULES).json()] == [("First", 0), ("Phantom A", 2)]
    assert rules.get(f"{RULES}/Phantom A").json() == {**kept, "Order": 2}
    assert send(rules, "DELETE", "/First").json() == {}
    assert send(rules, "DELETE", "/First").status_code == 404
    assert rules.get(f"{RULES}/First").status_code == 404


def test_a_rule_is_found_and_masked_and_verified_in_one_job(rules: Product) -> None:
    put(rules, "Phantom A", PHANTOM)
    study, instance, dataset = screen(rules)
    (region,) = detect(rules, study)["Regions"]
    assert (region["Origin"], region["End"], region["FillValue"]) == ([0, 0], [320, 40], 0)
    assert (region["Found"]["Kind"], region["TargetInstances"]) == ("Rule", [instance])
    mask = {"Detect": ["Rules"], "Verify": False}
    answer = rules.post(f"/plugins/pixels-masker/studies/{study}/anonymize", json={"MaskPixelData": mask})
    assert answer.status_code == 200, answer.text
    assert answer.json()["Detected"] == {"Regions": 1, "Instances": 1}
    (copy,) = rules.get(f"{answer.json()['Path']}/instances").json()
    pixels = dcmread(BytesIO(rules.get(f"/instances/{copy['ID']}/file").content)).pixel_array
    assert not pixels[:40].any()
    assert np.array_equal(pixels[40:], dataset.pixel_array[40:])


def test_what_was_found_may_be_sent_back(rules: Product) -> None:
    put(rules, "Phantom A", {**PHANTOM, "Regions": [{**TOP, "Keep": True, "FillValue": 9}]})
    study, _, _ = screen(rules)
    (region,) = detect(rules, study)["Regions"]
    assert (region["Keep"], region["FillValue"]) == (True, 9)
    path = f"/plugins/pixels-masker/studies/{study}/modify"
    assert rules.post(path, json={"MaskPixelData": {"Regions": [region]}}).status_code == 200


def test_a_known_device_of_unknown_size_is_named_and_not_passed_over(rules: Product) -> None:
    put(rules, "Phantom A", {**PHANTOM, "Image": {"Rows": 480, "Columns": 640}})
    study, instance, _ = screen(rules)
    reason = "UnknownSize: Phantom A, 200 × 320"  # noqa: RUF001 - as it is printed
    found = detect(rules, study)
    assert (found["NotExamined"], found["Examined"]) == ([{"ID": instance, "Reason": reason}], 0)
    claim = {"Detect": ["Rules"], "CleanPixelData": True}
    answer = rules.post(f"/plugins/pixels-masker/studies/{study}/anonymize", json={"MaskPixelData": claim})
    assert answer.status_code == 400
    assert reason in answer.json()["Message"]
    assert rules.get("/instances").json() == [instance]


def test_a_job_goes_by_the_rules_of_its_submission(rules: Product) -> None:
    put(rules, "Phantom A", PHANTOM)
    study, _, _ = screen(rules)
    expected = detect(rules, study)
    job = detect(rules, study, Asynchronous=True, Rules=["Phantom A"])
    send(rules, "DELETE", "/Phantom A")
    wait_until(lambda: rules.get(job["Path"]).json()["State"] == "Success", what="the job", timeout_s=60)
    content = rules.get(job["Path"]).json()["Content"]
    assert content["Regions"] == expected["Regions"]


def test_a_ctp_script_is_imported_behind_the_rules_that_are_there(rules: Product) -> None:
    put(rules, "US", {**PHANTOM, "Order": 7})
    script = 'US\n{ Manufacturer.contains("phan") } (16,0,200,40)\nUS (2)\n{ Modality.isLessThan("U") } (1,2,3,4)\n'
    answer = send(rules, "POST", "/import", {"Format": "ctp", "Script": script})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "Imported": ["US 2"],
        "Skipped": [
            {"Line": 4, "Text": '{ Modality.isLessThan("U") }', "Reason": "isLessThan cannot be expressed"},
        ],
    }
    assert rules.get(f"{RULES}/US 2").json()["Order"] == 8
    study, _, _ = screen(rules)
    (region,) = detect(rules, study, Rules=["US 2"])["Regions"]
    assert (region["Origin"], region["End"]) == ([16, 0], [216, 40])


def test_a_deid_recipe_is_imported_and_its_labels_work_together(rules: Product) -> None:
    recipe = (
        "FORMAT dicom\n%filter graylist\nLABEL Burned in\n  contains Manufacturer phantom\n"
        "LABEL All\n  equals Modality OT\n  coordinates all\nLABEL Kept\n  keepcoordinates 0,40,320,200\n"
    )
    names = send(rules, "POST", "/import", {"Format": "deid", "Script": recipe}).json()["Imported"]
    assert names == ["Burned in", "All", "Kept"]
    study, instance, _ = screen(rules)
    (region,) = detect(rules, study)["Regions"]
    assert (region["Origin"], region["End"]) == ([0, 0], [320, 40])
    flagged = detect(rules, study, Rules=["Burned in"])
    assert flagged["NotExamined"] == [{"ID": instance, "Reason": "flagged by Burned in"}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Name": "Other"}, "body.Name"),
        ({"Order": "1"}, "body.Order"),
        ({"When": {}}, "body.When"),
        ({"When": {"Manufacterer": {"equals": "x"}}}, "body.When.Manufacterer"),
        ({"When": {"Any": [{"Rows": {"is": "x"}}]}}, "body.When.Any[0].Rows"),
        ({"When": {"Rows": {"matches": "("}}}, "body.When.Rows.matches"),
        ({"When": {"Rows": {"missing": "no"}}}, "body.When.Rows.missing"),
        ({"Image": {"Rows": 0}}, "body.Image.Rows"),
        ({"Regions": [{**TOP, "End": None}]}, "body.Regions[0]"),
        ({"Regions": [{**TOP, "Kep": True}]}, "body.Regions[0].Kep"),
    ],
)
def test_a_wrong_rule_is_refused_by_its_field(rules: Product, change: Json, field: str) -> None:
    answer = send(rules, "PUT", "/Phantom", {**PHANTOM, **change})
    assert answer.status_code == 400, answer.text
    assert field in answer.json()["Details"][0]["msg"]
    assert rules.get(RULES).json() == []


def test_rules_that_are_not_there_are_no_reason_to_find_an_image_clean(rules: Product) -> None:
    study, _, _ = screen(rules)

    def refusal(wish: Json) -> str:
        answer = rules.post(f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": {"Detect": wish}})
        assert answer.status_code == 400
        message: str = answer.json()["Message"]
        return message

    assert "body.MaskPixelData.Detect.Find: asks for Rules, and none is kept" in refusal({"Find": ["Rules"]})
    put(rules, "Phantom A", PHANTOM)
    assert "body.MaskPixelData.Detect.Rules[1]" in refusal({"Find": ["Rules"], "Rules": ["Phantom A", "B"]})
    assert "body.MaskPixelData.Detect.Rules: needs" in refusal({"Find": ["Text"], "Rules": ["Phantom A"]})
