"""Files a little off the standard, as archives hold them: each way that reads a source takes them alike."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit, JPEGLSLossless

from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of, pattern
from tests.kit.masked import file_of, parse
from tests.kit.product import Product

ROWS, COLUMNS = 24, 30
BANNER = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [COLUMNS, 6]}


def _without_preamble() -> bytes:
    buffer = BytesIO()
    dcmwrite(buffer, Dataset(image_of(FORMAT_OF["mono 8"])), implicit_vr=True, little_endian=True)
    return buffer.getvalue()


def _with_tail(dataset: FileDataset) -> bytes:
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([frame + bytes(range(0x30, 0x44))])
    return file_of(dataset)


def _native_tail() -> bytes:
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.PixelData += b"ten bytes."
    return file_of(dataset)


def _whole_chroma() -> bytes:
    dataset = image_of(FORMAT_OF["ybr full"])
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    return file_of(dataset)


def _no_frames() -> bytes:
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.NumberOfFrames = 0
    return file_of(dataset)


def _short_overlay() -> bytes:
    dataset = image_of(FORMAT_OF["mono 8"])
    for element, vr, value in (
        (0x0010, "US", ROWS),
        (0x0011, "US", COLUMNS),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x3000, "OW", b"\xff" * (ROWS * COLUMNS // 8 - 2)),
    ):
        dataset.add_new(0x60000000 | element, vr, value)
    return file_of(dataset)


KINDS: dict[str, Callable[[], bytes]] = {
    "no preamble": _without_preamble,
    "bytes after a JPEG": lambda: _with_tail(image_of(FORMAT_OF["mono 8"], syntax=JPEGBaseline8Bit)),
    "bytes after a JPEG-LS": lambda: _with_tail(image_of(FORMAT_OF["mono 8"], syntax=JPEGLSLossless)),
    "bytes after native pixels": _native_tail,
    "whole chroma": _whole_chroma,
    "no frames counted": _no_frames,
    "short overlay": _short_overlay,
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_imperfect_file_is_masked_shown_and_hit(product: Product, kind: str) -> None:
    with product.client() as client:
        stored = client.post("/instances", content=KINDS[kind]()).json()
    instance, study = stored["ID"], stored["ParentStudy"]
    mask = {"MaskPixelData": {"Regions": [BANNER]}}
    for action in ("modify", "anonymize"):
        answer = product.post(f"/plugins/pixels-masker/instances/{instance}/{action}", json=mask)
        assert answer.status_code == 200, answer.text
        samples = FORMAT_OF["ybr full" if kind == "whole chroma" else "mono 8"].samples
        pixels = _pixels(answer.content, samples)
        assert (pixels[:6] == ([0, 128, 128] if samples == 3 else [0])).all()
        assert np.ptp(pixels[6:].astype(int)) > 50
    assert product.post(f"/plugins/pixels-masker/studies/{study}/modify", json=mask).status_code == 200
    hits = product.post(f"/plugins/pixels-masker/instances/{instance}/hits", json=mask).json()
    assert [each["FrameCount"] for each in hits["Regions"]] == [1]
    assert hits["Unreadable"] == []
    preview = product.post(f"/plugins/ophtha/instances/{instance}/frames/0/preview", json={**mask, "Show": "after"})
    assert preview.status_code == 200, preview.text
    shown = np.asarray(Image.open(BytesIO(preview.content)).convert("L"))
    assert shown[:6].max() <= 1
    assert np.ptp(shown[6:].astype(int)) > 50


def test_pixels_outside_the_region_stay_as_they_were_under_whole_chroma(product: Product) -> None:
    [instance] = product.upload([_whole_chroma()])
    answer = product.post(
        f"/plugins/pixels-masker/instances/{instance}/modify", json={"MaskPixelData": {"Regions": [BANNER]}}
    )
    before = pattern(FORMAT_OF["ybr full"], rows=ROWS, columns=COLUMNS)[0]
    np.testing.assert_array_equal(_pixels(answer.content, 3)[6:], before[6:])


def test_a_header_without_pixels_is_refused_by_name(product: Product) -> None:
    dataset = image_of(FORMAT_OF["mono 8"])
    del dataset.PixelData
    [instance] = product.upload([file_of(dataset)])
    mask = {"MaskPixelData": {"Regions": [BANNER]}}
    answer = product.post(f"/plugins/pixels-masker/instances/{instance}/modify", json=mask)
    assert answer.status_code == 400
    assert "no pixel data" in answer.json()["Message"]
    preview = product.post(f"/plugins/ophtha/instances/{instance}/frames/0/preview", json={**mask, "Show": "after"})
    assert preview.status_code == 422
    assert "no pixel data" in preview.json()["Message"]


def _pixels(dicom: bytes, samples: int) -> np.ndarray:
    dataset = parse(dicom)
    if dataset.file_meta.TransferSyntaxUID in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        return np.frombuffer(dataset.PixelData, np.uint8, ROWS * COLUMNS * samples).reshape(ROWS, COLUMNS, samples)
    return dataset.pixel_array.reshape(ROWS, COLUMNS, samples)
