"""Exports: what arrives is what was drawn, upright, in the order asked for."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
import rasterio.features
import shapely
import tifffile
from PIL import Image
from pydicom import dcmread

from ophtha_core.annotations.geojson import features_of_collection
from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from tests.kit.annotation_service import MEMBER, AnnotationClient, AnnotationService
from tests.plugin.service.annotations.test_images import ct_slice

_COUNT = iter(range(1_000_000))
WIDTH, HEIGHT = 900, 650
SHAPES = {
    "Tumour": shapely.Polygon(
        shapely.box(50.3, 40.2, 400.7, 300.9).exterior, [shapely.box(100, 100, 200, 200).exterior]
    ),
    "Stroma": shapely.Point(400, 300).buffer(120),
    "Both": shapely.MultiPolygon([shapely.box(600, 400, 640, 440), shapely.box(700, 500, 760, 560)]),
}
"""In image space: y down."""


class Drawn:
    """An image with annotations of two terms, one of both terms, and one without."""

    def __init__(self, admin: AnnotationClient, resources: list[str]) -> None:
        self.ontology = admin.add("ontology", name=f"exports {next(_COUNT)}")
        self.tumour = admin.add("term", name="Tumour", color="#ff0000", ontology=self.ontology["id"])["id"]
        self.stroma = admin.add("term", name="Stroma", color="#00ff00", ontology=self.ontology["id"])["id"]
        self.project = admin.add("project", name=f"exports {next(_COUNT)}", ontology=self.ontology["id"])["id"]
        added = admin.post(f"/api/project/{self.project}/orthanc.json", json={"Resources": resources}).json()
        self.image = added["collection"][0]
        self.ids = {
            name: admin.add("annotation", image=self.image["id"], location=upside_down(shape).wkt, term=terms)["id"]
            for (name, shape), terms in zip(
                SHAPES.items(), ([self.tumour], [self.stroma], [self.tumour, self.stroma]), strict=True
            )
        }
        free = upside_down(shapely.box(800, 600, 820, 620)).wkt
        self.ids["none"] = admin.add("annotation", image=self.image["id"], location=free)["id"]

    def path(self, extension: str) -> str:
        return f"/api/imageinstance/{self.image['id']}/export.{extension}"


def upside_down(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda points: np.column_stack((points[:, 0], HEIGHT - points[:, 1])))


def expected(*order: tuple[str, int], scale: float = 1) -> np.ndarray:
    shapes = {**SHAPES, "none": shapely.box(800, 600, 820, 620)}
    stored = {name: upside_down(shapely.from_wkt(upside_down(shape).wkt)) for name, shape in shapes.items()}
    scaled = [(shapely.transform(stored[name], lambda points: points * scale), value) for name, value in order]
    size = (-(-HEIGHT // round(1 / scale)), -(-WIDTH // round(1 / scale)))
    return np.asarray(rasterio.features.rasterize(scaled, out_shape=size, dtype=np.uint8))


@pytest.fixture(scope="module")
def drawn(service: AnnotationService) -> Drawn:
    phantom = SlidePhantom(width_px=WIDTH, height_px=HEIGHT, tile_px=128, levels=3, seed=31)
    instances = service.store(file_bytes(dataset) for dataset in slide_files(phantom))
    with service.client() as client:
        return Drawn(client, instances[:1])


def read_mask(admin: AnnotationClient, path: str) -> np.ndarray:
    answer = admin.get(path)
    assert answer.status_code == 200, answer.text
    content = BytesIO(answer.content)
    return np.asarray(tifffile.imread(content) if ".tif" in path else Image.open(content))


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_a_mask_is_upright_has_holes_and_the_order_of_the_terms(
    extension: str, admin: AnnotationClient, drawn: Drawn
) -> None:
    seen = read_mask(admin, drawn.path(extension))
    np.testing.assert_array_equal(seen, expected(("none", 255), ("Tumour", 1), ("Stroma", 2), ("Both", 2)))
    assert seen[150, 150] == 0


def test_the_order_given_wins(admin: AnnotationClient, drawn: Drawn) -> None:
    seen = read_mask(admin, drawn.path("png") + "?order=Stroma,Tumour")
    np.testing.assert_array_equal(seen, expected(("none", 255), ("Stroma", 1), ("Tumour", 2), ("Both", 2)))
    refused = admin.get(drawn.path("png") + "?order=Stroma,Nothing")
    assert refused.status_code == 400
    assert "order" in refused.json()["errors"]["message"]


def test_an_order_may_name_classes_with_commas(admin: AnnotationClient) -> None:
    ontology = admin.add("ontology", name=f"commas {next(_COUNT)}")["id"]
    names = ("Tumour, invasive", 'Said "so"', "Plain/名")
    terms = [admin.add("term", name=name, ontology=ontology)["id"] for name in names]
    project = admin.add("project", name=f"commas {next(_COUNT)}", ontology=ontology)["id"]
    base = admin.add("abstractimage", originalFilename="plain.tif", width=8, height=8)["id"]
    image = admin.add("imageinstance", baseImage=base, project=project)["id"]
    admin.post("/api/annotation.json", json=[{"image": image, "location": "POINT (4 4)", "term": [t]} for t in terms])
    order = 'Plain/名, "Said ""so""", "Tumour, invasive"'
    with zipfile.ZipFile(
        BytesIO(admin.get(f"/api/imageinstance/{image}/export.zip", params={"order": order}).content)
    ) as archive:
        classes = json.loads(archive.read(f"{image}_classes.json"))["classes"]
    assert [each["class_name"] for each in classes] == list(reversed(names))
    assert admin.get(f"/api/imageinstance/{image}/export.png", params={"order": '"open'}).status_code == 400


