"""``Transcode`` overrides the transfer syntax of masked images, whoever has to encode them, on every route."""

from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from tests.kit.conditions import wait_until
from tests.kit.masked import stored_pixels
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import (
    StudyIds,
    add_pixels,
    base,
    capture,
    full_study,
    slices,
    structured_report,
    to_bytes,
)

FILL = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [8, 8], "End": [32, 24]}
LOSSLESS = [ImplicitVRLittleEndian, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless]
LOSSY = [JPEGBaseline8Bit, JPEGLSNearLossless, JPEG2000]


def ident(value: object) -> str | None:
    return value.name if isinstance(value, UID) else None


def picture(ids: StudyIds, *, rows: int = 48, columns: int = 64) -> Dataset:
    """A bright, smooth secondary capture."""
    image = capture(ids)
    row, column = np.mgrid[:rows, :columns]
    add_pixels(image, (180 + 30 * np.sin(row / 9) + 20 * np.cos(column / 7)).astype(np.uint8))
    return image


def colour(ids: StudyIds, *, rows: int = 48, columns: int = 64) -> Dataset:
    image = base(ids, sop_class=SecondaryCaptureImageStorage, series_uid=generate_uid(), number=2, modality="US")
    row, column = np.mgrid[:rows, :columns]
    add_pixels(image, np.zeros((rows, columns), np.uint8))
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
    image.PixelData = np.stack([150 + row, 100 + column, 250 - row - column], -1).astype(np.uint8).tobytes()
    return image


def upload(product: Product, *datasets: Dataset) -> str:
    """Store the objects of one study; its Orthanc id."""
    first = product.upload(to_bytes(each) for each in datasets)[0]
    study: str = product.get(f"/instances/{first}/study").json()["ID"]
    return study


def copies(product: Product, answer: dict[str, object]) -> list[bytes]:
    found = product.get(f"/studies/{answer['ID']}/instances").json()
    found.sort(key=lambda each: int(each["MainDicomTags"]["InstanceNumber"]))
    return [product.get(f"/instances/{each['ID']}/file").content for each in found]


def read(dicom: bytes) -> FileDataset:
    return dcmread(BytesIO(dicom))


def mask(product: Product, study: str, action: str, **payload: object) -> dict[str, object]:
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/{action}", json={"MaskPixelData": {"Regions": [FILL]}, **payload}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


def grey(dicom: bytes) -> NDArray[np.float64]:
    return stored_pixels(dicom).astype(float).mean(axis=3)[0]


@pytest.mark.parametrize("syntax", LOSSLESS, ids=ident)
@pytest.mark.parametrize("action", ["modify", "anonymize"])
def test_a_lossless_syntax_is_written_exactly(product: Product, action: str, syntax: UID) -> None:
    images = slices(StudyIds(), 2, rows=48, columns=64)
    answer = mask(product, upload(product, *images), action, Transcode=syntax)
    assert answer["Transcode"] == syntax
    assert answer["Warnings"] == []
    for source, copy in zip(images, copies(product, answer), strict=True):
        assert read(copy).file_meta.TransferSyntaxUID == syntax
        expected = np.frombuffer(source.PixelData, "<i2").reshape(48, 64).copy()
        expected[8:24, 8:32] = 0
        np.testing.assert_array_equal(stored_pixels(copy)[0, :, :, 0], expected)


@pytest.mark.parametrize("syntax", LOSSY, ids=ident)
@pytest.mark.parametrize("action", ["modify", "anonymize"])
@pytest.mark.parametrize("make", [picture, colour], ids=["grey", "colour"])
def test_a_mask_comes_before_a_loss(product: Product, action: str, syntax: UID, make: object) -> None:
    assert callable(make)
    image = make(StudyIds())
    study = upload(product, image)
    answer = mask(product, study, action, Transcode=syntax)
    assert answer["Warnings"] == []
    [copy] = copies(product, answer)
    header = read(copy)
    assert header.file_meta.TransferSyntaxUID == syntax
    assert header.LossyImageCompression == "01"
    assert float(header.LossyImageCompressionRatio) > 0
    assert header.LossyImageCompressionMethod.startswith("ISO_")
    assert header.SOPInstanceUID == header.file_meta.MediaStorageSOPInstanceUID != image.SOPInstanceUID
    assert {item.CodeValue for item in header.DerivationCodeSequence} == {"113047", "113040"}
    before, after = grey(to_bytes(image)), grey(copy)
    # Ringing reaches a block or so over the edge of the mask; nothing of what was bright is left inside.
    assert after[8:24, 8:32].max() < 60
    assert after[10:22, 10:30].mean() < 6
    outside = np.ones(before.shape, bool)
    outside[:32, :40] = False
    assert np.abs(after - before)[outside].max() < 12


