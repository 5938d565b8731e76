"""Pictures and slides that are no DICOM become slides by a job."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from ophtha_core.phantoms.slide import SlidePhantom, slide_pixels
from tests.kit.annotation_service import ADMIN, AnnotationClient
from tests.kit.conditions import wait_until
from tests.kit.product import Product, free_port
from tests.plugin.service.annotations.drawn import unique
from tests.plugin.service.annotations.test_upload import send, sent

TRUTH = slide_pixels(SlidePhantom(width_px=900, height_px=600, seed=8))


@pytest.fixture(scope="module")
def converting(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnnotationClient]:
    """A product of its own: only this one has workers."""
    port = free_port()
    secret = ADMIN.private_key.get_secret_value()
    users = [{"name": ADMIN.name, "public_key": ADMIN.public_key, "private_key": secret, "role": "admin"}]
    folder = tmp_path_factory.mktemp("converting")
    with (
        Product(folder, settings={"ApiPort": port, "Users": users, "Workers": 1}),
        AnnotationClient(f"http://localhost:{port}", ADMIN) as client,
    ):
        client.folder = folder  # type: ignore[attr-defined]
        yield client


def encoded(name: str) -> bytes:
    buffer = BytesIO()
    if name.endswith(".png"):
        Image.fromarray(TRUTH).save(buffer, "PNG")
    else:
        tifffile.imwrite(buffer, TRUTH, tile=(256, 256), photometric="rgb", description="Aperio x\n|MPP = 0.25")
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["cells.png", "cells.svs"])
def test_a_picture_becomes_a_slide_of_the_project_with_the_name_it_was_sent_by(
    name: str, converting: AnnotationClient
) -> None:
    project = converting.add("project", name=unique("converted"))["id"]
    answer = sent(converting, encoded(name), name, projects=project, keys="stain", values="HE", sync="true")
    assert answer["uploadedFile"]["status"] == 100
    (image,) = answer["images"]
    assert image["image"]["originalFilename"] == name
    (instance,) = converting.list(f"project/{project}/imageinstance.json")
    assert (instance["width"], instance["height"], instance["zoom"]) == (900, 600, 2)
    assert instance["physicalSizeX"] == (0.25 if name.endswith("svs") else None)
    window = converting.get(f"/api/imageinstance/{instance['id']}/window-0-0-900-600.png")
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(window.content))), TRUTH)
    properties = converting.list(f"domain/abstractimage/{image['image']['id']}/property.json")
    assert {each["key"]: each["value"] for each in properties} == {"stain": "HE"}
    assert not list((converting.folder / "ophtha" / "slide-uploads").iterdir())  # type: ignore[attr-defined]


def test_a_conversion_can_be_watched_and_one_that_fails_says_why(converting: AnnotationClient, tmp_path: Path) -> None:
    whole = encoded("cells.svs")
    with tifffile.TiffFile(BytesIO(whole)) as file:
        first, last = file.pages[0].dataoffsets[0], file.pages[0].dataoffsets[-1]
    broken = bytearray(whole)
    del broken[max(first, last) :]
    answer = sent(converting, bytes(broken), "cut.svs")
    assert answer["images"] == []
    file_id = answer["uploadedFile"]["id"]

    def status() -> int | None:
        found = converting.get(f"/api/uploadedfile/{file_id}.json").json()["status"]
        return None if found == 30 else found

    assert wait_until(status, what="end of the conversion") == 31
    assert not list((converting.folder / "ophtha" / "slide-uploads").iterdir())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("slide.mrxs", b"MIRAX", "MIRAX"),
        ("slide.tif", b"II*\0 and no more", "TIFF"),
        ("slide.png", b"\x89PNG\r\n\x1a\n", "picture"),
    ],
)
def test_what_cannot_be_converted_is_refused_at_once(
    name: str, content: bytes, reason: str, converting: AnnotationClient
) -> None:
    refused = send(converting, content, name)
    assert refused.status_code == 400
    assert reason in refused.text
