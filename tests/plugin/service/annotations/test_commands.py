"""What was done is undone and done again, as a whole, within the rights of who asks."""

import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from plugin.service.config import Role, User
from tests.kit.annotation_service import MEMBER, AnnotationClient, AnnotationService, signature
from tests.plugin.service.annotations.drawn import unique

Json = dict[str, Any]
SQUARE = "POLYGON ((1 1, 9 1, 9 9, 1 9, 1 1))"
WIDER = "POLYGON ((1 1, 19 1, 19 9, 1 9, 1 1))"


@pytest.fixture
def member(service: AnnotationService, admin: AnnotationClient, project: Json) -> Iterator[AnnotationClient]:
    with service.client(MEMBER) as client:
        me = client.get("/api/user/current.json").json()["id"]
        admin.post(f"/api/project/{project['id']}/user/{me}.json")
        yield client


@pytest.fixture
def term(admin: AnnotationClient, ontology: Json) -> int:
    identifier: int = admin.add("term", name="Tumour", ontology=ontology["id"])["id"]
    return identifier


def posted(client: AnnotationClient, verb: str, command: int | None = None) -> httpx.Response:
    return client.post(f"/api/command/{'' if command is None else f'{command}/'}{verb}.json")


def state(client: AnnotationClient, annotation: int) -> Json | int:
    """All of an annotation but how often and when it was written; the status where it is gone."""
    answer = client.get(f"/api/annotation/{annotation}.json")
    if answer.status_code != 200:
        return answer.status_code
    shown = {name: value for name, value in answer.json().items() if name not in ("version", "updated")}
    properties = client.list(f"annotation/{annotation}/property.json")
    terms = [each["id"] for each in client.list(f"annotation/{annotation}/term.json")]
    return {**shown, "properties": [(each["key"], each["value"]) for each in properties], "terms": terms}


