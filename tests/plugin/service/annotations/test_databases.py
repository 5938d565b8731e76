"""The same story on SQLite and on PostgreSQL, and tables that are what the models say."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import func, select

from plugin.service.annotations import tables
from plugin.service.records import open_database
from tests.kit.annotation_service import MEMBER, AnnotationService, annotation_service
from tests.kit.postgresql import postgresql, postgresql_missing
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

Story = Callable[[AnnotationService], None]


def a_project_with_thousands_of_annotations(service: AnnotationService) -> None:
    with service.client() as admin, service.client(MEMBER) as member:
        ontology = admin.add("ontology", name="ontology")
        term = admin.add("term", name="term", ontology=ontology["id"])
        assert admin.post("/api/term.json", json={"name": "term", "ontology": ontology["id"]}).status_code == 409
        project = admin.add("project", name="project", ontology=ontology["id"])
        base = admin.add("abstractimage", originalFilename="plain.tif", width=10_000, height=10_000)
        image = admin.add("imageinstance", baseImage=base["id"], project=project["id"])
        many = [
            {"image": image["id"], "location": f"POINT ({number} {number})", "term": [term["id"]]}
            for number in range(1000)
        ]
        assert admin.post("/api/annotation.json", json=many).status_code == 200
        broken = [*many[:10], {"image": image["id"], "location": "POINT ("}]
        assert admin.post("/api/annotation.json", json=broken).status_code == 400
        listing = admin.get("/api/annotation.json", params={"image": image["id"], "max": 10, "showWKT": True}).json()
        assert (listing["size"], listing["collection"][0]["location"]) == (1000, "POINT (999 999)")
        near = admin.list("annotation.json", image=image["id"], bbox="0,0,99.5,99.5")
        assert len(near) == 100
        assert len(admin.list("annotation.json", image=image["id"], terms=term["id"], max=0)) == 1000
        assert member.get("/api/annotation.json").json()["size"] == 0
        user = member.get("/api/user/current.json").json()["id"]
        admin.post(f"/api/project/{project['id']}/user/{user}.json")
        assert member.get("/api/annotation.json", params={"project": project["id"]}).json()["size"] == 1000
        exported = admin.get(f"/api/imageinstance/{image['id']}/export.geojson")
        assert len(exported.json()["features"]) == 1000
        assert admin.delete(f"/api/project/{project['id']}.json").status_code == 200
        assert admin.delete(f"/api/ontology/{ontology['id']}.json").status_code == 200
        assert admin.get("/api/annotation.json").json()["size"] == 0


def many_clients_write_at_once(service: AnnotationService) -> None:
    answers: list[int] = []

    def write(number: int) -> None:
        with service.client() as client:
            for turn in range(5):
                answers.append(client.post("/api/tag.json", json={"name": f"tag {number} {turn}"}).status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 30
    with service.client() as client:
        ids = [each["id"] for each in client.list("tag.json")]
    assert len(set(ids)) == 30


def no_text_breaks_the_database(service: AnnotationService) -> None:
    """Null characters and half surrogate pairs, which JSON can spell, in every place that takes a text."""
    with service.client() as admin:
        project = admin.add("project", name="odd texts")
        base = admin.add("abstractimage", originalFilename="plain.tif", width=10, height=10)
        image = admin.add("imageinstance", baseImage=base["id"], project=project["id"])
        on = f"/api/domain/project/{project['id']}"
        for text in ('"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"'):
            for path, name in (
                ("/api/tag.json", "name"),
                ("/api/ontology.json", "name"),
                (f"{on}/property.json", "key"),
                (f"{on}/description.json", "data"),
                ("/api/abstractimage.json", "originalFilename"),
            ):
                body = f'{{"{name}": {text}, "value": "v"}}'.encode()
                assert admin.post(path, content=body).status_code == 400, (path, text)
            value = f'{{"key": "k", "value": {text}}}'.encode()
            assert admin.post(f"{on}/property.json", content=value).status_code == 400
            place = f'{{"image": {image["id"]}, "location": {text}}}'.encode()
            assert admin.post("/api/annotation.json", content=place).status_code == 400
        hidden = b'{"image": %d, "location": "POINT (1 1)\\u0000junk"}' % image["id"]
        assert admin.post("/api/annotation.json", content=hidden).status_code == 400
        for path in (f"{on}/key/a%00b/property.json", "/api/userkey/a%00b/keys.json", "/api/user.json?publicKey=%00"):
            assert admin.get(path).status_code in (400, 404)
        assert admin.get(f"/api/imageinstance/{image['id']}/export.png", params={"order": "\0"}).status_code == 400
        assert admin.list("annotation.json", image=image["id"]) == []
        emoji = admin.add("tag", name="\U0001f9eb 名前 'quoted' \"twice\" a/b\\c %s {0}")
        assert admin.get(f"/api/tag/{emoji['id']}.json").json()["name"] == emoji["name"]


def things_that_hang_on_deleted_objects_go_with_them(service: AnnotationService) -> None:
    with service.client() as admin:
        ontology = admin.add("ontology", name="of deleted")
        term = admin.add("term", name="term", ontology=ontology["id"])
        project = admin.add("project", name="deleted", ontology=ontology["id"])
        base = admin.add("abstractimage", originalFilename="plain.tif", width=10, height=10)
        image = admin.add("imageinstance", baseImage=base["id"], project=project["id"])
        track = admin.add("track", name="track", image=image["id"])
        annotation = admin.add("annotation", image=image["id"], location="POINT (1 1)", track=[track["id"]])
        tag = admin.add("tag", name="on all")
        things = {"project": project, "imageinstance": image, "annotation": annotation, "track": track, "term": term}
        for domain, thing in things.items():
            on = f"/api/domain/{domain}/{thing['id']}"
            assert admin.post(f"{on}/property.json", json={"key": "k", "value": "secret"}).status_code == 200
            assert admin.post(f"{on}/description.json", json={"data": "secret"}).status_code == 200
            assert admin.post(f"{on}/tag_domain_association.json", json={"tag": tag["id"]}).status_code == 200
        assert admin.delete(f"/api/project/{project['id']}.json").status_code == 200
        assert admin.delete(f"/api/ontology/{ontology['id']}.json").status_code == 200
    engine = open_database(service.configuration.database_url)
    with engine.connect() as connection:
        for table in (tables.Property, tables.Description, tables.TagLink, tables.AttachedFile, tables.Annotation):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0, table.__tablename__
    engine.dispose()


_STORIES = [
    a_project_with_thousands_of_annotations,
    many_clients_write_at_once,
    no_text_breaks_the_database,
    things_that_hang_on_deleted_objects_go_with_them,
]


@pytest.mark.parametrize("story", _STORIES)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_story_is_the_same_on_every_database(
    story: Story, database: str, bare_orthanc: Product, tmp_path: Path
) -> None:
    if database == "sqlite":
        with annotation_service(tmp_path / "service", bare_orthanc) as service:
            story(service)
        return
    missing = postgresql_missing()
    if missing is not None:
        pytest.skip(missing)
    with (
        postgresql() as url,
        annotation_service(tmp_path / "service", bare_orthanc, settings={"database": url}) as service,
    ):
        story(service)


def test_users_that_left_the_settings_lose_their_access_and_keep_their_objects(
    bare_orthanc: Product, tmp_path: Path
) -> None:
    with annotation_service(tmp_path / "service", bare_orthanc) as service, service.client(MEMBER) as member:
        own = member.add("project", name="of the member")
    users = {"users": [user for user in service.configuration.ophtha.users if user != MEMBER]}
    with annotation_service(tmp_path / "service", bare_orthanc, settings=users) as service:
        with service.client(MEMBER) as member:
            assert member.get("/api/project.json").status_code == 401
        with service.client() as admin:
            assert admin.get(f"/api/project/{own['id']}.json").json()["user"] == own["user"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_services_give_no_id_twice_and_take_every_image_in_once(
    database: str, bare_orthanc: Product, tmp_path: Path
) -> None:
    missing = postgresql_missing() if database == "postgresql" else None
    if missing is not None:
        pytest.skip(missing)
    with (
        postgresql() if database == "postgresql" else nullcontext(f"sqlite:///{tmp_path / 'records.db'}") as url,
        annotation_service(tmp_path / "a", bare_orthanc, settings={"database": url}) as here,
        annotation_service(tmp_path / "b", bare_orthanc, settings={"database": url}) as there,
    ):
        for service in (here, there):  # both are at work already when the images come
            with service.client() as client:
                client.add("tag", name=f"first of {service.url}")
                client.list("abstractimage.json", max=1)
        bare_orthanc.upload(to_bytes(each) for _ in range(20) for each in slices(StudyIds(), 2))
        answers: list[int] = []

        def act(service: AnnotationService, number: int) -> None:
            with service.client() as client:
                answers.append(client.get("/api/abstractimage.json").status_code)
                for turn in range(5):
                    answers.append(client.post("/api/tag.json", json={"name": f"tag {number} {turn}"}).status_code)

        threads = [
            threading.Thread(target=act, args=(service, number)) for number, service in enumerate([here, there] * 3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 36
        with here.client() as client, there.client() as other:
            images = client.list("abstractimage.json", max=0)
            assert [each["id"] for each in images] == [each["id"] for each in other.list("abstractimage.json", max=0)]
            tags = client.list("tag.json", max=0)
    assert len(images) >= 40
    assert len(images) <= bare_orthanc.get("/statistics").json()["CountInstances"]
    assert len({each["id"] for each in [*images, *tags]}) == len(images) + 32
