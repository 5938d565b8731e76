from collections.abc import Iterator

import pytest

from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from tests.kit.annotation_service import AnnotationClient, AnnotationService, annotation_service
from tests.kit.product import Product
from tests.plugin.service.annotations.drawn import unique


@pytest.fixture(scope="session")
def bare_orthanc(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Orthanc without the plugin: the tests of this folder run the service themselves."""
    with Product(tmp_path_factory.mktemp("orthanc"), with_plugin=False) as orthanc:
        yield orthanc


@pytest.fixture(scope="session")
def service(bare_orthanc: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnnotationService]:
    with annotation_service(tmp_path_factory.mktemp("service"), bare_orthanc) as running:
        yield running


@pytest.fixture
def admin(service: AnnotationService) -> Iterator[AnnotationClient]:
    with service.client() as client:
        yield client


@pytest.fixture(scope="session")
def phantom() -> SlidePhantom:
    return SlidePhantom(width_px=1000, height_px=700, tile_px=128, levels=3)


@pytest.fixture(scope="session")
def slide_series(service: AnnotationService, phantom: SlidePhantom) -> str:
    """Orthanc id of the series of a phantom slide."""
    instance = service.store(file_bytes(dataset) for dataset in slide_files(phantom))[0]
    series: str = service.orthanc.get(f"/instances/{instance}/series").json()["ID"]
    return series


@pytest.fixture
def ontology(admin: AnnotationClient) -> dict[str, object]:
    return admin.add("ontology", name=unique("ontology"))


@pytest.fixture
def project(admin: AnnotationClient, ontology: dict[str, object]) -> dict[str, object]:
    return admin.add("project", name=unique("project"), ontology=ontology["id"])


@pytest.fixture
def image(admin: AnnotationClient, project: dict[str, object]) -> dict[str, object]:
    base = admin.add("abstractimage", originalFilename="plain.tiff", width=200, height=100)
    return admin.add("imageinstance", baseImage=base["id"], project=project["id"])
