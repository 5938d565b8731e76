"""Vessel maps of examinations stored in a real Orthanc."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from fastapi import FastAPI
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from ophtha_core.oct.enface import ScanOrientation
from ophtha_core.oct.vessel_map import vessel_map
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_dicom import Planes, bscan_series, opt_study
from plugin.service import parts as parts_module
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.pacs.places import Places
from plugin.service.readers.pool import Readers
from tests.kit.in_process import InProcessClient
from tests.kit.oct import ORIENTATIONS
from tests.kit.product import Product

MAP = "/plugins/oct/get_vessel_map"
IMAGE_SPACE = "/plugins/oct/get_vessel_map_img_space"


def file_bytes(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@pytest.fixture
def archive(product: Product) -> Iterator[Product]:
    yield product
    product.clear()


def stored_volume(archive: Product, phantom: OctPhantom) -> str:
    study = opt_study(phantom)
    return archive.upload([file_bytes(study.volume), file_bytes(study.localizer)])[0]


def stored_series(archive: Product, phantom: OctPhantom) -> str:
    instance = archive.upload([file_bytes(image) for image in bscan_series(phantom)])[0]
    return str(archive.get(f"/instances/{instance}/series").json()["ID"])


def expected_greys(phantom: OctPhantom) -> np.ndarray:
    return vessel_map(np.stack([frame.astype(float).mean(axis=0) for frame in phantom.frames()]))


@pytest.mark.parametrize("store", [stored_volume, stored_series])
def test_image_space_is_slice_by_column_in_stored_order(archive: Product, store: object) -> None:
    phantom = OctPhantom(orientation=ORIENTATIONS[3], noise_seed=2)
    location = store(archive, phantom)  # type: ignore[operator]
    answer = archive.get(f"{IMAGE_SPACE}?input_location={location}&input_bucket=x&input_bucket_cloud=gcp").json()
    assert answer["status"] == "OK"
    np.testing.assert_allclose(answer["vessel_map"], expected_greys(phantom), atol=1)
    assert {type(value) for value in answer["vessel_map"][0]} == {int}


@pytest.mark.parametrize("orientation", [ORIENTATIONS[2], ORIENTATIONS[5]], ids=str)
def test_the_picture_shows_the_drawn_vessels_in_canonical_orientation(
    archive: Product, orientation: ScanOrientation
) -> None:
    phantom = OctPhantom(orientation=orientation, noise_seed=2)
    location = stored_volume(archive, phantom)
    answer = archive.get(f"{MAP}?input_location={location}&scaling_factor_visualization=50").json()
    picture = cv2.imdecode(np.frombuffer(b64decode(answer["vessel_map"]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (300, 300)
    drawn = phantom.orientation.to_canonical(phantom.anatomy.vessel_mask(*phantom.cells_mm()))
    mask = cv2.resize(drawn.astype(np.uint8), (300, 300), interpolation=cv2.INTER_NEAREST) > 0
    assert picture[mask].mean() < picture[~mask].mean() - 40
    assert (
        picture[:, ::-1][mask].mean() > picture[mask].mean() + 10
        or picture[::-1][mask].mean() > picture[mask].mean() + 10
    )


def test_given_geometry_wins_over_that_of_the_file(archive: Product) -> None:
    location = stored_volume(archive, OctPhantom())
    query = "slice_thickness=0.2&pixel_spacing_column=0.05&slice_direction=BOTTOM_TOP&include_meta=true"
    answer = archive.get(f"{MAP}?input_location={location}&{query}").json()
    picture = cv2.imdecode(np.frombuffer(b64decode(answer["vessel_map"]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (500, 480)
    assert answer["meta"]["parameters"]["slice_direction"] == "BOTTOM_TOP"
    plain = archive.get(f"{MAP}?input_location={location}&slice_thickness=0.2&pixel_spacing_column=0.05").json()
    other = cv2.imdecode(np.frombuffer(b64decode(plain["vessel_map"]), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_allclose(picture[::-1].astype(int), other, atol=1)


def test_a_file_that_says_nothing_of_its_place_works_with_the_callers_geometry(archive: Product) -> None:
    phantom = OctPhantom(num_slices=8)
    images = bscan_series(phantom, planes=Planes.ABSENT)
    for image in images:
        del image.SliceThickness
    instance = archive.upload([file_bytes(image) for image in images])[0]
    location = archive.get(f"/instances/{instance}/series").json()["ID"]
    refused = archive.get(f"{IMAGE_SPACE}?input_location={location}")
    assert refused.status_code == 422
    query = (
        "slice_thickness=0.75&pixel_spacing_column=0.0625&scan_protocol=HORIZONTAL_3D"
        "&slice_direction=TOP_BOTTOM&pixel_direction=LEFT_RIGHT"
    )
    answer = archive.get(f"{IMAGE_SPACE}?input_location={location}&{query}").json()
    assert np.shape(answer["vessel_map"]) == (8, 96)


@pytest.fixture
def in_process(archive: Product, oct_app: FastAPI) -> Iterator[InProcessClient]:
    """The routes without Orthanc's port, over the same archive: `parts` holds all they use."""

    readers = Readers(memory_mb=1024, time_limit_s=60)
    readers.start()

    async def parts() -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(orthanc=Orthanc(OrthancAddress(archive.url, ""), Places(4)), readers=readers)

    oct_app.dependency_overrides[parts_module._parts] = parts
    yield InProcessClient(oct_app)
    oct_app.dependency_overrides.clear()
    readers.close()


