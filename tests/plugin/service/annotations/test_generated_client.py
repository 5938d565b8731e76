"""A client that a stranger's generator makes from the description speaks with the service as it is."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from tests.kit.annotation_service import ADMIN, AnnotationService
from tests.plugin.service.annotations.drawn import unique
from tests.plugin.service.test_openapi import rendered

BINARY: Final = (
    "application/dicom",
    "application/gzip",
    "application/pdf",
    "application/zip",
    "image/jpeg",
    "image/png",
)
"""Media types of answers that a client gets as bytes."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client, made without a complaint."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(rendered(), encoding="utf-8")
    overrides = dict.fromkeys(BINARY, "application/octet-stream")
    (folder / "settings.json").write_text(json.dumps({"post_hooks": [], "content_type_overrides": overrides}))
    said = subprocess.run(
        [
            Path(sys.executable).parent / "openapi-python-client",
            "generate",
            *("--path", folder / "openapi.json"),
            *("--config", folder / "settings.json"),
            *("--output-path", folder / "ophtha_client"),
            *("--meta", "none", "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("ophtha_client")
    finally:
        sys.path.remove(str(folder))


@pytest.fixture
def ask(generated: ModuleType, service: AnnotationService) -> Callable[..., Any]:
    """Carry out one operation by its name, with the keys as headers."""
    keys = {"X-Auth-Token": ADMIN.public_key, "X-Auth-Secret": ADMIN.private_key.get_secret_value()}

    def call(operation: str, *arguments: object, **named: object) -> Any:
        module = importlib.import_module(f"{generated.__name__}.api.annotations.{operation}")
        with generated.Client(base_url=service.url, headers=keys, raise_on_unexpected_status=True) as client:
            return module.sync(*arguments, client=client, **named)

    return call


def test_it_adds_lists_and_deletes_a_project(generated: ModuleType, ask: Callable[..., Any]) -> None:
    models = importlib.import_module(f"{generated.__name__}.models")
    name = unique("generated")
    added = ask("add_project_api_project_json_post", body=models.NewProject(name=name))
    assert added.project.name == name
    listed = ask("list_project_api_project_json_get")
    assert [each.id for each in listed.collection if each.name == name] == [added.project.id]
    ask("delete_project_api_project_object_id_json_delete", added.project.id)
    assert name not in {each.name for each in ask("list_project_api_project_json_get").collection}


def test_a_refusal_is_read_as_what_it_says(generated: ModuleType, ask: Callable[..., Any]) -> None:
    models = importlib.import_module(f"{generated.__name__}.models")
    refused = ask("add_project_api_project_json_post", body=models.NewProject(name=""))
    assert isinstance(refused, models.RefusedWrite)
    assert refused.success is False
