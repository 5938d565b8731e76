import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.kit.product import Product, orthanc_missing

# How long an example takes says more about the machine's other work than about the code.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=10)
hypothesis.settings.load_profile("any machine")

SERVERS = {"orthanc_installed", "browser", "postgresql_url"}
"""Fixtures that start one."""
SLOW = (
    "campaign/",
    "conformance/",
    "ophtha_core/annotations/test_raster.py",
    "ophtha_core/detection/",
    "ophtha_core/dicom/test_transcoding.py",
    "ophtha_core/display/test_oct_map.py",
    "ophtha_core/masking/test_apply_formats.py",
    "ophtha_core/masking/test_hostile.py",
    "ophtha_core/masking/test_real_files.py",
    "ophtha_core/oct/dicom/",
    "ophtha_core/oct/importers/",
    "ophtha_core/slides/conversion/",
    "plugin/service/annotations/test_kinds.py",
    "plugin/service/annotations/test_uploaded_dicom.py",
    "plugin/service/ct_registration/test_fetching.py",
    "plugin/service/jobs/",
    "plugin/service/oct/test_circles.py",
    "test_architecture.py",
    "registration/results/",
    "registration/test_engine.py",
    "registration/test_hostile_files.py",
    "registration/test_volume.py",
)
"""Files and folders that take many seconds: what `make quick` leaves out beside servers."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts Orthanc, a browser or a database server, as its fixtures say, and what takes long."""
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())) or "postgresql" in item.name:
            item.add_marker("server")
        if item.path.relative_to(Path(__file__).parent).as_posix().startswith(SLOW):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real test data; its tests skip where it is not there."""
    folder = Path(os.environ.get("TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}; set TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def orthanc_installed() -> None:
    """Orthanc and its Python plugin. Nobody skips these tests by accident: without Orthanc, CI fails."""
    missing = orthanc_missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="session")
def product(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, shared by every test that does not break it."""
    with Product(tmp_path_factory.mktemp("product")) as running:
        running.wait_for_workers()
        yield running


@pytest.fixture
def own_product(orthanc_installed: None, tmp_path: Path) -> Iterator[Product]:
    """A product of the test's own, to be killed, restarted or filled."""
    with Product(tmp_path / "product") as running:
        running.wait_for_workers()
        yield running
