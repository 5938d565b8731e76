"""Shapes and rules of the wire."""

from collections.abc import Iterator

import pytest

from tests.kit.annotation_service import MEMBER, STRANGER, AnnotationClient, AnnotationService
from tests.plugin.service.annotations.drawn import unique


def test_listings_say_where_they_are_and_how_much_there_is(
    admin: AnnotationClient, ontology: dict[str, object]
) -> None:
    many = [{"name": unique("t"), "ontology": ontology["id"]} for _ in range(7)]
    assert admin.post("/api/term.json", json=many).status_code == 200
    path = f"/api/ontology/{ontology['id']}/term.json"
    whole = admin.get(path, params={"max": 0}).json()
    assert {key: whole[key] for key in ("offset", "size", "totalPages")} == {"offset": 0, "size": 7, "totalPages": 1}
    page = admin.get(path, params={"max": 3, "offset": 6}).json()
    assert (len(page["collection"]), page["offset"], page["perPage"], page["size"], page["totalPages"]) == (
        1,
        6,
        3,
        7,
        3,
    )


def test_writes_are_answered_with_the_object_under_its_key(admin: AnnotationClient) -> None:
    answer = admin.post("/api/ontology.json", json={"name": unique("o")}).json()
    assert set(answer) == {"message", "callback", "printMessage", "command", "ontology"}
    assert answer["printMessage"] is True
    created = answer["ontology"]["created"]
    assert isinstance(created, str)
    assert created.isdecimal()
    assert answer["ontology"]["id"] < 2**31


def test_ids_are_sequential_and_never_shared(admin: AnnotationClient) -> None:
    ids = [admin.add(key, name=unique("x"))["id"] for key in ("ontology", "tag", "ontology")]
    assert ids == sorted(set(ids))


def test_errors_of_reads_and_writes_have_their_shapes(admin: AnnotationClient) -> None:
    missing = admin.get("/api/project/2000000000.json")
    assert missing.status_code == 404
    assert missing.json() == {"errors": {"message": "Project 2000000000 not found"}, "errorValues": None}
    refused = admin.post("/api/project.json", json={})
    assert refused.status_code == 400
    assert refused.json() == {"success": False, "errors": "name: is missing", "errorValues": {}}


def test_names_are_unique_where_they_must_be(
    admin: AnnotationClient, ontology: dict[str, object], project: dict[str, object]
) -> None:
    assert admin.post("/api/ontology.json", json={"name": ontology["name"]}).status_code == 409
    assert admin.post("/api/project.json", json={"name": project["name"]}).status_code == 409
    admin.add("term", name="twice", ontology=ontology["id"])
    assert admin.post("/api/term.json", json={"name": "twice", "ontology": ontology["id"]}).status_code == 409
    other = admin.add("ontology", name=unique("o"))
    assert admin.add("term", name="twice", ontology=other["id"])["name"] == "twice"
    renamed = admin.put(f"/api/ontology/{other['id']}.json", json={"name": ontology["name"]})
    assert renamed.status_code == 409


def test_a_bulk_write_is_all_or_nothing(admin: AnnotationClient, ontology: dict[str, object]) -> None:
    names = [unique("t") for _ in range(3)]
    bodies: list[object] = [{"name": name, "ontology": ontology["id"]} for name in names]
    assert (
        admin.post("/api/term.json", json=[*bodies, {"name": names[0], "ontology": ontology["id"]}]).status_code == 409
    )
    assert admin.post("/api/term.json", json=[*bodies, {"name": ""}]).status_code == 400
    assert admin.post("/api/term.json", json=[*bodies, 5]).status_code == 400
    assert admin.list(f"ontology/{ontology['id']}/term.json") == []


