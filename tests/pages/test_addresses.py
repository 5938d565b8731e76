"""Addresses are typed, cut off, mistaken and forged: a page says what is wrong, and shows what it can."""

import io
import re

import pytest
from playwright.sync_api import expect

from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from tests.kit.browser import Tab
from tests.kit.demo_archive import DemoArchive

_NUMBERS = ("abc", "-1", "1.5", "1e999", "NaN", "99999999999999999999", "%00", "<img src=x onerror=alert(1)>")
_WORDS = ("toString", "99999999999999999999", "<img src=x onerror=alert(1)>")
_IDENTIFIERS = ("..", "%00", "../../system", "%2e%2e%2f", "' OR 1=1", "00000000-00000000-00000000-00000000-00000000")
_REFUSED = "status of 40|status of 422"


def test_no_number_breaks_the_mask_editor(tab: Tab, archive: DemoArchive) -> None:
    for number in _NUMBERS:
        page = tab.open(f"mask.html?series={archive.series('US')}&frame={number}&z={number}")
        expect(page.get_by_test_id("slice")).to_contain_text("/ 8")
        expect(page).to_have_url(re.compile(r"&frame=\d(&z=[\d.]+)?$"))


def test_no_word_breaks_the_dashboard(tab: Tab, archive: DemoArchive) -> None:
    study = archive.study_of(archive.series("OPT"))
    for word in _WORDS:
        tab.open(f"oct.html?study={study}&b={word}&map={word}&colours={word}&od={word}")


def test_no_number_breaks_the_annotator(tab: Tab, archive: DemoArchive) -> None:
    for number in _NUMBERS:
        page = tab.open(
            f"slide.html?series={archive.series('SM')}&x={number}&y={number}&r={number}&annotation={number}"
        )
        expect(page).to_have_url(re.compile(r"&x=\d+&y=\d+&r=[\d.]+$"))


@pytest.mark.parametrize("page", ["mask.html?study", "oct.html?series", "slide.html?series", "registration.html?ref"])
def test_an_identifier_that_names_nothing_is_said_to(tab: Tab, archive: DemoArchive, page: str) -> None:
    for identifier in _IDENTIFIERS:
        tab.open(f"{page}={identifier}", state="failed")
        expect(tab.page.get_by_role("alert")).not_to_be_empty()
    tab.forgive(_REFUSED)


def test_a_job_that_is_not_known_is_said_to(tab: Tab, archive: DemoArchive) -> None:
    for job in _IDENTIFIERS:
        page = tab.open(f"mask.html?series={archive.series('US')}&job={job}")
        expect(page.get_by_test_id("job")).to_contain_text("not known any more")
        tab.open(f"registration.html?job={job}", state="failed")
    tab.forgive(_REFUSED)


def test_eyes_of_two_patients_are_not_shown_side_by_side(tab: Tab, archive: DemoArchive) -> None:
    somebody_else = OctPhantom(
        anatomy=RetinaAnatomy(right_eye=False),
        num_slices=5,
        columns=24,
        rows=80,
        slice_spacing_mm=1.2,
        pixel_spacing_column_mm=0.25,
    )
    buffer = io.BytesIO()
    opt_study(somebody_else, patient_id="SOMEBODY-ELSE").volume.save_as(buffer, enforce_file_format=True)
    other = tab.product.get(f"/instances/{tab.product.upload([buffer.getvalue()])[0]}/series").json()["ID"]
    own = archive.series("OPT")
    page = tab.open(f"oct.html?od={own}&os={other}", state="failed")
    expect(page.get_by_role("alert")).to_contain_text("two patients")
    tab.product.client().delete(f"/series/{other}")
