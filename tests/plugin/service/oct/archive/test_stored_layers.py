"""Layers that lie in the archive are found and used, a person's before a machine's."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ophtha_core.oct.dicom.height_map import (
    GIVEN_BY_CALLER,
    HEIGHT_MAP_STORAGE,
    AlgorithmType,
    SegmentationSource,
    write_height_map,
)
from ophtha_core.oct.dicom.volume import OctVolume, read_oct_volume
from ophtha_core.oct.layer_surfaces import LayerSurfaces
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_dicom import opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload
from tests.plugin.service.oct.archive.examinations import Json, report

PHANTOM = OctPhantom(num_slices=31, slice_spacing_mm=0.2)
PLACE = [47.5, 15.0]


def study_of(patient_id: str) -> tuple[OctVolume, list[Dataset]]:
    study = opt_study(PHANTOM, patient_id=patient_id)
    volume = read_oct_volume([study.volume], localizers={study.localizer.SOPInstanceUID: study.localizer})
    return volume, [study.volume, study.localizer]


def height_map(volume: OctVolume, bottom: float, made_by: SegmentationSource, *, in_series: bool = False) -> Dataset:
    """A flat retina from row 20 to `bottom`."""
    shape = (PHANTOM.num_slices, PHANTOM.columns)
    surfaces = {"ILM": np.full(shape, 20.0), "BM": np.full(shape, bottom)}
    layers = LayerSurfaces(surfaces=surfaces, width=PHANTOM.columns, height=PHANTOM.rows)
    stored = write_height_map(volume, layers, made_by=made_by)
    if in_series:
        stored.SeriesInstanceUID = volume.source.SeriesInstanceUID
        stored.Modality = "OPT"
    return stored


def thickness_um(content: Json) -> float:
    return float(content["etdrs"]["0"]["0"]["mean"])  # type: ignore[index]


DEVICE = SegmentationSource(kind=AlgorithmType.AUTOMATIC, algorithm="Device", version="5")
COMPUTED = SegmentationSource(kind=AlgorithmType.AUTOMATIC, algorithm="Graph search", version="1")
CORRECTED = SegmentationSource(kind=AlgorithmType.SEMIAUTOMATIC, algorithm="Graph search", version="1")
MANUAL = SegmentationSource(kind=AlgorithmType.MANUAL)


def test_a_height_map_beside_the_volume_is_found(product: Product, upload: Upload) -> None:
    volume, images = study_of("FOUND-LAYERS")
    stored = height_map(volume, 60.0, DEVICE)
    stored.Manufacturer = "Device maker"
    identifiers = upload([*images, stored])
    content = report(product, identifiers[0], exam_center_coordinate_xz=PLACE)
    assert thickness_um(content) == pytest.approx(40 * 7.5)
    assert content["layers"] == {
        "instance": str(stored.SOPInstanceUID),
        "source": "AUTOMATIC",
        "algorithm": "Device",
        "version": "5",
        "computed": False,
    }


@pytest.mark.parametrize("in_series", [True, False])
def test_an_object_in_the_series_of_the_volume_does_not_break_it(
    in_series: bool, product: Product, upload: Upload
) -> None:
    volume, images = study_of(f"IN-SERIES-{in_series}")
    identifiers = upload([*images, height_map(volume, 60.0, MANUAL, in_series=in_series)])
    series = product.get(f"/instances/{identifiers[0]}").json()["ParentSeries"]
    assert product.get(f"/plugins/oct/series/{series}/geometry").status_code == 200
    for place in (f"instances/{identifiers[0]}", f"series/{series}"):
        answer = product.post(f"/plugins/oct/{place}/report", json={"exam_center_coordinate_xz": PLACE})
        assert answer.status_code == 200, answer.text
        assert answer.json()["layers"]["source"] == "MANUAL"


def test_what_a_person_drew_comes_first_and_what_we_computed_only_when_asked(product: Product, upload: Upload) -> None:
    volume, images = study_of("ORDER")
    instance = upload(images)[0]

    def used(**body: object) -> tuple[str, float]:
        content = report(product, instance, exam_center_coordinate_xz=PLACE, **body)
        return content["layers"]["source"], thickness_um(content) / 7.5  # type: ignore[index]

    computed = height_map(volume, 60.0, COMPUTED)
    identifier = upload([computed])[0]
    report(product, instance, status=422)
    assert used(computed=True) == ("AUTOMATIC", pytest.approx(40))
    content = report(product, instance, computed=True, exam_center_coordinate_xz=PLACE)
    assert content["layers"]["computed"] is True  # type: ignore[index]
    assert used(layers={"instance": identifier}) == ("AUTOMATIC", pytest.approx(40))
    upload([height_map(volume, 61.0, GIVEN_BY_CALLER)])
    assert used() == ("AUTOMATIC", pytest.approx(41))
    kept = [
        {
            "instances": [{"className": "retina", "points": [0, 20, 95, 20, 95, 62, 0, 62]}],
            "metadata": {"width": 96, "height": 160},
        }
    ] * PHANTOM.num_slices
    with product.client() as client:
        answer = client.put(f"/plugins/oct/instances/{instance}/segmentation", json={"layers": kept})
    assert answer.status_code == 200, answer.text
    assert used() == ("kept with the volume", pytest.approx(42))
    upload([height_map(volume, 63.0, CORRECTED)])
    assert used() == ("SEMIAUTOMATIC", pytest.approx(43))
    upload([height_map(volume, 64.0, MANUAL)])
    assert used() == ("MANUAL", pytest.approx(44))
    given = [
        {**part, "instances": [{"className": "retina", "points": [0, 20, 95, 20, 95, 65, 0, 65]}]} for part in kept
    ]
    content = report(product, instance, exam_center_coordinate_xz=PLACE, layers=given)
    assert thickness_um(content) == pytest.approx(45 * 7.5)
    assert "layers" not in content


def test_store_writes_the_layers_once_and_they_come_back_to_the_same_numbers(product: Product, upload: Upload) -> None:
    _, images = study_of("ROUND-TRIP")
    instance = upload(images)[0]
    first = report(product, instance, layers=PHANTOM.layers(), store=True)
    stored = [each for each in first["stored"] if each["SOPClassUID"] == HEIGHT_MAP_STORAGE]  # type: ignore[attr-defined]
    assert len(stored) == 1
    again = report(product, instance, store=True)
    assert all(each["SOPClassUID"] != HEIGHT_MAP_STORAGE for each in again["stored"])  # type: ignore[attr-defined]
    for section in ("etdrs", "gcc"):
        for ring, sectors in first[section].items():  # type: ignore[attr-defined]
            for sector, values in sectors.items():
                assert again[section][ring][sector]["mean"] == pytest.approx(values["mean"], abs=0.1)  # type: ignore[index]


def test_a_missing_surface_is_no_layer_of_zero(product: Product, upload: Upload) -> None:
    volume, images = study_of("SHADOW")
    stored = height_map(volume, 60.0, MANUAL)
    values = np.frombuffer(stored.FloatPixelData, "<f4").reshape(2, 31, 96).copy()
    values[1, 10:20, 70:85] = np.nan
    stored.FloatPixelData = values.tobytes()
    instance = upload([*images, stored])[0]
    content = report(product, instance, exam_center_coordinate_xz=PLACE, include_meta=True)
    assert content["etdrs"]["2"]["0"]["mean"] == pytest.approx(300)  # type: ignore[index]
    assert content["meta"]["coverage"]["etdrs"]["2"]["0"] < 0.95  # type: ignore[index]


def test_a_reference_to_something_else_is_refused_by_name(product: Product, upload: Upload) -> None:
    _, images = study_of("NO-HEIGHT-MAP")
    instance, localizer = upload(images)
    answer = report(product, instance, status=422, layers={"instance": localizer})
    assert "height map" in str(answer)
    other, others = study_of("OTHER-VOLUME")
    foreign = upload([*others, height_map(other, 60.0, MANUAL)])[2]
    assert "another volume" in str(report(product, instance, status=422, layers={"instance": foreign}))