@pytest.mark.parametrize(
    "name",
    ["'; DROP TABLE ann_project; --", "../../etc/passwd", "%00", "<script>alert(1)</script>", "名前 🧫", "{{7*7}}"],
)
def test_names_are_only_names(name: str, admin: AnnotationClient) -> None:
    tag = admin.add("tag", name=name)
    assert admin.get(f"/api/tag/{tag['id']}.json").json()["name"] == name
    admin.delete(f"/api/tag/{tag['id']}.json")


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'"text"', b"null", b"[" * 5000, b'{"name": 5}', b'{"name": "a\\u0000b"}', b'{"name": NaN}']
)
def test_bodies_that_are_no_objects_are_refused(body: bytes, admin: AnnotationClient) -> None:
    answer = admin.post("/api/project.json", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["success"] is False


@pytest.mark.parametrize(
    "path",
    [
        "/api/project/1%20OR%201=1.json",
        "/api/project/-1.json",
        "/api/project/99999999999999999999.json",
        "/api/imageinstance/1/window-..%2f..%2f-0-0.png",
        "/api/domain/..%2f..%2fetc/1/property.json",
        "/api/domain/java.lang.Runtime/1/property.json",
        "/api/annotation.json?image=1%20OR%201=1",
        "/api/annotation.json?bbox=DROP",
        "/api/annotation.json?bbox=1,2,3,x",
        "/api/annotation.json?max=-1",
        "/api/annotation.json?terms=1;2",
    ],
)
def test_tricks_in_addresses_are_refused(path: str, admin: AnnotationClient) -> None:
    answer = admin.get(path)
    assert answer.status_code in (400, 404)
    assert "Traceback" not in answer.text
    assert answer.json()["errors"]["message"]


def test_dates_are_texts_in_objects_and_numbers_in_listings(admin: AnnotationClient, image: dict[str, object]) -> None:
    added = admin.add("annotation", image=image["id"], location="POINT (5 5)")
    listed = admin.list("annotation.json", image=image["id"])[0]
    assert str(listed["created"]) == added["created"]
    assert isinstance(listed["created"], int)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "annotationfilter.json?project=1", "annotation filters"),
        ("POST", "annotationgroup.json", "annotation groups"),
        ("GET", "project/1/annotationgroup.json", "annotation groups"),
        ("DELETE", "annotationgroup/5/annotation/6.json", "annotation groups"),
        ("POST", "annotationlink.json", "links between annotations"),
        ("GET", "project/1/imagegroup.json", "image groups"),
        ("PUT", "imagegroup/5/imageinstance/6.json", "image groups"),
    ],
)
def test_kinds_that_are_not_kept_are_named(method: str, path: str, kind: str, admin: AnnotationClient) -> None:
    answer = admin.request(method, f"/api/{path}")
    assert answer.status_code == 404
    assert kind in answer.text


def test_users_are_found_by_their_public_key(admin: AnnotationClient) -> None:
    found = admin.list("user.json", publicKey=MEMBER.public_key)
    assert [each["username"] for each in found] == ["mia"]
    assert admin.list("user.json", publicKey="nobody's") == []


def test_uploaded_files_are_found_by_the_file_they_come_from(admin: AnnotationClient) -> None:
    storage = admin.add("storage", name=unique("storage"))["id"]
    parent = admin.add("uploadedfile", originalFilename="a.zip", filename="a.zip", storage=storage)["id"]
    body = {"originalFilename": "b.tif", "filename": "b.tif", "storage": storage, "parent": parent}
    child = admin.add("uploadedfile", **body)["id"]
    assert [each["id"] for each in admin.list("uploadedfile.json", parent=parent)] == [child]


def test_a_new_project_takes_the_people_it_names(service: AnnotationService, admin: AnnotationClient) -> None:
    with service.client(MEMBER) as member, service.client(STRANGER) as stranger:
        mia, sam = (client.get("/api/user/current.json").json()["id"] for client in (member, stranger))
        project = admin.add("project", name=unique("team"), users=[mia, sam], admins=[mia])["id"]
        assert len(admin.list(f"project/{project}/user.json")) == 3
        assert mia in [each["id"] for each in admin.list(f"project/{project}/admin.json")]
        assert sam not in [each["id"] for each in admin.list(f"project/{project}/admin.json")]
        assert stranger.get(f"/api/project/{project}.json").status_code == 200
    refused = admin.post("/api/project.json", json={"name": unique("team"), "users": [2_000_000_000]})
    assert refused.status_code == 404


def test_a_new_term_may_name_its_parent(admin: AnnotationClient, ontology: dict[str, object]) -> None:
    parent = admin.add("term", name="parent", ontology=ontology["id"])["id"]
    assert admin.add("term", name="child", ontology=ontology["id"], parent=parent)["parent"] == parent


def test_a_project_keeps_its_ontology_while_annotations_have_terms_of_it(
    admin: AnnotationClient, ontology: dict[str, object], project: dict[str, object], image: dict[str, object]
) -> None:
    other = admin.add("ontology", name=unique("other"))["id"]
    term = admin.add("term", name="in use", ontology=ontology["id"])["id"]
    annotation = admin.add("annotation", image=image["id"], location="POINT (1 1)", term=[term])["id"]
    path = f"/api/project/{project['id']}.json"
    assert admin.put(path, json={"ontology": other}).status_code == 409
    assert admin.put(path, json={"ontology": ontology["id"], "name": unique("same")}).status_code == 200
    assert admin.delete(f"/api/annotation/{annotation}.json").status_code == 200
    assert admin.put(path, json={"ontology": other}).json()["project"]["ontology"] == other


