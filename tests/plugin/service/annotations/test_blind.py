"""What members of a project may not know: names of images, and what the others drew."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from tests.kit.annotation_service import MEMBER, AnnotationClient, AnnotationService
from tests.plugin.service.annotations.drawn import unique

Json = dict[str, object]
NAME = "Surname Firstname"


@dataclass(frozen=True)
class Blind:
    """A blind project with one image whose name is a secret, and a member who does not manage it."""

    member: AnnotationClient
    project: object
    image: Json


@pytest.fixture
def blind(service: AnnotationService, admin: AnnotationClient, ontology: Json) -> Iterator[Blind]:
    files = list(slide_files(SlidePhantom(width_px=300, height_px=200, tile_px=128, levels=1)))
    for dataset in files:
        dataset.SeriesDescription = dataset.ContainerIdentifier = NAME
    instance = service.store(file_bytes(dataset) for dataset in files)[0]
    series = service.orthanc.get(f"/instances/{instance}/series").json()["ID"]
    project = admin.add("project", name=unique("blind"), ontology=ontology["id"], blindMode=True)["id"]
    image = admin.post(f"/api/project/{project}/orthanc.json", json={"Resources": [series]}).json()["collection"][0]
    with service.client(MEMBER) as member:
        user = member.get("/api/user/current.json").json()["id"]
        assert admin.post(f"/api/project/{project}/user/{user}.json").status_code == 200
        yield Blind(member, project, image)


def test_managers_know_the_name_and_members_do_not(admin: AnnotationClient, blind: Blind) -> None:
    path = f"/api/imageinstance/{blind.image['id']}.json"
    assert NAME in admin.get(path).text
    seen = blind.member.get(path).json()
    assert (seen["instanceFilename"], seen["originalFilename"]) == (None, None)
    assert seen["blindedName"] == str(blind.image["baseImage"])


def test_no_answer_tells_a_member_the_name(admin: AnnotationClient, blind: Blind) -> None:
    admin.add("annotation", image=blind.image["id"], location="POINT (5 5)")
    base = blind.image["baseImage"]
    admin.post(f"/api/domain/abstractimage/{base}/property.json", json={"key": "file", "value": NAME})
    paths = [
        f"project/{blind.project}.json",
        f"project/{blind.project}/imageinstance.json",
        f"imageinstance/{blind.image['id']}.json",
        "abstractimage.json",
        f"abstractimage/{base}.json",
        f"annotation.json?project={blind.project}&showImage=true",
        f"imageinstance/{blind.image['id']}/export.geojson",
        f"domain/abstractimage/{base}/property.json",
        f"abstractimage/{base}/download",
        f"imageinstance/{blind.image['id']}/download",
    ]
    for path in paths:
        answer = blind.member.get(f"/api/{path}")
        assert answer.status_code in (200, 403), path
        assert NAME.encode() not in answer.content, path
    assert [blind.member.get(f"/api/{path}").status_code for path in paths[-3:]] == [403] * 3
    refused = blind.member.post(f"/api/imageinstance/{blind.image['id']}/export/dicom")
    assert refused.status_code == 403


def test_hidden_layers_are_not_answered(
    service: AnnotationService, admin: AnnotationClient, project: Json, image: Json
) -> None:
    with service.client(MEMBER) as member:
        user = member.get("/api/user/current.json").json()["id"]
        assert admin.post(f"/api/project/{project['id']}/user/{user}.json").status_code == 200
        theirs = admin.add("annotation", image=image["id"], location="POINT (1 1)")["id"]
        own = member.add("annotation", image=image["id"], location="POINT (2 2)")["id"]

        def seen(**hidden: bool) -> set[object]:
            changed = {"hideUsersLayers": False, "hideAdminsLayers": False, **hidden}
            assert admin.put(f"/api/project/{project['id']}.json", json=changed).status_code == 200
            return {each["id"] for each in member.list("annotation.json", image=image["id"])}

        assert seen() == {theirs, own}
        assert seen(hideUsersLayers=True) == {theirs, own}
        assert seen(hideAdminsLayers=True) == {own}
        assert member.get(f"/api/annotation/{theirs}.json").status_code == 404
        assert len(admin.list("annotation.json", image=image["id"])) == 2
