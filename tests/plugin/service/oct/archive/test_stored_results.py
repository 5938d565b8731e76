"""What a report stores: valid objects in the source's study, with the numbers of the answer, once."""

import copy
import json
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest

from ophtha_core.oct.dicom.codes import SUBFIELDS
from ophtha_core.oct.dicom.measurements import read_measurements
from ophtha_core.oct.dicom.thickness_map import read_thickness_map
from ophtha_core.oct.polygon import outline_pixels
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom, disc_phantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import bscan_series
from tests.kit.dicom_check import dciodvfy_errors
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload
from tests.plugin.service.oct.archive.examinations import (
    HEIGHT_MAP,
    REPORT,
    SEGMENTATION,
    THICKNESS_MAP,
    documents,
    load,
    report,
    stored_as,
    stored_volume,
)


@pytest.fixture(scope="module")
def macula() -> OctPhantom:
    return OctPhantom(orientation=ORIENTATIONS[1])


def test_stored_results_lie_in_the_study_validate_and_read_back(
    macula: OctPhantom, product: Product, upload: Upload, tmp_path: Path
) -> None:
    instance = stored_volume(product, upload, macula)
    centre = list(macula.fovea_cell())
    pathologies = macula.pathologies()
    content = report(
        product,
        instance,
        layers=macula.layers(),
        pathologies=pathologies,
        exam_center_coordinate_xz=centre,
        store=True,
    )
    source = load(product, instance)
    stored = content["stored"]
    assert isinstance(stored, list)
    for each in stored:
        assert load(product, each["ID"]).StudyInstanceUID == source.StudyInstanceUID
        study, same = (product.get(f"/instances/{place}/study").json()["ID"] for place in (instance, each["ID"]))
        assert same == study

    maps = {
        str(each.RetinalThicknessDefinitionCodeSequence[0].CodeValue): each
        for each in stored_as(product, content, THICKNESS_MAP)
    }
    assert set(maps) == {"111928", "111926", "111925"}
    expected = macula.orientation.to_canonical(macula.layer_map_um())
    np.testing.assert_allclose(read_thickness_map(maps["111928"]).values, expected, atol=0.01)
    rnfl = macula.orientation.to_canonical(macula.layer_map_um("rnfl"))
    np.testing.assert_allclose(read_thickness_map(maps["111925"]).values, rnfl, atol=0.01)

    (document,) = documents(product, content).values()
    assert dciodvfy_errors(document, tmp_path) == []
    values = read_measurements(hd.sr.srread(tmp_path / "object.dcm"))
    etdrs = content["etdrs"]
    assert isinstance(etdrs, dict)
    assert values["57109-1"] == pytest.approx(etdrs["0"]["0"]["mean"], abs=1e-3)
    sides = {"nasal": "0", "inferior": "1", "temporal": "2", "superior": "3"}
    for name, code in SUBFIELDS.items():
        ring, side = name.split()
        mean = etdrs["1" if ring == "inner" else "2"][sides[side]]["mean"]
        assert values[code.value] == pytest.approx(mean, abs=1e-3)

    (segmentation,) = stored_as(product, content, SEGMENTATION)
    assert dciodvfy_errors(segmentation, tmp_path) == []
    pixels = hd.seg.segread(tmp_path / "object.dcm").get_pixels_by_source_frame(
        source.SOPInstanceUID,
        list(range(1, macula.num_slices + 1)),
        assert_missing_frames_are_empty=True,
        ignore_spatial_locations=True,
    )
    drawn = np.zeros((macula.num_slices, macula.rows, macula.columns), dtype=bool)
    for index, part in enumerate(pathologies):
        for each in part["instances"]:
            if each["className"] == "drusen":
                points = np.array(each["points"]).reshape(-1, 2)
                drawn[index] |= outline_pixels(points, width=macula.columns, height=macula.rows)
    np.testing.assert_array_equal(pixels[..., 0], drawn)


def test_left_eye_swaps_nasal_and_temporal_codes(product: Product, upload: Upload) -> None:
    phantom = OctPhantom(anatomy=RetinaAnatomy(right_eye=False), num_slices=31, slice_spacing_mm=0.2)
    instance = stored_volume(product, upload, phantom)
    content = report(product, instance, layers=phantom.layers(), store=True)
    etdrs = content["etdrs"]
    assert isinstance(etdrs, dict)
    values = read_measurements(documents(product, content)["131243"])
    assert values["57115-8"] == pytest.approx(etdrs["2"]["2"]["mean"], abs=1e-3)  # nasal is image left
    assert values["57117-4"] == pytest.approx(etdrs["2"]["0"]["mean"], abs=1e-3)
    nasal, temporal = values["57115-8"], values["57117-4"]
    assert nasal is not None
    assert temporal is not None
    assert nasal > temporal


def audit(product: Product) -> list[dict[str, list[str]]]:
    lines = (product.folder / "ophtha" / "audit.jsonl").read_text().splitlines()
    return [each for each in map(json.loads, lines) if each["action"] == "oct report stored"]


