"""Reviews of images and annotations: who may accept what, and what of it is left after a change."""

from collections.abc import Iterator
from typing import Any

import pytest
import shapely

from tests.kit.annotation_service import MEMBER, STRANGER, AnnotationClient, AnnotationService

Json = dict[str, Any]
SQUARE = "POLYGON ((1 1, 9 1, 9 9, 1 9, 1 1))"
WIDER = "POLYGON ((1 1, 19 1, 19 9, 1 9, 1 1))"


@pytest.fixture
def member(service: AnnotationService, admin: AnnotationClient, project: Json) -> Iterator[AnnotationClient]:
    with service.client(MEMBER) as client:
        admin.post(f"/api/project/{project['id']}/user/{me(client)}.json")
        yield client


def me(client: AnnotationClient) -> int:
    identifier: int = client.get("/api/user/current.json").json()["id"]
    return identifier


def draw(client: AnnotationClient, image: Json, **more: object) -> int:
    identifier: int = client.add("annotation", image=image["id"], location=SQUARE, **more)["id"]
    return identifier


def reviewed(client: AnnotationClient, image: Json) -> list[int]:
    return [each["id"] for each in client.list("reviewedannotation.json", image=image["id"])]


def test_an_image_is_in_review_until_it_is_stopped_and_each_step_is_taken_back(
    admin: AnnotationClient, image: Json
) -> None:
    path = f"/api/imageinstance/{image['id']}/review.json"

    def states(answer: Json) -> tuple[object, ...]:
        shown = answer["imageinstance"]
        assert admin.get(f"/api/imageinstance/{image['id']}.json").json() == shown
        return shown["inReview"], shown["reviewed"], shown["reviewUser"]

    assert admin.delete(path).status_code == 400
    started = admin.put(path).json()
    assert states(started) == (True, False, me(admin))
    assert started["imageinstance"]["reviewStart"].isdecimal()
    assert states(admin.delete(path).json()) == (False, True, me(admin))
    assert states(admin.delete(path, params={"cancel": "true"}).json()) == (True, False, me(admin))
    by_header = {"X-Ophtha-Parameters": '{"cancel": true}'}
    assert states(admin.delete(path, headers=by_header).json()) == (False, False, None)


def test_an_accepted_annotation_is_listed_fetched_changed_and_rejected(
    admin: AnnotationClient, image: Json, ontology: Json
) -> None:
    term = admin.add("term", name="Tumour", ontology=ontology["id"])["id"]
    first, second = draw(admin, image), draw(admin, image)
    assert admin.get(f"/api/reviewedannotation/{first}.json").status_code == 404
    accepted = admin.put(f"/api/userannotation/{first}/review.json", json={}).json()["reviewedannotation"]
    assert (accepted["class"], accepted["parentIdent"], accepted["reviewUser"]) == (
        "be.cytomine.ontology.ReviewedAnnotation",
        first,
        me(admin),
    )
    body = {"parentIdent": second, "location": WIDER, "terms": [term]}
    added = admin.post("/api/reviewedannotation.json", json=body).json()["reviewedannotation"]
    assert (added["id"], added["location"], added["term"]) == (second, WIDER, [term])
    assert reviewed(admin, image) == [second, first]
    (listed, _) = admin.list("annotation.json", image=image["id"], reviewed=True)
    assert (listed["class"], listed["parentIdent"]) == ("be.cytomine.ontology.ReviewedAnnotation", second)
    changed = admin.put(f"/api/reviewedannotation/{first}.json", json={"location": WIDER}).json()
    assert changed["reviewedannotation"]["location"] == WIDER
    assert admin.get(f"/api/reviewedannotation/{first}.json").json()["reviewed"] is True
    assert admin.delete(f"/api/reviewedannotation/{first}.json").status_code == 200
    assert admin.delete(f"/api/reviewedannotation/{first}.json").status_code == 404
    assert admin.get(f"/api/annotation/{first}.json").json()["reviewed"] is False
    assert reviewed(admin, image) == [second]
    assert admin.get(f"/api/reviewedannotation/{second}/crop.png").status_code == 404  # the image has no pixels
    assert admin.post("/api/reviewedannotation.json", json={"location": WIDER}).status_code == 400


def test_what_its_author_changes_after_the_review_is_reviewed_no_longer(
    admin: AnnotationClient, member: AnnotationClient, image: Json, ontology: Json
) -> None:
    term = admin.add("term", name="Tumour", ontology=ontology["id"])["id"]
    for change in ("geometry", "term"):
        annotation = draw(member, image)
        admin.post(f"/api/annotation/{annotation}/review.json")
        if change == "term":
            answer = member.post(f"/api/annotation/{annotation}/term/{term}.json")
        else:
            answer = member.put(f"/api/annotation/{annotation}.json", json={"location": WIDER})
        assert answer.status_code == 200
        assert reviewed(admin, image) == []


