"""Every write of the platform is in the audit log: who, what, and the ids of all it touched."""

import json
import re
from functools import cache

import httpx
import pytest
from fastapi import FastAPI

from plugin.service.annotations import router
from tests.kit.annotation_service import ADMIN, MEMBER, AnnotationClient, AnnotationService, Json
from tests.plugin.service.annotations.drawn import unique
from tests.plugin.service.annotations.test_upload import plane, sent

_ELSEWHERE = {
    ("POST", "/api/imageinstance/{image_id}/export/dicom"),
    ("POST", "/api/project/{project_id}/export.json"),
    ("POST", "/api/annotation/search.json"),
}
"""Nothing of the platform's own is written: the routes of exports say what left it, and a search reads."""


class Audited:
    """Sends writes, and sees after each what the log says of it."""

    def __init__(self, client: AnnotationClient, service: AnnotationService) -> None:
        self.client = client
        self._log = service.configuration.storage / "audit.jsonl"
        self._read = len(self._lines())
        self.exercised: set[tuple[str, str]] = set()

    def write(self, method: str, path: str, body: object = None) -> Json:
        """Carry out one write; its answer. Its lines name the user and every id of the address and of the answer."""
        response = self.client.request(method, path, json=body)
        assert response.status_code == 200, (method, path, response.text)
        answer: Json = response.json()
        self.expect(method, path, {*_ids_of_address(path), *_ids_of_answer(answer)})
        return answer

    def expect(self, method: str, path: str, ids: set[int]) -> None:
        lines = self._lines()[self._read :]
        self._read += len(lines)
        assert lines, f"{method} {path} left no line"
        assert {each["user"] for each in lines} == {ADMIN.name}
        assert all(each["action"].startswith("annotations.") for each in lines)
        named = {resource for each in lines for resource in each["resources"]}
        assert {str(each) for each in ids} <= named, (method, path, lines)
        self.exercised |= {route for route in _writes() if route[0] == method and _matches(route[1], path)}

    def added(self, key: str, **fields: object) -> int:
        identifier: int = self.write("POST", f"/api/{key}.json", fields)[key]["id"]
        return identifier

    def expect_silence(self) -> None:
        assert len(self._lines()) == self._read

    def _lines(self) -> list[Json]:
        text = self._log.read_text() if self._log.exists() else ""
        lines = [json.loads(line) for line in text.splitlines()]
        # The answer to the first write of an image is also the first look at the list of them.
        return [each for each in lines if each["action"] != "view of a list"]


def _ids_of_address(path: str) -> set[int]:
    return {int(each) for each in re.findall(r"(?<=/)\d{4,}", path)}


def _ids_of_answer(answer: Json) -> set[int]:
    objects = [each for each in answer.values() if isinstance(each, dict) and "id" in each]
    return {each["id"] for each in (*objects, *answer.get("collection", []))}


@cache
def _writes() -> set[tuple[str, str]]:
    app = FastAPI()
    app.include_router(router)
    return {
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if method in ("post", "put", "delete", "patch")
    }


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path.split("?")[0]) is not None


@pytest.fixture
def audited(admin: AnnotationClient, service: AnnotationService) -> Audited:
    admin.get("/api/user/current.json")  # the platform takes over its users at the first request
    return Audited(admin, service)


def test_every_route_that_writes_leaves_a_line(audited: Audited, service: AnnotationService) -> None:
    user = _people(audited)
    ontology, term = _terms(audited)
    project = audited.added("project", name=unique("p"), ontology=ontology)
    _members(audited, project, user)
    image = _images(audited, project)
    annotation = _annotations(audited, image, term)
    _imports(audited, project)
    _reviews(audited, image, annotation)
    _commands(audited, image)
    _words(audited, annotation)
    for domain, identifier in (("project", project), ("annotation", annotation), ("imageinstance", image)):
        _on_any_object(audited, domain, identifier)
    _files(audited, project)
    _uploads(audited)
    audited.write("DELETE", f"/api/imageinstance/{image}.json")
    audited.write("DELETE", f"/api/project/{project}.json")
    audited.write("DELETE", f"/api/term/{term}.json")
    audited.write("DELETE", f"/api/ontology/{ontology}.json")
    audited.write("DELETE", f"/api/user/{user}.json")
    assert _writes() - audited.exercised == _ELSEWHERE


