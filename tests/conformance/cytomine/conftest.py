import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from tests.kit.annotation_service import USERS, AnnotationDoor
from tests.kit.interpreters import interpreters
from tests.kit.product import Product, free_port

_HERE = Path(__file__).parent
_VENVS = _HERE.parents[2] / "build" / "venvs"


def client_python(version: str) -> Path:
    """Interpreter of a virtual environment that holds an unmodified client; made once, kept under build/."""
    folder = _VENVS / f"cytomine-{version}"
    requirements = _HERE / f"requirements-{version}.txt"
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        refusal = _install(folder, requirements)
        if refusal is not None:
            pytest.skip(f"no Python here can run cytomine-python-client {version}: {refusal}")
        stamp.write_text(requirements.read_text())
    return folder / "bin" / "python"


@cache
def _install(folder: Path, requirements: Path) -> str | None:
    """Install a client for the first Python of this machine that it has a version for; why not, when for none."""
    refusals = []
    for interpreter in interpreters():
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in ([interpreter, "-m", "venv", "--clear", folder], [*pip, "-r", requirements]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                *_, last_line = ["", *(done.stderr or done.stdout).strip().splitlines()]
                refusals.append(f"{interpreter.name}: {last_line}")
                break
        else:
            return None
    return refusals[0]


@pytest.fixture(scope="session")
def product(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product as installed, with its API port open."""
    users = [
        {
            "name": user.name,
            "public_key": user.public_key,
            "private_key": user.private_key.get_secret_value(),
            "role": user.role.value,
        }
        for user in USERS
    ]
    settings = {"Users": users, "ApiPort": free_port(), "Workers": 1}
    with Product(tmp_path_factory.mktemp("product"), settings=settings) as running:
        running.api_port = settings["ApiPort"]  # type: ignore[attr-defined]
        yield running


@pytest.fixture(scope="session")
def doors(product: Product) -> dict[str, AnnotationDoor]:
    """The service behind each of its ports."""
    api = f"http://localhost:{product.api_port}"  # type: ignore[attr-defined]
    return {"api": AnnotationDoor(api, product), "orthanc": AnnotationDoor(product.url, product)}


@pytest.fixture(params=["api", "orthanc"])
def service(request: pytest.FixtureRequest, doors: dict[str, AnnotationDoor]) -> AnnotationDoor:
    return doors[request.param]


@pytest.fixture(scope="session")
def slide_series(product: Product) -> str:
    """Orthanc id of the series of a phantom slide."""
    phantom = SlidePhantom(width_px=1000, height_px=700, tile_px=128, levels=3)
    instance = product.upload(file_bytes(dataset) for dataset in slide_files(phantom))[0]
    series: str = product.get(f"/instances/{instance}/series").json()["ID"]
    return series
