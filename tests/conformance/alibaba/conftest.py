import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.product import Product, free_port
from tests.kit.registration import USERS, Chest, stored_chest

_HERE = Path(__file__).parent
_VENV = _HERE.parents[2] / "build" / "venvs" / "alibaba"

Drive = Callable[..., dict[str, object]]


@pytest.fixture(scope="session")
def sdk_python() -> Path:
    """Interpreter of a venv that holds the vendor's SDK and nothing else."""
    requirements = _HERE / "requirements.txt"
    python = _VENV / "bin" / "python"
    stamp = _VENV / f"{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}.stamp"
    if not stamp.exists():
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(_VENV)], capture_output=True, text=True, check=False
        )
        if made.returncode == 0:
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            made = subprocess.run([*install, "-r", requirements], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            reason = f"the vendor's SDK cannot be installed: {made.stderr.strip()[-300:]}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        stamp.touch()
    return python


@pytest.fixture(scope="session")
def registering(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product with users and an API port."""
    settings = {"ApiPort": free_port(), "Users": USERS}
    with Product(tmp_path_factory.mktemp("registering"), settings=settings) as running:
        running.wait_for_workers()
        yield running


@pytest.fixture(scope="session")
def chest(registering: Product) -> Chest:
    return stored_chest(registering)


@pytest.fixture(scope="session")
def api_host(registering: Product) -> str:
    configuration = json.loads((registering.folder / "orthanc.json").read_text())
    return f"127.0.0.1:{configuration['Ophtha']['ApiPort']}"


@pytest.fixture(scope="session")
def drive(sdk_python: Path, registering: Product) -> Drive:
    """Runs ``drive.py`` with an order; what it answers."""

    def run(reference: list[str], floating: list[str], **order: str) -> dict[str, object]:
        base = f"http://localhost:{registering.port}/instances"
        urls = {
            "reference": [f"{base}/{each}/file" for each in reference],
            "floating": [f"{base}/{each}/file" for each in floating],
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
        ran = subprocess.run(
            [sdk_python, "-W", "ignore", _HERE / "drive.py", json.dumps({**order, **urls})],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        answer: dict[str, object] = json.loads(ran.stdout)
        return answer

    return run
