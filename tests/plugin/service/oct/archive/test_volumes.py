"""The volumes of a series, and where each of their B-scans lies."""

import json
from collections.abc import Iterator, Sequence

import pytest
from pydicom.dataset import Dataset

from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import ScanPattern, bscan_series, opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import file_of

_SMALL = {"num_slices": 8, "columns": 16, "rows": 120, "slice_spacing_mm": 0.7, "pixel_spacing_column_mm": 0.35}


def phantom(number: int = 0, *, right_eye: bool = True) -> OctPhantom:
    return OctPhantom(orientation=ORIENTATIONS[number], anatomy=RetinaAnatomy(right_eye=right_eye), **_SMALL)  # type: ignore[arg-type]


@pytest.fixture
def archive(product: Product) -> Iterator[Product]:
    yield product
    product.clear()


def store(product: Product, datasets: Sequence[Dataset]) -> tuple[list[str], str]:
    """Orthanc's identifiers of the images, and of the series of the first."""
    instances = product.upload(file_of(each) for each in datasets)
    series: str = product.get(f"/instances/{instances[0]}").json()["ParentSeries"]
    return instances, series


def volumes(product: Product, series: str) -> dict[str, list[dict[str, object]]]:
    answer = product.get(f"/plugins/oct/series/{series}/volumes")
    assert answer.status_code == 200, answer.text
    found: dict[str, list[dict[str, object]]] = answer.json()
    return found


@pytest.mark.parametrize("number", range(len(ORIENTATIONS)))
def test_b_scans_of_single_images_come_in_the_order_of_the_volume(archive: Product, number: int) -> None:
    instances, series = store(archive, bscan_series(phantom(number)))
    [volume] = volumes(archive, series)["volumes"]
    assert (volume["level"], volume["id"], volume["segmentation_kept"]) == ("series", series, False)
    assert volume["geometry"] == archive.get(f"/plugins/oct/series/{series}/geometry").json()
    assert volume["b_scans"] == [{"instance": each, "frame": 0} for each in instances]


def test_each_multi_frame_image_is_a_volume_of_its_own(archive: Product) -> None:
    studies = [opt_study(phantom(right_eye=right_eye)) for right_eye in (True, False)]
    for study in studies[1:]:
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "PatientID", "FrameOfReferenceUID"):
            setattr(study.volume, keyword, getattr(studies[0].volume, keyword))
    instances, series = store(archive, [study.volume for study in studies])
    found = volumes(archive, series)["volumes"]
    assert [volume["id"] for volume in found] == sorted(instances)
    assert {volume["geometry"]["laterality"] for volume in found} == {"R", "L"}  # type: ignore[index]
    for volume in found:
        assert volume["b_scans"] == [{"instance": volume["id"], "frame": frame} for frame in range(8)]


def test_a_segmentation_is_found_at_the_image_and_at_its_series(archive: Product) -> None:
    scan = phantom()
    instances, series = store(archive, [opt_study(scan).volume])
    assert volumes(archive, series)["volumes"][0]["segmentation_kept"] is False
    for level, identifier in (("series", series), ("instances", instances[0])):
        with archive.client() as client:
            path = f"/plugins/oct/{level}/{identifier}/segmentation"
            client.put(path, content=json.dumps({"layers": scan.layers()})).raise_for_status()
        [volume] = volumes(archive, series)["volumes"]
        assert (volume["level"], volume["id"], volume["segmentation_kept"]) == (level, identifier, True)


def test_images_that_make_no_volume_are_explained(archive: Product) -> None:
    _, series = store(archive, [opt_study(phantom(), pattern=ScanPattern.CIRCLE).volume])
    found = volumes(archive, series)
    assert found["volumes"] == []
    assert "circle" in str(found["unusable"][0])


def test_an_unknown_series_is_not_found(archive: Product) -> None:
    assert archive.get("/plugins/oct/series/00000000-00000000-00000000-00000000-00000000/volumes").status_code == 404


def test_a_segmentation_that_is_replaced_is_read_anew(archive: Product) -> None:
    scan = phantom()
    instances, _ = store(archive, [opt_study(scan).volume])
    path = f"/plugins/oct/instances/{instances[0]}/segmentation"
    layers = scan.layers()
    for kept in (layers, [{**layers[0], "instances": []}, *layers[1:]]):
        with archive.client() as client:
            client.put(path, content=json.dumps({"layers": kept})).raise_for_status()
        assert archive.get(f"{path}/slice?index=0").json()["layers"] == kept[0]
