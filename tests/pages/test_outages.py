"""The pages when the service is away, and when names are hostile."""

import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from pydicom.dataset import Dataset

from ophtha_core.phantoms.ultrasound import ultrasound
from tests.kit.browser import SIZE, Tab
from tests.kit.product import Product

_HOSTILE = "<img src=x onerror=document.title='owned'>"
_HOSTILE_NAME = "<img src=x onerror=alert(1)>"


@pytest.fixture
def hostile(stocked: Product) -> Iterator[str]:
    """A study whose names are markup."""
    dataset: Dataset = ultrasound()
    dataset.PatientName = _HOSTILE_NAME
    dataset.PatientID = "<b>HOSTILE</b>"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "2.25.111", "2.25.112"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.113"
    dataset.StudyDescription = _HOSTILE
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    instance = stocked.upload([buffer.getvalue()])[0]
    study: str = stocked.get(f"/instances/{instance}/study").json()["ID"]
    yield study
    stocked.client().delete(f"/studies/{study}")


def test_a_name_that_is_markup_stays_text(tab: Tab, hostile: str) -> None:
    dialogs: list[str] = []
    tab.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page = tab.open("index.html")
    expect(page.get_by_text("<b>HOSTILE</b>").first).to_be_visible()
    expect(page.get_by_text(_HOSTILE).first).to_be_visible()
    tab.open(f"mask.html?study={hostile}")
    expect(page.get_by_text(_HOSTILE, exact=False).first).to_be_visible()
    tab.page.goto(f"{tab.product.url}/app/explorer.html#study?uuid={hostile}")
    expect(page.locator("#study .ophtha-tools a").first).to_be_visible()
    assert "owned" not in page.title()
    assert page.locator("img[src='x']").count() == 0
    assert dialogs == []


def test_the_page_waits_for_a_service_that_was_killed(browser: Browser, own_product: Product) -> None:
    buffer = io.BytesIO()
    ultrasound().save_as(buffer, enforce_file_format=True)
    instance = own_product.upload([buffer.getvalue()])[0]
    with browser.new_context(viewport=SIZE) as context:
        tab = Tab(context, own_product)
        page = tab.open(f"mask.html?instance={instance}")
        with own_product.without_service():
            page.get_by_test_id("add-box").click()
            tab.wait_for_state("offline")
            expect(page.get_by_role("alert")).to_contain_text("does not answer")
            expect(page.get_by_test_id("regions").locator("li")).to_have_count(1)
        tab.wait_for_state("ready")
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_test_id("hits")).to_have_text("8 of 8")
        assert tab.serious_findings() == []
        with own_product.without_service():
            answer = page.reload()
            assert answer is not None
            assert answer.status == 503  # there is nobody to serve the page, but one that loads it again
            expect(page.get_by_role("alert")).to_contain_text("ask again")
        tab.wait_for_state("ready")
        tab.forgive("503|ERR_")
        assert tab.complaints == []
