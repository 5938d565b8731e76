"""Every route of the OpenAPI document, tried by nobody, a stranger, a member and an administrator."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from plugin.service.annotations import router
from tests.kit.annotation_service import MEMBER, STRANGER, AnnotationClient, AnnotationService

SECRET = "zq-secret"


@dataclass(frozen=True)
class Operation:
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class World:
    """A project of the member's with one object of each kind; ``ids`` by the address segment before the id."""

    ids: dict[str, object]

    def address(self, path: str) -> str:
        """The path with the ids of this world in it."""

        def fill(match: re.Match[str]) -> str:
            segment = path[: match.start()].rstrip("/").rpartition("/")[2]
            return str(self.ids[match[1]] if match[1] in self.ids else self.ids[segment])

        return re.sub(r"\{(\w+)\}", fill, path)


def operations() -> list[Operation]:
    """Those of the annotation routes, as FastAPI describes them."""
    from fastapi import FastAPI

    app = FastAPI()
    app.include_router(router)
    paths = app.openapi()["paths"]
    return [Operation(method.upper(), path) for path, methods in sorted(paths.items()) for method in methods]


OPERATIONS = operations()


@pytest.fixture(scope="module")
def world(service: AnnotationService, slide_series: str) -> Iterator[World]:
    with service.client(MEMBER) as member, service.client() as admin:
        user = member.get("/api/user/current.json").json()["id"]
        ontology = member.add("ontology", name=f"{SECRET} ontology")["id"]
        term = member.add("term", name=f"{SECRET} term", ontology=ontology)["id"]
        child = member.add("term", name=f"{SECRET} child", ontology=ontology)["id"]
        member.post("/api/relation/parent/term.json", json={"term1": term, "term2": child})
        project = member.add("project", name=f"{SECRET} project", ontology=ontology)["id"]
        storage = member.add("storage", name=f"{SECRET} storage")["id"]
        file = member.add("uploadedfile", originalFilename=f"{SECRET}.tif", filename="f", storage=storage)["id"]
        admin.get("/api/abstractimage.json")
        added = admin.post(f"/api/project/{project}/orthanc.json", json={"Resources": [slide_series]}).json()
        image, abstract = added["collection"][0]["id"], added["collection"][0]["baseImage"]
        plane = member.list(f"abstractimage/{abstract}/abstractslice.json")[0]["id"]
        slice_ = member.list(f"imageinstance/{image}/sliceinstance.json")[0]["id"]
        track = member.add("track", name=f"{SECRET} track", image=image)["id"]
        annotation = member.add(
            "annotation", image=image, location="POLYGON ((1 1, 9 1, 9 9, 1 1))", term=[term], track=[track]
        )["id"]
        member.post(f"/api/annotation/{annotation}/review.json")
        tagged = member.post("/api/tag.json", json={"name": f"{SECRET} tag"}).json()
        tag = tagged["tag"]["id"]
        said = {"comment": SECRET, "receivers": [user]}
        comment = member.post(f"/api/annotation/{annotation}/comment.json", json=said).json()["sharedannotation"]["id"]
        setting = {"key": SECRET, "value": SECRET, "readingRole": "ADMIN"}
        admin.put(f"/api/configuration/key/{SECRET}.json", json=setting)
        of_project = {"project": project, "user": user}
        speaker = member.post(f"/api/project/{project}/representative.json", json=of_project).json()
        layer = member.post(f"/api/project/{project}/defaultlayer.json", json=of_project).json()
        on = f"/api/domain/project/{project}"
        prop = member.post(f"{on}/property.json", json={"key": SECRET, "value": SECRET}).json()["property"]["id"]
        stain = {"key": SECRET, "value": SECRET}
        of_image = member.post(f"/api/imageinstance/{image}/property.json", json=stain).json()["property"]["id"]
        own = member.post(f"/api/annotation/{annotation}/property.json", json={"key": SECRET, "value": SECRET})
        member.post(f"{on}/description.json", json={"data": SECRET})
        link = member.post(f"{on}/tag_domain_association.json", json={"tag": tag}).json()["tagdomainassociation"]["id"]
        attached = member.post(
            f"/api/attachedfile.json?domainClassName=project&domainIdent={project}",
            files={"files[]": (f"{SECRET}.txt", SECRET.encode())},
        ).json()["id"]
        yield World(
            {
                "user": user, "user_id": user, "userkey": MEMBER.public_key, "role_id": 2, "ontology": ontology,
                "term": term,
                "term1": term, "term2": child, "project": project, "storage": storage, "uploadedfile": file,
                "abstractimage": abstract, "abstractslice": plane, "imageinstance": image, "sliceinstance": slice_,
                "command": tagged["command"], "comment": comment,
                "track": track, "track_id": track, "annotation": annotation, "userannotation": annotation,
                "reviewedannotation": annotation,
                "annotationtrack": annotation, "tag": tag, "domain_class": "project", "domain_id": project,
                "representative": speaker["projectrepresentativeuser"]["id"],
                "defaultlayer": layer["projectdefaultlayer"]["id"], "domain": "project",
                "property of image": of_image,
                "property": prop, "property of annotation": own.json()["property"]["id"],
                "key": SECRET, "tag_domain_association": link, "attachedfile": attached,
                "window": "0-0-16-16.png", "extension": "png", "job_id": "no-job",
                "name": "label",
            }
        )  # fmt: skip