def _people(audited: Audited) -> int:
    both = audited.write("POST", "/api/user.json", [{"username": unique("x")}, {"username": unique("y")}])
    first, second = (each["id"] for each in both["collection"])
    audited.write("PUT", f"/api/user/{first}.json", {"firstname": "Xenia"})
    audited.write("POST", f"/api/user/{first}/role.json", {"role": 1})
    audited.write("DELETE", f"/api/user/{first}/role/1.json")
    audited.write("DELETE", f"/api/user/{second}.json")
    return int(first)


def _terms(audited: Audited) -> tuple[int, int]:
    ontology = audited.added("ontology", name=unique("o"))
    audited.write("PUT", f"/api/ontology/{ontology}.json", {"name": unique("o")})
    both = [{"name": unique("t"), "ontology": ontology}, {"name": unique("t"), "ontology": ontology}]
    parent, child = (each["id"] for each in audited.write("POST", "/api/term.json", both)["collection"])
    audited.write("PUT", f"/api/term/{parent}.json", {"color": "#123456"})
    audited.write("POST", "/api/relation/parent/term.json", {"term1": parent, "term2": child})
    audited.write("DELETE", f"/api/relation/parent/term1/{parent}/term2/{child}.json")
    return ontology, int(parent)


def _members(audited: Audited, project: int, user: int) -> None:
    audited.write("PUT", f"/api/project/{project}.json", {"name": unique("p")})
    audited.write("POST", f"/api/project/{project}/user/{user}.json")
    audited.write("POST", f"/api/project/{project}/user/{user}/admin.json")
    audited.write("DELETE", f"/api/project/{project}/user/{user}/admin.json")
    of_project = {"project": project, "user": user}
    for key, label in (("representative", "projectrepresentativeuser"), ("defaultlayer", "projectdefaultlayer")):
        path = f"/api/project/{project}/{key}"
        added = audited.write("POST", f"{path}.json", of_project)[label]["id"]
        audited.write("PUT", f"{path}/{added}.json", {})
        audited.write("DELETE", f"{path}/{added}.json")
    audited.write("POST", f"/api/project/{project}/representative.json", of_project)
    audited.write("DELETE", f"/api/project/{project}/representative.json?user={user}")
    audited.write("DELETE", f"/api/project/{project}/user/{user}.json")


def _images(audited: Audited, project: int) -> int:
    storage = audited.added("storage", name=unique("s"))
    audited.write("PUT", f"/api/storage/{storage}.json", {"name": unique("s")})
    file = audited.added("uploadedfile", storage=storage, originalFilename="a.tif", filename="a.tif")
    audited.write("PUT", f"/api/uploadedfile/{file}.json", {"originalFilename": "b.tif"})
    base = audited.added("abstractimage", originalFilename="a.tif", width=200, height=100)
    audited.write("PUT", f"/api/abstractimage/{base}.json", {"originalFilename": "b.tif"})
    plane = audited.added("abstractslice", image=base, channel=0, zStack=0, time=0)
    audited.write("PUT", f"/api/abstractslice/{plane}.json", {"zStack": 1})
    image = audited.added("imageinstance", baseImage=base, project=project)
    audited.write("PUT", f"/api/imageinstance/{image}.json", {"instanceFilename": "mine"})
    known = audited.client.list(f"imageinstance/{image}/sliceinstance.json")[0]["id"]
    audited.write("PUT", f"/api/sliceinstance/{known}.json", {"image": image})
    audited.write("DELETE", f"/api/sliceinstance/{known}.json")
    audited.added("sliceinstance", image=image, baseSlice=plane)
    spare = audited.added("abstractimage", originalFilename="c.tif", width=2, height=1)
    spare_plane = audited.added("abstractslice", image=spare, channel=0, zStack=0, time=0)
    audited.write("DELETE", f"/api/abstractslice/{spare_plane}.json")
    audited.write("DELETE", f"/api/abstractimage/{spare}.json")
    audited.write("DELETE", f"/api/uploadedfile/{file}.json")
    audited.write("DELETE", f"/api/storage/{storage}.json")
    return image


