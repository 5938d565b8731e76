"""What is not known is computed and marked, and never stored."""

import copy
import json
from urllib.parse import urlencode

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ophtha_core.oct.dicom.measurements import read_measurements
from ophtha_core.oct.dicom.thickness_map import read_thickness_map
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import Planes, opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload
from tests.plugin.service.oct.archive.examinations import (
    HEIGHT_MAP,
    REPORT,
    SEGMENTATION,
    THICKNESS_MAP,
    Json,
    documents,
    load,
    report,
    stored_as,
    stored_volume,
)
from tests.plugin.service.oct.samples import GETS, PREFIX, SAMPLES

SIDES = {"nasal": "57111-7", "inferior": "57112-5", "temporal": "57113-3", "superior": "57110-9"}
VOLUME, CENTRE = "57118-2", "57109-1"


def classes_of(content: Json) -> set[str]:
    """What was stored of measurements; the surfaces as they were drawn claim nothing of the eye."""
    stored = content["stored"]
    assert isinstance(stored, list)
    return {each["SOPClassUID"] for each in stored} - {HEIGHT_MAP}


def comments(document: Dataset) -> list[str]:
    """What a document says of its own observations."""
    return [
        str(item.TextValue)
        for item in document.ContentSequence
        if item.ValueType == "TEXT" and item.ConceptNameCodeSequence[0].CodeValue == "121106"
    ]


def withheld(content: Json) -> dict[str, str]:
    meta = content["meta"]
    assert isinstance(meta, dict)
    found: dict[str, str] = meta["not_stored"]
    return found


def upload_study(upload: Upload, volume: Dataset, *others: Dataset) -> str:
    return upload([volume, *others])[0]


@pytest.fixture(scope="module")
def macula() -> OctPhantom:
    return OctPhantom(num_slices=31, slice_spacing_mm=0.2)


def with_gap(layers: list[dict[str, object]], *, first: int, last: int, slices: range) -> list[dict[str, object]]:
    """The layers without the columns from `first` to `last` of some slices."""
    cut = copy.deepcopy(layers)
    for index in slices:
        pieces = []
        for each in cut[index]["instances"]:  # type: ignore[attr-defined]
            points = np.array(each["points"], dtype=np.float64).reshape(-1, 2)
            for kept in (points[points[:, 0] < first], points[points[:, 0] > last]):
                if len(kept) > 2:
                    pieces.append({**each, "points": kept.ravel().tolist()})
        cut[index]["instances"] = pieces
    return cut


def one_class(phantom: OctPhantom, name: str) -> list[dict[str, object]]:
    """The whole retina drawn as one class."""
    boundaries = phantom.boundaries_px()
    columns = np.arange(phantom.columns, dtype=np.float64)
    return [
        {
            "instances": [
                {
                    "className": name,
                    "points": np.concatenate(
                        [
                            np.column_stack([columns, boundaries[0, index]]),
                            np.column_stack([columns, boundaries[-1, index]])[::-1],
                        ]
                    )
                    .ravel()
                    .tolist(),
                }
            ],
            "metadata": {"width": phantom.columns, "height": phantom.rows},
        }
        for index in range(phantom.num_slices)
    ]


@pytest.mark.parametrize("name", ["retina", "ilm_bm", "layers"])
def test_what_no_layer_reaches_is_missing_and_not_zero(
    name: str, macula: OctPhantom, product: Product, upload: Upload
) -> None:
    instance = stored_volume(product, upload, macula, patient_id=f"GAP-{name}")
    whole = macula.layers() if name == "layers" else one_class(macula, name)
    cut = with_gap(whole, first=70, last=85, slices=range(9, 20))  # type: ignore[arg-type]
    full, gap = (report(product, instance, layers=each, include_meta=True, store=True) for each in (whole, cut))
    sector = [content["etdrs"]["2"]["0"]["mean"] for content in (full, gap)]  # type: ignore[index]
    assert sector[1] == pytest.approx(sector[0], abs=6.0)
    assert gap["meta"]["coverage"]["etdrs"]["2"]["0"] < 0.8  # type: ignore[index]
    maps = gap["thickness_maps"]
    assert isinstance(maps, dict)
    assert all(cell is None for values in maps.values() for row in values[9:20] for cell in row[70:86])
    values = read_measurements(documents(product, gap)["131243"])
    assert values["57115-8"] == pytest.approx(sector[1], abs=1e-3)
    zero = report(product, instance, layers=cut, uncovered="zero")
    assert zero["etdrs"]["2"]["0"]["mean"] < sector[0] - 30  # type: ignore[index]


