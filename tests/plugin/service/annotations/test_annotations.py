"""Geometries of annotations, and listings of them."""

import pytest
import shapely

from tests.kit.annotation_service import AnnotationClient


def test_stored_wkt_is_returned_as_it_was_posted(admin: AnnotationClient, image: dict[str, object]) -> None:
    text = "POLYGON((  1.50 2,10 2.0, 10.000 20,1.50 2))"
    added = admin.add("annotation", image=image["id"], location=text)
    assert admin.get(f"/api/annotation/{added['id']}.json").json()["location"] == text
    assert admin.list("annotation.json", image=image["id"], showWKT=True)[0]["location"] == text


def test_geometries_are_clipped_to_the_image(admin: AnnotationClient, image: dict[str, object]) -> None:
    added = admin.add("annotation", image=image["id"], location="POLYGON ((150 50, 250 50, 250 150, 150 150, 150 50))")
    assert shapely.equals(shapely.from_wkt(added["location"]), shapely.box(150, 50, 200, 100))
    outside = admin.post("/api/annotation.json", json={"image": image["id"], "location": "POINT (500 500)"})
    assert outside.status_code == 400


@pytest.mark.parametrize("text", ["POINT (5 5)", "LINESTRING (0 0, 10 10)", "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)))"])
def test_points_and_lines_are_annotations_too(text: str, admin: AnnotationClient, image: dict[str, object]) -> None:
    assert admin.add("annotation", image=image["id"], location=text)["location"] == text


@pytest.mark.parametrize(
    "location",
    ["POLYGON ((0 0, 10 10, 5 5, 0 0))", "nonsense", "MULTILINESTRING ((0 0, 1 1))", 5, None,
     "GEOMETRYCOLLECTION (POINT (1 1))"],
)  # fmt: skip
def test_other_geometries_are_refused_by_name(
    location: object, admin: AnnotationClient, image: dict[str, object]
) -> None:
    answer = admin.post("/api/annotation.json", json={"image": image["id"], "location": location})
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith("location")


def test_listings_show_the_groups_asked_for(admin: AnnotationClient, image: dict[str, object]) -> None:
    admin.add("annotation", image=image["id"], location="POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))")
    default = admin.list("annotation.json", image=image["id"])[0]
    assert {"id", "class", "created", "project", "image", "user", "term"} <= set(default)
    assert not {"location", "area"} & set(default)
    everything = {f"show{group}": True for group in ("WKT", "GIS", "Term", "Image", "User", "Slice", "Track")}
    shown = admin.list("annotation.json", image=image["id"], **everything)[0]
    assert (shown["area"], shown["perimeter"], shown["x"], shown["y"]) == (100, 40, 5, 5)
    assert (shown["creator"], shown["originalFilename"], shown["zStack"], shown["track"]) == (
        "ada",
        "plain.tiff",
        0,
        [],
    )
    assert "created" not in shown


def test_listings_can_be_cut_by_time_area_and_user(admin: AnnotationClient, image: dict[str, object]) -> None:
    first = admin.add("annotation", image=image["id"], location="POLYGON ((0 0, 30 0, 0 30, 0 0))")
    second = admin.add("annotation", image=image["id"], location="POLYGON ((100 50, 120 50, 120 70, 100 50))")

    def ids(**query: object) -> list[object]:
        return [each["id"] for each in admin.list("annotation.json", image=image["id"], **query)]

    assert ids() == [second["id"], first["id"]]
    assert ids(beforeThan=second["created"]) in ([first["id"]], [])
    assert ids(afterThan=int(str(second["created"])) + 1) == []
    assert ids(users=second["user"]) == ids()
    assert ids(users=2_000_000_000) == []
    # The bounds of the triangle meet the square, the triangle does not.
    assert ids(bbox="POLYGON ((25 25, 40 25, 40 40, 25 40, 25 25))") == []
    assert ids(bbox="0,0,40,40") == [first["id"]]
    assert ids(bbox="POLYGON ((0 0, 130 0, 130 80, 0 0))") == [second["id"], first["id"]]
    assert ids(bboxAnnotation=second["id"]) == [second["id"]]


