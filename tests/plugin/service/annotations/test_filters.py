"""Filters of annotation listings: each narrows, whether it stands in the query or in a body."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.kit.annotation_service import AnnotationClient
from tests.plugin.service.annotations.drawn import unique

Json = dict[str, object]


@dataclass(frozen=True)
class Drawn:
    """Three annotations: ``tagged`` (and labelled), ``reviewed`` (and labelled twice, on two tracks), and ``plain``."""

    tagged: object
    reviewed: object
    plain: object
    tag: object
    terms: tuple[object, object]
    tracks: tuple[object, object]
    user: object


@pytest.fixture
def drawn(admin: AnnotationClient, ontology: Json, image: Json) -> Drawn:
    terms = tuple(admin.add("term", name=name, ontology=ontology["id"])["id"] for name in ("one", "two"))
    tracks = tuple(admin.add("track", name=unique("track"), image=image["id"])["id"] for _ in range(2))
    tagged = admin.add("annotation", image=image["id"], location="POINT (1 1)", term=terms[0])
    reviewed = admin.add("annotation", image=image["id"], location="POINT (2 2)", term=terms, track=tracks)["id"]
    plain = admin.add("annotation", image=image["id"], location="POINT (90 90)")["id"]
    tag = admin.add("tag", name=unique("tag"))["id"]
    path = f"/api/domain/be.cytomine.ontology.UserAnnotation/{tagged['id']}/tag_domain_association.json"
    assert admin.post(path, json={"tag": tag}).status_code == 200
    assert admin.post(f"/api/annotation/{reviewed}/review.json").status_code == 200
    return Drawn(tagged["id"], reviewed, plain, tag, terms, tracks, tagged["user"])  # type: ignore[arg-type]


CASES: dict[str, tuple[Callable[[Drawn], Json], str]] = {
    "tag": (lambda d: {"tag": d.tag}, "tagged"),
    "tags": (lambda d: {"tags": [d.tag, 2_000_000_000]}, "tagged"),
    "no tag": (lambda d: {"noTag": True}, "reviewed plain"),
    "a tag or none": (lambda d: {"tags": 2_000_000_000, "noTag": True}, "reviewed plain"),
    "term": (lambda d: {"term": d.terms[1]}, "reviewed"),
    "terms": (lambda d: {"terms": list(d.terms)}, "tagged reviewed"),
    "no term": (lambda d: {"noTerm": True}, "plain"),
    "a term or none": (lambda d: {"terms": d.terms[1], "noTerm": True}, "reviewed plain"),
    "several terms": (lambda d: {"multipleTerm": True}, "reviewed"),
    "terms that somebody gave": (lambda d: {"usersForTerm": d.user}, "tagged reviewed"),
    "terms that nobody gave": (lambda d: {"usersForTerm": 2_000_000_000}, ""),
    "track": (lambda d: {"track": d.tracks[0]}, "reviewed"),
    "no track": (lambda d: {"noTrack": True}, "tagged plain"),
    "several tracks": (lambda d: {"multipleTrack": True}, "reviewed"),
    "not reviewed": (lambda d: {"notReviewedOnly": True}, "tagged plain"),
    "reviewed": (lambda d: {"reviewed": True}, "reviewed"),
    "reviewed by somebody": (lambda d: {"reviewUsers": d.user}, "reviewed"),
    "reviewed by nobody": (lambda d: {"reviewUsers": 2_000_000_000}, ""),
    "all but one": (lambda d: {"excludedAnnotation": d.plain}, "tagged reviewed"),
    "some": (lambda d: {"annotations": [d.plain, d.tagged]}, "tagged plain"),
    "near a point": (lambda d: {"baseAnnotation": "POINT (1 1)", "maxDistanceBaseAnnotation": 2}, "tagged reviewed"),
    "near an annotation": (lambda d: {"baseAnnotation": d.plain, "maxDistanceBaseAnnotation": 1}, "plain"),
    "what does not narrow": (
        lambda d: {"showWKT": True, "kmeans": True, "kmeansValue": 3, "max": 0, "offset": 0, "included": False},
        "tagged reviewed plain",
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("by_body", [False, True], ids=["query", "body"])
def test_a_listing_is_cut_by(case: str, *, by_body: bool, admin: AnnotationClient, image: Json, drawn: Drawn) -> None:
    query, expected = CASES[case]
    wanted = {"image": image["id"], **query(drawn)}
    if by_body:
        answer = admin.post("/api/annotation/search.json", json=wanted)
        assert answer.status_code == 200, answer.text
        found = answer.json()["collection"]
    else:
        found = admin.list("annotation.json", **{name: _text(value) for name, value in wanted.items()})
    assert {each["id"] for each in found} == {getattr(drawn, name) for name in expected.split()}


def _text(value: object) -> object:
    return "_".join(str(each) for each in value) if isinstance(value, list) else value


def test_planes_before_and_after_one_are_told_apart_on_tracks(admin: AnnotationClient, project: Json) -> None:
    base = admin.add("abstractimage", originalFilename="stack.tiff", width=100, height=100, depth=3)
    planes = [admin.add("abstractslice", image=base["id"], zStack=z)["id"] for z in range(3)]
    image = admin.add("imageinstance", baseImage=base["id"], project=project["id"])
    slices = {each["baseSlice"]: each["id"] for each in admin.list(f"imageinstance/{image['id']}/sliceinstance.json")}
    track = admin.add("track", name="cell", image=image["id"])["id"]
    on = [
        admin.add("annotation", image=image["id"], slice=slices[plane], location="POINT (5 5)", track=track)["id"]
        for plane in planes
    ]
    middle = slices[planes[1]]

    def found(**query: object) -> list[object]:
        return [each["id"] for each in admin.list("annotation.json", project=project["id"], track=track, **query)]

    assert found(beforeSlice=middle) == [on[0]]
    assert found(afterSlice=middle) == [on[2]]
    assert found(afterSlice=middle, sliceDimension="Z") == [on[2]]
    assert found(afterSlice=middle, sliceDimension="T") == []