@pytest.mark.parametrize("syntax", LOSSY, ids=ident)
@pytest.mark.parametrize("action", ["modify", "anonymize"])
def test_images_beside_the_masked_one_become_lossy_too(product: Product, action: str, syntax: UID) -> None:
    ids = StudyIds()
    images = [picture(ids), picture(ids)]
    images[1].InstanceNumber = 2
    study = upload(product, *images)
    found = product.get(f"/studies/{study}/instances").json()
    first = next(each["ID"] for each in found if each["MainDicomTags"]["InstanceNumber"] == "1")
    answer = mask(
        product,
        study,
        action,
        Transcode=syntax,
        Keep=["InstanceNumber"] if action == "anonymize" else [],
        MaskPixelData={"Regions": [{**FILL, "TargetInstances": [first]}]},
    )
    masked, beside = copies(product, answer)
    for copy in (masked, beside):
        header = read(copy)
        assert header.file_meta.TransferSyntaxUID == syntax
        assert header.LossyImageCompression == "01"
        assert str(header.SOPInstanceUID).startswith("2.25.")
        assert header.SOPInstanceUID == header.file_meta.MediaStorageSOPInstanceUID
        # Nothing leads back to the source, which a codec may name as the image it was made of.
        text = str(header) + str(header.file_meta)
        assert not [each.SOPInstanceUID for each in images if each.SOPInstanceUID in text]
    assert np.abs(grey(beside) - grey(to_bytes(images[1]))).max() < 12
    assert grey(masked)[10:22, 10:30].mean() < 6


def test_asynchronous_jobs_and_single_instances_are_transcoded_alike(product: Product) -> None:
    study = upload(product, picture(StudyIds()))
    job = mask(product, study, "modify", Transcode=JPEGBaseline8Bit, Asynchronous=True)
    done = wait_until(lambda: finished(product, str(job["ID"])), what="end of the job")
    assert done["State"] == "Success"
    content = done["Content"]
    assert isinstance(content, dict)
    [of_job] = copies(product, content)
    [instance] = product.get(f"/studies/{study}/instances").json()
    answer = product.post(
        f"/plugins/pixels-masker/instances/{instance['ID']}/modify",
        json={"MaskPixelData": {"Regions": [FILL]}, "Transcode": JPEGBaseline8Bit},
    )
    assert answer.status_code == 200, answer.text
    assert read(answer.content).PixelData == read(of_job).PixelData
    assert read(answer.content).file_meta.TransferSyntaxUID == JPEGBaseline8Bit


def finished(product: Product, job: str) -> dict[str, object] | None:
    found: dict[str, object] = product.get(f"/jobs/{job}").json()
    return found if found["State"] in ("Success", "Failure") else None


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, RLELossless], ids=ident)
def test_images_that_no_region_hits_are_transcoded_too(product: Product, syntax: UID) -> None:
    images = slices(StudyIds(), 2)
    nowhere = {**FILL, "Origin": [900, 900], "End": [901, 901]}
    answer = mask(product, upload(product, *images), "modify", Transcode=syntax, MaskPixelData={"Regions": [nowhere]})
    for source, copy in zip(images, copies(product, answer), strict=True):
        assert read(copy).file_meta.TransferSyntaxUID == syntax
        np.testing.assert_array_equal(stored_pixels(copy).ravel(), np.frombuffer(source.PixelData, "<i2"))


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, RLELossless, JPEGLSLossless], ids=ident)
def test_without_a_mask_the_result_is_the_cores(product: Product, syntax: UID) -> None:
    study = upload(product, *slices(StudyIds(), 1))
    core = product.post(f"/studies/{study}/modify", json={"Transcode": syntax}).json()
    ours = product.post(f"/plugins/pixels-masker/studies/{study}/modify", json={"Transcode": syntax}).json()
    [one], [other] = copies(product, core), copies(product, ours)
    assert read(one).file_meta.TransferSyntaxUID == read(other).file_meta.TransferSyntaxUID
    np.testing.assert_array_equal(stored_pixels(one), stored_pixels(other))