def test_masks_can_be_of_some_terms_and_users(admin: AnnotationClient, drawn: Drawn) -> None:
    seen = read_mask(admin, drawn.path("png") + f"?terms={drawn.stroma}")
    np.testing.assert_array_equal(seen, expected(("Stroma", 1), ("Both", 1)))
    assert not read_mask(admin, drawn.path("tif") + "?users=2000000000").any()
    assert admin.get(drawn.path("png") + "?terms=2000000000").status_code == 400


def test_masks_can_be_small(admin: AnnotationClient, drawn: Drawn) -> None:
    seen = read_mask(admin, drawn.path("png") + "?zoom=1")
    np.testing.assert_array_equal(seen, expected(("none", 255), ("Tumour", 1), ("Stroma", 2), ("Both", 2), scale=0.5))


def test_geojson_keeps_every_class_and_comes_back_as_the_same_annotations(
    admin: AnnotationClient, drawn: Drawn
) -> None:
    answer = admin.get(drawn.path("geojson"))
    document = json.loads(answer.content)
    features = {feature["properties"]["annotation_id"]: feature for feature in document["features"]}
    assert set(features) == set(drawn.ids.values())
    both = features[drawn.ids["Both"]]["properties"]
    assert both["class_names"] == ["Tumour", "Stroma"]
    assert (both["class_id"], both["class_name"], both["image_id"]) == (2, "Stroma", drawn.image["id"])
    assert both["classification"] == {"name": "Stroma", "color": [0, 255, 0]}
    assert (features[drawn.ids["none"]]["properties"]["class_id"]) == 255
    for feature in features_of_collection(answer.content):
        stored = admin.get(f"/api/annotation/{feature.annotation_id}.json").json()["location"]
        assert shapely.equals_exact(upside_down(shapely.from_wkt(stored)), feature.geometry)


def test_geojson_annotations_geojson_is_the_identity(admin: AnnotationClient, drawn: Drawn) -> None:
    first = features_of_collection(admin.get(drawn.path("geojson")).content)
    terms = {"Tumour": drawn.tumour, "Stroma": drawn.stroma}
    added = admin.post(
        "/api/annotation.json",
        json=[
            {
                "image": drawn.image["id"],
                "location": shapely.to_wkt(upside_down(feature.geometry), rounding_precision=-1),
                "term": [terms[each.name] for each in feature.classes],
            }
            for feature in first
        ],
    )
    copies = {each["id"] for each in added.json()["collection"]}
    second = [
        each
        for each in features_of_collection(admin.get(drawn.path("geojson")).content)
        if each.annotation_id in copies
    ]
    for identifier in copies:
        admin.delete(f"/api/annotation/{identifier}.json")
    assert [(each.geometry, each.classes) for each in second] == [(each.geometry, each.classes) for each in first]


