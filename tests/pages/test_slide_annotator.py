"""The slide annotator: polygons come back as drawn."""

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
import shapely.affinity
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.kit.browser import Tab
from tests.kit.conditions import wait_until
from tests.kit.demo_archive import SLIDE_SIZE, DemoArchive
from tests.pages.conftest import KEYS

_TRIANGLE = [(300.0, 300.0), (900.0, 320.0), (650.0, 800.0)]
_TUMOUR = (0xD9, 0x5F, 0x02)
"""Colour of the first class of a new project."""


@pytest.fixture(scope="module")
def project_names() -> Iterator[str]:
    return iter([f"Project {number}" for number in range(100)])


@pytest.fixture
def annotator(tab: Tab, archive: DemoArchive, project_names: Iterator[str]) -> Page:
    """Signed in, with a project of its own."""
    page = tab.open(f"slide.html?series={archive.series('SM')}")
    page.get_by_test_id("public-key").fill(KEYS[0])
    page.get_by_test_id("private-key").fill(KEYS[1])
    page.get_by_test_id("sign-in").click()
    name = page.get_by_test_id("project-name")
    expect(page.get_by_test_id("start-project")).to_be_attached()
    if not name.is_visible():
        page.get_by_text("New project").click()
    project = next(project_names)
    name.fill(project)
    page.get_by_test_id("start-project").click()
    expect(page.get_by_test_id("project").locator("option:checked")).to_have_text(project)
    expect(page.get_by_text("None yet")).to_be_visible()
    tab.wait_for_state("ready")
    return page


def pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the slide (origin bottom left) is on the screen."""
    image = page.get_by_test_id("image")
    box = page.locator(".ol-viewport").bounding_box()
    assert box is not None
    centre_x, centre_y, resolution = (
        float(str(image.get_attribute(f"data-{name}"))) for name in ("x", "y", "resolution")
    )
    column, row = (x - centre_x) / resolution, (centre_y - y) / resolution
    return box["x"] + box["width"] / 2 + column, box["y"] + box["height"] / 2 + row


def expect_saved(page: Page) -> None:
    """The page says that the server has everything: an answer that is asked for now is no older."""
    expect(page.get_by_test_id("saving")).to_have_text("All changes are saved.")


def draw_polygon(page: Page, corners: list[tuple[float, float]]) -> None:
    page.get_by_test_id("tool-polygon").click()
    for x, y in [*corners, corners[0]]:
        page.mouse.move(*pixel(page, x, y))
        page.mouse.down()
        page.mouse.up()
    expect(page.get_by_test_id("annotations").locator("li")).not_to_have_count(0)


def stored(tab: Tab, annotation: str) -> shapely.Geometry:
    keys = {"X-Auth-Token": KEYS[0], "X-Auth-Secret": KEYS[1]}
    with tab.product.client() as client:
        answer = client.get(f"/api/annotation/{annotation}.json", headers=keys).raise_for_status()
    return shapely.from_wkt(answer.json()["location"])


def select_first(page: Page) -> str:
    page.get_by_test_id("annotations").locator("button.name").first.click()
    expect(page).to_have_url(re.compile(r"annotation=\d+"))
    return page.url.split("annotation=")[1].split("&")[0]


def test_a_polygon_comes_back_as_drawn(annotator: Page, tab: Tab) -> None:
    resolution = float(str(annotator.get_by_test_id("image").get_attribute("data-resolution")))
    draw_polygon(annotator, _TRIANGLE)
    drawn = shapely.Polygon(_TRIANGLE)
    annotation = select_first(annotator)
    found = stored(tab, annotation)
    assert found.hausdorff_distance(drawn) < 4 * max(resolution, 1)
    assert annotator.locator("textarea").input_value().startswith("POLYGON")
    annotator.reload()
    tab.wait_for_state("ready")
    expect(annotator.get_by_test_id("project")).to_be_visible()
    assert tab.undocumented() == []


def test_freehand_rectangle_and_point_are_kept_and_undone(annotator: Page, tab: Tab) -> None:
    found = items(annotator)
    annotator.keyboard.press("f")
    annotator.mouse.move(*pixel(annotator, 200, 600))
    annotator.mouse.down()
    for x, y in ((400, 620), (500, 500), (300, 400)):
        annotator.mouse.move(*pixel(annotator, x, y), steps=3)
    annotator.mouse.up()
    expect(found).to_have_count(1)
    annotator.keyboard.press("r")
    expect(annotator.get_by_test_id("tool-rectangle")).to_have_attribute("aria-pressed", "true")
    annotator.mouse.move(*pixel(annotator, 800, 300))
    annotator.mouse.down()
    annotator.mouse.up()
    annotator.mouse.move(*pixel(annotator, 1000, 500), steps=3)
    annotator.mouse.down()
    annotator.mouse.up()
    expect(found).to_have_count(2)
    annotator.keyboard.press("d")
    expect(annotator.get_by_test_id("tool-point")).to_have_attribute("aria-pressed", "true")
    annotator.mouse.click(*pixel(annotator, 1200, 700))
    expect(found).to_have_count(3)
    expect(found.last).to_contain_text("Point, Tumour")
    for left in (2, 1):
        annotator.keyboard.press("Control+z")
        expect(found).to_have_count(left)
    annotator.keyboard.press("Control+y")
    expect(found).to_have_count(2)


def test_a_rectangle_is_drawn_in_one_drag_or_with_two_clicks(annotator: Page, tab: Tab) -> None:
    annotator.get_by_test_id("tool-rectangle").click()
    mouse = annotator.mouse
    mouse.move(*pixel(annotator, 200, 700))
    mouse.down()
    mouse.move(*pixel(annotator, 500, 400), steps=5)
    mouse.up()
    expect(items(annotator)).to_have_count(1)
    for corner in ((600, 300), (800, 200)):
        mouse.move(*pixel(annotator, *corner))
        mouse.down()
        mouse.up()
    expect(items(annotator)).to_have_count(2)
    expect_saved(annotator)
    resolution = float(str(annotator.get_by_test_id("image").get_attribute("data-resolution")))
    drawn = stored(tab, select_first(annotator))
    expected = {(200.0, 400.0, 500.0, 700.0), (600.0, 200.0, 800.0, 300.0)}
    assert any(np.abs(np.subtract(drawn.bounds, bounds)).max() < 4 * max(resolution, 1) for bounds in expected)
    assert drawn.area == pytest.approx(drawn.envelope.area)


def test_the_project_survives_a_reload(annotator: Page, tab: Tab) -> None:
    chosen = annotator.get_by_test_id("project").locator("option:checked")
    project = chosen.text_content()
    annotator.reload()
    tab.wait_for_state("ready")
    expect(chosen).to_have_text(str(project))


def test_a_rectangle_is_typed_without_a_mouse(annotator: Page, tab: Tab) -> None:
    annotator.get_by_text("New shape by numbers").focus()
    annotator.keyboard.press("Enter")
    for name, value in (("x", 100), ("y", 50), ("width", 300), ("height", 200)):
        annotator.get_by_test_id(f"box-{name}").fill(str(value))
    annotator.get_by_test_id("add-box").focus()
    annotator.keyboard.press("Enter")
    expect(annotator.get_by_test_id("annotations").locator("li")).to_have_count(1)
    height = SLIDE_SIZE[1]
    annotation = select_first(annotator)
    assert stored(tab, annotation).equals(shapely.box(100, height - 250, 400, height - 50))
    annotator.locator("textarea").fill("POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))")
    annotator.get_by_role("button", name="Apply").click()
    expect_saved(annotator)
    assert stored(tab, annotation).area == 10_000
    annotator.locator("body").press("Delete")
    expect(annotator.get_by_test_id("annotations").locator("li")).to_have_count(0)


def items(page: Page) -> Locator:
    return page.get_by_test_id("annotations").locator("li")


def move(page: Page, **steps: int) -> None:
    for key, count in steps.items():
        for _ in range(count):
            page.keyboard.press(f"Shift+Arrow{key}")


def test_a_polygon_is_drawn_moved_and_resized_without_a_mouse(annotator: Page, tab: Tab) -> None:
    annotator.get_by_test_id("tool-look").focus()
    annotator.keyboard.press("p")
    expect(annotator.get_by_test_id("image")).to_be_focused()
    for steps in ({"Left": 2}, {"Right": 4}, {"Up": 3}):
        move(annotator, **steps)
        annotator.keyboard.press("Space")
    annotator.keyboard.press("ArrowUp")
    annotator.keyboard.press("Space")
    annotator.keyboard.press("Backspace")
    annotator.keyboard.press("Enter")
    expect(items(annotator)).to_have_count(1)
    annotation = select_first(annotator)
    drawn = stored(tab, annotation)
    # Choosing a small shape brings it near: as far as two pixels of the screen for one of the slide.
    expect(annotator.get_by_test_id("image")).to_have_attribute("data-resolution", "0.5")
    step = 1
    assert len(drawn.exterior.coords) == 4  # type: ignore[attr-defined]
    assert (drawn.bounds[2] - drawn.bounds[0], drawn.bounds[3] - drawn.bounds[1]) == pytest.approx(
        (40 * _step_when_drawn(drawn), 30 * _step_when_drawn(drawn))
    )
    annotator.keyboard.press("ArrowRight")
    annotator.keyboard.press("Shift+ArrowUp")
    moved = shapely.affinity.translate(drawn, step, 10 * step)
    expect_stored(tab, annotation, moved)
    annotator.keyboard.press("Alt+ArrowRight")
    left, bottom, right, top = moved.bounds
    expect_bounds(tab, annotation, (left, bottom, right + step, top))
    annotator.keyboard.press("Control+z")
    expect_stored(tab, annotation, moved)
    annotator.keyboard.press("Control+z")
    expect_stored(tab, annotation, drawn)
    annotator.keyboard.press("Delete")
    expect(items(annotator)).to_have_count(0)


def test_a_rectangle_and_a_point_are_drawn_without_a_mouse(annotator: Page, tab: Tab) -> None:
    annotator.keyboard.press("r")
    annotator.keyboard.press("Enter")  # no corner yet: nothing is drawn
    annotator.keyboard.press("Space")
    move(annotator, Right=3, Down=2)
    annotator.keyboard.press("Enter")
    expect(items(annotator)).to_have_count(1)
    box = stored(tab, select_first(annotator))
    assert box.equals(box.envelope)
    assert (box.bounds[2] - box.bounds[0]) / (box.bounds[3] - box.bounds[1]) == pytest.approx(1.5)
    annotator.keyboard.press("d")
    annotator.keyboard.press("Enter")
    expect(items(annotator)).to_have_count(2)
    expect(items(annotator).last).to_contain_text("Point")


def _step_when_drawn(triangle: shapely.Geometry) -> float:
    """Slide pixels of one arrow key while the triangle of 40 by 30 steps was drawn."""
    return float(triangle.bounds[2] - triangle.bounds[0]) / 40


def expect_stored(tab: Tab, annotation: str, shape: shapely.Geometry) -> None:
    wait_until(lambda: stored(tab, annotation).equals_exact(shape, 0.02), what=f"{shape} on the server")


def expect_bounds(tab: Tab, annotation: str, bounds: tuple[float, ...]) -> None:
    wait_until(
        lambda: stored(tab, annotation).bounds == pytest.approx(bounds, abs=0.02), what=f"{bounds} on the server"
    )


def is_outlined(page: Page, corners: list[tuple[float, float]]) -> bool:
    """Whether the first class's colour shows in the middle of the first edge."""
    (x1, y1), (x2, y2) = corners[:2]
    column, row = pixel(page, (x1 + x2) / 2, (y1 + y2) / 2)
    around = {"x": column - 3, "y": row - 3, "width": 7, "height": 7}
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=around))).convert("RGB"))
    return bool((picture == _TUMOUR).all(axis=2).any())


