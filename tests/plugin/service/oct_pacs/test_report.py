"""Segmentations in, every analysis out, and results that come back into the archive once."""

import copy
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from ophtha_core.dicom.ophthalmic_codes import SUBFIELDS
from ophtha_core.dicom.ophthalmic_measurements import read_measurements
from ophtha_core.dicom.ophthalmic_thickness_map import read_thickness_map
from ophtha_core.oct.importers.iowa import read_iowa_surfaces
from ophtha_core.oct.polygon import outline_pixels
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom, disc_phantom
from ophtha_core.phantoms.oct_anatomy import LAYERS, Lesion, RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import Planes, bscan_series, opt_study
from tests.kit.dicom_check import dciodvfy_errors
from tests.kit.product import Product
from tests.plugin.service.oct_pacs.conftest import Upload

SECTIONS = ["thickness_maps", "etdrs", "gcc", "hemispheres", "glaucoma", "pathologies", "odn", "rnfl"]
THICKNESS_MAP, REPORT, SEGMENTATION = (f"1.2.840.10008.5.1.4.1.1.{suffix}" for suffix in ("81.1", "88.33", "66.4"))
Json = dict[str, object]


def stored_volume(product: Product, upload: Upload, phantom: OctPhantom, **changes: object) -> str:
    study = opt_study(phantom, **changes)  # type: ignore[arg-type]
    return upload([study.volume, study.localizer])[0]


def report(product: Product, instance: str, *, status: int = 200, **body: object) -> Json:
    answer = product.post(f"/plugins/oct/instances/{instance}/report", json=body)
    assert answer.status_code == status, answer.text
    content: Json = answer.json()
    return content


def load(product: Product, identifier: str) -> Dataset:
    return pydicom.dcmread(BytesIO(product.get(f"/instances/{identifier}/file").content))


def stored_as(product: Product, content: Json, sop_class: str) -> list[Dataset]:
    stored = content["stored"]
    assert isinstance(stored, list)
    return [load(product, each["ID"]) for each in stored if each["SOPClassUID"] == sop_class]


def documents(product: Product, content: Json) -> dict[str, Dataset]:
    return {str(each.ConceptNameCodeSequence[0].CodeValue): each for each in stored_as(product, content, REPORT)}


@pytest.fixture(scope="module")
def macula() -> OctPhantom:
    return OctPhantom(orientation=ORIENTATIONS[1])


def test_report_holds_every_section_and_nothing_more(macula: OctPhantom, product: Product, upload: Upload) -> None:
    instance = stored_volume(product, upload, macula)
    content = report(product, instance, layers=macula.layers(), pathologies=macula.pathologies())
    assert list(content) == ["geometry", *SECTIONS, "stored"]
    assert content["stored"] == []
    assert content["odn"] is None
    assert content["rnfl"] is None
    assert all(content[section] is not None for section in SECTIONS[:6])


@pytest.mark.parametrize(
    ("given", "absent"),
    [
        ("layers", ["odn", "pathologies", "rnfl"]),
        ("pathologies", ["etdrs", "gcc", "glaucoma", "hemispheres", "odn", "rnfl"]),
        ("landmarks", ["etdrs", "gcc", "glaucoma", "hemispheres", "pathologies", "rnfl", "thickness_maps"]),
    ],
)
def test_what_the_input_does_not_allow_is_null_with_a_reason(
    given: str, absent: list[str], product: Product, upload: Upload
) -> None:
    druse = Lesion(name="drusen", centre_mm=(3.0, 0.5), radius_mm=0.3, height_um=60.0)
    phantom = disc_phantom(RetinaAnatomy(lesions=(druse,)))
    parts = {"layers": phantom.layers(), "pathologies": phantom.pathologies(), "landmarks": phantom.nerve_landmarks()}
    instance = stored_volume(product, upload, phantom)
    content = report(product, instance, include_meta=True, **{given: parts[given]})
    meta = content["meta"]
    assert isinstance(meta, dict)
    assert sorted(section for section in SECTIONS if content[section] is None) == absent
    assert sorted(section for section in SECTIONS if section in meta["reasons"]) == absent
    assert meta["notice"] == "For research, not a diagnosis."


