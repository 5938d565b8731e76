"""Buttons in Orthanc's own Explorer."""

import pytest
from playwright.sync_api import Route, expect

from tests.kit.browser import Tab
from tests.kit.conditions import wait_until
from tests.kit.demo_archive import DemoArchive

_LINKS = ".ophtha-tools a"


@pytest.fixture
def explorer(tab: Tab, archive: DemoArchive) -> Tab:
    return tab


def show(tab: Tab, level: str, uuid: str) -> None:
    tab.page.goto(f"{tab.product.url}/app/explorer.html#{level}?uuid={uuid}")


def links(tab: Tab, level: str) -> list[str]:
    found = tab.page.locator(f"#{level} {_LINKS}")
    expect(found.first).to_be_visible()
    return [str(each.get_attribute("href")) for each in found.all()]


def test_a_series_offers_the_tools_that_fit_its_modality(explorer: Tab, archive: DemoArchive) -> None:
    ct = archive.series("CT")
    show(explorer, "series", ct)
    assert links(explorer, "series") == [
        f"../plugins/ophtha/app/mask.html?series={ct}",
        f"../plugins/ophtha/app/registration.html?series={ct}",
    ]


def test_from_one_series_to_the_next_no_link_of_the_first_stays(explorer: Tab, archive: DemoArchive) -> None:
    first, second = archive.series("CT"), archive.series("SM")
    show(explorer, "series", first)
    links(explorer, "series")
    explorer.page.evaluate(f"location.hash = '#series?uuid={second}'")
    expect(explorer.page.locator(f'#series .ophtha-tools[data-uuid="{second}"]')).to_be_visible()
    assert all(second in link for link in links(explorer, "series"))
    assert any("slide.html" in link for link in links(explorer, "series"))


def test_a_late_answer_about_the_previous_series_adds_nothing(explorer: Tab, archive: DemoArchive) -> None:
    first, second = archive.series("CT"), archive.series("OPT")
    show(explorer, "series", archive.series("US"))
    links(explorer, "series")
    held: list[Route] = []
    explorer.page.route(f"**/plugins/ophtha/series/{first}*", lambda route: held.append(route))
    explorer.page.evaluate(f"location.hash = '#series?uuid={first}'")
    wait_until(lambda: explorer.page.title() and held, what="the question about the first series")
    expect(explorer.page.locator("#series .ophtha-tools")).to_have_count(0)
    explorer.page.evaluate(f"location.hash = '#series?uuid={second}'")
    expect(explorer.page.locator(f'#series .ophtha-tools[data-uuid="{second}"]')).to_be_visible()
    for route in held:
        with explorer.page.expect_event("requestfinished", lambda request: first in request.url):
            route.continue_()
    explorer.page.evaluate("fetch('../system').then(answer => answer.text())")  # what came before it was dealt with
    assert all(second in link for link in links(explorer, "series"))


@pytest.mark.parametrize("level", ["study", "instance"])
def test_studies_and_instances_have_their_tools(explorer: Tab, archive: DemoArchive, level: str) -> None:
    ct = archive.series("CT")
    instance = explorer.product.get(f"/series/{ct}").json()["Instances"][0]
    uuid = archive.study_of(ct) if level == "study" else instance
    show(explorer, level, uuid)
    assert f"../plugins/ophtha/app/mask.html?{level}={uuid}" in links(explorer, level)


def test_a_button_opens_the_tool(explorer: Tab, archive: DemoArchive) -> None:
    slide = archive.series("SM")
    show(explorer, "series", slide)
    links(explorer, "series")
    with explorer.page.expect_popup() as opened:
        explorer.page.locator(f"#series {_LINKS}", has_text="Annotate slide").click()
    opened.value.wait_for_url(f"**/plugins/ophtha/app/slide.html?series={slide}*")
