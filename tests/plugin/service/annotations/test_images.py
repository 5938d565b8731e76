"""Images of Orthanc on the platform, and their pictures."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files, slide_pixels
from tests.kit.annotation_service import MEMBER, AnnotationClient, AnnotationService

_COUNT = iter(range(1_000_000))
Json = dict[str, object]


def ct_slice(pixels: np.ndarray, *, frames: int = 1) -> bytes:
    """A grey image of 16 bits with a window that shows -160 to 239 HU."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = (
        generate_uid() for _ in range(3)
    )
    dataset.PatientID, dataset.PatientName, dataset.Modality = "CT-1", "Phantom^Slice", "CT"
    dataset.InstanceNumber, dataset.SeriesDescription = 1, "slice"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    if frames > 1:
        dataset.NumberOfFrames = frames
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.WindowCenter, dataset.WindowWidth = 40, 400
    dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.5], 1
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    dataset.PixelData = pixels.astype("<i2").tobytes()
    return file_bytes(dataset)


@pytest.fixture
def into_project(service: AnnotationService, admin: AnnotationClient) -> Callable[[list[bytes]], Json]:
    """Store files, and add them to a new project as one image."""

    def add(files: list[bytes]) -> Json:
        instances = service.store(files)
        project = admin.add("project", name=f"images {next(_COUNT)}")
        added = admin.post(f"/api/project/{project['id']}/orthanc.json", json={"Resources": instances[:1]})
        assert added.status_code == 200, added.text
        image: Json = added.json()["collection"][0]
        return image

    return add


def picture(admin: AnnotationClient, path: str) -> np.ndarray:
    answer = admin.get(path)
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(BytesIO(answer.content)))


@pytest.fixture(scope="module")
def lossless() -> SlidePhantom:
    return SlidePhantom(width_px=600, height_px=500, tile_px=128, levels=3, syntax=JPEG2000Lossless, seed=9)


@pytest.fixture
def slide(lossless: SlidePhantom, into_project: Callable[[list[bytes]], Json]) -> Json:
    return into_project([file_bytes(dataset) for dataset in slide_files(lossless)])


def test_windows_are_the_slide_at_any_place_and_zoom(
    admin: AnnotationClient, slide: Json, lossless: SlidePhantom
) -> None:
    truth = slide_pixels(lossless)
    assert (slide["width"], slide["height"], slide["physicalSizeX"]) == (600, 500, 0.5)
    random = np.random.default_rng(2)
    for _ in range(12):
        x, y = int(random.integers(0, 590)), int(random.integers(0, 490))
        width, height = int(random.integers(1, 600 - x + 1)), int(random.integers(1, 500 - y + 1))
        zoom = int(random.integers(0, 4))
        seen = picture(admin, f"/api/imageinstance/{slide['id']}/window-{x}-{y}-{width}-{height}.png?zoom={zoom}")
        part = Image.fromarray(truth[y : y + height, x : x + width])
        np.testing.assert_array_equal(seen, np.asarray(part.reduce(1 << zoom) if zoom else part))


def test_a_window_without_size_means_the_whole_of_that_size(
    admin: AnnotationClient, slide: Json, lossless: SlidePhantom
) -> None:
    seen = picture(admin, f"/api/imageinstance/{slide['id']}/window-600-500-0-0.png?zoom=0")
    np.testing.assert_array_equal(seen, slide_pixels(lossless))


@pytest.mark.parametrize("extension", ["jpg", "webp", "tif"])
def test_windows_come_in_the_formats_asked_for(extension: str, admin: AnnotationClient, slide: Json) -> None:
    answer = admin.get(f"/api/imageinstance/{slide['id']}/window-0-0-64-64.{extension}")
    assert Image.open(BytesIO(answer.content)).size == (64, 64)
    assert "max-age" not in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "window",
    [
        "0-0-64-64.exe",
        "0-0-64.png",
        "600-0-10-10.png",
        "0-0-64-64.png?zoom=99",
        "0-0-64-64.jpg?alphaMask=true",
        "a-b-c-d.png",
    ],
)
def test_impossible_windows_are_refused(window: str, admin: AnnotationClient, slide: Json) -> None:
    assert admin.get(f"/api/imageinstance/{slide['id']}/window-{window}").status_code == 400


def test_pictures_of_more_than_ten_thousand_pixels_a_side_are_refused(
    admin: AnnotationClient, into_project: Callable[[list[bytes]], Json]
) -> None:
    wide = into_project([ct_slice(np.zeros((4, 10_001), dtype=np.int16))])
    path = f"/api/imageinstance/{wide['id']}/window-0-0-10001-4.png"
    assert admin.get(path).status_code == 400
    assert picture(admin, f"{path}?zoom=1").shape == (2, 5001)


