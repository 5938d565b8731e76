"""Files that clients upload become images in Orthanc and on the platform."""

import zipfile
from io import BytesIO
from types import SimpleNamespace
from typing import cast

import httpx
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import UID

from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from plugin.service.annotations.orthanc_images import OrthancImages
from plugin.service.annotations.state import Platform
from plugin.service.annotations.upload_routes import _storing
from plugin.service.annotations.uploaded_dicom import UploadedDicom
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.pacs.places import Places
from plugin.service.readers.calling import in_this_process
from tests.kit.annotation_service import GUEST, MEMBER, STRANGER, AnnotationClient, AnnotationService, Json
from tests.plugin.service.annotations.drawn import unique
from tests.plugin.service.annotations.test_images import ct_slice


def plane() -> bytes:
    return ct_slice(np.zeros((6, 9), dtype=np.int16))


def beside(content: bytes) -> bytes:
    """Another instance of the same series."""
    dataset = dcmread(BytesIO(content))
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(f"{dataset.SOPInstanceUID[:60]}.7")
    return file_bytes(dataset)


def zipped(**members: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def send(client: AnnotationClient, content: bytes, name: str = "image.dcm", **query: object) -> httpx.Response:
    if "storage" not in query:
        query["storage"] = client.add("storage", name=unique("storage"))["id"]
    parameters = {key: str(value) for key, value in query.items()}
    return client.post("/upload", params=parameters, files={"files[]": (name, content)})


def sent(client: AnnotationClient, content: bytes, name: str = "image.dcm", **query: object) -> Json:
    answer = send(client, content, name, **query)
    assert answer.status_code == 200, answer.text
    first: Json = answer.json()[0]
    return first


def test_an_uploaded_file_is_an_image_of_the_project(service: AnnotationService, admin: AnnotationClient) -> None:
    project = admin.add("project", name=unique("upload"))["id"]
    answer = sent(admin, plane(), "C:\\scans\\a b.dcm", projects=project, keys="stain,site", values="HE,left")
    assert (answer["uploadedFile"]["originalFilename"], answer["uploadedFile"]["status"]) == ("a b.dcm", 100)
    (image,) = answer["images"]
    assert (image["image"]["width"], image["image"]["height"]) == (9, 6)
    assert image["image"]["uploadedFile"] == answer["uploadedFile"]["id"]
    assert [each["project"] for each in image["imageInstances"]] == [project]
    assert service.orthanc.get(f"/instances/{image['image']['orthancInstance']}").status_code == 200
    properties = admin.list(f"domain/abstractimage/{image['image']['id']}/property.json")
    assert {each["key"]: each["value"] for each in properties} == {"stain": "HE", "site": "left"}
    again = sent(admin, service.orthanc.get(f"/instances/{image['image']['orthancInstance']}/file").content)
    assert [each["image"]["id"] for each in again["images"]] == [image["image"]["id"]]


def test_a_zipped_slide_is_one_image_that_its_uploader_sees(service: AnnotationService) -> None:
    phantom = SlidePhantom(width_px=300, height_px=200, tile_px=128, levels=2, seed=404)
    files = [file_bytes(dataset) for dataset in slide_files(phantom)]
    with service.client(MEMBER) as member, service.client(STRANGER) as stranger:
        (first,) = sent(member, files[0])["images"]
        (image,) = sent(member, zipped(base=files[0], level=files[1], README=b"text", DICOMDIR=b"x"), "s.zip")["images"]
        assert first["image"]["id"] == image["image"]["id"]
        assert image["image"]["zoom"] == 1
        identifier = image["image"]["id"]
        assert member.get(f"/api/abstractimage/{identifier}/thumb.png").status_code == 200
        assert stranger.get(f"/api/abstractimage/{identifier}.json").status_code == 404
        project = member.add("project", name=unique("own"))["id"]
        assert member.add("imageinstance", baseImage=identifier, project=project)["width"] == 300


def test_users_do_not_add_to_studies_of_others(service: AnnotationService, admin: AnnotationClient) -> None:
    content = plane()
    service.store([content])
    count = service.orthanc.get("/statistics").json()["CountInstances"]
    with service.client(MEMBER) as member:
        for intruder in (content, beside(content)):
            refused = send(member, intruder)
            assert refused.status_code == 403
            assert "administrator" in refused.json()["errors"]
    assert service.orthanc.get("/statistics").json()["CountInstances"] == count
    assert len(sent(admin, beside(content))["images"]) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n", bytes(128) + b"DICMbroken", zipped(note=b"text"), zipped(image=plane())[:-30]],
    ids=["nothing", "a picture", "a broken file", "a zip of texts", "a cut zip"],
)
def test_what_is_no_dicom_is_refused_and_stores_nothing(
    content: bytes, service: AnnotationService, admin: AnnotationClient
) -> None:
    before = service.orthanc.get("/statistics").json()["CountInstances"]
    refused = send(admin, content)
    assert refused.status_code == 400
    assert "files[]" in refused.json()["errors"]
    assert service.orthanc.get("/statistics").json()["CountInstances"] == before


def test_an_archive_with_one_bad_file_stores_nothing(service: AnnotationService, admin: AnnotationClient) -> None:
    anonymous = dcmread(BytesIO(plane()))
    del anonymous.SOPInstanceUID
    buffer = BytesIO()
    anonymous.save_as(buffer)
    before = service.orthanc.get("/statistics").json()["CountInstances"]
    refused = send(admin, zipped(good=plane(), bad=buffer.getvalue()))
    assert refused.status_code == 400
    assert service.orthanc.get("/statistics").json()["CountInstances"] == before


def test_what_was_stored_leaves_again_when_something_goes_wrong(service: AnnotationService) -> None:
    there, new = plane(), plane()
    service.store([there])
    before = service.orthanc.get("/statistics").json()["CountInstances"]
    orthanc = Orthanc(OrthancAddress.of(service.configuration), Places(4))
    platform = SimpleNamespace(orthanc=OrthancImages(orthanc, in_this_process))
    files = [UploadedDicom(content=each, study_uid="1", series_uid="1") for each in (there, new)]

    def fail_after_storing() -> None:
        with _storing(cast("Platform", platform), files):
            assert service.orthanc.get("/statistics").json()["CountInstances"] == before + 1
            raise KeyError

    with pytest.raises(KeyError):
        fail_after_storing()
    assert service.orthanc.get("/statistics").json()["CountInstances"] == before


def test_uploads_need_a_storage_and_projects_of_ones_own(service: AnnotationService, admin: AnnotationClient) -> None:
    project = admin.add("project", name=unique("closed"))["id"]
    storage = admin.add("storage", name=unique("storage"))["id"]
    with service.client(MEMBER) as member, service.client(GUEST) as guest:
        assert send(member, plane(), storage=storage).status_code == 404
        assert send(member, plane(), projects=project).status_code == 404
        assert send(guest, plane(), storage=storage).status_code == 403
    assert send(admin, plane(), storage="").status_code == 400
    assert send(admin, plane(), keys="a,b", values="1").status_code == 400
    assert admin.post("/upload", params={"storage": storage}, json={}).status_code == 400
