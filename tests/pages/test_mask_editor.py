"""The mask editor: what is drawn is what is masked."""

import io
import re
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.kit.browser import Tab
from tests.kit.conditions import wait_until
from tests.kit.demo_archive import DemoArchive
from tests.kit.product import Product

_CORNERS = ("origin-x", "origin-y", "end-x", "end-y")


@pytest.fixture
def ct(archive: DemoArchive) -> str:
    return archive.series("CT")


@pytest.fixture
def editor(tab: Tab, ct: str) -> Iterator[Page]:
    """The editor on the CT series, with its cuts loaded."""
    page = tab.open(f"mask.html?series={ct}&frame=40")
    expect(page.get_by_test_id("image-coronal")).to_be_visible()
    yield page
    assert tab.undocumented() == []


def drag(image: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over an image from one pixel corner to another."""
    columns, rows = (int(str(image.get_attribute(name))) for name in ("data-columns", "data-rows"))
    image.evaluate("e => e.scrollIntoView({block: 'center', inline: 'center'})")
    box = image.bounding_box()
    assert box is not None

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return box["x"] + point[0] / columns * box["width"], box["y"] + point[1] / rows * box["height"]

    mouse = image.page.mouse
    mouse.move(*place(start))
    mouse.down()
    mouse.move(*place(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)))
    mouse.move(*place(end))
    mouse.up()


def finish(page: Page) -> str:
    """Submit, confirm and wait; the study that was made."""
    page.get_by_test_id("submit").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("job")).to_have_attribute("data-job-state", "Success", timeout=60_000)
    result = page.get_by_test_id("result")
    expect(result).to_be_visible()
    return str(result.get_attribute("data-study"))


def images_of(product: Product, level: str, resource: str) -> list[Dataset]:
    """Every image of a resource, the lowest first."""
    archive = zipfile.ZipFile(io.BytesIO(product.get(f"/{level}/{resource}/archive").content))
    images = [dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist()]
    return sorted(images, key=lambda image: float(image.ImagePositionPatient[2]))


def expect_corners(page: Page, *values: int | str) -> None:
    for name, value in zip(_CORNERS, values, strict=True):
        expect(page.get_by_test_id(name)).to_have_value(str(value))


def corner_fields(page: Page) -> list[str]:
    return [page.get_by_test_id(name).input_value() for name in _CORNERS]


def test_pixels_drawn_in_the_zoomed_image_are_masked_in_the_new_study(editor: Page, tab: Tab, ct: str) -> None:
    editor.get_by_label("Zoom in").click()
    editor.get_by_label("Zoom in").click()
    expect(editor.get_by_test_id("zoom")).to_contain_text("2")
    editor.get_by_test_id("region-type").select_option("2D")
    editor.get_by_test_id("add-box").click()
    drag(editor.get_by_test_id("image"), (110, 101), (141, 137))
    expect_corners(editor, 110, 101, 141, 137)
    editor.get_by_test_id("fill-value").fill("-7")
    editor.get_by_test_id("fill-value").blur()
    study = finish(editor)
    before, after = images_of(tab.product, "series", ct), images_of(tab.product, "studies", study)
    assert len(before) == len(after)
    inside = np.zeros((256, 256), bool)
    inside[101:137, 110:141] = True
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(new.pixel_array == np.where(inside, -7, old.pixel_array), True)
    tab.product.client().delete(f"/studies/{study}")


def test_a_box_in_space_masks_the_pixels_and_slices_it_was_drawn_on(editor: Page, tab: Tab, ct: str) -> None:
    editor.get_by_test_id("add-box").click()
    drag(editor.get_by_test_id("image"), (60, 20), (120, 64))
    expect(editor.get_by_test_id("hits")).to_have_text("21 of 80")
    editor.get_by_test_id("mask-type").select_option("MeanFilter")
    study = finish(editor)
    before, after = images_of(tab.product, "series", ct), images_of(tab.product, "studies", study)
    changed = [np.argwhere(old.pixel_array != new.pixel_array) for old, new in zip(before, after, strict=True)]
    assert [index for index, pixels in enumerate(changed) if len(pixels)] == list(range(30, 51))
    rows, columns = np.concatenate(changed).T
    assert (columns.min(), rows.min()) >= (60, 20)
    assert (columns.max(), rows.max()) <= (119, 63)
    tab.product.client().delete(f"/studies/{study}")


def test_a_drag_over_the_image_draws_without_a_button(editor: Page, tab: Tab, ct: str) -> None:
    editor.get_by_test_id("region-type").select_option("2D")
    editor.get_by_test_id("mask-type").select_option("MeanFilter")
    drag(editor.get_by_test_id("image"), (70, 80), (110, 120))
    expect_corners(editor, 70, 80, 110, 120)
    expect(editor.get_by_test_id("regions").locator("li")).to_have_count(1)
    drag(editor.get_by_test_id("image"), (40, 150), (-20, 300))
    expect_corners(editor, 0, 150, 40, 256)
    expect(editor.get_by_test_id("regions").locator("li")).to_have_count(2)
    editor.get_by_test_id("mask-type").select_option("Fill")
    editor.get_by_test_id("image").click(position={"x": 300, "y": 30})
    editor.get_by_test_id("regions").get_by_role("button", name="1: rectangle").click()
    expect(editor.get_by_test_id("mask-type")).to_have_value("MeanFilter")
    study = finish(editor)
    before, after = images_of(tab.product, "series", ct), images_of(tab.product, "studies", study)
    changed = before[40].pixel_array != after[40].pixel_array
    assert not changed[:80].any()
    assert not changed[:, 110:].any()
    assert changed[80:120, 70:110].mean() > 0.3
    assert (after[40].pixel_array[150:, :40] == -1000).all()
    tab.product.client().delete(f"/studies/{study}")


def test_a_region_moved_over_the_border_is_masked_as_far_as_the_image_goes(editor: Page, tab: Tab, ct: str) -> None:
    editor.get_by_test_id("region-type").select_option("2D")
    drag(editor.get_by_test_id("image"), (5, 5), (25, 25))
    editor.keyboard.press("Shift+ArrowLeft")
    expect_corners(editor, -5, 5, 15, 25)
    expect(editor.get_by_test_id("hits")).to_have_text("80 of 80")


def test_a_box_is_resized_in_a_cut_and_its_slices_are_counted_by_the_server(editor: Page, tab: Tab, ct: str) -> None:
    editor.get_by_test_id("add-box").click()
    drag(editor.get_by_test_id("image"), (100, 100), (150, 150))
    expect(editor.get_by_test_id("hits")).to_have_text("21 of 80")
    editor.get_by_test_id("image-coronal").locator(".handle.n").drag_to(
        editor.get_by_test_id("image-coronal"), target_position={"x": 100, "y": 5}
    )
    expect(editor.get_by_test_id("hits")).not_to_have_text("21 of 80")
    expect(editor.get_by_test_id("hits")).not_to_have_text("… of 80")
    region = {
        "MaskType": "Fill",
        "FillValue": 0,
        "RegionType": "3D",
        "Origin": [float(editor.get_by_test_id(f"origin-{axis}").input_value()) for axis in "xyz"],
        "End": [float(editor.get_by_test_id(f"end-{axis}").input_value()) for axis in "xyz"],
    }
    answer = tab.product.post(f"/plugins/pixels-masker/series/{ct}/hits", json={"MaskPixelData": {"Regions": [region]}})
    expect(editor.get_by_test_id("hits")).to_have_text(f"{answer.json()['FrameCount']} of 80")


def test_the_preview_shows_the_frame_as_it_will_be(editor: Page, tab: Tab) -> None:
    image = editor.get_by_test_id("image")
    editor.get_by_test_id("add-box").click()
    drag(image, (100, 100), (150, 150))
    pictures = []
    editor.get_by_test_id("preview").click()
    for shown in ("after", "before", "difference"):
        editor.get_by_test_id(f"preview-{shown}").click()
        expect(image).to_have_attribute("data-picture", shown)
        pictures.append(editor.evaluate(_DIGEST))
    assert len(set(pictures)) == 3


_DIGEST = """async () => {
  const href = document.querySelector('[data-testid="image"] image').getAttribute('href');
  const bytes = await (await fetch(href)).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).join();
}"""


def test_drawings_survive_a_reload_and_are_gone_after_undo(editor: Page, tab: Tab) -> None:
    editor.get_by_test_id("add-box").click()
    drag(editor.get_by_test_id("image"), (20, 30), (60, 70))
    expect(editor.get_by_test_id("region-type")).to_have_value("3D")
    expect(editor.get_by_test_id("hits")).to_have_text("21 of 80")
    fields = corner_fields(editor)
    editor.reload()
    tab.wait_for_state("ready")
    editor.get_by_test_id("regions").get_by_role("button", name="1: box").click()
    expect_corners(editor, *fields)
    editor.keyboard.press("Delete")
    expect(editor.get_by_test_id("regions").locator("li")).to_have_count(0)
    editor.keyboard.press("Control+z")
    expect(editor.get_by_test_id("regions").locator("li")).to_have_count(1)


def test_a_link_with_a_job_restores_its_progress(editor: Page, tab: Tab) -> None:
    editor.get_by_test_id("add-box").click()
    drag(editor.get_by_test_id("image"), (20, 30), (60, 70))
    editor.get_by_test_id("submit").click()
    editor.get_by_test_id("confirm").click()
    expect(editor.get_by_test_id("job")).to_be_visible()
    expect(editor).to_have_url(re.compile("job="))
    editor.reload()
    expect(editor.get_by_test_id("job")).to_have_attribute("data-job-state", "Success", timeout=60_000)
    study = editor.get_by_test_id("result").get_attribute("data-study")
    tab.product.client().delete(f"/studies/{study}")


def test_everything_can_be_done_without_a_mouse(editor: Page, tab: Tab) -> None:
    keyboard = editor.keyboard
    editor.get_by_test_id("region-type").select_option("2D")
    editor.get_by_test_id("add-box").focus()
    keyboard.press("Enter")
    left, top, right, bottom = (int(value) for value in corner_fields(editor))
    editor.get_by_test_id("image").locator(".region").focus()
    for key in ("ArrowRight", "Shift+ArrowDown", "Alt+ArrowRight", "Alt+Shift+ArrowUp"):
        keyboard.press(key)
    expect_corners(editor, left + 1, top + 10, right + 2, bottom)
    keyboard.press("PageDown")
    expect(editor.get_by_test_id("slice")).to_have_text("42 / 80")
    keyboard.press("Control+z")
    keyboard.press("Control+y")
    keyboard.press("?")
    expect(editor.get_by_role("dialog")).to_contain_text("Page Down / Page Up")
    keyboard.press("Escape")
    expect(editor.get_by_role("dialog")).to_be_hidden()
    editor.get_by_test_id("submit").focus()
    keyboard.press("Enter")
    expect(editor.get_by_test_id("confirm")).to_be_visible()
    keyboard.press("Escape")
    expect(editor.get_by_test_id("confirm")).to_be_hidden()


def test_a_box_is_moved_in_a_cut_with_the_arrow_keys(editor: Page, tab: Tab) -> None:
    drag(editor.get_by_test_id("image"), (100, 100), (150, 150))
    expect(editor.get_by_test_id("hits")).to_have_text("21 of 80")
    fields = {axis: editor.get_by_test_id(f"end-{axis}").input_value() for axis in "xyz"}
    editor.get_by_test_id("image-coronal").locator(".region").focus()
    editor.keyboard.press("Alt+Shift+ArrowDown")
    expect(editor.get_by_test_id("hits")).not_to_have_text("21 of 80")
    editor.keyboard.press("Control+z")
    expect(editor.get_by_test_id("hits")).to_have_text("21 of 80")
    editor.keyboard.press("ArrowUp")
    expect(editor.get_by_test_id("end-z")).not_to_have_value(fields["z"])
    expect(editor.get_by_test_id("end-y")).to_have_value(fields["y"])


def test_what_is_kept_in_the_browser_may_be_broken(tab: Tab, archive: DemoArchive, ct: str) -> None:
    page = tab.open(f"mask.html?series={ct}")
    study = f"ophtha mask {archive.study_of(ct)}"
    page.evaluate("name => localStorage.setItem(name, '\"1-2\"')", study)
    for kept, text in (
        (name, text)
        for name in ("ophtha mask 1-2", study)
        for text in ("{", "[1]", '[{"kind":"3D","origin":"x","end":[1,2,3],"maskType":"Fill"}]', '{"a":1}', "null")
    ):
        page.evaluate("([name, text]) => localStorage.setItem(name, text)", [kept, text])
        page.reload()
        tab.wait_for_state("ready")
        expect(page.get_by_test_id("regions").locator("li")).to_have_count(0)


def test_an_instance_in_the_address_is_the_one_that_is_shown(tab: Tab, ct: str) -> None:
    frames = tab.product.get(f"/plugins/ophtha/series/{ct}/frames").json()["frames"]
    page = tab.open(f"mask.html?instance={frames[7]['instance']}&frame=0")
    expect(page.get_by_test_id("slice")).to_have_text("8 / 80")
    page.keyboard.press("PageDown")
    expect(page).to_have_url(re.compile(f"instance={frames[8]['instance']}"))
    page.reload()
    expect(page.get_by_test_id("slice")).to_have_text("9 / 80")


def test_the_wheel_leafs_through_the_slices_of_the_whole_image(editor: Page, tab: Tab) -> None:
    editor.get_by_test_id("image").hover()
    editor.mouse.wheel(0, 100)
    expect(editor.get_by_test_id("slice")).to_have_text("42 / 80")
    editor.get_by_label("Zoom in").click()
    editor.get_by_test_id("image").hover()
    scrolled = "image => image.closest('.scroller').scrollTop"
    before = editor.get_by_test_id("image").evaluate(scrolled)
    editor.mouse.wheel(0, 100)
    wait_until(lambda: editor.get_by_test_id("image").evaluate(scrolled) != before, what="the image to be scrolled")
    expect(editor.get_by_test_id("slice")).to_have_text("42 / 80")


def test_a_frame_of_an_instance_is_named_in_the_address(tab: Tab, archive: DemoArchive) -> None:
    frames = tab.product.get(f"/plugins/ophtha/series/{archive.series('US')}/frames").json()["frames"]
    page = tab.open(f"mask.html?instance={frames[0]['instance']}&frame=5&z=3")
    expect(page.get_by_test_id("slice")).to_have_text("6 / 8")
    expect(page.get_by_test_id("zoom")).to_contain_text("3")


def test_the_editor_is_accessible_also_at_double_size(editor: Page, tab: Tab) -> None:
    editor.get_by_test_id("add-box").click()
    assert tab.serious_findings() == []
    tab.show_at_double_size()
    assert tab.serious_findings() == []


def test_without_a_study_the_page_offers_those_that_can_be_masked(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open("mask.html", state="empty")
    expect(page.get_by_test_id("studies")).to_contain_text("Head CT phantom")
    assert tab.serious_findings() == []


def test_an_unknown_study_is_named_as_such(tab: Tab, archive: DemoArchive) -> None:
    tab.open("mask.html?study=00000000-00000000-00000000-00000000-00000000", state="failed")
    expect(tab.page.get_by_role("alert")).to_contain_text("no such")
    tab.forgive("404")


def test_a_colour_image_without_a_place_in_space_gets_rectangles(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open(f"mask.html?series={archive.series('US')}")
    expect(page.get_by_test_id("region-type")).to_have_count(0)
    page.get_by_test_id("add-box").click()
    drag(page.get_by_test_id("image"), (5, 6), (50, 40))
    expect_corners(page, 5, 6, 50, 40)


def test_a_picture_that_has_not_come_yet_is_no_other_slices(tab: Tab, editor: Page) -> None:
    image = editor.get_by_test_id("image")
    picture = image.locator("image")
    expect(picture).not_to_have_class("waiting")
    editor.route("**/frames/0/image*", lambda route: None)
    editor.keyboard.press("PageDown")
    expect(editor.get_by_test_id("slice")).to_have_text(re.compile(r"^42 /"))
    expect(picture).to_have_class("waiting")
    assert float(picture.evaluate("e => getComputedStyle(e).opacity")) < 0.5
    drag(image, (40, 40), (80, 80))
    expect(editor.get_by_test_id("regions").locator("li")).to_have_count(0)
    editor.unroute("**/frames/0/image*")


def test_nothing_moves_under_the_pointer_when_the_cuts_arrive(tab: Tab, ct: str) -> None:
    held: list[Route] = []
    tab.page.route("**/display-volume.nii.gz*", lambda route: held.append(route))
    page = tab.open(f"mask.html?series={ct}&frame=40")
    image = page.get_by_test_id("image")
    expect(image.locator("image")).to_be_visible()
    before = image.bounding_box()
    wait_until(lambda: bool(page.wait_for_timeout(10) or held), what="the request of the cuts")
    held[0].continue_()
    expect(page.get_by_test_id("image-coronal")).to_be_visible()
    assert image.bounding_box() == before


def test_what_becomes_of_the_patients_data_survives_a_reload(tab: Tab, editor: Page) -> None:
    editor.get_by_test_id("action").select_option("anonymize")
    expect(editor).to_have_url(re.compile("action=anonymize"))
    editor.reload()
    expect(editor.get_by_test_id("action")).to_have_value("anonymize")


def test_a_picture_has_the_shape_that_its_pixels_have(tab: Tab, stocked: Product, archive: DemoArchive) -> None:
    first = stocked.get(f"/series/{archive.series('CT')}").json()["Instances"][0]
    dataset = dcmread(io.BytesIO(stocked.get(f"/instances/{first}/file").content))
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "WindowCenter", "WindowWidth"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.PixelAspectRatio = [2, 1]
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, f"{getattr(dataset, keyword)}.7"[-64:])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    instance = stocked.upload([buffer.getvalue()])[0]
    series = stocked.get(f"/instances/{instance}").json()["ParentSeries"]
    page = tab.open(f"mask.html?series={series}")
    box = page.get_by_test_id("image").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(dataset.Columns / dataset.Rows / 2, rel=0.02)
    expect(page.get_by_label("Window centre")).to_be_visible()
    with stocked.client() as client:
        client.delete(f"/series/{series}").raise_for_status()


def test_two_tabs_keep_their_drawings_apart(tab: Tab, editor: Page) -> None:
    address = editor.url
    other = editor.context.new_page()
    other.goto(address)
    expect(other.get_by_test_id("image-coronal")).to_be_visible()
    for page, count in ((editor, 2), (other, 1)):
        for number in range(count):
            drag(page.get_by_test_id("image"), (10 + 30 * number, 10), (30 + 30 * number, 30))
            expect(page.get_by_test_id("regions").locator("li")).to_have_count(number + 1)
    for page, count in ((editor, 2), (other, 1)):
        page.reload()
        expect(page.get_by_test_id("image-coronal")).to_be_visible()
        expect(page.get_by_test_id("regions").locator("li")).to_have_count(count)
    other.goto(address)
    expect(other.get_by_test_id("regions").locator("li")).to_have_count(1)
    other.close()