def test_a_plain_anonymization_does_not_stretch_grey_values(product: Product) -> None:
    image = picture(StudyIds())
    study = upload(product, image)
    answer = product.post(f"/plugins/pixels-masker/studies/{study}/anonymize", json={"Transcode": JPEGBaseline8Bit})
    [copy] = copies(product, answer.json())
    assert read(copy).file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert np.abs(grey(copy) - grey(to_bytes(image))).max() < 12


def test_compressed_sources_are_taken_apart_where_orthanc_has_no_codec(product: Product) -> None:
    image = read(to_bytes(slices(StudyIds(), 1, rows=48, columns=64)[0]))
    expected = np.array(image.pixel_array)
    frame = imagecodecs.jpeg2k_encode(expected, level=0, reversible=True, codecformat="j2k")
    image.PixelData = encapsulate([frame])
    image["PixelData"].VR, image["PixelData"].is_undefined_length = "OB", True
    image.file_meta.TransferSyntaxUID = JPEG2000Lossless
    buffer = BytesIO()
    image.save_as(buffer, enforce_file_format=True)
    [instance] = product.upload([buffer.getvalue()])
    study = product.get(f"/instances/{instance}/study").json()["ID"]
    answer = mask(product, study, "anonymize", Transcode=ExplicitVRLittleEndian)
    [copy] = copies(product, answer)
    expected[8:24, 8:32] = 0
    assert read(copy).file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    np.testing.assert_array_equal(stored_pixels(copy)[0, :, :, 0], expected)


def test_what_the_syntax_cannot_hold_keeps_its_own_and_is_counted(product: Product) -> None:
    ids = StudyIds()
    images = slices(ids, 2, rows=48, columns=64)  # 16 bits, signed
    study = upload(product, *images, structured_report(ids, images))
    answer = mask(product, study, "modify", Transcode=JPEGBaseline8Bit)
    assert "instances are not stored in the transfer syntax asked for" in str(answer["Warnings"])
    for copy in copies(product, answer):
        if "PixelData" in read(copy):
            assert (stored_pixels(copy)[0, 8:24, 8:32] == 0).all()


def test_the_quality_of_a_loss_can_be_asked_for(product: Product) -> None:
    study = upload(product, picture(StudyIds()))
    sizes = []
    for quality in (20, 95):
        [copy] = copies(product, mask(product, study, "modify", Transcode=JPEGBaseline8Bit, LossyQuality=quality))
        sizes.append(len(read(copy).PixelData))
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    "syntax",
    ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.55", "1.2.3", "JPEG", "", 1, None],
)
@pytest.mark.parametrize("level", ["studies", "instances"])
def test_a_syntax_that_nobody_writes_is_refused(product: Product, level: str, syntax: object) -> None:
    product.upload(to_bytes(each) for each in full_study(StudyIds()))
    [resource, *_] = product.get(f"/{level}").json()
    stored = product.get("/instances").json()
    answer = product.post(
        f"/plugins/pixels-masker/{level}/{resource}/modify",
        json={"MaskPixelData": {"Regions": [FILL]}, "Transcode": syntax},
    )
    assert answer.status_code == 400
    assert answer.json()["Details"][0]["loc"] == ["body", "Transcode"]
    assert product.get("/instances").json() == stored


@pytest.mark.parametrize("quality", [0, 101, "90", True, 90.5])
def test_an_impossible_quality_is_refused(product: Product, quality: object) -> None:
    study = upload(product, picture(StudyIds()))
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"MaskPixelData": {"Regions": [FILL]}, "Transcode": JPEGBaseline8Bit, "LossyQuality": quality},
    )
    assert answer.status_code == 400
    assert answer.json()["Details"][0]["loc"] == ["body", "LossyQuality"]
