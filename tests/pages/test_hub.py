"""The first page: studies, health, versions."""

import re

import httpx
from playwright.sync_api import expect

from tests.kit.browser import Tab
from tests.kit.conditions import wait_until
from tests.kit.demo_archive import DemoArchive
from tests.kit.product import Product


def test_the_hub_lists_studies_with_the_tools_that_fit(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open("index.html")
    ct = archive.study_of(archive.series("CT"))
    expect(page.locator(f'a[href="mask.html?study={ct}"]')).to_be_visible()
    expect(page.get_by_text("ready", exact=False).first).to_be_visible()
    assert tab.undocumented() == []


def test_the_address_with_and_without_a_slash_shows_the_hub(tab: Tab) -> None:
    for address in ("/plugins/ophtha/app", "/plugins/ophtha/app/"):
        tab.page.goto(tab.product.url + address)
        tab.wait_for_state("ready")


def test_a_search_finds_a_study_by_a_part_of_its_text(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open("index.html")
    expect(page.get_by_test_id("studies")).to_be_visible()
    page.get_by_label("Name, number, date or description").fill("nobody is called this")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No study matches")).to_be_visible()


def test_studies_are_found_by_what_the_list_shows_and_sorted(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open("index.html")
    rows = page.get_by_test_id("studies").locator("tbody tr")
    expect(rows.first).to_be_visible()
    count = rows.count()
    expect(page.get_by_test_id("total")).to_have_text(re.compile(f"1.{count} of {count}"))
    shown = rows.first.locator("td").nth(0).inner_text().splitlines()[0]
    page.get_by_label("Name, number, date or description").fill(shown.lower())
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_test_id("total")).not_to_have_text(re.compile(f"of {count}$"))
    for row in rows.all():
        expect(row).to_contain_text(shown)
    page.get_by_label("Name, number, date or description").fill("")
    page.get_by_role("button", name="Search").click()
    expect(rows).to_have_count(count)
    page.get_by_test_id("order").select_option("patient")
    names = [row.locator("td").nth(0).inner_text().casefold() for row in rows.all()]
    wait_until(
        lambda: [row.locator("td").nth(0).inner_text().casefold() for row in rows.all()] == sorted(names), what="order"
    )


def test_the_hub_is_accessible(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open("index.html")
    expect(page.get_by_test_id("studies")).to_be_visible()
    assert tab.serious_findings() == []


def test_an_archive_that_is_empty_says_what_to_do_next(tab: Tab, archive: DemoArchive) -> None:
    tab.page.route("**/studies/find", lambda route: route.fulfill(json={"studies": [], "total": 0, "complete": True}))
    page = tab.open("index.html", state="empty")
    expect(page.get_by_text("Upload one in Orthanc Explorer")).to_be_visible()
    assert tab.serious_findings() == []


def test_without_its_health_the_hub_still_lists_studies(tab: Tab, archive: DemoArchive) -> None:
    tab.page.route("**/ophtha/status", lambda route: route.fulfill(status=500, json={"Message": "No health today"}))
    page = tab.open("index.html", state="partial")
    expect(page.get_by_role("alert")).to_contain_text("No health today")
    expect(page.get_by_test_id("studies")).to_be_visible()
    assert tab.serious_findings() == []
    tab.forgive("status of 500")


def test_the_documentation_of_the_api_loads_nothing_from_elsewhere(tab: Tab) -> None:
    tab.page.goto(f"{tab.product.url}/plugins/ophtha/docs")
    expect(tab.page.get_by_text("/plugins/ophtha/status").first).to_be_visible()


def test_files_are_cached_as_long_as_they_cannot_change(stocked: Product) -> None:
    page = stocked.get("/plugins/ophtha/app/index.html")
    assert page.headers["cache-control"] == "no-cache"
    asset = page.text.split('src="./')[1].split('"')[0]
    answer = stocked.get(f"/plugins/ophtha/app/{asset}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = httpx.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_no_file_beside_the_pages_is_served(stocked: Product) -> None:
    for path in ("../routes.py", "%2e%2e/routes.py", "..%2froutes.py", "assets", "nothing.html"):
        assert stocked.get(f"/plugins/ophtha/app/{path}").status_code == 404, path
