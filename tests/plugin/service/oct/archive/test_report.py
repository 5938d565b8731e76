"""Segmentations in, every analysis out; what does not fit the volume is refused by name."""

import copy
from pathlib import Path

import numpy as np
import pytest

from ophtha_core.oct.dicom.measurements import read_measurements
from ophtha_core.oct.importers.heyex import read_heyex
from ophtha_core.oct.importers.iowa import read_iowa_surfaces
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom, disc_phantom
from ophtha_core.phantoms.oct_anatomy import LAYERS, Lesion, RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import Planes
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload
from tests.plugin.service.oct.archive.examinations import (
    SECTIONS,
    documents,
    report,
    stored_volume,
)


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
    # Of the 6 mm disc 0.88 was scanned: its volume is not known.
    assert values["57118-2"] is None


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
        ({}, ["body", "layers"]),
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


def test_imported_segmentations_are_requests_the_endpoints_take(product: Product, shared_data: Path) -> None:
    iowa = read_iowa_surfaces(shared_data / "oct" / "iowa_macula_od.xml")
    heyex = read_heyex(shared_data / "oct" / "heyex_xml")
    for scan, status, classes in ((iowa, "OK_PADDED", 9), (heyex, "ZONE_OF_INTEREST_NOT_REACHED", 10)):
        answer = product.post(
            "/plugins/oct/get_layer_thickness_map", json={**scan.layer_request(), "min_exam_width_mm": 4}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == status
        assert len(answer.json()["thickness_maps"]) == classes