def test_repeating_a_report_stores_nothing_twice(macula: OctPhantom, product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=27)
    instance = stored_volume(product, upload, phantom)
    body = {"layers": phantom.layers(), "pathologies": phantom.pathologies(), "store": True}
    first = report(product, instance, **body)
    before = set(product.get("/instances").json())
    audited = audit(product)
    assert {each["ID"] for each in first["stored"]} <= set(audited[-1]["resources"])  # type: ignore[attr-defined]
    again = report(product, instance, **body)
    assert audit(product) == audited
    assert again["stored"] == first["stored"]
    assert set(product.get("/instances").json()) == before
    thicker = copy.deepcopy(body)
    layers = thicker["layers"]
    assert isinstance(layers, list)
    layers[13]["instances"][-1]["points"][-1] += 1.0
    other = report(product, instance, **thicker)
    assert set(product.get("/instances").json()) > before
    assert other["stored"] != first["stored"]


def test_both_key_measurements_of_an_eye_with_macula_and_disc(product: Product, upload: Upload, tmp_path: Path) -> None:
    phantom = OctPhantom(
        num_slices=44,
        columns=150,
        rows=150,
        slice_spacing_mm=0.15,
        pixel_spacing_column_mm=0.08,
        pixel_spacing_row_mm=0.009,
        centre_mm=(2.2, 0.0),
    )
    instance = stored_volume(product, upload, phantom)
    content = report(
        product,
        instance,
        layers=phantom.layers(with_ilm=True),
        landmarks=phantom.nerve_landmarks(),
        exam_center_coordinate_xz=list(phantom.fovea_cell()),
        store=True,
    )
    found = documents(product, content)
    assert set(found) == {"131243", "131242"}
    for document in found.values():
        assert dciodvfy_errors(document, tmp_path) == []
    values = read_measurements(found["131242"])
    rnfl = content["rnfl"]
    assert isinstance(rnfl, dict)
    quadrants = rnfl["rnfl_thickness_statistics"]["quadrant"]
    for code, key in (("131268", "0"), ("131265", "1"), ("131267", "2"), ("131266", "3")):
        assert values[code] == pytest.approx(quadrants[key] * 1000, abs=1e-3)
    disc = phantom.anatomy.disc.semi_axes_mm
    assert values["131274"] == pytest.approx(2000 * ((disc[0] * disc[1]) ** 0.5 + 1.0), rel=0.01)
    odn = content["odn"]
    assert isinstance(odn, dict)
    assert odn["disc"]["area"] == pytest.approx(np.pi * disc[0] * disc[1], rel=0.02)
    assert odn["ratios"]["cup_disc_vertical"] == pytest.approx(phantom.anatomy.disc.cup_ratio, abs=0.06)


def test_macular_codes_are_not_written_about_the_optic_disc(product: Product, upload: Upload) -> None:
    phantom = disc_phantom(RetinaAnatomy(right_eye=False))
    instance = stored_volume(product, upload, phantom)
    content = report(product, instance, layers=phantom.layers(), landmarks=phantom.nerve_landmarks(), store=True)
    assert set(documents(product, content)) == {"131242"}
    meta = content["meta"]
    assert isinstance(meta, dict)
    assert "optic disc" in meta["not_stored"]["macular_report"]


def test_sums_of_some_layers_never_use_macular_codes(macula: OctPhantom, product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=26)
    instance = stored_volume(product, upload, phantom)
    kept = [
        {**part, "instances": [each for each in part["instances"] if each["className"] in ("rnfl", "gcl", "ipl")]}
        for part in phantom.layers()
    ]
    content = report(product, instance, layers=kept, store=True)
    assert documents(product, content) == {}
    meta = content["meta"]
    assert isinstance(meta, dict)
    assert "rpe is missing" in meta["not_stored"]["macular_report"]
    gap = [
        {**part, "instances": [each for each in part["instances"] if each["className"] != "inl"]}
        for part in phantom.layers()
    ]
    meta = report(product, instance, layers=gap, store=True)["meta"]
    assert isinstance(meta, dict)
    assert "gaps" in meta["not_stored"]["macular_report"]


def test_without_laterality_there_is_no_report_document_and_the_answer_says_why(
    product: Product, upload: Upload
) -> None:
    phantom = OctPhantom(num_slices=20, slice_spacing_mm=0.3)
    images = upload(bscan_series(phantom, laterality=False))
    series = product.get(f"/instances/{images[0]}").json()["ParentSeries"]
    body = {"layers": phantom.layers(), "pathologies": phantom.pathologies(), "store": True}
    answer = product.post(f"/plugins/oct/series/{series}/report", json=body).json()
    assert [each["SOPClassUID"] for each in answer["stored"]] == [SEGMENTATION, HEIGHT_MAP]
    assert "eye" in answer["meta"]["not_stored"]["macular_report"]
    with_eye = product.post(f"/plugins/oct/series/{series}/report", json={**body, "laterality": "L"}).json()
    assert {each["SOPClassUID"] for each in with_eye["stored"]} == {THICKNESS_MAP, REPORT, SEGMENTATION, HEIGHT_MAP}
    assert with_eye["geometry"]["laterality"] == "L"


def test_a_sector_hardly_scanned_is_empty_in_the_document(product: Product, upload: Upload, tmp_path: Path) -> None:
    phantom = OctPhantom(num_slices=16, slice_spacing_mm=0.24)
    instance = stored_volume(product, upload, phantom)
    content = report(product, instance, layers=phantom.layers(), store=True)
    document = documents(product, content)["131243"]
    assert dciodvfy_errors(document, tmp_path) == []
    values = read_measurements(document)
    assert values["57114-1"] is None
    assert values["57116-6"] is None
    assert values["57115-8"] is not None