def test_nothing_is_stored_from_a_sector_where_a_layer_was_not_drawn(
    macula: OctPhantom, product: Product, upload: Upload
) -> None:
    instance = stored_volume(product, upload, macula, patient_id="ABSENT")
    layers = copy.deepcopy(macula.layers())
    for index in range(4, 28):
        kept = []
        for each in layers[index]["instances"]:
            points = np.array(each["points"]).reshape(-1, 2)
            if each["className"] == "inl":
                points = points[points[:, 0] < 70]
            kept.append({**each, "points": points.ravel().tolist()})
        layers[index]["instances"] = kept  # type: ignore[typeddict-item]
    content = report(
        product,
        instance,
        layers=layers,
        exam_center_coordinate_xz=list(macula.fovea_cell()),
        store=True,
        include_meta=True,
    )
    meta = content["meta"]
    assert isinstance(meta, dict)
    assert meta["zero_by_absence"]["inl"] == 24 * 26
    assert meta["zero_by_absence"]["rnfl"] == 0
    values = read_measurements(documents(product, content)["131243"])
    assert values["57115-8"] is None
    assert values[VOLUME] is None
    assert values["57117-4"] is not None
    maps = {
        str(each.RetinalThicknessDefinitionCodeSequence[0].CodeValue): read_thickness_map(each)
        for each in stored_as(product, content, THICKNESS_MAP)
    }
    assert np.isnan(maps["111928"].values[15, 80])
    assert np.isfinite(maps["111928"].values[15, 20])
    assert np.isfinite(maps["111925"].values[15, 80])


def as_converted(phantom: OctPhantom, *, patient_id: str, step_mm: float | None = None) -> Dataset:
    """An image as converters write it: positions [0, 0, i * t], no frame locations."""
    volume = opt_study(phantom, planes=Planes.PLACEHOLDER, frame_locations=False, patient_id=patient_id).volume
    volume.Manufacturer = "Heidelberg Engineering"
    if step_mm is not None:
        volume.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness = step_mm
        for index, groups in enumerate(volume.PerFrameFunctionalGroupsSequence):
            groups.PlanePositionSequence[0].ImagePositionPatient = [0.0, 0.0, round(index * step_mm, 6)]
    return volume


@pytest.mark.parametrize("step_mm", [None, 0.05])
def test_what_the_file_does_not_prove_keeps_results_from_being_stored(
    step_mm: float | None, product: Product, upload: Upload
) -> None:
    # From below, as that device scans.
    phantom = OctPhantom(orientation=ORIENTATIONS[2], num_slices=31, slice_spacing_mm=0.2)
    instance = upload_study(upload, as_converted(phantom, patient_id=f"CONVERTED-{step_mm}", step_mm=step_mm))
    body = {"layers": phantom.layers(), "pathologies": phantom.pathologies(), "store": True}
    content = report(product, instance, **body)
    geometry = content["geometry"]
    assert isinstance(geometry, dict)
    assert geometry["assumed"][-2:] == ["slice_direction", "slice_thickness"]
    assert set(geometry["reasons"]) == set(geometry["assumed"])
    assert content["etdrs"] is not None
    assert classes_of(content) == {SEGMENTATION}
    for name in ("macular_report", "thickness_map"):
        assert "slice_direction" in withheld(content)[name]

    known = {"slice_direction": "BOTTOM_TOP", "slice_thickness": 0.2}
    half = report(product, instance, **body, geometry={"slice_direction": "BOTTOM_TOP"})
    assert classes_of(half) == {SEGMENTATION}
    whole = report(product, instance, **body, geometry=known)
    assert classes_of(whole) == {SEGMENTATION, THICKNESS_MAP, REPORT}
    located = report(product, stored_volume(product, upload, phantom, patient_id="LOCATED"), **body)
    assert whole["etdrs"]["1"]["3"]["mean"] == pytest.approx(located["etdrs"]["1"]["3"]["mean"], abs=0.1)  # type: ignore[index]
    said = comments(documents(product, whole)["131243"])
    assert said == ["Operator supplied, not read from the image: slice_direction, slice_thickness"]

    handed_back = report(product, instance, **body, geometry=content["geometry"])
    assert classes_of(handed_back) == {SEGMENTATION}


def test_what_the_request_says_against_the_file_is_refused(
    macula: OctPhantom, product: Product, upload: Upload
) -> None:
    instance = stored_volume(product, upload, macula, patient_id="CONTRADICTED")
    for geometry, field in (
        ({"slice_direction": "BOTTOM_TOP"}, "geometry.slice_direction"),
        ({"slice_thickness": 0.1}, "geometry.slice_thickness"),
        ({"num_slices": 7}, "geometry.num_slices"),
        ({"laterality": "L"}, "geometry.laterality"),
    ):
        answer = report(product, instance, status=422, layers=macula.layers(), geometry=geometry)
        assert field in str(answer["Details"]) or field.split(".")[1] in str(answer["Details"])