def test_an_archive_holds_geojson_mask_and_classes(admin: AnnotationClient, drawn: Drawn) -> None:
    for path in (drawn.path("zip"), f"/api/project/{drawn.project}/export.zip"):
        with zipfile.ZipFile(BytesIO(admin.get(path).content)) as archive:
            assert archive.testzip() is None
            name = drawn.image["id"]
            assert set(archive.namelist()) == {f"{name}.geojson", f"{name}_mask.tif", f"{name}_classes.json"}
            assert archive.read(f"{name}.geojson") == admin.get(drawn.path("geojson")).content
            mask = tifffile.imread(BytesIO(archive.read(f"{name}_mask.tif")))
            np.testing.assert_array_equal(mask, read_mask(admin, drawn.path("png")))
            classes = json.loads(archive.read(f"{name}_classes.json"))["classes"]
            assert [each["class_name"] for each in classes] == ["Tumour", "Stroma"]


def test_more_than_254_classes_make_a_mask_of_sixteen_bits(admin: AnnotationClient) -> None:
    ontology = admin.add("ontology", name=f"many {next(_COUNT)}")["id"]
    many = [{"name": f"class {number}", "ontology": ontology} for number in range(300)]
    terms = admin.post("/api/term.json", json=many).json()["collection"]
    project = admin.add("project", name=f"many {next(_COUNT)}", ontology=ontology)["id"]
    base = admin.add("abstractimage", originalFilename="plain.tif", width=30, height=20)["id"]
    image = admin.add("imageinstance", baseImage=base, project=project)["id"]
    admin.add("annotation", image=image, location="POLYGON ((0 0, 5 0, 5 5, 0 5, 0 0))", term=[terms[299]["id"]])
    seen = read_mask(admin, f"/api/imageinstance/{image}/export.png")
    assert (seen.max(), seen.dtype.itemsize, seen[19, 0]) == (300, seen.dtype.itemsize, 300)


# -- DICOM -------------------------------------------------------------------------------------------------------


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
    assert [line for line in said.splitlines() if line.startswith("Error")] == []


def test_a_segmentation_is_stored_in_the_study(
    service: AnnotationService, drawn: Drawn, stored: dict[str, bytes], tmp_path: Path
) -> None:
    without_errors(stored["SEG"], tmp_path)
    segmentation = hd.seg.segread(BytesIO(stored["SEG"]))
    assert [segment.SegmentLabel for segment in segmentation.SegmentSequence] == ["Tumour", "Stroma"]
    matrix = segmentation.get_total_pixel_matrix(combine_segments=True)
    np.testing.assert_array_equal(matrix, expected(("Tumour", 1), ("Stroma", 2), ("Both", 2)))
    series = service.orthanc.get(f"/series/{drawn.image['orthancSeries']}/study").json()
    assert series["MainDicomTags"]["StudyInstanceUID"] == segmentation.StudyInstanceUID


def test_bulk_annotations_are_stored_in_the_study(stored: dict[str, bytes], tmp_path: Path) -> None:
    without_errors(stored["ANN"], tmp_path)
    bulk = hd.ann.annread(BytesIO(stored["ANN"]))
    groups = {group.label: group for group in bulk.get_annotation_groups()}
    assert {label: len(group.get_graphic_data("3D")) for label, group in groups.items()} == {"Tumour": 3, "Stroma": 3}
    source = slide_files(SlidePhantom(width_px=WIDTH, height_px=HEIGHT, tile_px=128, levels=3, seed=31))[0]
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
        .equals_exact(shapely.Polygon(SHAPES["Tumour"].exterior).normalize(), tolerance=1e-6)
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
    assert [segment.SegmentLabel for segment in segmentation.SegmentSequence] == ["Stroma", "Tumour"]
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


def test_broken_files_leave_no_open_session(admin: AnnotationClient, drawn: Drawn) -> None:
    ask: Callable[[], int] = lambda: admin.get(drawn.path("tif") + "?order=Nothing").status_code  # noqa: E731
    assert [ask() for _ in range(30)] == [400] * 30