def test_masks_show_the_annotations_of_terms_and_users(admin: AnnotationClient, slide: Json) -> None:
    top = 500
    inside = admin.add(
        "annotation",
        image=slide["id"],
        location=f"POLYGON ((10 {top - 20}, 50 {top - 20}, 50 {top - 80}, 10 {top - 80}, 10 {top - 20}))",
    )
    other = admin.add("annotation", image=slide["id"], location=f"POINT (100 {top - 100})")
    path = f"/api/imageinstance/{slide['id']}/window-0-0-200-200.png"
    mask = picture(admin, f"{path}?mask=true")
    assert mask.dtype == np.uint8
    assert (mask[20:80, 10:50] == 255).all()
    assert (mask == 255).sum() == 60 * 40 + 9
    only = picture(admin, f"{path}?mask=true&annotations={other['id']}")
    assert (only == 255).sum() == 9
    assert (picture(admin, f"{path}?mask=true&users=2000000000") == 0).all()
    half = picture(admin, f"{path}?mask=true&zoom=1&annotations={inside['id']}")
    assert (half == 255).sum() == 30 * 20
    cut_out = picture(admin, f"{path}?alphaMask=true&annotations={inside['id']}")
    assert cut_out.shape == (200, 200, 4)
    np.testing.assert_array_equal(
        cut_out[:, :, 3] == 255, picture(admin, f"{path}?mask=true&annotations={inside['id']}") == 255
    )


def test_crops_are_upright_and_can_be_widened(admin: AnnotationClient, slide: Json, lossless: SlidePhantom) -> None:
    added = admin.add(
        "annotation", image=slide["id"], location="POLYGON ((100 100, 200 100, 200 150, 100 150, 100 100))"
    )
    truth = slide_pixels(lossless)
    np.testing.assert_array_equal(picture(admin, f"/api/annotation/{added['id']}/crop.png"), truth[350:400, 100:200])
    wide = picture(admin, f"/api/userannotation/{added['id']}/crop.png?increaseArea=2")
    np.testing.assert_array_equal(wide, truth[325:425, 50:250])
    assert max(picture(admin, f"/api/annotation/{added['id']}/crop.png?maxSize=30").shape) == 30


def test_every_plane_of_a_multi_frame_image_is_shown(
    admin: AnnotationClient, into_project: Callable[[list[bytes]], Json]
) -> None:
    planes = np.stack([np.full((8, 8), value) for value in (-160, 40, 239)])
    image = into_project([ct_slice(planes, frames=3)])
    assert image["depth"] == 3
    slices = admin.list(f"imageinstance/{image['id']}/sliceinstance.json")
    shown = [picture(admin, f"/api/sliceinstance/{each['id']}/window-0-0-8-8.png")[0, 0] for each in slices]
    np.testing.assert_allclose(shown, [0, 128, 255], atol=1)


def test_images_appear_without_a_restart_and_deleted_ones_keep_their_annotations(
    service: AnnotationService, admin: AnnotationClient, lossless: SlidePhantom
) -> None:
    files = [file_bytes(dataset) for dataset in slide_files(replace(lossless, seed=77, levels=2))]
    before = {each["id"] for each in admin.list("abstractimage.json")}
    series = service.orthanc.get(f"/instances/{service.store(files[:1])[0]}/series").json()["ID"]
    new = [each for each in admin.list("abstractimage.json") if each["id"] not in before]
    assert [each["orthancSeries"] for each in new] == [series]
    service.store(files[1:])
    grown = admin.get(f"/api/abstractimage/{new[0]['id']}.json").json()
    assert admin.list("abstractimage.json") and grown["deleted"] is None  # noqa: PT018
    project = admin.add("project", name=f"images {next(_COUNT)}")
    image = admin.add("imageinstance", baseImage=new[0]["id"], project=project["id"])
    admin.add("annotation", image=image["id"], location="POINT (5 5)")
    with service.orthanc.client() as orthanc:
        orthanc.delete(f"/series/{series}").raise_for_status()
    assert str(admin.get(f"/api/imageinstance/{image['id']}.json").json()["deleted"]).isdecimal()
    gone = next(each for each in admin.list("abstractimage.json") if each["id"] == new[0]["id"])
    assert len(admin.list("annotation.json", image=image["id"])) == 1
    assert admin.get(f"/api/imageinstance/{image['id']}.json").json()["deleted"] == gone["deleted"]
    service.store(files)
    back = next(each for each in admin.list("abstractimage.json") if each["id"] == new[0]["id"])
    assert (back["deleted"], back["zoom"]) == (None, 1)


def series_of(slices: list[bytes], changes: list[dict[str, object]]) -> list[bytes]:
    """Slices as instances of one series, numbered from 1, each with its changes."""
    files, series, study = [], generate_uid(), generate_uid()
    for number, (content, change) in enumerate(zip(slices, changes, strict=True), start=1):
        dataset = dcmread(BytesIO(content))
        dataset.SeriesInstanceUID, dataset.StudyInstanceUID, dataset.InstanceNumber = series, study, number
        for keyword, value in change.items():
            setattr(dataset, keyword, value)
        files.append(file_bytes(dataset))
    return files


