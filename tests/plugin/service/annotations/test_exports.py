"""Exports: what arrives is what was drawn, upright, in the order asked for."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
import shapely
import tifffile
from PIL import Image

from ophtha_core.annotations.geojson import features_of_collection
from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from tests.kit.annotation_service import AnnotationClient, AnnotationService
from tests.plugin.service.annotations.drawn import HEIGHT, WIDTH, Drawn, expected, unique, upside_down


@pytest.fixture(scope="module")
def drawn(service: AnnotationService) -> Drawn:
    phantom = SlidePhantom(width_px=WIDTH, height_px=HEIGHT, tile_px=128, levels=3, seed=31)
    instances = service.store(file_bytes(dataset) for dataset in slide_files(phantom))
    with service.client() as client:
        return Drawn(client, instances[:1])


def read_mask(admin: AnnotationClient, path: str) -> np.ndarray:
    answer = admin.get(path)
    assert answer.status_code == 200, answer.text
    content = BytesIO(answer.content)
    return np.asarray(tifffile.imread(content) if ".tif" in path else Image.open(content))


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_a_mask_is_upright_has_holes_and_the_order_of_the_terms(
    extension: str, admin: AnnotationClient, drawn: Drawn
) -> None:
    seen = read_mask(admin, drawn.path(extension))
    np.testing.assert_array_equal(seen, expected(("none", 255), ("Tumour", 1), ("Stroma", 2), ("Both", 2)))
    assert seen[150, 150] == 0


def test_the_order_given_wins(admin: AnnotationClient, drawn: Drawn) -> None:
    seen = read_mask(admin, drawn.path("png") + "?order=Stroma,Tumour")
    np.testing.assert_array_equal(seen, expected(("none", 255), ("Stroma", 1), ("Tumour", 2), ("Both", 2)))
    refused = admin.get(drawn.path("png") + "?order=Stroma,Nothing")
    assert refused.status_code == 400
    assert "order" in refused.json()["errors"]["message"]


def test_an_order_may_name_classes_with_commas(admin: AnnotationClient) -> None:
    ontology = admin.add("ontology", name=unique("commas"))["id"]
    names = ("Tumour, invasive", 'Said "so"', "Plain/名")
    terms = [admin.add("term", name=name, ontology=ontology)["id"] for name in names]
    project = admin.add("project", name=unique("commas"), ontology=ontology)["id"]
    base = admin.add("abstractimage", originalFilename="plain.tif", width=8, height=8)["id"]
    image = admin.add("imageinstance", baseImage=base, project=project)["id"]
    admin.post("/api/annotation.json", json=[{"image": image, "location": "POINT (4 4)", "term": [t]} for t in terms])
    order = 'Plain/名, "Said ""so""", "Tumour, invasive"'
    with zipfile.ZipFile(
        BytesIO(admin.get(f"/api/imageinstance/{image}/export.zip", params={"order": order}).content)
    ) as archive:
        classes = json.loads(archive.read(f"{image}_classes.json"))["classes"]
    assert [each["class_name"] for each in classes] == list(reversed(names))
    assert admin.get(f"/api/imageinstance/{image}/export.png", params={"order": '"open'}).status_code == 400


def test_masks_can_be_of_some_terms_and_users(admin: AnnotationClient, drawn: Drawn) -> None:
    seen = read_mask(admin, drawn.path("png") + f"?terms={drawn.stroma}")
    np.testing.assert_array_equal(seen, expected(("Stroma", 1), ("Both", 1)))
    assert not read_mask(admin, drawn.path("tif") + "?users=2000000000").any()
    assert admin.get(drawn.path("png") + "?terms=2000000000").status_code == 400


def test_masks_can_be_small(admin: AnnotationClient, drawn: Drawn) -> None:
    seen = read_mask(admin, drawn.path("png") + "?zoom=1")
    np.testing.assert_array_equal(seen, expected(("none", 255), ("Tumour", 1), ("Stroma", 2), ("Both", 2), scale=0.5))


