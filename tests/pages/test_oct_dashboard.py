"""The OCT dashboard: right eye left, left eye right, the numbers of the API."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from tests.kit.browser import Tab
from tests.kit.demo_archive import MACULA_SLICES, DemoArchive, phantom_eyes


@pytest.fixture
def dashboard(tab: Tab, archive: DemoArchive) -> Page:
    return tab.open(f"oct.html?study={archive.study_of(archive.series('OPT'))}")


def shown_means(page: Page, eye: str) -> dict[str, str]:
    rows = page.get_by_test_id(f"sectors-{eye}").locator("tbody tr")
    return {str(row.get_attribute("data-sector")): row.locator("td").first.inner_text() for row in rows.all()}


@pytest.mark.parametrize("kind", ["retina", "gcc"])
def test_the_numbers_are_those_of_the_api(dashboard: Page, tab: Tab, archive: DemoArchive, kind: str) -> None:
    dashboard.get_by_test_id(f"kind-{kind}").click()
    expect(dashboard.get_by_test_id(f"kind-{kind}")).to_have_attribute("aria-pressed", "true")
    for eye, phantom in zip("RL", phantom_eyes(), strict=False):
        path = f"/plugins/oct/instances/{archive.volume_of(phantom)}/report"
        report = tab.product.post(path, json={"layers": phantom.layers()}).json()
        rings = report["etdrs" if kind == "retina" else "gcc"]
        told = {
            f"{ring}.{sector}": f"{value['mean']:.1f}"
            for ring, sectors in rings.items()
            for sector, value in sectors.items()
        }
        assert shown_means(dashboard, eye) == told
    assert tab.undocumented() == []


def test_the_map_shows_every_thickness_as_far_along_its_scale_as_it_is(dashboard: Page) -> None:
    right, _, _ = phantom_eyes()
    image = dashboard.get_by_test_id("map-R").locator("image")
    in_colours = str(image.get_attribute("href"))
    dashboard.get_by_test_id("colours").select_option("grey")
    expect(image).not_to_have_attribute("href", in_colours)
    picture = Image.open(io.BytesIO(base64.b64decode(str(image.get_attribute("href")).partition(",")[2])))
    assert picture.mode == "RGBA"
    shown = np.asarray(picture)
    share = (right.orientation.to_canonical(right.layer_map_um()) - 150) / (450 - 150)
    np.testing.assert_allclose(shown[..., 0], 255 * np.clip(share, 0, 1), atol=1.5)
    assert (shown[..., 3] == 255).all()
    decoded = "href => new Promise(done => { const i = new Image(); i.onload = () => done(i.width); i.src = href; })"
    assert dashboard.evaluate(decoded, image.get_attribute("href")) == shown.shape[1]


def test_nasal_and_temporal_are_mirrored_between_the_eyes(dashboard: Page) -> None:
    def place(eye: str, sector: str) -> float:
        text = dashboard.get_by_test_id(f"map-{eye}").locator(f'[data-sector="{sector}"]')
        return float(str(text.get_attribute("x")))

    expect(dashboard.get_by_test_id("map-L")).to_be_visible()
    assert place("R", "outer temporal") < 3 < place("R", "outer nasal")
    assert place("L", "outer nasal") < 3 < place("L", "outer temporal")
    boxes = [dashboard.get_by_test_id(f"map-{eye}").bounding_box() for eye in "RL"]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] < boxes[1]["x"]


def test_the_line_on_the_map_is_the_shown_b_scan(dashboard: Page) -> None:
    line = dashboard.get_by_test_id("map-R").locator(".b-line")
    before = float(str(line.get_attribute("y1")))
    dashboard.keyboard.press("PageDown")
    expect(dashboard.get_by_label("B-scan 14").first).to_be_visible()
    expect(line).not_to_have_attribute("y1", str(before))
    after = float(str(line.get_attribute("y1")))
    assert after - before == pytest.approx(6.0 / MACULA_SLICES, abs=1e-6)
    expect(dashboard).to_have_url(re.compile("b=13"))


def test_the_layers_are_drawn_on_the_b_scan(dashboard: Page) -> None:
    layers = dashboard.get_by_test_id("b-scan-R").locator("polygon")
    expect(layers.first).to_be_visible()
    names = {str(each.locator("title").text_content()) for each in layers.all()}
    assert {"rnfl", "gcl", "rpe"} <= names
    dashboard.keyboard.press("l")
    expect(layers).to_have_count(0)


def test_the_disc_has_a_nerve_fibre_profile(dashboard: Page, tab: Tab) -> None:
    dashboard.get_by_test_id("scan-R").select_option(index=1)
    tab.wait_for_state("ready")
    expect(dashboard.get_by_text("Quadrants, µm")).to_be_visible()
    expect(dashboard.locator(".uplot canvas")).to_have_count(1)


def test_the_report_is_stored_as_dicom(dashboard: Page, tab: Tab, archive: DemoArchive) -> None:
    study = archive.study_of(archive.series("OPT"))
    dashboard.get_by_test_id("store-L").click()
    expect(dashboard.get_by_text("DICOM objects are in the study").first).to_be_visible()
    series = tab.product.get(f"/studies/{study}/series").json()
    assert {"OPM", "SR"} <= {each["MainDicomTags"]["Modality"] for each in series}


def test_a_volume_without_segmentation_takes_one_from_a_file(tab: Tab, archive: DemoArchive) -> None:
    phantom = OctPhantom(
        anatomy=RetinaAnatomy(right_eye=True),
        num_slices=9,
        columns=64,
        rows=120,
        slice_spacing_mm=6.0 / 9,
        pixel_spacing_column_mm=6.0 / 64,
        pixel_spacing_row_mm=0.01,
    )
    volume = opt_study(phantom, patient_id="PHANTOM-NEW").volume
    volume.file_meta.TransferSyntaxUID = volume.file_meta.TransferSyntaxUID
    instance = tab.product.upload(_written(volume))[0]
    study = tab.product.get(f"/instances/{instance}/study").json()["ID"]
    page = tab.open(f"oct.html?study={study}", state="partial")
    expect(page.get_by_text("There is no segmentation")).to_be_visible()
    assert tab.serious_findings() == []
    body = json.dumps({"layers": phantom.layers()}).encode()
    page.get_by_label("Segmentation file").set_input_files(
        {"name": "layers.json", "mimeType": "application/json", "buffer": body}
    )
    tab.wait_for_state("ready")
    expect(page.get_by_test_id("sectors-R")).to_be_visible()


def _written(dataset: object) -> list[bytes]:
    import io

    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)  # type: ignore[attr-defined]
    return [buffer.getvalue()]


def test_the_dashboard_is_accessible_also_at_double_size(dashboard: Page, tab: Tab) -> None:
    expect(dashboard.get_by_test_id("sectors-L")).to_be_visible()
    assert tab.serious_findings() == []
    tab.show_at_double_size()
    assert tab.serious_findings() == []


def test_the_dashboard_is_used_without_a_mouse(dashboard: Page, tab: Tab) -> None:
    keyboard = dashboard.keyboard
    keyboard.press("2")
    expect(dashboard.get_by_test_id("kind-gcc")).to_have_attribute("aria-pressed", "true")
    expect(dashboard).to_have_url(re.compile("map=gcc"))
    keyboard.press("PageUp")
    expect(dashboard.get_by_label("B-scan 12").first).to_be_visible()
    dashboard.get_by_test_id("scan-R").focus()
    keyboard.press("ArrowDown")
    tab.wait_for_state("ready")
    expect(dashboard).to_have_url(re.compile("od="))
    slider = dashboard.get_by_label("Right eye (OD)").get_by_role("slider")
    keyboard.press("Tab")
    expect(slider).to_be_focused()
    shown = slider.input_value()
    keyboard.press("ArrowRight")
    expect(slider).not_to_have_value(shown)
    dashboard.get_by_test_id("store-R").focus()
    keyboard.press("?")
    expect(dashboard.get_by_role("dialog")).to_contain_text("Page Down / Page Up")
    assert tab.serious_findings() == []
    keyboard.press("Escape")
    expect(dashboard.get_by_role("dialog")).to_be_hidden()


def test_a_link_shows_the_same_to_a_colleague(dashboard: Page, tab: Tab) -> None:
    dashboard.keyboard.press("3")
    dashboard.get_by_test_id("colours").select_option("rainbow")
    dashboard.keyboard.press("PageDown")
    expect(dashboard).to_have_url(re.compile("b=13"))
    tab.open(dashboard.url.rsplit("/", 1)[1])
    expect(dashboard.get_by_test_id("kind-rnfl")).to_have_attribute("aria-pressed", "true")
    expect(dashboard.get_by_label("B-scan 14").first).to_be_visible()
    expect(dashboard.get_by_test_id("colours")).to_have_value("rainbow")


def test_the_ends_of_a_b_scan_are_named_and_mirrored(dashboard: Page) -> None:
    for eye, ends in (("R", ["T", "N"]), ("L", ["N", "T"])):
        expect(dashboard.get_by_test_id(f"b-scan-{eye}").locator(".edge")).to_have_text(ends)


def test_the_scale_is_the_same_whatever_the_eye_and_missing_cells_are_hatched(dashboard: Page, tab: Tab) -> None:
    bar = dashboard.get_by_label("the same for both eyes", exact=False)
    expect(bar).to_have_count(1)
    expect(bar).to_contain_text("150")
    dashboard.get_by_test_id("scan-R").select_option(index=1)
    tab.wait_for_state("ready")
    expect(bar).to_contain_text("150")
    uncovered = dashboard.get_by_test_id("map-R").locator('path.sector[fill="url(#hatch-R)"]')
    expect(uncovered.first).to_be_visible()
    expect(dashboard.get_by_test_id("sectors-R").get_by_text("0 %", exact=True)).to_be_visible()


def test_a_study_without_oct_says_so(tab: Tab, archive: DemoArchive) -> None:
    page = tab.open(f"oct.html?study={archive.study_of(archive.series('US'))}", state="empty")
    expect(page.get_by_text("There is no OCT volume to show here")).to_be_visible()
