import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.kit.browser import SIZE, Tab, chromium, chromium_missing
from tests.kit.demo_archive import DemoArchive
from tests.kit.product import Product

KEYS = ("public-pat", "private-pat-secret")
_PAT = {"name": "pat", "public_key": KEYS[0], "private_key": KEYS[1], "role": "admin"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's chromium, shared by every test of a page, and closed after the last: Playwright keeps an event loop
    running in the thread, in which no other test could run one of its own."""
    missing = chromium_missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def stocked(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product with a user of the annotation platform, which nobody else fills or empties."""
    with Product(tmp_path_factory.mktemp("pages"), settings={"Users": [_PAT]}) as running:
        running.wait_for_workers()
        yield running


@pytest.fixture(scope="package")
def archive(stocked: Product) -> DemoArchive:
    """The phantoms, stored."""
    return DemoArchive.fill(stocked)


@pytest.fixture
def tab(browser: Browser, stocked: Product) -> Iterator[Tab]:
    """A tab in a profile of its own. Whatever a page complains about fails the test."""
    with browser.new_context(viewport=SIZE) as context:
        opened = Tab(context, stocked)
        yield opened
        assert opened.complaints == []