def test_geojson_keeps_every_class_and_comes_back_as_the_same_annotations(
    admin: AnnotationClient, drawn: Drawn
) -> None:
    answer = admin.get(drawn.path("geojson"))
    document = json.loads(answer.content)
    features = {feature["properties"]["annotation_id"]: feature for feature in document["features"]}
    assert set(features) == set(drawn.ids.values())
    both = features[drawn.ids["Both"]]["properties"]
    assert both["class_names"] == ["Tumour", "Stroma"]
    assert (both["class_id"], both["class_name"], both["image_id"]) == (2, "Stroma", drawn.image["id"])
    assert both["classification"] == {"name": "Stroma", "color": [0, 255, 0]}
    assert (features[drawn.ids["none"]]["properties"]["class_id"]) == 255
    for feature in features_of_collection(answer.content):
        stored = admin.get(f"/api/annotation/{feature.annotation_id}.json").json()["location"]
        assert shapely.equals_exact(upside_down(shapely.from_wkt(stored)), feature.geometry)


def test_geojson_annotations_geojson_is_the_identity(admin: AnnotationClient, drawn: Drawn) -> None:
    first = features_of_collection(admin.get(drawn.path("geojson")).content)
    terms = {"Tumour": drawn.tumour, "Stroma": drawn.stroma}
    added = admin.post(
        "/api/annotation.json",
        json=[
            {
                "image": drawn.image["id"],
                "location": shapely.to_wkt(upside_down(feature.geometry), rounding_precision=-1),
                "term": [terms[each.name] for each in feature.classes],
            }
            for feature in first
        ],
    )
    copies = {each["id"] for each in added.json()["collection"]}
    second = [
        each
        for each in features_of_collection(admin.get(drawn.path("geojson")).content)
        if each.annotation_id in copies
    ]
    for identifier in copies:
        admin.delete(f"/api/annotation/{identifier}.json")
    assert [(each.geometry, each.classes) for each in second] == [(each.geometry, each.classes) for each in first]


def test_an_archive_holds_geojson_mask_and_classes(admin: AnnotationClient, drawn: Drawn) -> None:
    for path in (drawn.path("zip"), f"/api/project/{drawn.project}/export.zip"):
        with zipfile.ZipFile(BytesIO(admin.get(path).content)) as archive:
            assert archive.testzip() is None
            name = drawn.image["id"]
            assert set(archive.namelist()) == {f"{name}.geojson", f"{name}_mask.tif", f"{name}_classes.json"}
            assert archive.read(f"{name}.geojson") == admin.get(drawn.path("geojson")).content
            mask = tifffile.imread(BytesIO(archive.read(f"{name}_mask.tif")))
            np.testing.assert_array_equal(mask, read_mask(admin, drawn.path("png")))
            classes = json.loads(archive.read(f"{name}_classes.json"))["classes"]
            assert [each["class_name"] for each in classes] == ["Tumour", "Stroma"]


def test_more_than_254_classes_make_a_mask_of_sixteen_bits(admin: AnnotationClient) -> None:
    ontology = admin.add("ontology", name=unique("many"))["id"]
    many = [{"name": f"class {number}", "ontology": ontology} for number in range(300)]
    terms = admin.post("/api/term.json", json=many).json()["collection"]
    project = admin.add("project", name=unique("many"), ontology=ontology)["id"]
    base = admin.add("abstractimage", originalFilename="plain.tif", width=30, height=20)["id"]
    image = admin.add("imageinstance", baseImage=base, project=project)["id"]
    admin.add("annotation", image=image, location="POLYGON ((0 0, 5 0, 5 5, 0 5, 0 0))", term=[terms[299]["id"]])
    seen = read_mask(admin, f"/api/imageinstance/{image}/export.png")
    assert (seen.max(), seen.dtype.itemsize, seen[19, 0]) == (300, seen.dtype.itemsize, 300)


def test_broken_files_leave_no_open_session(admin: AnnotationClient, drawn: Drawn) -> None:
    ask: Callable[[], int] = lambda: admin.get(drawn.path("tif") + "?order=Nothing").status_code  # noqa: E731
    assert [ask() for _ in range(30)] == [400] * 30


@pytest.mark.parametrize("extension", ["geojson", "png", "tif", "zip"])
def test_what_is_small_is_sent_whole_not_in_pieces(extension: str, admin: AnnotationClient, drawn: Drawn) -> None:
    answer = admin.get(drawn.path(extension))
    assert answer.headers["content-length"] == str(len(answer.content))
    listing = admin.get("/api/annotation.json", params={"image": drawn.image["id"], "showWKT": "true"})
    assert listing.headers["content-length"] == str(len(listing.content))