def test_the_zone_crops_about_the_given_centre(archive: Product, in_process: InProcessClient) -> None:
    phantom = OctPhantom()
    location = stored_volume(archive, phantom)
    query = f"input_location={location}&zone_of_interest=3&min_exam_width_mm=2&include_meta=true"
    answer = archive.get(f"{IMAGE_SPACE}?{query}&exam_center_coordinate_xz=40,10").json()
    assert answer["status"] == "OK_CROPPED"
    offset, shape = answer["meta"]["offset"], answer["meta"]["shape"]
    assert [offset[0] + shape[0] // 2, offset[1] + shape[1] // 2] == [10, 40]
    whole = expected_greys(phantom)
    part = whole[offset[0] : offset[0] + shape[0], offset[1] : offset[1] + shape[1]]
    np.testing.assert_allclose(answer["vessel_map"], part, atol=1)
    repeated = "exam_center_coordinate_xz=40&exam_center_coordinate_xz=10"
    assert in_process.get(f"{IMAGE_SPACE}?{query}&{repeated}").json() == answer
    edge = archive.get(f"{IMAGE_SPACE}?{query}&exam_center_coordinate_xz=2,10&padding_value=7").json()
    assert edge["status"] == "OK_CROPPED_PADDED"
    assert edge["vessel_map"][0][0] == 7


def test_compressed_frames_are_decoded(archive: Product) -> None:
    phantom = OctPhantom(num_slices=6)
    images = bscan_series(phantom)
    for image in images:
        image.compress(RLELossless)
    instance = archive.upload([file_bytes(image) for image in images])[0]
    location = archive.get(f"/instances/{instance}/series").json()["ID"]
    answer = archive.get(f"{IMAGE_SPACE}?input_location={location}&zone_of_interest=1&min_exam_width_mm=0").json()
    assert len(answer["vessel_map"]) == 5


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("input_location=00000000-00000000-00000000-00000000-00000000", 404),
        ("", 422),
        ("input_location=../../system", 422),
        ("input_location=00000000-00000000-00000000-00000000-00000000&scan_protocol=RADIAL", 422),
        ("input_location=00000000-00000000-00000000-00000000-00000000&slice_thickness=0", 422),
        ("input_location=00000000-00000000-00000000-00000000-00000000&colour=red", 422),
    ],
)
def test_what_cannot_be_shown(product: Product, query: str, status: int) -> None:
    for path in (MAP, IMAGE_SPACE):
        response = product.get(f"{path}?{query}")
        assert response.status_code == status
        assert set(response.json()) == {"HttpStatus", "HttpError", "Message", "Details"}


def test_directions_that_contradict_the_files_protocol_are_refused(archive: Product) -> None:
    location = stored_volume(archive, OctPhantom())
    response = archive.get(f"{MAP}?input_location={location}&slice_direction=LEFT_RIGHT")
    assert response.status_code == 422
    assert "slice_direction" in response.text
