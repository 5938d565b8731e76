"""Slides of many makers on the platform: shown in their own colours, or why they cannot be shown."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom.dataset import Dataset
from pydicom.uid import HTJ2K, UID, ExplicitVRLittleEndian, HTJ2KLossless, HTJ2KLosslessRPCL, generate_uid

from ophtha_core.phantoms.dicom_object import item
from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files, slide_pixels
from tests.kit.annotation_service import AnnotationClient, AnnotationService
from tests.kit.slides import cut_tiles, jpeg, set_frames
from tests.plugin.service.annotations.test_images import Json, into_project, picture

__all__ = ["into_project"]
IntoProject = Callable[[list[bytes]], Json]
NATIVE = SlidePhantom(width_px=300, height_px=200, tile_px=64, levels=1, syntax=ExplicitVRLittleEndian)


def new_slide(phantom: SlidePhantom, *changes: Callable[[Dataset], None]) -> list[bytes]:
    """The files of a phantom with identifiers of their own, changed."""
    study, series = generate_uid(), generate_uid()
    files = slide_files(phantom)
    for file in files:
        file.StudyInstanceUID, file.SeriesInstanceUID = study, series
        file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        for change in changes:
            change(file)
    return [file_bytes(file) for file in files]


def test_a_level_with_cut_tiles_is_shown(admin: AnnotationClient, into_project: IntoProject) -> None:
    phantom = SlidePhantom(width_px=2220, height_px=1500, tile_px=240, levels=2)
    truth = slide_pixels(phantom)

    def cut(file: Dataset) -> None:
        if file.TotalPixelMatrixColumns < 2220:
            half = np.asarray(Image.fromarray(truth).reduce(2))
            set_frames(file, [jpeg(tile) for tile in cut_tiles(half, 240)])

    image = into_project(new_slide(phantom, cut))
    seen = picture(admin, f"/api/imageinstance/{image['id']}/window-0-0-2220-1500.png?zoom=1").astype(int)
    assert np.abs(seen - np.asarray(Image.fromarray(truth).reduce(2))).mean() < 2
    assert max(picture(admin, f"/api/imageinstance/{image['id']}/thumb.png").shape) == 512


def test_a_slide_that_cannot_be_shown_is_listed_and_says_why(
    admin: AnnotationClient, into_project: IntoProject
) -> None:
    def beyond(file: Dataset) -> None:
        for group in file.PerFrameFunctionalGroupsSequence:
            group.PlanePositionSlideSequence[0].RowPositionInTotalImagePixelMatrix = 5000

    image = into_project(new_slide(replace(NATIVE, sparse=True), beyond))
    assert "300 x 200" in str(image["fault"])
    assert "outside" in str(image["fault"])
    assert image["id"] in [each["id"] for each in admin.list(f"project/{image['project']}/imageinstance.json")]
    listed = {each["id"]: each for each in admin.list("abstractimage.json")}
    assert listed[image["baseImage"]]["fault"] == image["fault"]
    for what in ("thumb.png", "preview.png", "window-0-0-10-10.png"):
        answer = admin.get(f"/api/imageinstance/{image['id']}/{what}")
        assert answer.status_code == 422
        assert "outside" in answer.text
    levels = admin.list(f"imageinstance/{image['id']}/levels.json")
    assert [(each["width"], each["height"]) for each in levels] == [(300, 200)]
    assert "outside" in levels[0]["fault"]


def test_the_levels_of_a_slide_are_listed_each_with_its_fault(
    admin: AnnotationClient, into_project: IntoProject
) -> None:
    def damage(file: Dataset) -> None:
        if file.TotalPixelMatrixColumns == 256:
            set_frames(file, [b"\xff\xd8\xff\xd9"] * 4)

    image = into_project(new_slide(SlidePhantom(width_px=512, height_px=512, tile_px=128, levels=3), damage))
    levels = admin.list(f"abstractimage/{image['baseImage']}/levels.json")
    assert [(each["width"], each["factor"], each["fault"] is None) for each in levels] == [
        (512, 1, True),
        (256, 2, False),
        (128, 4, True),
    ]


def deep(file: Dataset) -> None:
    """16 bits, values from 1000 to 1255, no window."""
    grey = np.frombuffer(file.PixelData, np.uint8).reshape(-1, 3)[:, 0].astype("<u2") + 1000
    file.PixelData = grey.tobytes()
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    del file.PlanarConfiguration
    file.BitsAllocated, file.BitsStored, file.HighBit = 16, 16, 15


def test_a_deep_slide_is_shown_by_its_own_range_or_the_one_asked_for(
    admin: AnnotationClient, into_project: IntoProject
) -> None:
    image = into_project(new_slide(replace(NATIVE, seed=4), deep))
    values = slide_pixels(replace(NATIVE, seed=4))[:, :, 0].astype(float) + 1000
    path = f"/api/imageinstance/{image['id']}/window-0-0-300-200.png"

    def near(query: str, low: float, high: float) -> None:
        expected = np.clip((values - low) / (high - low) * 255, 0, 255)
        assert np.abs(picture(admin, path + query) - expected).max() <= 1

    near("", *np.percentile(values, (0.5, 99.5)))
    near("?min=1100&max=1200", 1100, 1200)
    assert admin.get(f"{path}?min=5&max=5").status_code == 400


def test_a_range_of_values_is_for_grey_images(admin: AnnotationClient, into_project: IntoProject) -> None:
    image = into_project(new_slide(NATIVE))
    refused = admin.get(f"/api/imageinstance/{image['id']}/thumb.png?max=100")
    assert refused.status_code == 400
    assert "max" in refused.json()["errors"]["message"]


def swapped_profile() -> bytes:
    """An ICC profile for which red is green: that of sRGB with two tags exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "webp"])
