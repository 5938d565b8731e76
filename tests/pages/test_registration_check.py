"""The registration check: two series, a job, five ways to compare."""

import hashlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.kit.browser import CHROMIUM, SIZE, WITHOUT_GL, Tab
from tests.kit.conditions import wait_until
from tests.kit.demo_archive import DemoArchive
from tests.kit.product import Product

_MODES = ("blend", "checker", "swipe", "difference")


@pytest.fixture(scope="module")
def job(stocked: Product, archive: DemoArchive) -> str:
    """A registration that has succeeded: the one that a test has ordered in the page, if it ran."""
    reference, floating = archive.chest_pair()
    known = stocked.get("/plugins/registration/jobs").json()
    if known:
        started: str = known[0]["ID"]
    else:
        body = {"ReferenceSeries": reference, "FloatingSeries": floating}
        started = stocked.post("/plugins/registration/jobs", json=body).json()["ID"]
    wait_until(
        lambda: stocked.get(f"/plugins/ophtha/jobs/{started}").json()["State"] in ("Success", "Failure"),
        what="end of the registration",
        timeout_s=300,
    )
    return started


def picture(page: Page) -> str:
    return hashlib.sha256(page.get_by_test_id("image").screenshot()).hexdigest()


def test_two_series_are_chosen_and_registered(tab: Tab, archive: DemoArchive) -> None:
    reference, floating = archive.chest_pair()
    page = tab.open("registration.html", state="empty")
    page.get_by_test_id("reference").select_option(reference)
    page.get_by_test_id("floating").select_option(floating)
    assert tab.serious_findings() == []
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("job")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("job")).to_have_attribute("data-job-state", "Success", timeout=300_000)
    expect(page.get_by_test_id("quality")).to_contain_text("pass")
    expect(page.get_by_test_id("result")).to_be_visible()
    tab.wait_for_state("ready")
    assert tab.undocumented() == []


def test_each_way_to_compare_changes_the_picture(tab: Tab, job: str) -> None:
    page = tab.open(f"registration.html?job={job}")
    seen = {}
    for number, mode in enumerate(("blend", "checker", "swipe", "flicker", "difference"), start=1):
        page.keyboard.press(str(number))
        wanted = f"true {'true' if mode == 'difference' else 'false'} lung"
        expect(page.locator(f'[data-mode="{mode}"][data-shown="{wanted}"]')).to_be_visible()
        seen[mode] = picture(page)
    assert len({seen[mode] for mode in _MODES}) == len(_MODES)
    page.keyboard.press("u")
    expect(page.locator('[data-shown="false true lung"]')).to_be_visible()
    assert picture(page) != seen["difference"]


def test_the_check_is_used_without_a_mouse(tab: Tab, job: str, archive: DemoArchive) -> None:
    page = tab.open(f"registration.html?job={job}")
    before = picture(page)
    page.keyboard.press("Shift+ArrowRight")
    wait_until(lambda: picture(page) != before, what="the cross to move")
    page.keyboard.press("5")
    expect(page.get_by_test_id("mode-difference")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("mode=difference"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Blend, checkerboard, swipe")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_test_id("floating").focus()
    page.keyboard.press("Home")
    tab.wait_for_state("empty")  # no picture of one pair beside the name of another
    expect(page.get_by_test_id("job")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("job="))


def test_two_patients_are_registered_only_on_purpose(tab: Tab, archive: DemoArchive) -> None:
    reference, _ = archive.chest_pair()
    page = tab.open(f"registration.html?ref={reference}&flo={archive.series('CT')}", state="empty")
    expect(page.get_by_test_id("submit")).to_be_disabled()
    expect(page.get_by_text("These are two patients")).to_be_visible()
    assert tab.serious_findings() == []
    page.get_by_label("Register them nevertheless").check()
    expect(page.get_by_test_id("submit")).to_be_enabled()


def test_a_job_names_the_patient_whose_pictures_it_shows(tab: Tab, job: str, archive: DemoArchive) -> None:
    page = tab.open(
        f"registration.html?job={job}&ref={archive.series('CT')}&study={archive.study_of(archive.series('US'))}"
    )
    expect(page.get_by_test_id("reference")).to_have_value(archive.chest_pair()[0])
    expect(page.locator("header")).not_to_contain_text("DOE")


def test_flicker_is_off_until_started(tab: Tab, job: str) -> None:
    page = tab.open(f"registration.html?job={job}&mode=flicker")
    over = page.locator("canvas.over")
    expect(over).to_be_visible()
    page.get_by_role("button", name="Start flicker").click()
    wait_until(over.is_hidden, what="the upper image to be away for a moment")
    page.get_by_role("button", name="Stop flicker").click()
    expect(over).to_be_visible()


def test_the_check_is_accessible_also_at_double_size(tab: Tab, job: str) -> None:
    tab.open(f"registration.html?job={job}")
    assert tab.serious_findings() == []
    tab.show_at_double_size()


@pytest.fixture
def tab_without_gl(browser: Browser, stocked: Product) -> Iterator[Tab]:
    """A tab of a browser that cannot draw volumes."""
    plain = browser.browser_type.launch(executable_path=CHROMIUM, args=list(WITHOUT_GL))
    with plain.new_context(viewport=SIZE) as context:
        opened = Tab(context, stocked)
        yield opened
        assert opened.complaints == []
    plain.close()


def test_without_webgl_the_pictures_of_the_server_are_shown(tab_without_gl: Tab, job: str) -> None:
    page = tab_without_gl.open(f"registration.html?job={job}", state="partial")
    pictures = page.get_by_test_id("previews").locator("img")
    expect(pictures.first).to_be_visible()
    wait_until(lambda: pictures.first.evaluate("image => image.naturalWidth") > 100, what="the first picture")
    expect(page.get_by_text("no WebGL 2")).to_be_visible()
    assert tab_without_gl.serious_findings() == []


def test_an_unknown_job_is_named_as_such(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open("registration.html?job=00000000-0000-0000-0000-000000000000", state="failed")
    expect(page.get_by_role("alert")).to_contain_text("not known any more")
    tab.forgive("404")
