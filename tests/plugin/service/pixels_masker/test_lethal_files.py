"""A file that ends every worker that reads it fails its job by name, and no other job."""

from collections.abc import Iterator

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from tests.kit.masked import file_of
from tests.kit.product import Product

MEGABYTE = 2**20
REGION = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [8, 8]}


@pytest.fixture
def narrow(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose workers have little memory."""
    settings = {"WorkerMemoryMb": 512, "Workers": 1}
    with Product(tmp_path_factory.mktemp("narrow") / "product", settings=settings) as product:
        product.wait_for_workers()
        yield product


def test_a_file_that_ends_its_workers_is_named(narrow: Product) -> None:
    good, other, lethal = head_ct(HeadCt(pixels=32, slices=3))
    lethal.Rows, lethal.Columns, lethal.NumberOfFrames = 1024, 1024, 150
    lethal.PixelData = bytes(300 * MEGABYTE)
    lethal.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    ids = narrow.upload([file_of(good), file_of(lethal), file_of(other)])
    series = narrow.get(f"/instances/{ids[0]}/series").json()["ID"]
    mask = {"MaskPixelData": {"Regions": [REGION]}, "Force": True}
    answer = narrow.post(f"/plugins/pixels-masker/series/{series}/modify", json=mask)
    assert answer.status_code == 400, answer.text
    assert answer.json()["Message"].startswith(f"Instance {ids[1]}: it ends every worker")
    assert narrow.get("/statistics").json()["CountInstances"] == 3, "copies of the others stayed"