def test_sections_are_what_the_endpoints_answer(macula: OctPhantom, product: Product, upload: Upload) -> None:
    instance = stored_volume(product, upload, macula)
    centre = list(macula.fovea_cell())
    content = report(
        product,
        instance,
        layers=macula.layers(),
        pathologies=macula.pathologies(),
        exam_center_coordinate_xz=centre,
    )
    geometry = content["geometry"]
    maps = content["thickness_maps"]
    assert isinstance(geometry, dict)
    assert isinstance(maps, dict)
    scan = {name: geometry[name] for name in ("scan_protocol", "slice_direction", "pixel_direction")}
    scan |= {name: geometry[name] for name in ("pixel_spacing_row", "pixel_spacing_column", "slice_thickness")}
    scan |= {"exam_center_coordinate_xz": centre, "laterality": "R"}
    layers = {name: maps[name] for name in LAYERS}
    body = scan | {"layers_thickness_maps": layers, "used_layers": list(LAYERS)}
    assert product.post("/plugins/oct/get_etdrs", json=body).json() == content["etdrs"]
    body["used_layers"] = ["rnfl", "gcl", "ipl"]
    assert product.post("/plugins/oct/get_gcc_circle", json=body).json() == content["gcc"]
    pathologies = {name: maps[name] for name in ("drusen", "intraretinal_fluid")}
    answer = product.post(
        "/plugins/oct/get_pathology_volume_etdrs_calculations_zone",
        json=scan | {"pathology_thickness_maps": pathologies},
    )
    found = content["pathologies"]
    assert isinstance(found, dict)
    assert answer.json()["volumes"] == found["volumes_etdrs_zone"]


def test_thickness_is_that_of_the_anatomy(macula: OctPhantom, product: Product, upload: Upload) -> None:
    instance = stored_volume(product, upload, macula)
    content = report(product, instance, layers=macula.layers(), thickness_unit="um")
    maps = content["thickness_maps"]
    assert isinstance(maps, dict)
    np.testing.assert_allclose(np.sum([maps[name] for name in LAYERS], axis=0), macula.layer_map_um(), atol=1e-6)


@pytest.mark.parametrize("number", [0, 3, 6])
def test_any_scan_of_an_eye_gives_the_same_numbers(number: int, product: Product, upload: Upload) -> None:
    square = {"num_slices": 40, "columns": 40, "slice_spacing_mm": 0.16, "pixel_spacing_column_mm": 0.16}
    found = []
    for orientation in (ORIENTATIONS[0], ORIENTATIONS[number]):
        phantom = OctPhantom(orientation=orientation, centre_mm=(0.3, 0.1), **square)
        instance = stored_volume(product, upload, phantom, planes=Planes.PLACEHOLDER)
        centre = list(phantom.fovea_cell())
        etdrs = report(product, instance, layers=phantom.layers(), exam_center_coordinate_xz=centre)["etdrs"]
        assert isinstance(etdrs, dict)
        found.append([sector["mean"] for ring in etdrs.values() for sector in ring.values()])
    assert found[0] == pytest.approx(found[1], abs=0.02)


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


def test_repeating_a_report_stores_nothing_twice(macula: OctPhantom, product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=27)
    instance = stored_volume(product, upload, phantom)
    body = {"layers": phantom.layers(), "pathologies": phantom.pathologies(), "store": True}
    first = report(product, instance, **body)
    before = set(product.get("/instances").json())
    again = report(product, instance, **body)
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
    assert [each["SOPClassUID"] for each in answer["stored"]] == [SEGMENTATION]
    assert "eye" in answer["meta"]["not_stored"]["macular_report"]
    with_eye = product.post(f"/plugins/oct/series/{series}/report", json={**body, "laterality": "L"}).json()
    assert {each["SOPClassUID"] for each in with_eye["stored"]} == {THICKNESS_MAP, REPORT, SEGMENTATION}
    assert with_eye["geometry"]["laterality"] == "L"


def test_real_segmentation_gives_its_reference_values(product: Product, upload: Upload, shared_data: Path) -> None:
    real = read_iowa_surfaces(shared_data / "oct" / "iowa_macula_od.xml")
    phantom = OctPhantom(
        orientation=real.orientation,
        num_slices=19,
        columns=512,
        rows=496,
        slice_spacing_mm=real.slice_spacing_mm,
        pixel_spacing_column_mm=real.pixel_spacing_column_mm,
        pixel_spacing_row_mm=real.pixel_spacing_row_mm,
    )
    instance = stored_volume(product, upload, phantom)
    content = report(
        product,
        instance,
        layers=real.slices,
        exam_center_coordinate_xz=[253, 9],
        include_meta=True,
        store=True,
    )
    etdrs, gcc, meta = content["etdrs"], content["gcc"], content["meta"]
    assert isinstance(etdrs, dict)
    assert isinstance(gcc, dict)
    assert isinstance(meta, dict)
    means = [sector["mean"] for ring in etdrs.values() for sector in ring.values()]
    # Centre; right, inferior, left, superior of the inner and the outer ring.
    reference = [290.12, 347.29, 345.37, 328.41, 344.34, 309.75, 299.04, 270.52, 285.94]
    assert means == pytest.approx(reference, abs=1.0)
    assert gcc["0"]["0"]["mean"] == pytest.approx(61.49, abs=1.0)
    outer = meta["coverage"]["etdrs"]["2"]
    assert (outer["1"], outer["3"]) == pytest.approx((0.70, 0.70), abs=0.005)
    values = read_measurements(documents(product, content)["131243"])
    assert values["57111-7"] == pytest.approx(347.29, abs=1.0)  # inner nasal is right in a right eye
    assert values["57117-4"] == pytest.approx(270.52, abs=1.0)
    areas = {"0": 0.7854, "1": 1.5708, "2": 5.3014}
    volume = sum(
        sector["mean"] / 1000 * areas[ring] * meta["coverage"]["etdrs"][ring][key]
        for ring, sectors in etdrs.items()
        for key, sector in sectors.items()
    )
    assert values["57118-2"] == pytest.approx(volume, abs=0.002)


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