def _annotations(audited: Audited, image: int, term: int) -> int:
    square = "POLYGON ((1 1, 9 1, 9 9, 1 1))"
    annotation = audited.added("annotation", image=image, location=square)
    many = [{"image": image, "location": f"POINT ({each} 1)", "term": [term]} for each in range(5)]
    points = [each["id"] for each in audited.write("POST", "/api/userannotation.json", many)["collection"]]
    audited.write("PUT", f"/api/annotation/{annotation}.json", {"location": "POINT (1 2)", "term": [term]})
    audited.write("PUT", f"/api/userannotation/{points[0]}.json", {"location": "POINT (1 2)"})
    audited.write("DELETE", f"/api/annotation/{annotation}/term/{term}.json")
    audited.write("POST", f"/api/annotation/{annotation}/term/{term}.json")
    track = audited.added("track", name=unique("t"), image=image)
    audited.write("PUT", f"/api/track/{track}.json", {"name": unique("t")})
    audited.write("POST", f"/api/annotationtrack/{annotation}/{track}.json")
    audited.write("DELETE", f"/api/annotationtrack/{annotation}/{track}.json")
    audited.write("POST", "/api/annotationtrack.json", {"annotationIdent": annotation, "track": track})
    audited.write("POST", f"/api/annotation/{annotation}/fill.json")
    audited.write("DELETE", f"/api/track/{track}.json")
    audited.write("DELETE", f"/api/annotation/{points[0]}.json")
    audited.write("DELETE", f"/api/userannotation/{points[1]}.json")
    return annotation


def _reviews(audited: Audited, image: int, annotation: int) -> None:
    user = audited.client.get("/api/user/current.json").json()["id"]
    of_image = f"/api/imageinstance/{image}/review.json"
    audited.write("POST", of_image)
    audited.write("DELETE", f"{of_image}?cancel=true")
    audited.write("PUT", of_image)
    audited.write("POST", "/api/reviewedannotation.json", {"parentIdent": annotation})
    audited.write("PUT", f"/api/reviewedannotation/{annotation}.json", {"location": "POINT (3 3)"})
    audited.write("DELETE", f"/api/reviewedannotation/{annotation}.json")
    for kind in ("annotation", "userannotation"):
        for method in ("POST", "PUT"):
            audited.write(method, f"/api/{kind}/{annotation}/review.json", {})
            audited.write("DELETE", f"/api/{kind}/{annotation}/review.json")
    for method in ("POST", "DELETE", "PUT", "DELETE"):
        path = f"/api/imageinstance/{image}/annotation/review.json"
        changed = audited.client.request(method, path, json={"users": [user]}).json()["collection"]
        assert annotation in changed
        audited.expect(method, path, {image, *changed})
    audited.write("DELETE", of_image)


def _words(audited: Audited, annotation: int) -> None:
    body = {"comment": "look", "receivers": []}
    for kind in ("annotation", "userannotation"):
        audited.write("POST", f"/api/{kind}/{annotation}/comment.json", body)
    key = unique("key").replace(" ", "-")
    setting = {"key": key, "value": "1", "readingRole": "ALL"}
    audited.write("POST", "/api/configuration.json", setting)
    audited.write("PUT", f"/api/configuration/key/{key}.json", {**setting, "value": "2"})
    audited.write("DELETE", f"/api/configuration/key/{key}.json")


def _commands(audited: Audited, image: int) -> None:
    added = audited.write("POST", "/api/annotation.json", {"image": image, "location": "POINT (1 1)"})
    command, annotation = added["command"], added["annotation"]["id"]
    for address in ("command", f"command/{command}"):
        for verb in ("undo", "redo"):
            assert audited.client.post(f"/api/{address}/{verb}.json").status_code == 200
            audited.expect("POST", f"/api/{address}/{verb}.json", {annotation})


