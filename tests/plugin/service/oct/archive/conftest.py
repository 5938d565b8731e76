"""Phantom examinations in a real Orthanc."""

from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
from pydicom.dataset import Dataset

from tests.kit.product import Product


def file_of(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


Upload = Callable[[Sequence[Dataset]], list[str]]


@pytest.fixture
def upload(product: Product) -> Upload:
    """Store data sets; their Orthanc ids."""
    return lambda datasets: product.upload(file_of(each) for each in datasets)