def test_the_colour_profile_is_passed_on_or_applied(
    extension: str, admin: AnnotationClient, into_project: IntoProject
) -> None:
    profile = swapped_profile()

    def with_profile(file: Dataset) -> None:
        file.OpticalPathSequence[0].ICCProfile = profile

    image = into_project(new_slide(NATIVE, with_profile))
    path = f"/api/imageinstance/{image['id']}/window-0-0-300-200.{extension}"
    plain = Image.open(BytesIO(admin.get(path).content))
    assert plain.info["icc_profile"][: len(profile)] == profile
    converted = np.asarray(Image.open(BytesIO(admin.get(f"{path}?icc=true").content)).convert("RGB")).astype(int)
    truth = slide_pixels(NATIVE)
    assert np.abs(converted - truth[:, :, [1, 0, 2]]).mean() < 2


def test_optical_paths_and_focal_planes_are_slices(
    service: AnnotationService, admin: AnnotationClient, into_project: IntoProject
) -> None:
    def layered(file: Dataset) -> None:
        order = [(path, plane) for path in range(2) for plane in range(3)]
        tiles = file.NumberOfFrames
        file.PixelData = b"".join(
            bytes([10 + 100 * path + 20 * plane]) * (tiles * 64 * 64 * 3) for path, plane in order
        )
        file.NumberOfFrames = tiles * len(order)
        file.TotalPixelMatrixFocalPlanes, file.NumberOfOpticalPaths = 3, 2
        file.OpticalPathSequence = [item(OpticalPathIdentifier=name) for name in ("DAPI", "FITC")]

    image = into_project(new_slide(replace(NATIVE, width_px=100, height_px=100), layered))
    assert (image["channels"], image["depth"], image["duration"]) == (2, 3, 1)
    slices = admin.list(f"imageinstance/{image['id']}/sliceinstance.json")
    assert len(slices) == 6
    for each in slices:
        seen = picture(admin, f"/api/sliceinstance/{each['id']}/window-0-0-100-100.png")
        assert (seen == 10 + 100 * each["channel"] + 20 * each["zStack"]).all()


def test_pictures_beside_the_pyramid_are_associated_images(admin: AnnotationClient, into_project: IntoProject) -> None:
    study, series = generate_uid(), generate_uid()
    both = slide_files(NATIVE)
    for flavour in ("LABEL", "OVERVIEW"):
        extra = slide_files(replace(NATIVE, width_px=64, height_px=64))[0]
        extra.ImageType = ["ORIGINAL", "PRIMARY", flavour, "NONE"]
        both.append(extra)
    for file in both:
        file.StudyInstanceUID, file.SeriesInstanceUID = study, series
        file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image = into_project([file_bytes(file) for file in both])
    listed = admin.get(f"/api/imageinstance/{image['id']}/associated.json").json()["collection"]
    assert sorted(listed) == ["label", "overview"], listed
    for name in ("label", "overview", "macro"):
        assert picture(admin, f"/api/abstractimage/{image['baseImage']}/associated/{name}.png").shape == (64, 64, 3)
    assert admin.get(f"/api/imageinstance/{image['id']}/associated/thumbnail.png").status_code == 404


@pytest.mark.parametrize("syntax", [HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K], ids=["lossless", "RPCL", "lossy syntax"])
def test_a_syntax_younger_than_orthanc_is_shown(
    syntax: UID, admin: AnnotationClient, into_project: IntoProject
) -> None:
    truth = slide_pixels(NATIVE)

    def encode(file: Dataset) -> None:
        padded = np.pad(truth, ((0, -200 % 64), (0, -300 % 64), (0, 0)))
        tiles = cut_tiles(padded, 64)
        file.file_meta.TransferSyntaxUID, file.PhotometricInterpretation = syntax, "YBR_RCT"
        set_frames(file, [bytes(imagecodecs.htj2k_encode(tile, reversible=True, rgb=True)) for tile in tiles])

    image = into_project(new_slide(NATIVE, encode))
    assert image["fault"] is None
    np.testing.assert_array_equal(picture(admin, f"/api/imageinstance/{image['id']}/window-0-0-300-200.png"), truth)


def test_names_tell_slides_apart(into_project: IntoProject) -> None:
    def named(container: str) -> Callable[[Dataset], None]:
        def change(file: Dataset) -> None:
            file.ContainerIdentifier, file.SeriesDescription = container, ""

        return change

    first, second = f"A-{generate_uid()[-9:]}", f"B-{generate_uid()[-9:]}"
    names = [into_project(new_slide(NATIVE, named(each)))["originalFilename"] for each in (first, second, second)]
    assert names[:2] == [f"{first}.dcm", f"{second}.dcm"]
    assert len(set(names)) == 3