def ask(client: httpx.Client, operation: Operation, world: World) -> httpx.Response:
    ids = world.ids
    # On annotations "domain" is left out of the address.
    if operation.path.startswith("/api/annotation/{domain_id}"):
        world = World({**ids, "domain_id": ids["annotation"], "property": ids["property of annotation"]})
    if operation.path.startswith("/api/imageinstance/{domain_id}"):
        world = World({**ids, "domain_id": ids["imageinstance"], "property": ids["property of image"]})
    address = world.address(operation.path)
    if operation.method in ("GET", "DELETE"):
        return client.request(operation.method, address)
    body = {
        "name": "of a stranger", "ontology": ids["ontology"], "term1": ids["term1"], "term2": ids["term2"],
        "project": ids["project"], "storage": ids["storage"], "user": ids["user"], "uploadedFile": ids["uploadedfile"],
        "image": ids["imageinstance"], "baseImage": ids["abstractimage"], "baseSlice": ids["abstractslice"],
        "location": "POINT (5 5)", "tag": ids["tag"], "role": 1, "key": "of a stranger", "value": "of a stranger",
        "data": "of a stranger", "originalFilename": "f", "filename": "f", "username": "of a stranger",
        "Resources": ["0"],
    }  # fmt: skip
    return client.request(operation.method, address, json=body)


def names_a_secret(operation: Operation) -> bool:
    parameters = set(re.findall(r"\{(\w+)\}", operation.path)) - {"role_id", "domain"}
    return bool(parameters)


def only_reads(operation: Operation) -> bool:
    """Clients undo and redo by GET."""
    return operation.method == "GET" and not operation.path.startswith("/api/command/")


def needs_a_secret(operation: Operation) -> bool:
    """Additions that refer to something of the project."""
    free = {"ontology", "tag", "user", "attachedfile", "undo", "redo"}
    key = operation.path.rpartition("/")[2].removesuffix(".json")
    return operation.method == "POST" and key not in free


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_nobody_gets_anything(operation: Operation, service: AnnotationService, world: World) -> None:
    with httpx.Client(base_url=service.url, verify=False) as nobody:
        answer = ask(nobody, operation, world)
    if operation.path == "/server/ping":
        assert answer.json()["user"] is None
        return
    assert answer.status_code == 401
    assert SECRET not in answer.text


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_stranger_learns_and_changes_nothing(operation: Operation, service: AnnotationService, world: World) -> None:
    with service.client(STRANGER) as stranger:
        answer = ask(stranger, operation, world)
    assert SECRET not in answer.text
    assert answer.status_code < 500
    if names_a_secret(operation) or needs_a_secret(operation):
        assert answer.status_code in (400, 403, 404), answer.text
    if names_a_secret(operation) and operation.method == "GET":
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if only_reads(each)], ids=str)
@pytest.mark.parametrize("role", ["member", "admin"])
def test_members_and_administrators_see_what_is_there(
    role: str, operation: Operation, service: AnnotationService, world: World
) -> None:
    client: AnnotationClient
    with service.client(MEMBER) if role == "member" else service.client() as client:
        answer = ask(client, operation, world)
    if "/session/" in operation.path and role == "member":
        assert answer.status_code == 403
    elif "/configuration/key/" in operation.path and role == "member":
        assert answer.status_code == 404  # this one is for administrators
    elif "{job_id}" in operation.path:
        assert answer.status_code == 404  # there is no such export
    elif "/associated/" in operation.path:
        assert answer.status_code == 404  # the slide has no label
    elif "keys.json" in operation.path and role == "admin":
        assert answer.status_code == 403  # keys of configured users stay in the configuration
    else:
        assert answer.status_code == 200, answer.text


def test_after_all_that_nothing_has_changed(service: AnnotationService, world: World) -> None:
    with service.client(MEMBER) as member:
        project = member.get(f"/api/project/{world.ids['project']}.json").json()
        assert (project["numberOfAnnotations"], project["membersCount"]) == (1, 1)
        assert member.list(f"imageinstance/{world.ids['imageinstance']}/track.json")
