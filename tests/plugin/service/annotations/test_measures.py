"""Area and perimeter of annotations, in the units that Cytomine-core answers in."""

import pytest

from plugin.service.annotations.measures import ImageFacts, measures
from tests.kit.annotation_service import AnnotationClient

Json = dict[str, object]


def shown(admin: AnnotationClient, project: Json, location: str, **calibration: float) -> tuple[object, ...]:
    base = admin.add("abstractimage", originalFilename="plain.tiff", width=200, height=100, **calibration)
    image = admin.add("imageinstance", baseImage=base["id"], project=project["id"])
    added = admin.add("annotation", image=image["id"], location=location)
    listed = admin.list("annotation.json", image=image["id"], showGIS=True)[0]
    keys = ("area", "areaUnit", "perimeter", "perimeterUnit")
    assert [added[key] for key in keys] == [listed[key] for key in keys]
    return tuple(listed[key] for key in keys)


BOX = "POLYGON ((10 10, 110 10, 110 60, 10 60, 10 10))"


def test_areas_are_square_micrometres_and_perimeters_millimetres(admin: AnnotationClient, project: Json) -> None:
    assert shown(admin, project, BOX, physicalSizeX=0.5, physicalSizeY=0.5) == (1250, "micron²", 0.15, "mm")


def test_oblong_pixels_are_measured_along_both_sides(admin: AnnotationClient, project: Json) -> None:
    area, _, perimeter, _ = shown(admin, project, BOX, physicalSizeX=0.5, physicalSizeY=2)
    assert (area, perimeter) == (5000, pytest.approx(2 * (100 * 0.5 + 50 * 2) / 1000))


def test_pixels_are_rounded_where_their_size_is_unknown(admin: AnnotationClient, project: Json) -> None:
    triangle = "POLYGON ((0 0, 3 0, 0 3, 0 0))"  # 4.5 pixels, rounded half up; 6 + 3 * sqrt(2) around
    assert shown(admin, project, triangle) == (5, "pixels²", 10, "pixels")


def test_a_square_pixel_needs_no_geometry() -> None:
    facts = ImageFacts("a", "a", (0.25, 0.25))
    assert measures(16, 16, facts).perimeter == 16 * 0.25 / 1000


def test_what_a_person_set_is_not_overwritten_by_headers(
    admin: AnnotationClient, ontology: Json, project: Json, slide_series: str
) -> None:
    path = f"/api/project/{project['id']}/orthanc.json"
    image = admin.post(path, json={"Resources": [slide_series]}).json()["collection"][0]
    base = f"/api/abstractimage/{image['baseImage']}.json"
    before = admin.get(base).json()
    told = {"physicalSizeX": 0.125, "magnification": 63, "originalFilename": "Case seven"}
    assert admin.put(base, json=told).status_code == 200
    other = admin.add("project", name=f"other than {project['name']}", ontology=ontology["id"])
    assert admin.post(f"/api/project/{other['id']}/orthanc.json", json={"Resources": [slide_series]}).status_code == 200
    after = admin.get(base).json()
    assert {name: after[name] for name in told} == told
    assert after["physicalSizeY"] == before["physicalSizeY"]
    back = {name: before[name] for name in told if before[name] is not None}
    assert admin.put(base, json=back).status_code == 200