@pytest.mark.parametrize(
    "changes",
    [
        [{}] * 6,
        [{}, {}, {"PixelSpacing": [0.7, 0.7]}, {}, {}, {}],
        [{}, {"PixelSpacing": None}, {}, {}, {}, {}],
        [{"NumberOfFrames": 1}, {}, {}, {}, {}, {}],
    ],
    ids=["alike", "another spacing", "no spacing", "frames stated once"],
)
@pytest.mark.parametrize("odd", [False, True], ids=["one size", "one of another size"])
def test_every_slice_of_a_series_is_described_as_it_is(
    odd: bool, changes: list[dict[str, object]], service: AnnotationService, admin: AnnotationClient
) -> None:
    sizes = [(8, 10)] * 5 + [(12, 6) if odd else (8, 10)]
    files = series_of([ct_slice(np.zeros(size, dtype=np.int16)) for size in sizes], changes)
    stored = service.store(files)
    by_instance = {each["orthancInstance"]: each for each in admin.list("abstractimage.json")}
    for number, (instance, size, change) in enumerate(zip(stored, sizes, changes, strict=True), start=1):
        image = by_instance[instance]
        assert (image["height"], image["width"], image["depth"]) == (*size, 1)
        assert image["originalFilename"] == f"slice {number}.dcm"
        spacing = change.get("PixelSpacing", [0.5])
        assert image["physicalSizeX"] == (None if spacing is None else spacing[0] * 1000)  # type: ignore[index]


def test_users_see_the_images_of_their_projects_only(
    service: AnnotationService, admin: AnnotationClient, slide: Json
) -> None:
    with service.client(MEMBER) as member:
        user = member.get("/api/user/current.json").json()["id"]
        seen = [each["id"] for each in member.list("abstractimage.json")]
        assert slide["baseImage"] not in seen
        admin.post(f"/api/project/{slide['project']}/user/{user}.json")
        assert slide["baseImage"] in [each["id"] for each in member.list("abstractimage.json")]
        own = member.add("project", name=f"images {next(_COUNT)}")
        refused = member.post(f"/api/project/{own['id']}/orthanc.json", json={"Resources": ["11111111-2222"]})
        assert refused.status_code == 404


def test_tones_are_changed_as_asked(admin: AnnotationClient, slide: Json) -> None:
    path = f"/api/imageinstance/{slide['id']}/window-100-100-200-200.png"
    plain = picture(admin, path).astype(float)

    def near(query: str, expected: np.ndarray) -> None:
        assert np.abs(picture(admin, f"{path}?{query}") - expected).max() <= 1

    near("bits=8", plain)
    near("bits=max&contrast=1.0&gamma=1", plain)
    near("inverse=True", 255 - plain)
    near("contrast=0.5", 127.5 + (plain - 127.5) / 2)
    near("gamma=2", (plain / 255) ** 2 * 255)
    near("contrast=0&gamma=2&inverse=true", np.full(plain.shape, 255 - 0.25 * 255))
    thumb = f"/api/imageinstance/{slide['id']}/thumb.png"
    assert np.abs(picture(admin, f"{thumb}?inverse=true") - (255.0 - picture(admin, thumb))).max() <= 2


@pytest.mark.parametrize(
    "query", ["bits=16", "bits=32", "colormap=5", "projection=max", "gamma=0", "gamma=nan", "contrast=-1", "inverse=x"]
)
def test_what_pictures_cannot_show_is_refused_by_name(query: str, admin: AnnotationClient, slide: Json) -> None:
    answer = admin.get(f"/api/imageinstance/{slide['id']}/window-0-0-64-64.png?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["errors"]["message"]


def test_the_original_depth_of_deep_images_is_refused(
    admin: AnnotationClient, into_project: Callable[[list[bytes]], Json]
) -> None:
    deep = into_project([ct_slice(np.zeros((8, 8), dtype=np.int16))])
    answer = admin.get(f"/api/imageinstance/{deep['id']}/thumb.png?bits=max")
    assert answer.status_code == 400
    assert "bits" in answer.json()["errors"]["message"]


@pytest.mark.parametrize("annotations", ["5;6", "x", "99999999999999999999", "٣"])
def test_masks_of_annotations_that_are_no_ids_are_refused(
    annotations: str, admin: AnnotationClient, slide: Json
) -> None:
    path = f"/api/imageinstance/{slide['id']}/window-0-0-64-64.png"
    assert admin.get(path, params={"mask": "true", "annotations": annotations}).status_code == 400


def test_an_image_without_pixels_says_so(admin: AnnotationClient) -> None:
    image = admin.add("abstractimage", originalFilename="plain.tif", width=5, height=5)
    answer = admin.get(f"/api/abstractimage/{image['id']}/thumb.png")
    assert answer.status_code == 404
    assert "no pixels" in answer.json()["errors"]["message"]