def test_without_a_fovea_the_middle_of_the_scan_is_assumed_and_nothing_stored(product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=31, slice_spacing_mm=0.2)
    instance = stored_volume(product, upload, phantom, patient_id="FLAT")
    flat = [
        {
            "instances": [{"className": "retina", "points": [0, 20, 95, 20, 95, 60, 0, 60]}],
            "metadata": {"width": phantom.columns, "height": phantom.rows},
        }
    ] * phantom.num_slices
    content = report(product, instance, layers=flat, store=True)
    geometry = content["geometry"]
    assert isinstance(geometry, dict)
    assert geometry["assumed"] == ["exam_center_coordinate_xz"]
    assert classes_of(content) == set()
    assert "fovea" in withheld(content)["macular_report"]
    given = report(product, instance, layers=flat, store=True, exam_center_coordinate_xz=[47.5, 15.0])
    assert given["geometry"]["assumed"] == []  # type: ignore[index]
    assert classes_of(given) == {THICKNESS_MAP, REPORT}
    assert read_measurements(documents(product, given)["131243"])[VOLUME] == pytest.approx(
        np.pi * 9 * 40 * 7.5 / 1000, rel=1e-4
    )


def test_the_fovea_is_found_where_nobody_gives_it(product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=36, slice_spacing_mm=0.2, columns=120, centre_mm=(0.4, -0.25))
    instance = stored_volume(product, upload, phantom, patient_id="OFF-CENTRE")
    found = report(product, instance, layers=phantom.layers(), include_meta=True)
    given = report(product, instance, layers=phantom.layers(), exam_center_coordinate_xz=list(phantom.fovea_cell()))
    meta = found["meta"]
    assert isinstance(meta, dict)
    assert meta["centre"] == "fovea found in the layers"
    assert found["etdrs"]["0"]["0"]["mean"] == pytest.approx(given["etdrs"]["0"]["0"]["mean"], abs=1.0)  # type: ignore[index]


@pytest.mark.parametrize("rotation_deg", [7.0, 25.0, -29.0, 41.0])
def test_a_turned_raster_gives_the_numbers_of_the_straight_one(
    rotation_deg: float, product: Product, upload: Upload
) -> None:
    square = {"num_slices": 48, "slice_spacing_mm": 0.14, "columns": 84, "pixel_spacing_column_mm": 0.08}
    straight, turned = (OctPhantom(rotation_deg=angle, **square) for angle in (0.0, rotation_deg))  # type: ignore[arg-type]
    found = []
    for phantom in (straight, turned):
        instance = stored_volume(
            product, upload, phantom, planes=Planes.PLACEHOLDER, patient_id=f"TURNED-{phantom.rotation_deg}"
        )
        centre = list(phantom.fovea_cell())
        found.append(report(product, instance, layers=phantom.layers(), exam_center_coordinate_xz=centre, store=True))
    geometry = found[1]["geometry"]
    assert isinstance(geometry, dict)
    assert geometry["rotation_deg"] == pytest.approx(rotation_deg, abs=0.01)
    for ring in ("1", "2"):
        means = [[content["etdrs"][ring][str(n)]["mean"] for n in range(4)] for content in found]  # type: ignore[index]
        assert means[1] == pytest.approx(means[0], abs=0.6)
    stored = [read_measurements(documents(product, content)["131243"]) for content in found]
    for code in SIDES.values():
        assert stored[1][code] == pytest.approx(stored[0][code], abs=0.6)
    retina = [
        read_thickness_map(each)
        for each in stored_as(product, found[1], THICKNESS_MAP)
        if each.RetinalThicknessDefinitionCodeSequence[0].CodeValue == "111928"
    ]
    centre_point = retina[0].grid.centre_point
    at_mm = np.array([0.7, -0.4])
    row, column = (
        round(centre_point.row + at_mm[1] / retina[0].grid.row_spacing_mm),
        round(centre_point.column + at_mm[0] / retina[0].grid.column_spacing_mm),
    )
    y = (row - centre_point.row) * retina[0].grid.row_spacing_mm
    x = (column - centre_point.column) * retina[0].grid.column_spacing_mm
    layers = RetinaAnatomy()
    expected = sum(
        float(layers.thickness_um(name, np.array([x]), np.array([y]))[0])
        for name in ("rnfl", "gcl", "ipl", "inl", "opl", "onl", "elm", "mz", "ez", "os", "rpe")
    )
    assert retina[0].values[row, column] == pytest.approx(expected, abs=2.0)


@pytest.mark.parametrize("lines", [1, 5, 21])
def test_a_volume_is_claimed_only_of_a_whole_disc(lines: int, product: Product, upload: Upload) -> None:
    phantom = OctPhantom(num_slices=lines)
    instance = stored_volume(product, upload, phantom, patient_id=f"LINES-{lines}")
    content = report(
        product,
        instance,
        layers=phantom.layers(),
        exam_center_coordinate_xz=list(phantom.fovea_cell()),
        geometry={"slice_direction": "TOP_BOTTOM", "slice_thickness": 0.24} if lines == 1 else {},
        store=True,
    )
    assert read_measurements(documents(product, content)["131243"])[VOLUME] is None


