from collections.abc import Iterator

import pytest

from tests.kit.product import Product


@pytest.fixture(scope="session")
def masking_product(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for all tests that leave it alive."""
    with Product(tmp_path_factory.mktemp("masking"), orthanc={"StableAge": 1}) as product:
        product.wait_for_workers()
        yield product


@pytest.fixture
def product(masking_product: Product) -> Iterator[Product]:
    """The product with nothing stored."""
    yield masking_product
    masking_product.clear()
