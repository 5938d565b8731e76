"""What archives of projects leave on disk: the finished ones for a while, of all others nothing."""

from pathlib import Path
from uuid import uuid4

from tests.kit.annotation_service import ADMIN, AnnotationClient
from tests.kit.conditions import wait_until
from tests.kit.product import Product, free_port


def test_what_killed_services_left_of_archives_goes_and_finished_ones_stay(
    orthanc_installed: None, tmp_path: Path
) -> None:
    port = free_port()
    secret = ADMIN.private_key.get_secret_value()
    users = [{"name": ADMIN.name, "public_key": ADMIN.public_key, "private_key": secret, "role": "admin"}]
    product = Product(tmp_path, settings={"ApiPort": port, "Users": users, "Workers": 1})
    with product, AnnotationClient(product.url, ADMIN) as client:
        project = client.add("project", name="p", ontology=client.add("ontology", name="o")["id"])["id"]
        started = client.post(f"/api/project/{project}/export.json").json()
        job = started["job"]

        def is_finished() -> bool:
            return client.get(f"/api/project/{project}/export/{job}.json").json()["state"] == "Success"

        wait_until(is_finished, what="end of the export")
        product.kill_everything()
        folder = tmp_path / "ophtha" / "annotation-exports"
        left = [folder / f"{job}.1-99.part", folder / f"{uuid4()}.zip", folder / f"{uuid4()}.1-1.part"]
        for path in left:
            path.write_bytes(b"x")
        product.start()
        wait_until(lambda: not any(path.exists() for path in left), what="removal of what was left")
        assert [path.name for path in folder.iterdir()] == [f"{job}.zip"]
        assert client.get(started["archive"]).status_code == 200
