import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from plugin.standalone import demo
from tests.kit.browser import SIZE, Tab, chromium, chromium_missing
from tests.kit.demo_archive import DemoArchive
from tests.kit.product import Product


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, shared by every test."""
    missing = chromium_missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with chromium() as running:
        yield running


@pytest.fixture
def tab(browser: Browser, product: Product) -> Iterator[Tab]:
    """A tab in a profile of its own. Whatever a page complains about fails the test."""
    with browser.new_context(viewport=SIZE) as context:
        opened = Tab(context, product)
        yield opened
        assert opened.complaints == []


@pytest.fixture(scope="session")
def demo_files() -> tuple[bytes, ...]:
    return tuple(demo.files())


@pytest.fixture
def archive(product: Product, demo_files: tuple[bytes, ...]) -> DemoArchive:
    """The demo studies, in the product that all tests share: other tests may have emptied it."""
    found = DemoArchive(product)
    if not found.is_complete():
        product.upload(demo_files)
    return found
