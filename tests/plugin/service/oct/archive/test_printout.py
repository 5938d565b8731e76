"""A page of both eyes, with what decides how far to trust it, and stored once."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from ophtha_core.display.oct_map import Legend
from ophtha_core.display.oct_page import EyeSheet, draw_page
from ophtha_core.oct.circles import ETDRS
from ophtha_core.oct.enface import EnFaceGrid, Laterality
from ophtha_core.oct.thickness import ThicknessMap
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload
from tests.plugin.service.oct.archive.examinations import load, report

PDF = "1.2.840.10008.5.1.4.1.1.104.1"


def both_eyes(patient_id: str) -> tuple[list[Dataset], list[OctPhantom]]:
    """A study with a volume of each eye."""
    phantoms = [OctPhantom(anatomy=RetinaAnatomy(right_eye=side), num_slices=29) for side in (True, False)]
    studies = [opt_study(each, patient_id=patient_id) for each in phantoms]
    for each in (studies[1].volume, studies[1].localizer):
        each.StudyInstanceUID = studies[0].volume.StudyInstanceUID
    return [image for study in studies for image in (study.volume, study.localizer)], phantoms


def pictured(pdf: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The one picture a page is made of."""
    start = pdf.index(b"\xff\xd8")
    return np.asarray(Image.open(BytesIO(pdf[start : pdf.index(b"endstream", start)])).convert("RGB"))


def test_the_page_shows_both_eyes_and_is_stored_once(product: Product, upload: Upload) -> None:
    images, phantoms = both_eyes("PRINTED")
    right, _, left, _ = upload(images)
    study = product.get(f"/instances/{right}/study").json()["ID"]
    for instance, phantom in zip((right, left), phantoms, strict=True):
        report(product, instance, layers=phantom.layers(), store=True)
    path = f"/plugins/oct/studies/{study}/printout.pdf"
    answer = product.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    page = pictured(answer.content)
    assert page.shape[1] / page.shape[0] == pytest.approx(210 / 297, abs=0.002)
    coloured = np.ptp(page.astype(int), axis=2) > 12
    halves = [coloured[:, :620].sum(), coloured[:, 620:].sum()]
    assert min(halves) > 10_000

    before = set(product.get("/instances").json())
    stored = [product.post(path, json={"store": True}) for _ in range(2)]
    assert [each.content for each in stored] == [answer.content] * 2
    (new,) = set(product.get("/instances").json()) - before
    document = load(product, new)
    assert document.SOPClassUID == PDF
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == answer.content
    assert product.get(f"/instances/{new}/study").json()["ID"] == study


def test_eyes_without_layers_are_shown_as_such(product: Product, upload: Upload) -> None:
    images, _ = both_eyes("BARE")
    instance = upload(images)[0]
    study = product.get(f"/instances/{instance}/study").json()["ID"]
    answer = product.get(f"/plugins/oct/studies/{study}/printout.pdf")
    assert answer.status_code == 200, answer.text


def test_a_study_without_a_volume_has_no_page(product: Product, upload: Upload) -> None:
    localizer = upload([opt_study(OctPhantom(num_slices=3), patient_id="ONLY-FUNDUS").localizer])[0]
    study = product.get(f"/instances/{localizer}/study").json()["ID"]
    assert product.get(f"/plugins/oct/studies/{study}/printout.pdf").status_code == 404
    assert (
        product.get("/plugins/oct/studies/00000000-00000000-00000000-00000000-00000000/printout.pdf").status_code == 404
    )


def test_the_same_eyes_make_the_same_file_and_long_notes_fit() -> None:
    grid = EnFaceGrid(rows=60, columns=60, row_spacing_mm=0.1, column_spacing_mm=0.1, laterality=Laterality.LEFT)
    sheet = EyeSheet(
        eye="L",
        thickness=ThicknessMap(grid=grid, values=np.full((60, 60), 300.0)),
        legend=Legend(title="Retina", low_um=150, high_um=450, step_um=50),
        circle=ETDRS,
        tsnit_um=[None, *[100.0] * 767],
        warnings=["Assumed, not proven: " + "slice_direction " * 20],
    )
    one, other = (draw_page("DOE^JANE", "2024", [sheet]) for _ in range(2))
    assert one == other
    assert len(pictured(one)) > 0
