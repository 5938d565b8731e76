"""Unmodified releases of Cytomine's Python client, each in its own environment, against the service."""

import ast
import json
import subprocess
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from tests.conformance.cytomine.conftest import client_python
from tests.kit.annotation_service import ADMIN, AnnotationDoor

VERSIONS = ("3.1.0", "4.3.0")
_HERE = Path(__file__).parent
_BEHAVIOURS = [
    node.name
    for node in ast.parse((_HERE / "behaviours.py").read_text()).body
    if isinstance(node, ast.FunctionDef)
    and any(isinstance(each, ast.Name) and each.id == "behaviour" for each in node.decorator_list)
]
Outcome = dict[str, str | None]


@pytest.fixture(scope="session")
def outcome_of(
    doors: dict[str, AnnotationDoor], slide_series: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Outcome]:
    """What came of every behaviour with a version of the client at a port."""

    @cache
    def run(version: str, door: str) -> Outcome:
        arguments = [*keys(doors[door]), slide_series, str(tmp_path_factory.mktemp("client"))]
        done = run_client(version, "behaviours.py", arguments)
        assert done.returncode == 0, done.stderr[-3000:]
        outcome: Outcome = json.loads(done.stdout)
        return outcome

    return run


def keys(service: AnnotationDoor) -> list[str]:
    return [service.url, ADMIN.public_key, ADMIN.private_key.get_secret_value()]


def run_client(version: str, script: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [str(client_python(version)), str(_HERE / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("door", ["api", "orthanc"])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("behaviour", _BEHAVIOURS)
def test_the_client_behaves(behaviour: str, version: str, door: str, outcome_of: Callable[[str, str], Outcome]) -> None:
    if behaviour in ("files_hang_on_objects", "images_are_uploaded") and door == "orthanc":
        pytest.skip("Orthanc keeps multipart bodies to itself: files go through the API port")
    failure = outcome_of(version, door)[behaviour]
    assert failure is None, failure


@pytest.mark.parametrize("version", VERSIONS)
def test_the_script_of_the_documentation_runs_and_its_picture_is_the_slide(
    version: str, service: AnnotationDoor, tmp_path: Path
) -> None:
    number = f"{version} {service.url}"
    phantom = SlidePhantom(width_px=600, height_px=400, tile_px=128, levels=2, seed=len(number))
    files = slide_files(phantom)
    instance = service.store(file_bytes(dataset) for dataset in files)[0]
    with service.client() as client:
        ontology = client.add("ontology", name=f"script {number}")
        term = client.add("term", name="Tumour", color="#ff0000", ontology=ontology["id"])
        project = client.add("project", name=f"script {number}", ontology=ontology["id"])
        added = client.post(f"/api/project/{project['id']}/orthanc.json", json={"Resources": [instance]})
        image = added.json()["collection"][0]
        client.add("annotation", image=image["id"], location="POLYGON ((10 10, 100 10, 100 90, 10 90, 10 10))",
                   term=[term["id"]])  # fmt: skip
        whole = client.get(f"/api/imageinstance/{image['id']}/window-0-0-600-400.png").content
    done = run_client(version, "reference_script.py", [*keys(service), str(project["id"]), str(tmp_path)])
    assert done.returncode == 0, done.stderr[-3000:]
    downloaded = np.asarray(Image.open(tmp_path / "image.jpg")).astype(int)
    assert downloaded.shape == (400, 600, 3)
    assert np.abs(downloaded - np.asarray(Image.open(BytesIO(whole)))).mean() < 2
    features = json.loads((tmp_path / f"{image['id']}.geojson").read_text())["features"]
    assert [feature["properties"]["class_name"] for feature in features] == ["Tumour"]
    mask = np.asarray(Image.open(tmp_path / f"{image['id']}_mask.png"))
    assert set(np.unique(mask)) == {0, 1}


@pytest.mark.parametrize("path", ["/api/currentuser.json", "/api/project.json"])
def test_the_command_lines_of_the_documentation_are_answered(path: str, service: AnnotationDoor) -> None:
    url, public_key, private_key = keys(service)
    command = ["curl", "-s", "-X", "GET", f"{url}{path}", "-H", f"X-Auth-Token: {public_key}"]
    answer = subprocess.run([*command, "-H", f"X-Auth-Secret: {private_key}"], capture_output=True, check=True)
    document = json.loads(answer.stdout)
    assert document.get("username") == "ada" or "collection" in document