def test_while_an_image_is_in_review_its_reviewer_alone_decides(
    admin: AnnotationClient, member: AnnotationClient, image: Json
) -> None:
    own, others = draw(member, image), draw(admin, image)
    path = f"/api/imageinstance/{image['id']}/review.json"
    assert member.put(path).status_code == 403
    assert member.post(f"/api/annotation/{others}/review.json").status_code == 200
    assert admin.put(path).status_code == 200
    assert member.post(f"/api/annotation/{own}/review.json").status_code == 403
    assert member.delete(f"/api/annotation/{others}/review.json").status_code == 403
    assert member.delete(path).status_code == 403
    assert admin.post(f"/api/annotation/{own}/review.json").status_code == 200
    assert member.put(f"/api/reviewedannotation/{own}.json", json={"location": WIDER}).status_code == 403
    admin.delete(path)
    assert admin.delete(f"/api/annotation/{own}/review.json").status_code == 409
    assert admin.put(path).status_code == 200
    assert admin.delete(f"/api/annotation/{own}/review.json").status_code == 200


def test_a_second_reviewer_waits_for_the_first(
    admin: AnnotationClient, member: AnnotationClient, image: Json, project: Json
) -> None:
    admin.post(f"/api/project/{project['id']}/user/{me(member)}/admin.json")
    path = f"/api/imageinstance/{image['id']}/review.json"
    assert [admin.put(path).status_code, member.put(path).status_code] == [200, 409]
    admin.delete(path)
    assert member.put(path).json()["imageinstance"]["reviewUser"] == me(member)


@pytest.mark.parametrize("by", ["query", "body", "header"])
def test_layers_are_accepted_and_rejected_at_once(
    by: str, admin: AnnotationClient, member: AnnotationClient, image: Json
) -> None:
    theirs, mine = [draw(member, image) for _ in range(3)], draw(admin, image)
    path = f"/api/imageinstance/{image['id']}/annotation/review.json"
    users = [me(member)]
    ways: dict[str, Json] = {
        "query": {"params": {"users": str(users[0]), "task": "null"}},
        "body": {"json": {"users": users}},
        "header": {"headers": {"X-Ophtha-Parameters": f'{{"users": {users}}}'}},
    }
    assert admin.request("POST", path, **ways[by]).status_code == 409
    admin.put(f"/api/imageinstance/{image['id']}/review.json")
    admin.post(f"/api/annotation/{theirs[0]}/review.json")
    assert admin.post(path).status_code == 400
    assert member.request("POST", path, **ways[by]).status_code == 403
    assert admin.request("POST", path, **ways[by]).json() == {"collection": theirs[1:]}
    stats = f"imageinstance/{image['id']}/reviewedannotation/stats.json"
    counts = {each["user"]: (each["all"], each["reviewed"]) for each in admin.list(stats)}
    assert counts == {users[0]: (3, 3), me(admin): (1, 0)}
    assert reviewed(admin, image) == theirs[::-1]
    assert admin.request("DELETE", path, **ways[by]).json() == {"collection": theirs}
    assert mine not in reviewed(admin, image)
    assert reviewed(admin, image) == []


def test_strangers_review_nothing(service: AnnotationService, admin: AnnotationClient, image: Json) -> None:
    annotation = draw(admin, image)
    with service.client(STRANGER) as stranger:
        for path in (f"imageinstance/{image['id']}", f"annotation/{annotation}"):
            assert stranger.put(f"/api/{path}/review.json").status_code == 404
        body = {"parentIdent": annotation}
        assert stranger.post("/api/reviewedannotation.json", json=body).status_code == 404


def test_a_reviewer_changes_what_others_drew(
    admin: AnnotationClient, member: AnnotationClient, image: Json, project: Json
) -> None:
    """Whoever may start a review may correct what is reviewed."""
    admin.post(f"/api/project/{project['id']}/user/{me(member)}/admin.json")
    annotation = draw(admin, image)
    member.put(f"/api/imageinstance/{image['id']}/review.json")
    body = {"parentIdent": annotation, "location": WIDER}
    accepted = member.post("/api/reviewedannotation.json", json=body).json()["reviewedannotation"]
    assert shapely.equals(shapely.from_wkt(accepted["location"]), shapely.from_wkt(WIDER))
    assert (accepted["user"], accepted["reviewUser"]) == (me(admin), me(member))
