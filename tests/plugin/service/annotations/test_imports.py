"""Files of other programs become annotations, and annotations come back as the same files."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ophtha_core.annotations.drawn_feature import DrawnFeature, features_in
from tests.kit.annotation_service import GUEST, MEMBER, STRANGER, AnnotationClient, AnnotationService
from tests.plugin.service.annotations.drawn import unique

Json = dict[str, Any]
_WIDTH, _HEIGHT = 200, 100
"""Of the image of these tests."""
FLOWER = "POLYGON ((10 10, 60 10, 60 60, 10 60, 10 10), (20 20, 30 20, 30 30, 20 30, 20 20))"


def feature(shape: str, **properties: object) -> Json:
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shapely.from_wkt(shape))),
            "properties": {"objectType": "annotation", **properties}}  # fmt: skip


def collection(*features: object) -> Json:
    return {"type": "FeatureCollection", "features": list(features)}


def send(client: AnnotationClient, target: Json, document: object, **parameters: object) -> httpx.Response:
    """By the header, as both ports take it."""
    told = {"image": target["id"], **parameters}
    headers = {"X-Ophtha-Parameters": json.dumps(told), "Content-Type": "application/geo+json"}
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return client.post(f"/api/project/{target['project']}/import", content=content, headers=headers)


def exported(client: AnnotationClient, image: Json) -> bytes:
    return client.get(f"/api/imageinstance/{image['id']}/export.geojson", params={"properties": "true"}).content


def drawn(content: bytes) -> list[DrawnFeature]:
    return [DrawnFeature.from_json(each) for each in features_in(content)]


def test_what_qupath_drew_lies_where_qupath_drew_it(admin: AnnotationClient, image: Json) -> None:
    document = collection(feature("POLYGON ((10 20, 30 20, 30 40, 10 20))"))
    (identifier,) = [each["id"] for each in send(admin, image, document).json()["collection"]]
    stored = shapely.from_wkt(admin.get(f"/api/annotation/{identifier}.json").json()["location"])
    assert shapely.equals_exact(stored, shapely.from_wkt("POLYGON ((10 80, 30 80, 30 60, 10 80))"))
    (upward,) = [each["id"] for each in send(admin, image, document, flipY=True).json()["collection"]]
    assert admin.get(f"/api/annotation/{upward}.json").json()["location"] == "POLYGON ((10 20, 30 20, 30 40, 10 20))"


def test_derived_classes_are_terms_below_one_another(admin: AnnotationClient, image: Json, ontology: Json) -> None:
    known = admin.add("term", name="Tumor", color="#112233", ontology=ontology["id"])["id"]
    positive = {"names": ["Tumor", "Positive"], "color": [208, 20, 207]}
    answer = send(admin, image, collection(feature(FLOWER, classification=positive), feature("POINT (5 5)")))
    assert (answer.json()["imported"], answer.json()["skipped"]) == (2, [])
    terms = {each["name"]: each for each in admin.list(f"ontology/{ontology['id']}/term.json")}
    assert set(terms) == {"Tumor", "Tumor: Positive"}
    assert (terms["Tumor: Positive"]["parent"], terms["Tumor: Positive"]["color"]) == (known, "#d014cf")
    labelled = admin.list("annotation.json", image=image["id"], term=terms["Tumor: Positive"]["id"])
    assert len(labelled) == 1


def test_classes_can_be_given_to_terms_of_other_names(admin: AnnotationClient, image: Json, ontology: Json) -> None:
    term = admin.add("term", name="Carcinoma", ontology=ontology["id"])["id"]
    document = collection(feature(FLOWER, classification={"name": "Tumor"}))
    assert send(admin, image, document, terms={"Tumor": term}).status_code == 200
    assert [each["name"] for each in admin.list(f"ontology/{ontology['id']}/term.json")] == ["Carcinoma"]
    assert [each["term"] for each in admin.list("annotation.json", image=image["id"])] == [[term]]
    assert send(admin, image, document, terms={"Tumor": 2_000_000_000}).status_code == 404


def test_measurements_and_whatever_else_is_said_become_properties(admin: AnnotationClient, image: Json) -> None:
    carried = {
        "name": "left rim", "isLocked": True, "metadata": {"case": "7"}, "measurements": {"Area µm^2": 12.5, "n": 3},
    }  # fmt: skip
    (added,) = send(admin, image, collection(feature(FLOWER, **carried))).json()["collection"]
    rows = {each["key"]: each["value"] for each in admin.list(f"annotation/{added['id']}/property.json")}
    assert rows == {
        "case": "7", "measurements.Area µm^2": "12.5", "measurements.n": "3.0", "properties.name": '"left rim"',
        "properties.isLocked": "true",
    }  # fmt: skip
    (again,) = json.loads(exported(admin, image))["features"]
    assert {key: again["properties"][key] for key in carried} == carried
    plain = admin.get(f"/api/imageinstance/{image['id']}/export.geojson").json()["features"][0]["properties"]
    assert not {"metadata", "measurements", "name"} & set(plain)


@st.composite
def triangles(draw: st.DrawFn) -> shapely.Polygon:
    """Valid, inside the image, with coordinates that no flip rounds; some have a hole."""
    left, top = draw(st.integers(0, 90)), draw(st.integers(0, 40))
    width, height = draw(st.integers(1, 6000)) / 64, draw(st.integers(1, 3000)) / 64
    outer = shapely.Polygon([(left, top), (left + width, top), (left, top + height)])
    if not draw(st.booleans()):
        return outer
    near = [(left + width * x, top + height * y) for x, y in ((0.25, 0.25), (0.5, 0.25), (0.25, 0.5))]
    return shapely.Polygon(outer.exterior, [near])


_words = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
_features = st.builds(
    lambda shape, name, color, numbers, texts: feature(
        shape.wkt,
        **({"classification": {"name": name, "color": color}} if name else {}),
        measurements=numbers,
        metadata=texts,
    ),
    shape=triangles(),
    name=st.none() | st.sampled_from(["Tumor", "Tumor: Positive", "Stroma"]),
    color=st.just([255, 0, 0]),
    numbers=st.dictionaries(_words, st.floats(allow_nan=False, allow_infinity=False), max_size=2),
    texts=st.dictionaries(_words, _words, max_size=2),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_features, min_size=1, max_size=3))
def test_geojson_annotations_geojson_is_the_identity(admin: AnnotationClient, features: list[Json]) -> None:
    ontology = admin.add("ontology", name=unique("identity"))["id"]
    project = admin.add("project", name=unique("identity"), ontology=ontology)["id"]
    base = admin.add("abstractimage", originalFilename="i.tiff", width=_WIDTH, height=_HEIGHT)["id"]
    image = admin.add("imageinstance", baseImage=base, project=project)
    content = json.dumps(collection(*features)).encode()
    assert send(admin, image, content).status_code == 200
    first = exported(admin, image)
    wanted = drawn(content)
    assert [(each.classes, each.measurements, each.metadata) for each in drawn(first)] == [
        (each.classes, each.measurements, each.metadata) for each in wanted
    ]
    assert all(map(shapely.equals_exact, [x.geometry for x in drawn(first)], [x.geometry for x in wanted]))
    for each in admin.list("annotation.json", image=image["id"]):
        admin.delete(f"/api/annotation/{each['id']}.json")
    assert send(admin, image, first).status_code == 200
    assert drawn(exported(admin, image)) == drawn(first)


def test_an_archive_of_a_project_comes_back(admin: AnnotationClient, project: Json, image: Json) -> None:
    send(admin, image, collection(feature(FLOWER, classification={"name": "Tumor"}), feature("POINT (1 2)")))
    path = f"/api/project/{project['id']}"
    archive, before = admin.get(f"{path}/export.zip").content, exported(admin, image)
    for each in admin.list("annotation.json", image=image["id"]):
        admin.delete(f"/api/annotation/{each['id']}.json")
    answer = admin.post(f"{path}/import", content=archive, headers={"Content-Type": "application/zip"})
    assert answer.json()["imported"] == 2
    assert drawn(exported(admin, image)) == drawn(before)
    for broken in (archive[:50], b"PK\x03\x04nothing"):
        assert admin.post(f"{path}/import", content=broken).status_code == 400


def test_what_cannot_be_imported_is_named_and_nothing_is(admin: AnnotationClient, image: Json, ontology: Json) -> None:
    good = feature(FLOWER, classification={"name": "New"})
    bad = [
        5,
        feature("POLYGON ((500 500, 600 500, 600 600, 500 500))"),
        {"type": "Feature", "geometry": {"type": "Circle"}},
        feature(FLOWER, metadata={"k" * 300: "long"}),
        feature(FLOWER, classification={"name": "c", "color": "red"}),
        {**good, "geometry": {**good["geometry"], "plane": {"c": -1, "z": 7, "t": 0}}},
    ]
    answer = send(admin, image, collection(good, *bad, good))
    assert answer.status_code == 400
    assert [each["index"] for each in answer.json()["errors"]] == [1, 2, 3, 4, 5, 6]
    assert "geometry.type" in answer.json()["errors"][2]["message"]
    assert admin.list("annotation.json", image=image["id"]) == []
    assert admin.list(f"ontology/{ontology['id']}/term.json") == []
    partly = send(admin, image, collection(good, *bad, good), atomic=False)
    assert (partly.status_code, partly.json()["imported"]) == (206, 2)
    assert [each["index"] for each in partly.json()["skipped"]] == [1, 2, 3, 4, 5, 6]


def test_areas_that_cross_themselves_are_repaired_unless_that_is_refused(admin: AnnotationClient, image: Json) -> None:
    document = collection(feature("POLYGON ((10 10, 20 20, 20 10, 10 20, 10 10))"))
    assert send(admin, image, document, repair=False).json()["errors"][0]["index"] == 0
    assert send(admin, image, document).json()["collection"][0]["repaired"] is True


@pytest.mark.parametrize("parameters", [{"image": "x"}, {"image": None}, {"flipY": 5}, {"terms": [1]}, {"other": 1}])
def test_parameters_that_mean_nothing_are_refused(parameters: Json, admin: AnnotationClient, image: Json) -> None:
    answer = send(admin, image, collection(), **parameters)
    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.json()["errors"]


@pytest.mark.parametrize("content", [b"", b"{", b"5", b"[" * 50_000, b'{"type": "FeatureCollection"}', b"\xff\xfe"])
def test_what_is_no_geojson_is_refused(content: bytes, admin: AnnotationClient, image: Json) -> None:
    assert send(admin, image, content).status_code == 400


def test_images_of_other_projects_are_none_of_this(admin: AnnotationClient, image: Json) -> None:
    other = admin.add("project", name=unique("other"))["id"]
    answer = send(admin, {**image, "project": other}, collection(feature(FLOWER)))
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        f"image: image {image['id']} is not of project {other}",
    )


@pytest.fixture
def member(service: AnnotationService, admin: AnnotationClient, project: Json) -> Iterator[AnnotationClient]:
    with service.client(MEMBER) as client:
        me = client.get("/api/user/current.json").json()["id"]
        admin.post(f"/api/project/{project['id']}/user/{me}.json")
        yield client


def test_members_import_and_only_who_may_change_the_ontology_adds_terms(
    member: AnnotationClient, service: AnnotationService, admin: AnnotationClient, image: Json
) -> None:
    plain = collection(feature(FLOWER))
    classed = collection(feature(FLOWER), feature(FLOWER, classification={"name": "New"}))
    assert send(member, image, plain).status_code == 200
    assert send(member, image, classed).status_code == 403
    assert len(admin.list("annotation.json", image=image["id"])) == 1
    for user, status in ((STRANGER, 404), (GUEST, 404)):
        with service.client(user) as client:
            assert send(client, image, plain).status_code == status
    admin.put(f"/api/project/{image['project']}.json", json={"isReadOnly": True, "mode": "READ_ONLY"})
    assert send(member, image, plain).status_code == 403