def test_segmentations_that_do_not_fit_the_volume_are_refused_by_field(
    macula: OctPhantom, product: Product, upload: Upload
) -> None:
    instance = stored_volume(product, upload, macula)
    layers = macula.layers()
    off = copy.deepcopy(layers)
    off[4]["instances"][2]["points"][0] = 5000.0
    other_size = copy.deepcopy(layers)
    other_size[3]["metadata"]["width"] = 512
    nameless = copy.deepcopy(layers)
    del nameless[2]["instances"][1]["className"]  # type: ignore[misc]
    for body, place in (
        ({"layers": layers[:-1]}, ["body", "layers"]),
        ({"layers": off}, ["body", "layers", 4, "instances", 2, "points"]),
        ({"layers": other_size}, ["body", "layers", 3, "metadata", "width"]),
        ({"layers": nameless}, ["body", "layers", 2, "instances", 1, "className"]),
        ({"pathologies": [{"instances": []}]}, ["body", "pathologies"]),
        ({"landmarks": [None]}, ["body", "landmarks"]),
        ({"layers": layers, "laterality": "L"}, ["body", "laterality"]),
        ({"layers": layers, "exam_center_coordinate_xz": [900, 3]}, ["body", "exam_center_coordinate_xz"]),
        ({"layers": layers, "unknown": 1}, ["body", "unknown"]),
        ({}, ["body"]),
    ):
        answer = report(product, instance, status=422, **body)
        details = answer["Details"]
        assert isinstance(details, list)
        assert place in [detail["loc"] for detail in details], (place, details)
    assert len(product.get(f"/instances/{instance}/patient").json()["Studies"]) == 1


def test_landmarks_are_taken_as_the_landmark_endpoints_answer_them(product: Product, upload: Upload) -> None:
    phantom = disc_phantom(RetinaAnatomy())
    instance = stored_volume(product, upload, phantom)
    by_slice = phantom.nerve_landmarks()
    indices = [index for index, points in enumerate(by_slice) if points]
    answers = {
        "nerve_zone_slice_indices": indices,
        "nerve_zone_landmarks": [by_slice[index] for index in indices],
    }
    objects = [{"nerve": points or None, "fovea": None} for points in by_slice]
    model_output = {
        "nerve": {
            "nerve_probabilities": [0.9 if points else 0.1 for points in by_slice],
            "indices": list(range(len(by_slice))),
            "coordinates": by_slice,
            "landmark_probabilities": [0.9 if points else 0.0 for points in by_slice],
        }
    }
    forms = (by_slice, answers, objects, model_output)
    found = [report(product, instance, landmarks=each)["odn"] for each in forms]
    assert found[0] is not None
    assert all(each == found[0] for each in found)


def test_the_fovea_among_the_landmarks_is_the_centre(product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=30, slice_spacing_mm=0.2, centre_mm=(0.8, -0.6))
    instance = stored_volume(product, upload, phantom)
    column, index = (round(each) for each in phantom.fovea_cell())
    layers = phantom.layers()
    landmarks: list[object] = [None] * phantom.num_slices
    landmarks[index] = {"fovea": [[column - 5, 90], [column, 95], [column + 5, 90]]}
    by_landmark = report(product, instance, layers=layers, landmarks=landmarks)["etdrs"]
    by_centre = report(product, instance, layers=layers, exam_center_coordinate_xz=[column, index])["etdrs"]
    in_the_middle = report(product, instance, layers=layers)["etdrs"]
    assert by_landmark == by_centre
    assert by_landmark != in_the_middle


@pytest.mark.parametrize(
    ("landmarks", "place"),
    [
        ({"nerve": {"indices": [0]}}, "nerve"),
        ({"other": 1}, "landmarks"),
        ({"nerve_zone_landmarks": [[[1, 2], [3, 4]]], "nerve_zone_slice_indices": [99]}, "nerve_zone_slice_indices"),
        ([{"disc": []}] * 41, "landmarks"),
        ([[[1, "two"]]] * 41, "landmarks"),
    ],
)
def test_landmarks_of_another_form_are_refused_by_name(
    landmarks: object, place: str, product: Product, upload: Upload
) -> None:
    instance = stored_volume(product, upload, disc_phantom(RetinaAnatomy()))
    details = report(product, instance, status=422, landmarks=landmarks)["Details"]
    assert isinstance(details, list)
    assert place in details[0]["loc"]
