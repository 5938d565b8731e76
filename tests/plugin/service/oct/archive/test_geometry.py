"""What Orthanc's users get to know about the geometry of a stored volume."""

import pytest
from pydicom.dataset import Dataset

from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import Planes, bscan_series, opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload

SMALL = {"num_slices": 8, "columns": 16, "rows": 120, "slice_spacing_mm": 0.7, "pixel_spacing_column_mm": 0.35}
KEYS = {
    "scan_protocol",
    "slice_direction",
    "pixel_direction",
    "pixel_spacing_row",
    "pixel_spacing_column",
    "slice_thickness",
    "rotation_deg",
    "pixel_image_height",
    "pixel_image_width",
    "num_slices",
    "laterality",
    "assumed",
    "reasons",
}


def phantom(number: int = 0, *, right_eye: bool = True) -> OctPhantom:
    return OctPhantom(orientation=ORIENTATIONS[number], anatomy=RetinaAnatomy(right_eye=right_eye), **SMALL)


@pytest.mark.parametrize("number", range(len(ORIENTATIONS)))
def test_a_stored_volume_tells_how_it_was_scanned(number: int, product: Product, upload: Upload) -> None:
    scan = phantom(number, right_eye=number % 2 == 0)
    study = opt_study(scan, planes=Planes.PLACEHOLDER)
    volume, _ = upload([study.volume, study.localizer])
    answer = product.get(f"/plugins/oct/instances/{volume}/geometry")
    assert answer.status_code == 200
    geometry = answer.json()
    assert set(geometry) == KEYS
    assert geometry["scan_protocol"] == scan.orientation.protocol
    assert geometry["slice_direction"] == scan.orientation.slice_direction
    assert geometry["pixel_direction"] == scan.orientation.pixel_direction
    assert geometry["slice_thickness"] == pytest.approx(0.7, abs=1e-4)
    assert geometry["pixel_spacing_column"] == 0.35
    assert geometry["pixel_spacing_row"] == 0.0075
    assert (geometry["num_slices"], geometry["pixel_image_width"], geometry["pixel_image_height"]) == (8, 16, 120)
    assert geometry["laterality"] == scan.laterality
    assert geometry["assumed"] == []


def test_the_series_of_a_volume_answers_like_its_instance(product: Product, upload: Upload) -> None:
    study = opt_study(phantom(3))
    volume, _ = upload([study.volume, study.localizer])
    series = product.get(f"/instances/{volume}").json()["ParentSeries"]
    by_instance, by_series = (
        product.get(f"/plugins/oct/{place}/geometry").json() for place in (f"instances/{volume}", f"series/{series}")
    )
    assert by_instance == by_series


def test_a_legacy_series_with_placeholder_positions_says_what_it_assumes(product: Product, upload: Upload) -> None:
    images = upload(bscan_series(phantom(), planes=Planes.PLACEHOLDER, laterality=False))
    series = product.get(f"/instances/{images[0]}").json()["ParentSeries"]
    geometry = product.get(f"/plugins/oct/series/{series}/geometry").json()
    assert geometry["assumed"] == ["slice_direction", "slice_thickness"]
    assert "placeholder" in geometry["reasons"]["slice_thickness"]
    assert geometry["laterality"] is None
    assert geometry["num_slices"] == 8
    assert geometry["slice_thickness"] == pytest.approx(0.7)


def refused(product: Product, path: str, *, names: str, status: int = 422) -> None:
    answer = product.get(path)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["HttpStatus"] == status
    assert names in [part for detail in body["Details"] for part in detail["loc"]]


def test_missing_geometry_is_refused_by_name(product: Product, upload: Upload) -> None:
    study = opt_study(phantom(), planes=Planes.ABSENT, frame_locations=False, slice_thickness=False)
    volume = upload([study.volume])[0]
    refused(product, f"/plugins/oct/instances/{volume}/geometry", names="SliceThickness")


def test_another_modality_is_refused_by_name(product: Product, upload: Upload) -> None:
    image: Dataset = bscan_series(phantom(1))[0]
    image.Modality = "CT"
    refused(product, f"/plugins/oct/instances/{upload([image])[0]}/geometry", names="Modality")


def test_an_unknown_identifier_is_not_found(product: Product) -> None:
    for level in ("instances", "series"):
        path = f"/plugins/oct/{level}/00000000-00000000-00000000-00000000-00000000/geometry"
        assert product.get(path).status_code == 404
