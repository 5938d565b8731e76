"""Real files: those pydicom brings for each syntax and layout, and a real CT series."""

import tarfile
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import dcmread
from pydicom.pixels import pixel_array

from ophtha_core.errors import UnreadableImage
from ophtha_core.masking.apply import mask_instance
from ophtha_core.masking.region import Fill, MeanFilter, Region2D, Region3D
from tests.kit.masked import brute_mean, file_of, parse, stored_pixels, syntax_of

pytestmark = pytest.mark.filterwarnings("ignore")

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"
BROKEN = {
    "badVR.dcm": "NumberOfFrames",
    "JPEG2000-embedded-sequence-delimiter.dcm": "Columns",
    "MR_truncated.dcm": "needs",
}
# What pydicom itself decodes wrongly or not at all with the codecs installed here.
UNDECODED = {"GDCMJ2K_TextGBR.dcm"}
LOSSLESS = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"} | {
    f"1.2.840.10008.1.2.{end}" for end in ("5", "4.57", "4.70", "4.80", "4.90")
}


def image_files() -> list[Path]:
    found = []
    with warnings.catch_warnings(action="ignore"):
        for path in sorted(FOLDER.glob("*.dcm")):
            dataset = dcmread(path, force=True, specific_tags=["Rows", "PixelData"])
            if "Rows" in dataset and "PixelData" in dataset:
                found.append(path)
    return found


@pytest.mark.parametrize("path", [p for p in image_files() if p.name not in BROKEN], ids=lambda p: p.name)
@pytest.mark.parametrize("paint", [Fill(value=0), MeanFilter(width_px=4)], ids=["fill", "mean"])
def test_a_bundled_file_changes_inside_the_region_only(path, paint):
    dicom = path.read_bytes()
    source = dcmread(path)
    rows, columns = int(source.Rows), int(source.Columns)
    left, top, right, bottom = (
        columns // 4,
        rows // 3,
        columns // 4 + min(9, columns // 2),
        rows // 3 + min(8, rows // 2),
    )
    masked = mask_instance(dicom, [Region2D(origin_px=(left, top), end_px=(right, bottom), paint=paint)])
    result = parse(masked.dicom)
    assert masked.is_masked
    assert result.SOPInstanceUID == source.SOPInstanceUID
    if source.file_meta.TransferSyntaxUID in LOSSLESS:
        assert syntax_of(masked.dicom) == source.file_meta.TransferSyntaxUID
    if path.name in UNDECODED:
        return
    # Lossy YBR is stored as what it shows, RGB; anything else as it was.
    raw = source.PhotometricInterpretation == "RGB" or result.PhotometricInterpretation != "RGB"
    raw = raw and source.file_meta.TransferSyntaxUID in LOSSLESS
    before, after = pixels_of(dicom, raw=raw), pixels_of(masked.dicom, raw=raw)
    outside = np.ones(before.shape, bool)
    outside[:, top:bottom, left:right] = False
    np.testing.assert_array_equal(after[outside], before[outside])
    inside = after[:, top:bottom, left:right]
    if isinstance(paint, Fill):
        black = [0, 128, 128] if result.PhotometricInterpretation in ("YBR_FULL", "YBR_FULL_422") else [0]
        assert (inside == black).all()
    else:
        for channel in range(before.shape[3]):
            expected = brute_mean(before[0, top:bottom, left:right, channel], 4)
            np.testing.assert_array_equal(inside[0, :, :, channel], expected)


def pixels_of(dicom: bytes, *, raw: bool) -> np.ndarray:
    dataset = parse(dicom)
    try:
        frames = pixel_array(dataset, raw=raw)
    except (RuntimeError, AttributeError):
        return stored_pixels(dicom)
    shape = (int(dataset.get("NumberOfFrames") or 1), dataset.Rows, dataset.Columns, dataset.SamplesPerPixel)
    return frames.reshape(shape)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bundled_file_is_refused_with_the_reason(name):
    region = Region2D(origin_px=(0, 0), end_px=(5, 5), paint=Fill(value=0))
    with pytest.raises(UnreadableImage, match=BROKEN[name]):
        mask_instance((FOLDER / name).read_bytes(), [region])


def test_a_box_in_a_real_ct_covers_its_pixels_on_its_slices(shared_data):
    archive = shared_data / "ct" / "synthA_Lung_Dx-A0001" / "reference_dicom.tar.gz"
    with tarfile.open(archive) as files:
        members = [m for m in files.getmembers() if m.isfile()][::8]
        series = [(files.extractfile(m) or pytest.fail(m.name)).read() for m in members]
    slices = [parse(dicom) for dicom in series]
    heights = sorted(float(d.ImagePositionPatient[2]) for d in slices)
    x0, y0, _ = (float(v) for v in slices[0].ImagePositionPatient)
    row_mm, column_mm = (float(v) for v in slices[0].PixelSpacing)
    # From a quarter of pixel 100 to three quarters of pixel 200, and the heights of the middle slices exactly.
    low = (x0 + 100.2 * column_mm, y0 + 50.2 * row_mm, heights[2])
    high = (x0 + 200.2 * column_mm, y0 + 80.2 * row_mm, heights[5])
    region = Region3D(origin_mm=low, end_mm=high, paint=Fill(value=7))
    for dicom, dataset in zip(series, slices, strict=True):
        masked = mask_instance(dicom, [region])
        inside = heights[2] <= float(dataset.ImagePositionPatient[2]) <= heights[5]
        assert masked.is_masked == inside
        if inside:
            expected = dataset.pixel_array.copy()
            expected[50:81, 100:201] = 7
            np.testing.assert_array_equal(parse(masked.dicom).pixel_array, expected)
        else:
            assert masked.dicom is dicom


def test_the_kit_writes_what_it_reads():
    dataset = dcmread(FOLDER / "CT_small.dcm")
    assert parse(file_of(dataset)).PixelData == dataset.PixelData
