"""Exports of images with several planes: every annotation stays on its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
import tifffile
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage

from ophtha_core.annotations.geojson import FeaturePlane, features_of_collection
from ophtha_core.phantoms.slide import file_bytes
from tests.kit.annotation_service import AnnotationClient, AnnotationService, Json
from tests.plugin.service.annotations.drawn import unique
from tests.plugin.service.annotations.test_dicom_exports import without_errors
from tests.plugin.service.annotations.test_images import ct_slice

FRAMES, SIDE = 3, 16
LOWER_LEFT = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
UPPER_RIGHT = "POLYGON ((8 8, 16 8, 16 16, 8 16, 8 8))"


def multi_frame() -> Dataset:
    return dcmread(BytesIO(ct_slice(np.zeros((FRAMES, SIDE, SIDE), dtype=np.int16), frames=FRAMES)))


def enhanced() -> Dataset:
    """A multi-frame image whose frames say where they lie."""
    dataset = multi_frame()
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.5, 0.5], 1
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = []
    for frame in range(FRAMES):
        position, group = Dataset(), Dataset()
        position.ImagePositionPatient = [0, 0, frame]
        group.PlanePositionSequence = [position]
        dataset.PerFrameFunctionalGroupsSequence.append(group)
    for keyword in ("PixelSpacing", "SliceThickness", "ImagePositionPatient", "ImageOrientationPatient"):
        delattr(dataset, keyword)
    return dataset


@dataclass(frozen=True)
class Stack:
    """An image of three planes: the second has an annotation of class A, the third one of A and one of B."""

    image: int
    planes: tuple[int, ...]

    def path(self, extension: str) -> str:
        return f"/api/imageinstance/{self.image}/export.{extension}"


@pytest.fixture
def stacked(service: AnnotationService, admin: AnnotationClient) -> Callable[[Dataset], Stack]:
    def make(dataset: Dataset) -> Stack:
        ontology = admin.add("ontology", name=unique("planes"))["id"]
        first, second = (admin.add("term", name=name, ontology=ontology)["id"] for name in ("A", "B"))
        project = admin.add("project", name=unique("planes"), ontology=ontology)["id"]
        resources = service.store([file_bytes(dataset)])
        added = admin.post(f"/api/project/{project}/orthanc.json", json={"Resources": resources}).json()
        image = added["collection"][0]["id"]
        slices = sorted(admin.list(f"imageinstance/{image}/sliceinstance.json"), key=lambda each: int(each["zStack"]))
        planes = tuple(each["id"] for each in slices)
        for plane, location, term in ((1, LOWER_LEFT, first), (2, LOWER_LEFT, first), (2, UPPER_RIGHT, second)):
            admin.add("annotation", image=image, slice=planes[plane], location=location, term=[term])
        return Stack(image, planes)

    return make


def truth() -> np.ndarray:
    pages = np.zeros((FRAMES, SIDE, SIDE), dtype=np.uint8)
    pages[1:, SIDE - 4 :, :4] = 1
    pages[2, : SIDE - 8, 8:] = 2
    return pages


def test_a_tiff_has_a_page_for_every_plane(admin: AnnotationClient, stacked: Callable[[Dataset], Stack]) -> None:
    stack = stacked(multi_frame())
    content = admin.get(stack.path("tif")).content
    np.testing.assert_array_equal(tifffile.imread(BytesIO(content)), truth())
    with Image.open(BytesIO(content)) as picture:
        assert picture.n_frames == FRAMES  # type: ignore[attr-defined]
        picture.seek(2)
        np.testing.assert_array_equal(np.asarray(picture), truth()[2])


def test_masks_of_windows_show_the_annotations_of_their_plane(
    admin: AnnotationClient, stacked: Callable[[Dataset], Stack]
) -> None:
    stack = stacked(multi_frame())
    paths = [f"imageinstance/{stack.image}", *(f"sliceinstance/{plane}" for plane in stack.planes)]
    for path, expected in zip(paths, (truth()[0], *truth()), strict=True):
        window = admin.get(f"/api/{path}/window-0-0-{SIDE}-{SIDE}.png?mask=true").content
        np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(window))) > 0, expected > 0)


def test_a_png_is_of_one_plane(admin: AnnotationClient, stacked: Callable[[Dataset], Stack]) -> None:
    stack = stacked(multi_frame())
    refused = admin.get(stack.path("png"))
    assert refused.status_code == 400
    assert "3 planes" in refused.json()["errors"]["message"]
    for plane, expected in zip(stack.planes, truth(), strict=True):
        seen = Image.open(BytesIO(admin.get(stack.path("png"), params={"slice": plane}).content))
        np.testing.assert_array_equal(np.asarray(seen), expected)
    assert admin.get(stack.path("png"), params={"slice": 2_000_000_000}).status_code == 400
    assert admin.get(stack.path("png"), params={"slice": "x"}).status_code == 400


def test_geojson_says_on_which_plane_an_annotation_lies(
    admin: AnnotationClient, stacked: Callable[[Dataset], Stack]
) -> None:
    stack = stacked(multi_frame())
    content = admin.get(stack.path("geojson")).content
    planes = [feature["geometry"]["plane"] for feature in json.loads(content)["features"]]
    assert planes == [{"c": -1, "z": z, "t": 0} for z in (1, 2, 2)]
    assert [each.plane for each in features_of_collection(content)] == [FeaturePlane(z=z) for z in (1, 2, 2)]
    one = admin.get(stack.path("geojson"), params={"slice": stack.planes[1]}).json()
    assert len(one["features"]) == 1


def test_frames_with_a_place_of_their_own_are_segmented(
    service: AnnotationService, admin: AnnotationClient, stacked: Callable[[Dataset], Stack], tmp_path: Path
) -> None:
    stack = stacked(enhanced())
    answer = admin.post(f"/api/imageinstance/{stack.image}/export/dicom")
    assert answer.status_code == 200, answer.text
    instances: Json = answer.json()["instances"]
    assert set(instances) == {"SEG"}
    file = service.orthanc.get(f"/instances/{instances['SEG']}/file").content
    without_errors(file, tmp_path)
    segmentation = hd.seg.segread(BytesIO(file))
    source = segmentation.get_source_image_uids()[0][2]
    pixels = segmentation.get_pixels_by_source_frame(
        source, list(range(1, FRAMES + 1)), combine_segments=True, ignore_spatial_locations=True,
        assert_missing_frames_are_empty=True,
    )  # fmt: skip
    np.testing.assert_array_equal(pixels, truth())


def test_frames_without_a_place_are_refused_by_reason(
    admin: AnnotationClient, stacked: Callable[[Dataset], Stack]
) -> None:
    answer = admin.post(f"/api/imageinstance/{stacked(multi_frame()).image}/export/dicom")
    assert answer.status_code == 400
    assert "frames without a place" in answer.json()["errors"]