def test_an_annotation_is_hidden_and_locked_in_the_list(annotator: Page, tab: Tab) -> None:
    draw_polygon(annotator, _TRIANGLE)
    annotator.keyboard.press("v")
    wait_until(lambda: is_outlined(annotator, _TRIANGLE), what="the polygon to appear")
    annotator.get_by_role("button", name="Hide Polygon").click()
    expect(annotator.get_by_role("button", name="Hide Polygon")).to_have_attribute("aria-pressed", "true")
    wait_until(lambda: not is_outlined(annotator, _TRIANGLE), what="the polygon to disappear")
    annotator.get_by_role("button", name="Hide Polygon").click()
    wait_until(lambda: is_outlined(annotator, _TRIANGLE), what="the polygon to appear again")
    annotator.get_by_role("button", name="Lock Polygon").click()
    annotation = select_first(annotator)
    before = stored(tab, annotation)
    annotator.keyboard.press("ArrowRight")
    annotator.keyboard.press("Delete")
    expect_saved(annotator)
    expect(items(annotator)).to_have_count(1)
    expect(annotator.get_by_role("button", name="Remove Polygon")).to_be_disabled()
    assert stored(tab, annotation).equals(before)


def test_a_class_gets_another_colour(annotator: Page, tab: Tab) -> None:
    colour = annotator.get_by_label("Colour of Stroma", exact=True)
    with annotator.expect_response("**/api/term/*"):
        colour.fill("#ff0000")
        colour.dispatch_event("change")
    expect(colour).to_have_value("#ff0000")
    project = annotator.get_by_test_id("project").input_value()
    annotator.reload()
    tab.wait_for_state("ready")
    annotator.get_by_test_id("project").select_option(project)
    tab.wait_for_state("ready")
    expect(colour).to_have_value("#ff0000")