def test_terms_must_be_of_the_project(admin: AnnotationClient, image: dict[str, object]) -> None:
    foreign = admin.add("term", name="foreign", ontology=admin.add("ontology", name=unique("o"))["id"])
    body = {"image": image["id"], "location": "POINT (1 1)", "term": [foreign["id"]]}
    assert admin.post("/api/annotation.json", json=body).status_code == 400


def test_a_term_in_use_cannot_be_deleted(
    admin: AnnotationClient, ontology: dict[str, object], image: dict[str, object]
) -> None:
    term = admin.add("term", name="used", ontology=ontology["id"])
    added = admin.add("annotation", image=image["id"], location="POINT (1 1)", term=[term["id"]])
    assert admin.delete(f"/api/term/{term['id']}.json").status_code == 409
    assert admin.delete(f"/api/ontology/{ontology['id']}.json").status_code == 409
    assert admin.delete(f"/api/annotation/{added['id']}.json").status_code == 200
    assert admin.delete(f"/api/term/{term['id']}.json").status_code == 200


def test_a_deleted_project_takes_its_annotations_along(
    admin: AnnotationClient, project: dict[str, object], image: dict[str, object]
) -> None:
    added = admin.add("annotation", image=image["id"], location="POINT (1 1)")
    admin.post(f"/api/domain/be.cytomine.project.Project/{project['id']}/property.json", json={"key": "k", "value": 1})
    assert admin.delete(f"/api/project/{project['id']}.json").status_code == 200
    for path in (f"annotation/{added['id']}", f"imageinstance/{image['id']}"):
        assert admin.get(f"/api/{path}.json").status_code == 404


@pytest.fixture
def team(service: AnnotationService, admin: AnnotationClient, project: dict[str, object]) -> Iterator[AnnotationClient]:
    """A member of the project who does not manage it."""
    with service.client(MEMBER) as member:
        user = member.get("/api/user/current.json").json()["id"]
        assert admin.post(f"/api/project/{project['id']}/user/{user}.json").status_code == 200
        yield member


def test_members_annotate_and_change_only_their_own(
    team: AnnotationClient, admin: AnnotationClient, project: dict[str, object], image: dict[str, object]
) -> None:
    own = team.add("annotation", image=image["id"], location="POINT (1 1)")
    foreign = admin.add("annotation", image=image["id"], location="POINT (2 2)")
    assert len(team.list("annotation.json", image=image["id"])) == 2
    change = {"location": "POINT (3 3)"}
    assert team.put(f"/api/annotation/{own['id']}.json", json=change).status_code == 200
    assert team.put(f"/api/annotation/{foreign['id']}.json", json=change).status_code == 403
    assert team.delete(f"/api/annotation/{foreign['id']}.json").status_code == 403
    assert team.put(f"/api/project/{project['id']}.json", json={"name": "mine"}).status_code == 403
    impersonating = {"image": image["id"], "location": "POINT (4 4)", "user": foreign["user"]}
    assert team.post("/api/annotation.json", json=impersonating).status_code == 403


def test_a_read_only_project_takes_nothing_from_members(
    team: AnnotationClient, admin: AnnotationClient, project: dict[str, object], image: dict[str, object]
) -> None:
    assert admin.put(f"/api/project/{project['id']}.json", json={"mode": "READ_ONLY"}).status_code == 200
    assert team.post("/api/annotation.json", json={"image": image["id"], "location": "POINT (1 1)"}).status_code == 403


def test_a_project_keeps_a_manager(admin: AnnotationClient, project: dict[str, object]) -> None:
    assert admin.delete(f"/api/project/{project['id']}/user/{project['user']}.json").status_code == 409


def test_users_make_projects_of_their_own_that_others_do_not_see(service: AnnotationService) -> None:
    with service.client(MEMBER) as member, service.client(STRANGER) as stranger:
        own = member.add("project", name=unique("own"))
        assert own["id"] in [each["id"] for each in member.list("project.json")]
        assert own["id"] not in [each["id"] for each in stranger.list("project.json")]
        assert stranger.get(f"/api/project/{own['id']}.json").status_code == 404
        assert stranger.delete(f"/api/project/{own['id']}.json").status_code == 404
        assert member.delete(f"/api/project/{own['id']}.json").status_code == 200