def test_annotations_are_found_by_their_distance_from_another(
    admin: AnnotationClient, image: dict[str, object]
) -> None:
    base = admin.add("annotation", image=image["id"], location="POLYGON ((0 0, 30 0, 0 30, 0 0))")
    near = admin.add("annotation", image=image["id"], location="POINT (40 0)")
    admin.add("annotation", image=image["id"], location="POINT (25 25)")  # 20 / sqrt(2) px from the long side

    def ids(distance: object) -> set[object]:
        query = {"baseAnnotation": base["id"], "maxDistanceBaseAnnotation": distance}
        return {each["id"] for each in admin.list("annotation.json", image=image["id"], **query)}

    assert ids(0) == {base["id"]}
    assert ids(10) == {base["id"], near["id"]}
    assert len(ids(14.2)) == 3
    path = f"/api/annotation.json?image={image['id']}&baseAnnotation={base['id']}&maxDistanceBaseAnnotation="
    assert [admin.get(path + wrong).status_code for wrong in ("-1", "nan", "inf", "far")] == [400] * 4


@pytest.mark.parametrize(
    "path",
    [
        "annotation.json?group=5",
        "annotation.json?groups=5,6",
        "annotation.json?suggestedTerm=5",
        "annotation.json?jobForTermAlgo=5",
        "annotation.json?notTheSecond=5",
        "annotation.json?beforeSlice=5",
        "annotation/search.json?noAlgoTerm=true",
        "annotation.json?showLink=true",
        "annotation.json?showImageGroup=True",
        "user.json?online=True",
    ],
)
def test_filters_about_what_is_not_kept_are_refused_by_name(path: str, admin: AnnotationClient) -> None:
    answer = admin.get(f"/api/{path}")
    assert answer.status_code == 400
    assert answer.json()["errors"]["message"].startswith(path.partition("?")[2].partition("=")[0])


def test_the_holes_of_an_annotation_are_closed(admin: AnnotationClient, image: dict[str, object]) -> None:
    ring = "POLYGON ((0 0, 30 0, 30 30, 0 30, 0 0), (10 10, 20 10, 20 20, 10 20, 10 10))"
    added = admin.add("annotation", image=image["id"], location=ring)
    filled = admin.post(f"/api/annotation/{added['id']}/fill.json").json()["annotation"]
    assert shapely.equals(shapely.from_wkt(filled["location"]), shapely.box(0, 0, 30, 30))
    assert (added["area"], filled["area"]) == (800, 900)


def test_annotations_and_their_tracks_are_listed_from_both_sides(
    admin: AnnotationClient, image: dict[str, object]
) -> None:
    track = admin.add("track", name="cell", image=image["id"])["id"]
    annotation = admin.add("annotation", image=image["id"], location="POINT (1 1)")["id"]
    body = {"annotationIdent": annotation, "track": track}
    assert admin.post("/api/annotationtrack.json", json=body).status_code == 200
    assert admin.post("/api/annotationtrack.json", json=body).status_code == 409
    assert [each["track"] for each in admin.list(f"annotation/{annotation}/annotationtrack.json")] == [track]
    assert [each["annotationIdent"] for each in admin.list(f"track/{track}/annotationtrack.json")] == [annotation]


def test_images_are_walked_through_from_one_to_the_next(admin: AnnotationClient, project: dict[str, object]) -> None:
    bases = [admin.add("abstractimage", originalFilename=f"{n}.tiff", width=9, height=9)["id"] for n in range(3)]
    images = [admin.add("imageinstance", baseImage=base, project=project["id"])["id"] for base in bases]
    neighbours = [
        [(admin.get(f"/api/imageinstance/{each}/{side}.json").json() or {}).get("id") for side in ("next", "previous")]
        for each in images
    ]
    assert neighbours == [[None, images[1]], [images[0], images[2]], [images[1], None]]
    assert [each["id"] for each in admin.list(f"abstractimage/{bases[0]}/imageinstance.json")] == images[:1]


def test_properties_of_projects_and_images_have_short_addresses(
    admin: AnnotationClient, project: dict[str, object], image: dict[str, object]
) -> None:
    for path in (f"project/{project['id']}", f"imageinstance/{image['id']}"):
        body = {"key": "stain", "value": "HE"}
        added = admin.post(f"/api/{path}/property.json", json=body).json()["property"]
        assert admin.list(f"{path}/property.json") == [added]
        assert admin.get(f"/api/{path}/key/stain/property.json").json() == added
        assert admin.get(f"/api/{path}/property/{added['id']}.json").json() == added