def _imports(audited: Audited, project: int) -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}
    plain = audited.added("abstractimage", originalFilename="plain.tif", width=9, height=9)
    image = audited.added("imageinstance", baseImage=plain, project=project)
    audited.write("POST", f"/api/project/{project}/import?image={image}", point)
    audited.write("DELETE", f"/api/imageinstance/{image}.json")


def _on_any_object(audited: Audited, domain: str, identifier: int) -> None:
    on = f"/api/domain/{domain}/{identifier}"
    for at in (on, f"/api/{domain}/{identifier}"):
        key = audited.write("POST", f"{at}/property.json", {"key": unique("k"), "value": "v"})["property"]["id"]
        audited.write("PUT", f"{at}/property/{key}.json", {"value": "w"})
        audited.write("DELETE", f"{at}/property/{key}.json")
    audited.write("POST", f"{on}/description.json", {"data": "d"})
    audited.write("PUT", f"{on}/description.json", {"data": "e"})
    audited.write("DELETE", f"{on}/description.json")
    tag = audited.added("tag", name=unique("t"))
    audited.write("PUT", f"/api/tag/{tag}.json", {"name": unique("t")})
    link = audited.write("POST", f"{on}/tag_domain_association.json", {"tag": tag})["tagdomainassociation"]["id"]
    audited.write("DELETE", f"/api/tag_domain_association/{link}.json")
    audited.write("DELETE", f"/api/tag/{tag}.json")


def _files(audited: Audited, project: int) -> None:
    answer = audited.client.post(
        "/api/attachedfile.json",
        params={"domainClassName": "be.cytomine.project.Project", "domainIdent": project},
        files={"files[]": ("a.txt", b"a")},
    )
    file = answer.json()["id"]
    audited.expect("POST", "/api/attachedfile.json", {project, file})
    audited.write("DELETE", f"/api/attachedfile/{file}.json")


def _uploads(audited: Audited) -> None:
    storage = audited.added("storage", name=unique("s"))
    uploaded = sent(audited.client, plane(), storage=storage)
    images = {each["image"]["id"] for each in uploaded["images"]}
    audited.expect("POST", "/upload", {storage, uploaded["uploadedFile"]["id"], *images})
    project = audited.added("project", name=unique("p"))
    series = [each["image"]["orthancSeries"] for each in uploaded["images"]]
    audited.write("POST", f"/api/project/{project}/orthanc.json", {"Resources": series})


def test_what_was_refused_is_no_write(audited: Audited) -> None:
    assert audited.client.post("/api/ontology.json", json={}).status_code == 400
    broken: list[object] = [{"name": unique("o")}, {"name": ""}]
    assert audited.client.post("/api/ontology.json", json=broken).status_code == 400
    assert audited.client.delete("/api/ontology/2000000000.json").status_code == 404
    audited.expect_silence()


def test_a_line_names_columns_and_never_values(audited: Audited, service: AnnotationService) -> None:
    user = audited.added("user", username=unique("u"))
    audited.write("PUT", f"/api/user/{user}.json", {"firstname": "Xaviera", "lastname": "Quetzal"})
    text = (service.configuration.storage / "audit.jsonl").read_text()
    line = json.loads(text.splitlines()[-1])
    assert (line["action"], line["resources"][0]) == ("annotations.user.change", str(user))
    assert {"firstname", "lastname"} <= set(line["columns"])
    assert not any(each in text for each in ("Xaviera", "Quetzal"))


def test_the_line_names_who_wrote(service: AnnotationService) -> None:
    with service.client(MEMBER) as member:
        answer: httpx.Response = member.post("/api/tag.json", json={"name": unique("t")})
    line = json.loads((service.configuration.storage / "audit.jsonl").read_text().splitlines()[-1])
    assert (line["user"], line["resources"][0]) == (MEMBER.name, str(answer.json()["tag"]["id"]))
