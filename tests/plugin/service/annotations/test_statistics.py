"""Statistics of projects, their layers, and who speaks for them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.kit.annotation_service import MEMBER, AnnotationClient, AnnotationService

Json = dict[str, object]


@dataclass(frozen=True)
class Counted:
    """A project with two images: the manager drew three annotations on one, a member one on each."""

    member: AnnotationClient
    project: object
    terms: tuple[object, object]
    manager_id: object
    member_id: object
    images: tuple[object, object]


@pytest.fixture
def counted(
    service: AnnotationService, admin: AnnotationClient, ontology: Json, project: Json, image: Json
) -> Iterator[Counted]:
    terms = tuple(admin.add("term", name=name, ontology=ontology["id"])["id"] for name in ("one", "two"))
    base = admin.add("abstractimage", originalFilename="second.tiff", width=200, height=100)
    second = admin.add("imageinstance", baseImage=base["id"], project=project["id"])["id"]
    with service.client(MEMBER) as member:
        user = member.get("/api/user/current.json").json()["id"]
        assert admin.post(f"/api/project/{project['id']}/user/{user}.json").status_code == 200
        for term in (terms[:1], terms, ()):
            drawn = admin.add("annotation", image=image["id"], location="POINT (1 1)", term=list(term))
        for each in (image["id"], second):
            member.add("annotation", image=each, location="POINT (2 2)", term=terms[1])
        assert admin.post(f"/api/annotation/{drawn['id']}/review.json").status_code == 200
        yield Counted(
            member,
            project["id"],
            terms,
            project["user"],
            user,
            (image["id"], second),  # type: ignore[arg-type]
        )


def values(client: AnnotationClient, path: str, key: str = "key", **query: object) -> dict[object, object]:
    return {each[key]: each["value"] for each in client.list(path, **query)}


def test_annotations_are_counted_by_term(admin: AnnotationClient, counted: Counted) -> None:
    stats = f"project/{counted.project}/stats"
    assert values(admin, f"{stats}/term.json") == {"one": 2, "two": 3, None: 1}
    assert values(admin, f"{stats}/termslide.json") == {"one": 1, "two": 2, None: 1}
    by_image = {
        (each["image"], each["term"]): each["countAnnotations"] for each in admin.list(f"{stats}/termimage.json")
    }
    first, second = counted.images
    assert by_image == {
        (first, counted.terms[0]): 2, (first, counted.terms[1]): 2, (first, None): 1, (second, counted.terms[1]): 1,
    }  # fmt: skip
    by_project = values(admin, f"term/{counted.terms[0]}/project/stat.json")
    assert list(by_project.values()) == [2]


def test_terms_with_terms_below_them_are_counted_when_asked_for(admin: AnnotationClient, counted: Counted) -> None:
    relation = {"term1": counted.terms[0], "term2": counted.terms[1]}
    assert admin.post("/api/relation/parent/term.json", json=relation).status_code == 200
    path = f"project/{counted.project}/stats/term.json"
    assert values(admin, path) == {"two": 3, None: 1}
    assert values(admin, path, leafOnly="false") == {"one": 2, "two": 3, None: 1}


def test_annotations_are_counted_by_user(admin: AnnotationClient, counted: Counted) -> None:
    stats = f"project/{counted.project}/stats"
    assert values(admin, f"{stats}/user.json", "id") == {counted.manager_id: 3, counted.member_id: 2}
    assert values(admin, f"{stats}/userslide.json", "id") == {counted.manager_id: 1, counted.member_id: 2}
    given = {
        each["id"]: [term["value"] for term in each["terms"]] for each in admin.list(f"{stats}/userannotations.json")
    }
    assert given == {counted.manager_id: [2, 1], counted.member_id: [0, 2]}


def test_a_period_leaves_out_what_came_before_and_after(admin: AnnotationClient, counted: Counted) -> None:
    path = f"project/{counted.project}/stats/user.json"
    assert set(values(admin, path, endDate=1).values()) == {0}
    assert set(values(admin, path, startDate=2**52).values()) == {0}


def test_annotations_are_counted_over_time(admin: AnnotationClient, counted: Counted) -> None:
    stats = f"project/{counted.project}/stats"
    assert [each["size"] for each in admin.list(f"{stats}/annotationevolution.json")] == [5]
    assert [each["size"] for each in admin.list(f"{stats}/reviewedannotationevolution.json")] == [1]
    of_term = admin.list(f"{stats}/annotationevolution.json", term=counted.terms[0])
    assert [each["size"] for each in of_term] == [2]
    begun = int(str(admin.get(f"/api/project/{counted.project}.json").json()["created"]))
    days = 86_400_000
    query = {"startDate": begun - 2 * days, "endDate": begun + days, "reverseOrder": "false"}
    assert [each["size"] for each in admin.list(f"{stats}/annotationevolution.json", **query)][-2:] == [5, 5]
    alone = admin.list(f"{stats}/annotationevolution.json", **query, accumulate="false")
    assert sum(each["size"] for each in alone) == 5


def test_totals_are_of_what_the_caller_sees(admin: AnnotationClient, counted: Counted) -> None:
    def total(client: AnnotationClient, path: str) -> object:
        return client.get(f"/api/{path}").json()["total"]

    assert total(admin, f"project/{counted.project}/userannotation/count.json") == 5
    assert total(admin, f"project/{counted.project}/reviewedannotation/count.json") == 1
    assert total(admin, f"user/{counted.member_id}/userannotation/count.json?project={counted.project}") == 2
    assert total(admin, f"user/{counted.manager_id}/reviewedannotation/count.json?project={counted.project}") == 1
    assert total(counted.member, "total/be.cytomine.project.Project.json") == len(counted.member.list("project.json"))
    assert admin.get("/api/total/java.lang.Runtime.json").status_code == 404


def test_hidden_layers_are_in_no_number_and_no_export(admin: AnnotationClient, counted: Counted) -> None:
    member, project = counted.member, counted.project
    assert {each["id"] for each in member.list(f"project/{project}/userlayer.json")} == {
        counted.manager_id, counted.member_id,
    }  # fmt: skip
    assert admin.put(f"/api/project/{project}.json", json={"hideAdminsLayers": True}).status_code == 200
    assert [each["id"] for each in member.list(f"project/{project}/userlayer.json")] == [counted.member_id]
    assert values(member, f"project/{project}/stats/user.json", "id") == {counted.member_id: 2}
    assert values(member, f"project/{project}/stats/term.json") == {"one": 0, "two": 2, None: 0}
    path = f"/api/imageinstance/{counted.images[0]}/export.geojson"
    assert (len(member.get(path).json()["features"]), len(admin.get(path).json()["features"])) == (1, 4)


def test_a_project_has_representatives_among_its_members(admin: AnnotationClient, counted: Counted) -> None:
    path = f"/api/project/{counted.project}/representative"
    body = {"project": counted.project, "user": counted.member_id}
    added = admin.post(f"{path}.json", json=body).json()["projectrepresentativeuser"]
    assert admin.post(f"{path}.json", json=body).status_code == 409
    assert admin.get(f"{path}/{added['id']}.json").json()["user"] == counted.member_id
    assert [each["id"] for each in admin.list(f"project/{counted.project}/users/representative.json")] == [
        counted.member_id
    ]
    assert counted.member.post(f"{path}.json", json={**body, "user": counted.manager_id}).status_code == 403
    assert admin.delete(f"{path}.json?user={counted.member_id}").status_code == 200
    assert admin.list(f"project/{counted.project}/representative.json") == []
    assert [each["id"] for each in admin.list(f"project/{counted.project}/creator.json")] == [counted.manager_id]


def test_a_project_is_opened_with_its_default_layers(admin: AnnotationClient, counted: Counted, ontology: Json) -> None:
    path = f"/api/project/{counted.project}/defaultlayer"
    body = {"project": counted.project, "user": counted.member_id, "hideByDefault": True}
    added = admin.post(f"{path}.json", json=body).json()["projectdefaultlayer"]
    assert added["hideByDefault"] is True
    changed = admin.put(f"{path}/{added['id']}.json", json={"hideByDefault": False}).json()["projectdefaultlayer"]
    assert changed["hideByDefault"] is False
    other = admin.add("project", name=f"beside {counted.project}", ontology=ontology["id"])["id"]
    assert admin.get(f"/api/project/{other}/defaultlayer/{added['id']}.json").status_code == 404
    assert admin.delete(f"{path}/{added['id']}.json").status_code == 200
    assert admin.list(f"project/{counted.project}/defaultlayer.json") == []
