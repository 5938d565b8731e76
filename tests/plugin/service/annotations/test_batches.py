"""Geometries that are repaired, lists that are added as a whole or in part, and changes that come too late."""

import json

import pytest
import shapely

from tests.kit.annotation_service import AnnotationClient

Json = dict[str, object]
BOW_TIE = "POLYGON ((10 10, 20 20, 20 10, 10 20, 10 10))"
NO_REPAIR = {"X-Ophtha-Parameters": json.dumps({"repair": False})}
IN_PART = {"X-Ophtha-Parameters": json.dumps({"atomic": False})}


def square(image: Json, left: int) -> Json:
    return {"image": image["id"], "location": f"POLYGON (({left} 0, {left + 5} 0, {left + 5} 5, {left} 0))"}


def test_an_area_that_crosses_itself_is_repaired_and_says_so(admin: AnnotationClient, image: Json) -> None:
    added = admin.add("annotation", image=image["id"], location=BOW_TIE)
    stored = shapely.from_wkt(added["location"])
    assert added["repaired"] is True
    assert stored.is_valid
    assert shapely.equals(stored, shapely.make_valid(shapely.from_wkt(BOW_TIE)))
    valid = admin.add("annotation", **square(image, 0))
    assert "repaired" not in valid
    changed = admin.put(f"/api/annotation/{valid['id']}.json", json={"location": BOW_TIE}).json()["annotation"]
    assert changed["repaired"] is True


@pytest.mark.parametrize("by_header", [False, True], ids=["query", "header"])
def test_whoever_wants_no_repair_is_told_what_is_wrong(
    *, by_header: bool, admin: AnnotationClient, image: Json
) -> None:
    path = "/api/annotation.json" + ("" if by_header else "?repair=false")
    body = {"image": image["id"], "location": BOW_TIE}
    answer = admin.post(path, json=body, headers=NO_REPAIR if by_header else {})
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith("location: is not a valid geometry")


@pytest.mark.parametrize("header", ["{", "[]", '{"repairs": true}', '{"repair": 5}', "x" * 20_000])
def test_parameters_that_are_none_are_refused_by_name(header: str, admin: AnnotationClient, image: Json) -> None:
    answer = admin.post("/api/annotation.json", json=square(image, 0), headers={"X-Ophtha-Parameters": header})
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith("X-Ophtha-Parameters")
    assert admin.list("annotation.json", image=image["id"]) == []


def broken_list(image: Json) -> list[object]:
    return [
        square(image, 0),
        {"image": image["id"], "location": "POINT (5000 5000)"},
        {"image": image["id"]},
        {"image": image["id"], "location": BOW_TIE},
        {"image": 2_000_000_000, "location": "POINT (1 1)"},
    ]


def test_a_list_is_added_as_a_whole_or_not_at_all(admin: AnnotationClient, image: Json) -> None:
    answer = admin.post("/api/annotation.json", json=broken_list(image))
    assert answer.status_code == 400
    assert [each["index"] for each in answer.json()["errors"]] == [1, 2, 4]
    assert [each["message"].split(":")[0].split(" ")[0] for each in answer.json()["errors"]] == [
        "location", "location", "ImageInstance",
    ]  # fmt: skip
    assert admin.list("annotation.json", image=image["id"]) == []


def test_a_list_may_be_added_in_part(admin: AnnotationClient, image: Json) -> None:
    answer = admin.post("/api/annotation.json", json=broken_list(image), headers=IN_PART)
    assert answer.status_code == 206
    added = answer.json()["collection"]
    assert [each.get("repaired", False) for each in added] == [False, True]
    assert [each["index"] for each in answer.json()["errors"]] == [1, 2, 4]
    stored = {each["id"] for each in admin.list("annotation.json", image=image["id"])}
    assert stored == {each["id"] for each in added}


def test_a_change_of_what_somebody_else_changed_is_refused(admin: AnnotationClient, image: Json) -> None:
    added = admin.add("annotation", **square(image, 0))
    path = f"/api/annotation/{added['id']}.json"
    first = admin.put(path, json={"location": "POINT (1 1)", "version": added["version"]})
    assert first.json()["annotation"]["version"] == added["version"] + 1
    late = admin.put(path, json={"location": "POINT (2 2)", "version": added["version"]})
    assert late.status_code == 409
    assert admin.get(path).json()["location"] == "POINT (1 1)"
    assert admin.put(path, json={"location": "POINT (3 3)"}).status_code == 200
