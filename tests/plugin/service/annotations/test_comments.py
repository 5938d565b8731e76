"""What members say to one another about annotations, and what clients look up."""

from collections.abc import Iterator
from typing import Any

import pytest

from plugin.service.config import User
from tests.kit.annotation_service import ADMIN, GUEST, MEMBER, STRANGER, AnnotationClient, AnnotationService
from tests.plugin.service.annotations.drawn import unique

Json = dict[str, Any]


@pytest.fixture
def member(service: AnnotationService) -> Iterator[AnnotationClient]:
    with service.client(MEMBER) as client:
        yield client


@pytest.fixture
def stranger(service: AnnotationService) -> Iterator[AnnotationClient]:
    with service.client(STRANGER) as client:
        yield client


def me(client: AnnotationClient) -> int:
    identifier: int = client.get("/api/user/current.json").json()["id"]
    return identifier


def test_comments_are_read_by_who_wrote_and_who_received_them(
    admin: AnnotationClient, member: AnnotationClient, stranger: AnnotationClient, image: Json, project: Json
) -> None:
    annotation = admin.add("annotation", image=image["id"], location="POINT (1 1)")["id"]
    path = f"/api/userannotation/{annotation}/comment"
    said = {"comment": "Is this tumour?", "receivers": [me(member)], "subject": "?", "annotationURL": "http://x/"}
    assert admin.post(f"{path}.json", json=said).status_code == 400
    for each in (member, stranger):
        admin.post(f"/api/project/{project['id']}/user/{me(each)}.json")
    first = admin.post(f"{path}.json", json=said).json()["sharedannotation"]
    assert (first["comment"], first["sender"], first["senderName"], first["receivers"], first["annotationIdent"]) == (
        "Is this tumour?",
        me(admin),
        ADMIN.name,
        [me(member)],
        annotation,
    )
    answer = {"comment": "Yes.", "receivers": [me(admin)]}
    second = member.post(f"/api/annotation/{annotation}/comment.json", json=answer).json()["sharedannotation"]
    assert member.list(f"userannotation/{annotation}/comment.json") == [second, first]
    assert member.list(f"annotation/{annotation}/comment.json", max=1, offset=1) == [first]
    assert member.get(f"{path}/{first['id']}.json").json() == first
    assert stranger.list(f"annotation/{annotation}/comment.json") == []
    assert stranger.get(f"{path}/{first['id']}.json").status_code == 404
    assert admin.get(f"/api/annotation/{annotation}.json").json()["nbComments"] == 2
    # Who shares a project is no stranger to the other tests of this service.
    assert admin.delete(f"/api/project/{project['id']}/user/{me(stranger)}.json").status_code == 200
    # They go with the annotation, and come back with it.
    admin.delete(f"/api/annotation/{annotation}.json")
    assert member.get(f"{path}.json").status_code == 404
    admin.post("/api/command/undo.json")
    assert member.list(f"userannotation/{annotation}/comment.json") == [second, first]


def test_a_comment_needs_words_and_somebody_who_may_write(
    admin: AnnotationClient, stranger: AnnotationClient, image: Json
) -> None:
    annotation = admin.add("annotation", image=image["id"], location="POINT (1 1)")["id"]
    path = f"/api/annotation/{annotation}/comment.json"
    assert admin.post(path, json={"receivers": []}).status_code == 400
    assert stranger.post(path, json={"comment": "x", "receivers": []}).status_code == 404


def test_configuration_is_set_changed_and_removed_by_its_key(admin: AnnotationClient) -> None:
    key = unique("KEY").replace(" ", "_")
    path = f"/api/configuration/key/{key}.json"
    assert admin.get(path).status_code == 404
    setting = {"key": key, "value": "first", "readingRole": "ALL"}
    added = admin.post("/api/configuration.json", json=setting).json()["configuration"]
    assert admin.get(path).json() == added
    assert admin.post("/api/configuration.json", json=setting).status_code == 409
    changed = admin.put(path, json={**setting, "value": "second"}).json()["configuration"]
    assert (changed["id"], changed["value"]) == (added["id"], "second")
    assert changed in admin.list("configuration.json")
    assert admin.put(path, json={**setting, "key": "other"}).status_code == 400
    assert admin.delete(path).status_code == 200
    assert admin.get(path).status_code == 404
    again = admin.put(path, json={**setting, "value": "third"}).json()["configuration"]
    assert (again["value"], again["id"] > added["id"]) == ("third", True)


@pytest.mark.parametrize("wrong", [{"readingRole": "NOBODY"}, {"key": "a.b"}, {"key": " "}, {"value": None}])
def test_configuration_that_means_nothing_is_refused(wrong: Json, admin: AnnotationClient) -> None:
    setting = {"key": "k", "value": "v", "readingRole": "ALL", **wrong}
    answer = admin.post("/api/configuration.json", json=setting)
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith(next(iter(wrong)))


@pytest.mark.parametrize(
    ("user", "roles"),
    [(ADMIN, {"ALL", "USER", "ADMIN"}), (MEMBER, {"ALL", "USER"}), (GUEST, {"ALL"})],
    ids=lambda each: getattr(each, "name", ""),
)
def test_configuration_is_read_by_whom_it_is_for(
    user: User, roles: set[str], service: AnnotationService, admin: AnnotationClient
) -> None:
    keys = {role: unique(role).replace(" ", "_") for role in ("ALL", "USER", "ADMIN")}
    for role, key in keys.items():
        setting = {"key": key, "value": role, "readingRole": role}
        assert admin.post("/api/configuration.json", json=setting).status_code == 200
    with service.client(user) as client:
        listed = {each["key"] for each in client.list("configuration.json")}
        assert {role for role, key in keys.items() if key in listed} == roles
        answers = {role: client.get(f"/api/configuration/key/{key}.json").status_code for role, key in keys.items()}
        assert {role for role, status in answers.items() if status == 200} == roles
        if user is not ADMIN:
            path = f"/api/configuration/key/{keys['ALL']}.json"
            body = {"key": keys["ALL"], "value": "mine", "readingRole": "ALL"}
            assert [client.put(path, json=body).status_code, client.delete(path).status_code] == [403, 403]