Change = Callable[[AnnotationClient, int, int], httpx.Response]
CHANGES: dict[str, Change] = {
    "geometry": lambda client, each, term: client.put(f"/api/annotation/{each}.json", json={"location": WIDER}),
    "terms": lambda client, each, term: client.put(f"/api/annotation/{each}.json", json={"term": []}),
    "deletion": lambda client, each, term: client.delete(f"/api/annotation/{each}.json"),
    "term taken": lambda client, each, term: client.delete(f"/api/annotation/{each}/term/{term}.json"),
    "review": lambda client, each, term: client.post(f"/api/annotation/{each}/review.json"),
    "property": lambda client, each, term: client.post(
        f"/api/annotation/{each}/property.json", json={"key": "new", "value": "x"}
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_an_annotation_is_undone_and_redone(
    change: str, admin: AnnotationClient, image: Json, term: int
) -> None:
    annotation = admin.add("annotation", image=image["id"], location=SQUARE, term=[term])["id"]
    admin.post(f"/api/annotation/{annotation}/property.json", json={"key": "grade", "value": "2"})
    before = state(admin, annotation)
    answer = CHANGES[change](admin, annotation, term)
    assert (answer.status_code, answer.json()["printMessage"]) == (200, True)
    command = answer.json()["command"]
    after = state(admin, annotation)
    assert after != before
    for _ in range(2):
        undone = posted(admin, "undo", command)
        assert (undone.status_code, state(admin, annotation)) == (200, before), undone.text
        assert {each["command"] for each in undone.json()["collection"]} == {command}
        redone = posted(admin, "redo", command)
        assert (redone.status_code, state(admin, annotation)) == (200, after), redone.text


def test_additions_are_undone_the_last_first_and_redone_the_other_way_round(
    admin: AnnotationClient, image: Json
) -> None:
    first, second = (admin.add("annotation", image=image["id"], location=SQUARE)["id"] for _ in range(2))
    there = [state(admin, each) for each in (first, second)]
    steps = [("undo", second), ("undo", first), ("redo", first), ("redo", second)]
    seen = []
    for verb, annotation in steps:
        (told,) = posted(admin, verb).json()["collection"]
        assert told["callback"]["annotationID"] == annotation
        assert ("annotation" in told) is (verb == "redo")
        seen.append([state(admin, each) for each in (first, second)])
    assert seen == [[there[0], 404], [404, 404], [there[0], 404], there]


def test_a_list_is_one_command(admin: AnnotationClient, image: Json, term: int) -> None:
    many = [{"image": image["id"], "location": f"POINT ({x} 1)", "term": [term]} for x in range(5)]
    answer = admin.post("/api/annotation.json", json=many).json()
    posted(admin, "undo", answer["command"])
    assert admin.list("annotation.json", image=image["id"]) == []
    posted(admin, "redo", answer["command"])
    rows = admin.list("annotation.json", image=image["id"])
    assert [(each["id"], each["term"]) for each in rows[::-1]] == [
        (each["id"], [term]) for each in answer["collection"]
    ]


@pytest.mark.parametrize("key", ["term", "ontology", "tag", "track"])
def test_objects_of_every_kind_come_back_as_they_were(
    key: str, admin: AnnotationClient, image: Json, ontology: Json
) -> None:
    fields: Json = {"term": {"ontology": ontology["id"]}, "track": {"image": image["id"]}}.get(key, {})
    added = admin.add(key, name=unique(key), **fields)
    path = f"/api/{key}/{added['id']}.json"
    admin.put(path, json={"name": unique(key)})
    changed = admin.get(path).json()
    assert admin.delete(path).json()["command"]
    statuses = [(posted(admin, "undo").status_code, admin.get(path).json()) for _ in range(2)]
    assert statuses[0] == (200, changed)
    assert {**statuses[1][1], "updated": None} == {**added, "updated": None}
    posted(admin, "undo")
    assert admin.get(path).status_code == 404
    for _ in range(2):
        posted(admin, "redo")
    assert admin.get(path).json()["name"] == changed["name"]


def test_what_somebody_else_has_changed_since_stays(
    admin: AnnotationClient, member: AnnotationClient, image: Json
) -> None:
    annotation = member.add("annotation", image=image["id"], location=SQUARE)["id"]
    command = member.put(f"/api/annotation/{annotation}.json", json={"location": WIDER}).json()["command"]
    admin.put(f"/api/annotation/{annotation}.json", json={"location": "POINT (3 3)"})
    refused = posted(member, "undo", command)
    assert (refused.status_code, refused.json()["success"]) == (409, False)
    assert admin.get(f"/api/annotation/{annotation}.json").json()["location"] == "POINT (3 3)"


def test_a_version_that_was_seen_before_is_old_after_an_undo(admin: AnnotationClient, image: Json) -> None:
    annotation = admin.add("annotation", image=image["id"], location=SQUARE)
    path = f"/api/annotation/{annotation['id']}.json"
    admin.delete(path)
    posted(admin, "undo")
    assert admin.put(path, json={"location": WIDER, "version": annotation["version"]}).status_code == 409


def test_nobody_undoes_what_others_did_or_what_they_may_do_no_longer(
    admin: AnnotationClient, member: AnnotationClient, image: Json, project: Json
) -> None:
    answer = member.post("/api/annotation.json", json={"image": image["id"], "location": SQUARE}).json()
    assert posted(admin, "undo", answer["command"]).status_code == 404
    me = answer["annotation"]["user"]
    admin.delete(f"/api/project/{project['id']}/user/{me}.json")
    assert posted(member, "undo", answer["command"]).status_code == 404
    assert admin.get(f"/api/annotation/{answer['annotation']['id']}.json").status_code == 200


def test_a_term_that_others_use_meanwhile_is_not_undone(
    admin: AnnotationClient, member: AnnotationClient, image: Json, ontology: Json
) -> None:
    added = admin.post("/api/term.json", json={"name": "new", "ontology": ontology["id"]}).json()
    member.add("annotation", image=image["id"], location=SQUARE, term=[added["term"]["id"]])
    assert posted(admin, "undo", added["command"]).status_code == 409


def test_what_is_more_than_its_rows_has_no_command(admin: AnnotationClient) -> None:
    answer = admin.post("/api/project.json", json={"name": unique("project")}).json()
    assert "command" not in answer
    assert answer["printMessage"] is True


@pytest.fixture
def newcomer(admin: AnnotationClient) -> User:
    """Somebody who has signed nothing yet, at no second."""
    name = unique("newcomer")
    user = admin.add("user", username=name)["id"]
    keys = admin.get(f"/api/user/{user}/keys.json").json()
    return User(name=name, public_key=keys["publicKey"], private_key=keys["privateKey"], role=Role.USER)


def test_clients_undo_by_get_with_a_signature_that_does_it_once(service: AnnotationService, newcomer: User) -> None:
    date = formatdate(time.time() - 60, usegmt=True)
    headers = {"date": date, "authorization": signature(newcomer, method="GET", content_type="", date=date)}
    with service.client(newcomer) as client, httpx.Client(base_url=service.url, verify=False) as thief:
        tags = [client.add("tag", name=unique("tag"))["id"] for _ in range(3)]
        answers = [thief.get("/api/command/undo.json", headers=headers).status_code for _ in range(2)]
        assert answers == [200, 401]
        assert [client.get(f"/api/tag/{each}.json").status_code for each in tags] == [200, 200, 404]
        (again,) = client.get("/api/command/redo.json").json()["collection"]
        assert again["tag"]["id"] == tags[2]


def test_a_link_that_a_browser_follows_undoes_nothing(
    service: AnnotationService, admin: AnnotationClient, image: Json
) -> None:
    admin.add("annotation", image=image["id"], location=SQUARE)
    admin.get("/api/user/current.json")
    with httpx.Client(base_url=service.url, verify=False, cookies=admin.cookies) as browser:
        assert browser.get("/api/user/current.json").status_code == 200
        assert browser.get("/api/command/undo.json").status_code == 403
    assert len(admin.list("annotation.json", image=image["id"])) == 1


def test_when_there_is_nothing_to_undo_that_is_said(service: AnnotationService, admin: AnnotationClient) -> None:
    answer = admin.post("/api/annotation.json", json={"image": 1, "location": SQUARE})
    assert answer.status_code == 404
    assert posted(admin, "undo", 2_000_000_000).status_code == 404
    added = admin.post("/api/tag.json", json={"name": unique("tag")}).json()
    (told,) = posted(admin, "redo", added["command"]).json()["collection"]
    assert (told["message"], told["callback"], told["printMessage"]) == ("There is nothing to redo", None, True)