def test_an_image_that_names_both_eyes_is_stored_for_neither(
    macula: OctPhantom, product: Product, upload: Upload
) -> None:
    study = opt_study(macula, patient_id="BOTH-EYES")
    study.volume.ImageLaterality = "L"
    instance = upload_study(upload, study.volume, study.localizer)
    content = report(product, instance, layers=macula.layers(), store=True)
    geometry = content["geometry"]
    assert isinstance(geometry, dict)
    assert (geometry["laterality"], geometry["assumed"]) == (None, ["laterality"])
    assert content["stored"] == []
    assert "contradicts itself" in withheld(content)["macular_report"]
    decided = report(product, instance, layers=macula.layers(), store=True, laterality="R")
    assert classes_of(decided) == {THICKNESS_MAP, REPORT}
    assert comments(documents(product, decided)["131243"]) == ["Operator supplied, not read from the image: laterality"]


def test_a_cornea_has_no_macula(macula: OctPhantom, product: Product, upload: Upload) -> None:
    study = opt_study(macula, patient_id="CORNEA")
    anatomy = study.volume.SharedFunctionalGroupsSequence[0].FrameAnatomySequence[0]
    for region in (study.volume.AnatomicRegionSequence[0], anatomy.AnatomicRegionSequence[0]):
        region.CodeValue, region.CodeMeaning = "28726007", "Cornea"
    instance = upload_study(upload, study.volume, study.localizer)
    content = report(product, instance, layers=macula.layers(), store=True)
    assert content["stored"] == []
    assert "cornea" in withheld(content)["macular_report"]


@pytest.mark.parametrize(
    ("slices", "spacing_mm", "step_mm"), [(5, (3.9, 62.5), 240.0), (49, (0.0075, 0.0625), 1.0)], ids=["um", "1 mm"]
)
def test_distances_of_no_eye_are_refused_until_somebody_knows_better(
    slices: int, spacing_mm: tuple[float, float], step_mm: float, product: Product, upload: Upload
) -> None:
    phantom = OctPhantom(num_slices=slices)
    volume = opt_study(phantom, planes=Planes.ABSENT, frame_locations=False, patient_id=f"NO-EYE-{slices}").volume
    measures = volume.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.PixelSpacing, measures.SliceThickness = list(spacing_mm), step_mm
    instance = upload_study(upload, volume)
    answer = product.get(f"/plugins/oct/instances/{instance}/geometry")
    assert answer.status_code == 422
    assert "slice_thickness" in str(answer.json()["Details"])
    layers = phantom.layers()
    report(product, instance, status=422, layers=layers)
    known = {"slice_direction": "TOP_BOTTOM", "slice_thickness": 0.12, "pixel_spacing_row": 0.0075}
    content = report(product, instance, layers=layers, geometry={**known, "pixel_spacing_column": 0.0625})
    assert content["geometry"]["slice_thickness"] == 0.12  # type: ignore[index]
    assert content["geometry"]["pixel_spacing_column"] == 0.0625  # type: ignore[index]


def test_every_analysis_takes_the_geometry_of_a_volume_as_it_is(
    macula: OctPhantom, product: Product, upload: Upload
) -> None:
    instance = stored_volume(product, upload, macula, patient_id="HANDED-ON")
    geometry = product.get(f"/plugins/oct/instances/{instance}/geometry").json()
    reported = report(product, instance, layers=macula.layers())["geometry"]
    for known in (geometry, reported):
        for endpoint, body in SAMPLES.items():
            # The samples are of another size, in which the centre lies outside.
            extra = {key: value for key, value in known.items() if key not in (*body, "exam_center_coordinate_xz")}
            if endpoint == "get_amd_stage":
                extra = {"geometry": known}
            if endpoint in GETS:
                query = {
                    key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in extra.items()
                }
                answer = product.get(f"{PREFIX}{endpoint}?{urlencode({**query, **body})}")
            else:
                answer = product.post(PREFIX + endpoint, json={**extra, **body})
            assert answer.status_code == 200, (endpoint, answer.text)


def test_objects_stored_before_are_not_touched_by_a_report_that_stores_nothing(
    macula: OctPhantom, product: Product, upload: Upload
) -> None:
    instance = stored_volume(product, upload, macula, patient_id="KEPT")
    first = report(product, instance, layers=macula.layers(), store=True)
    kept = first["stored"]
    assert isinstance(kept, list)
    report(product, instance, layers=macula.layers(), uncovered="missing")
    assert load(product, kept[0]["ID"]).SOPClassUID in (THICKNESS_MAP, REPORT)