def test_what_was_drawn_while_the_service_was_away_is_sent_later(annotator: Page, tab: Tab) -> None:
    annotator.route("**/api/annotation.json", lambda route: route.abort())
    annotator.keyboard.press("d")
    annotator.keyboard.press("Enter")
    expect(annotator.get_by_test_id("saving")).to_have_text("Not sent yet: kept in this browser.")
    expect(items(annotator)).to_have_count(0)
    project = annotator.get_by_test_id("project").input_value()
    address = annotator.url
    annotator.goto("about:blank")  # or the page would send it by itself while it is left
    annotator.unroute("**/api/annotation.json")
    annotator.goto(address)
    tab.wait_for_state("ready")
    annotator.get_by_test_id("project").select_option(project)
    expect(items(annotator)).to_have_count(1)
    expect_saved(annotator)
    tab.forgive("ERR_FAILED")


def test_the_tiles_show_the_slide_right_side_up(tab: Tab, archive: DemoArchive) -> None:
    series = archive.series("SM")
    slide = tab.product.get(f"/plugins/ophtha/series/{series}/slide").json()
    assert (slide["width"], slide["height"]) == SLIDE_SIZE
    last = tab.product.get(f"/plugins/ophtha/series/{series}/slide/tiles/{slide['zooms'] - 1}/0/0")
    assert last.headers["content-type"] == "image/jpeg"
    assert tab.product.get(f"/plugins/ophtha/series/{series}/slide/tiles/0/99/0").status_code == 404


def test_wrong_keys_are_refused_in_words(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open(f"slide.html?series={archive.series('SM')}")
    assert tab.serious_findings() == []
    page.get_by_test_id("public-key").fill("nobody")
    page.get_by_test_id("private-key").fill("nothing")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_role("alert")).to_contain_text("name no user")
    tab.forgive("401")


def test_the_annotator_is_accessible_also_at_double_size(annotator: Page, tab: Tab) -> None:
    draw_polygon(annotator, _TRIANGLE)
    annotator.keyboard.press("v")
    select_first(annotator)
    assert tab.serious_findings() == []
    tab.show_at_double_size()
