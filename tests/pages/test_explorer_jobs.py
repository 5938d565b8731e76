import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from tests.kit.browser import SIZE, Tab
from tests.kit.conditions import wait_until
from tests.kit.product import Product

_REGION = {"MaskType": "MeanFilter", "FilterWidth": 30, "RegionType": "2D", "Origin": [0, 0], "End": [200, 100]}


@pytest.fixture
def explorer(browser: Browser, product: Product) -> Iterator[Tab]:
    """A tab on the product that any test may empty."""
    with browser.new_context(viewport=SIZE) as context:
        opened = Tab(context, product)
        yield opened
        assert opened.complaints == []


@pytest.fixture
def series(product: Product) -> str:
    """A head CT of 120 slices: its masking takes long enough to be watched."""
    files = []
    for dataset in head_ct(HeadCt(pixels=256, slices=120, slice_spacing_mm=1.5)):
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        files.append(buffer.getvalue())
    instances = product.upload(files)
    found: str = product.get(f"/instances/{instances[0]}/series").json()["ID"]
    return found


def test_orthanc_explorer_shows_our_job_and_its_progress_moves(explorer: Tab, product: Product, series: str) -> None:
    answer = product.post(
        f"/plugins/pixels-masker/series/{series}/modify",
        json={"Asynchronous": True, "MaskPixelData": {"Regions": [_REGION]}},
    )
    job_id = answer.json()["ID"]
    wait_until(lambda: product.get(f"/jobs/{job_id}").json()["Progress"] > 0, what="first progress")
    product.post(f"/jobs/{job_id}/pause", content=b"{}")
    wait_until(lambda: product.get(f"/jobs/{job_id}").json()["State"] == "Paused", what="the pause")

    explorer.page.goto(f"{product.url}/app/explorer.html#job?uuid={job_id}")
    details = explorer.page.locator("#job-info")
    expect(details).to_contain_text("PixelsMasker")
    expect(details).to_contain_text("Paused")
    halted = product.get(f"/jobs/{job_id}").json()["Progress"]
    assert 0 < halted < 100

    product.post(f"/jobs/{job_id}/resume", content=b"{}")
    wait_until(lambda: product.get(f"/jobs/{job_id}").json()["State"] == "Success", what="end of the job")
    explorer.page.goto(f"{product.url}/app/explorer.html#jobs")
    explorer.page.reload()
    expect(explorer.page.locator("#all-jobs")).to_contain_text(job_id)
    explorer.page.goto(f"{product.url}/app/explorer.html#job?uuid={job_id}")
    explorer.page.reload()
    expect(details).to_contain_text("Success")
    expect(details).to_contain_text("100")
    product.clear()
