"""The same story on SQLite and on PostgreSQL, and tables that are what the models say."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from plugin.service.annotations import tables
from plugin.service.records import Record, open_database
from tests.kit.annotation_service import MEMBER, AnnotationService, annotation_service
from tests.kit.postgresql import postgresql, postgresql_missing
from tests.kit.product import Product

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


@pytest.mark.parametrize("story", [a_project_with_thousands_of_annotations, many_clients_write_at_once])
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
        postgresql(tmp_path / "postgresql") as url,
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


def test_the_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Record.metadata)
    engine.dispose()
    own = {table for table in Record.metadata.tables if table.startswith("ann_")}
    assert tables.Annotation.__tablename__ in own
    assert [each for each in differences if any(table in str(each) for table in own)] == []
