"""The archive of a project made by the job engine of the product."""

import zipfile
from io import BytesIO

import pytest

from tests.kit.annotation_service import STRANGER, AnnotationDoor
from tests.kit.conditions import wait_until


def test_a_project_is_exported_in_the_background(service: AnnotationDoor) -> None:
    with service.client() as client, service.client(STRANGER) as stranger:
        project = client.add("project", name=f"export {service.url}")["id"]
        images = []
        for number in range(3):
            base = client.add("abstractimage", originalFilename=f"{number}.tif", width=60, height=50)["id"]
            images.append(client.add("imageinstance", baseImage=base, project=project)["id"])
            client.add("annotation", image=images[-1], location="POLYGON ((1 1, 9 1, 9 9, 1 1))")
        begun = client.post(f"/api/project/{project}/export.json", json={"order": []}).json()
        path = f"/api/project/{project}/export/{begun['job']}"

        def state() -> dict[str, object]:
            seen: dict[str, object] = client.get(f"{path}.json").json()
            assert seen["error"] is None
            return seen

        wait_until(lambda: state()["state"] == "Success", what="the export", timeout_s=60)
        assert state()["progress"] == 100
        with zipfile.ZipFile(BytesIO(client.get(begun["archive"]).content)) as archive:
            assert archive.testzip() is None
            assert {f"{image}_mask.tif" for image in images} <= set(archive.namelist())
        for each in (f"{path}.json", f"{path}.zip"):
            assert stranger.get(each).status_code == 404
        assert stranger.post(f"/api/project/{project}/export.json").status_code == 404


@pytest.mark.parametrize("job", ["nothing", "..%2f..%2fetc", "00000000-0000-0000-0000-000000000000"])
def test_there_is_no_archive_of_other_jobs(job: str, service: AnnotationDoor) -> None:
    with service.client() as client:
        project = client.add("project", name=f"no export {job} {service.url}")["id"]
        assert client.get(f"/api/project/{project}/export/{job}.zip").status_code == 404
