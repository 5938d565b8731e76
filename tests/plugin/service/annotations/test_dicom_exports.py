"""Exports back into the PACS: segmentations and bulk annotations that validators and highdicom read."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
import shapely
from pydicom import dcmread
from pydicom.dataset import Dataset

from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from tests.kit.annotation_service import MEMBER, AnnotationClient, AnnotationService
from tests.plugin.service.annotations.drawn import HEIGHT, SHAPES, WIDTH, Drawn, expected, unique
from tests.plugin.service.annotations.test_images import ct_slice
from tests.plugin.service.annotations.test_slides import new_slide


@pytest.fixture(scope="module")
def drawn(service: AnnotationService) -> Drawn:
    phantom = SlidePhantom(width_px=WIDTH, height_px=HEIGHT, tile_px=128, levels=3, seed=32)
    instances = service.store(file_bytes(dataset) for dataset in slide_files(phantom))
    with service.client() as client:
        return Drawn(client, instances[:1])


@pytest.fixture(scope="module")
def stored(service: AnnotationService, drawn: Drawn) -> dict[str, bytes]:
    """Files that the export has stored in Orthanc, by modality."""
    with service.client() as client:
        answer = client.post(f"/api/imageinstance/{drawn.image['id']}/export/dicom")
    assert answer.status_code == 200, answer.text
    return {
        modality: service.orthanc.get(f"/instances/{instance}/file").content
        for modality, instance in answer.json()["instances"].items()
    }


def without_errors(file: bytes, folder: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("Debian's package dicom3tools is not installed")
    path = folder / "object.dcm"
    path.write_bytes(file)
    said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True).stderr
    errors = [line for line in said.splitlines() if line.startswith("Error")]
    assert not errors, errors


def test_a_segmentation_is_stored_in_the_study(
    service: AnnotationService, drawn: Drawn, stored: dict[str, bytes], tmp_path: Path
) -> None:
    without_errors(stored["SEG"], tmp_path)
    segmentation = hd.seg.segread(BytesIO(stored["SEG"]))
    assert [segment.SegmentLabel for segment in segmentation.SegmentSequence] == ["Tumour", "Stroma", "Unlabelled"]
    matrix = segmentation.get_total_pixel_matrix(combine_segments=True)
    np.testing.assert_array_equal(matrix, expected(("none", 3), ("Tumour", 1), ("Stroma", 2), ("Both", 2)))
    series = service.orthanc.get(f"/series/{drawn.image['orthancSeries']}/study").json()
    assert series["MainDicomTags"]["StudyInstanceUID"] == segmentation.StudyInstanceUID


def test_bulk_annotations_are_stored_in_the_study(stored: dict[str, bytes], tmp_path: Path) -> None:
    without_errors(stored["ANN"], tmp_path)
    bulk = hd.ann.annread(BytesIO(stored["ANN"]))
    groups = {group.label: group for group in bulk.get_annotation_groups()}
    assert {label: len(group.get_graphic_data("3D")) for label, group in groups.items()} == {
        "Tumour": 3,
        "Stroma": 3,
        "Unlabelled": 1,
    }
    source = slide_files(SlidePhantom(width_px=WIDTH, height_px=HEIGHT, tile_px=128, levels=3, seed=32))[0]
    origin = source.TotalPixelMatrixOriginSequence[0]
    to_pixels = hd.spatial.ReferenceToImageTransformer(
        image_position=(origin.XOffsetInSlideCoordinateSystem, origin.YOffsetInSlideCoordinateSystem, 0),
        image_orientation=source.ImageOrientationSlide,
        pixel_spacing=source.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing,
    )
    outline = to_pixels(groups["Tumour"].get_graphic_data("3D")[0])[:, :2]
    assert (
        shapely.Polygon(outline)
        .normalize()
        .equals_exact(shapely.Polygon(shapely.get_exterior_ring(SHAPES["Tumour"])).normalize(), tolerance=1e-6)
    )


def test_the_same_export_again_stores_nothing_new(
    service: AnnotationService, drawn: Drawn, stored: dict[str, bytes]
) -> None:
    before = service.orthanc.get("/statistics").json()["CountInstances"]
    with service.client() as client:
        client.post(f"/api/imageinstance/{drawn.image['id']}/export/dicom")
    assert service.orthanc.get("/statistics").json()["CountInstances"] == before


def test_a_plane_gets_a_segmentation_too(service: AnnotationService, admin: AnnotationClient, tmp_path: Path) -> None:
    instance = service.store([ct_slice(np.zeros((HEIGHT, WIDTH), dtype=np.int16))])[0]
    plane = Drawn(admin, [instance])
    answer = admin.post(f"/api/imageinstance/{plane.image['id']}/export/dicom", json={"order": ["Stroma", "Tumour"]})
    file = service.orthanc.get(f"/instances/{answer.json()['instances']['SEG']}/file").content
    without_errors(file, tmp_path)
    segmentation = hd.seg.segread(BytesIO(file))
    assert [segment.SegmentLabel for segment in segmentation.SegmentSequence] == ["Stroma", "Tumour", "Unlabelled"]
    tumour = expected(("Stroma", 1), ("Tumour", 2), ("Both", 2)) == 2
    np.testing.assert_array_equal(dcmread(BytesIO(file)).pixel_array[1], tumour)


@pytest.mark.parametrize("folder", ["j2k_sparse", "raw_concatenated"])
def test_slides_of_other_makers_get_dicom_objects_without_errors(
    folder: str, service: AnnotationService, admin: AnnotationClient, shared_data: Path, tmp_path: Path
) -> None:
    files = [path.read_bytes() for path in sorted((shared_data / "wsi" / folder).glob("*.dcm"))]
    foreign = Drawn(admin, service.store(files)[:1])
    answer = admin.post(f"/api/imageinstance/{foreign.image['id']}/export/dicom")
    assert answer.status_code == 200, answer.text
    for instance in answer.json()["instances"].values():
        without_errors(service.orthanc.get(f"/instances/{instance}/file").content, tmp_path)


def test_nothing_to_export_is_said(admin: AnnotationClient, drawn: Drawn) -> None:
    answer = admin.post(f"/api/imageinstance/{drawn.image['id']}/export/dicom", json={"users": [2_000_000_000]})
    assert answer.status_code == 404


def test_exports_need_the_project(service: AnnotationService, drawn: Drawn) -> None:
    with service.client(MEMBER) as member:
        for extension in ("geojson", "png", "tif", "zip"):
            assert member.get(drawn.path(extension)).status_code == 404
        assert member.post(f"/api/imageinstance/{drawn.image['id']}/export/dicom").status_code == 404


def unmeasured(file: Dataset) -> None:
    del file.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness


def test_names_in_any_script_and_annotations_without_a_class_are_stored(
    service: AnnotationService, admin: AnnotationClient, tmp_path: Path
) -> None:
    files = new_slide(SlidePhantom(width_px=WIDTH, height_px=HEIGHT, tile_px=128, levels=2), unmeasured)
    ontology = admin.add("ontology", name=unique("scripts"))
    names = ("腫瘤", "Сосуд", "Fettgewebe äöü")
    terms = [admin.add("term", name=name, color="#ff0000", ontology=ontology["id"])["id"] for name in names]
    project = admin.add("project", name=unique("scripts"), ontology=ontology["id"])
    added = admin.post(f"/api/project/{project['id']}/orthanc.json", json={"Resources": service.store(files)[:1]})
    image = added.json()["collection"][0]["id"]
    for number, term in enumerate([*terms, None]):
        x = 10 + 50 * number
        location = f"POLYGON (({x} 10, {x + 20} 10, {x + 20} 30, {x} 10))"
        admin.add("annotation", image=image, location=location, term=[] if term is None else [term])
    answer = admin.post(f"/api/imageinstance/{image}/export/dicom")
    assert answer.status_code == 200, answer.text
    stored = {
        modality: service.orthanc.get(f"/instances/{instance}/file").content
        for modality, instance in answer.json()["instances"].items()
    }
    for file in stored.values():
        without_errors(file, tmp_path)
    segmentation = hd.seg.segread(BytesIO(stored["SEG"]))
    assert [each.SegmentLabel for each in segmentation.SegmentSequence] == [*names, "Unlabelled"]
    groups = hd.ann.annread(BytesIO(stored["ANN"])).get_annotation_groups()
    assert [group.label for group in groups] == [*names, "Unlabelled"]
    assert [group.NumberOfAnnotations for group in groups] == [1, 1, 1, 1]
    assert groups[-1].annotated_property_type.value == "74964007"
    triangle = groups[0].get_graphic_data("3D")[0]
    assert len(triangle) == 3  # the first point is not repeated
    assert dcmread(BytesIO(stored["SEG"])).SpecificCharacterSet == "ISO_IR 192"
