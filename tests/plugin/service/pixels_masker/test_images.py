"""Real files and every slice plane, masked on a real Orthanc."""

import tarfile
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage, HTJ2KLossless, NuclearMedicineImageStorage, generate_uid

from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from tests.kit.masked import file_of, stored_pixels, syntax_of
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    StudyIds,
    add_pixels,
    base,
    slices,
    to_bytes,
)

pytestmark = pytest.mark.filterwarnings("ignore")

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
KEPT_SYNTAXES = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"} | {
    f"1.2.840.10008.1.2.{end}" for end in ("5", "4.57", "4.70", "4.80", "4.90")
}
NOT_IMAGES = {"badVR.dcm", "JPEG2000-embedded-sequence-delimiter.dcm", "MR_truncated.dcm"}
"""Their headers contradict their pixels."""
NO_TRUTH = {"GDCMJ2K_TextGBR.dcm"}
"""No other decoder here reads them."""
OBLIQUE = tuple(np.round(np.concatenate([[0.8, 0.6, 0.0], np.cross([0.36, -0.48, 0.8], [0.8, 0.6, 0.0])]), 12).tolist())


def bundled_images() -> list[Path]:
    found = []
    with warnings.catch_warnings(action="ignore"):
        for path in sorted(BUNDLED.glob("*.dcm")):
            dataset = dcmread(path, force=True, specific_tags=["Rows", "PixelData"])
            if "Rows" in dataset and "PixelData" in dataset:
                found.append(path)
    return found


@pytest.mark.parametrize("path", bundled_images(), ids=lambda path: path.name)
def test_a_bundled_file_changes_inside_the_region_only(product: Product, path: Path) -> None:
    with product.client() as client:
        stored = client.post("/instances", content=path.read_bytes())
        if stored.status_code != 200:
            pytest.skip("Orthanc does not store this file")
        instance = stored.json()["ID"]
    # As Orthanc has it: some of the files lack a header.
    source = product.get(f"/instances/{instance}/file").content
    header = dcmread(BytesIO(source), stop_before_pixels=True)
    left, top = header.Columns // 4, header.Rows // 3
    right, bottom = left + min(9, header.Columns // 2), top + min(8, header.Rows // 2)
    region = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [left, top], "End": [right, bottom]}
    answer = product.post(
        f"/plugins/pixels-masker/instances/{instance}/modify", json={"MaskPixelData": {"Regions": [region]}}
    )
    if path.name in NOT_IMAGES:
        assert answer.status_code == 400
        assert instance in answer.json()["Message"]
        return
    assert answer.status_code == 200, answer.text
    if header.file_meta.TransferSyntaxUID in KEPT_SYNTAXES:
        assert syntax_of(answer.content) == header.file_meta.TransferSyntaxUID
    if path.name in NO_TRUTH:
        return
    result = dcmread(BytesIO(answer.content), stop_before_pixels=True)
    # What is no longer compressed is RGB already where its source needs a conversion.
    raw = result.PhotometricInterpretation == header.PhotometricInterpretation
    before, after = pixels_of(source, raw=raw), pixels_of(answer.content, raw=raw)
    outside = np.ones(before.shape, bool)
    outside[:, top:bottom, left:right] = False
    np.testing.assert_array_equal(after[outside], before[outside])
    is_ybr = raw and result.PhotometricInterpretation in ("YBR_FULL", "YBR_FULL_422")
    black = [0, 128, 128] if is_ybr else [0]
    assert (after[:, top:bottom, left:right] == black).all()


def pixels_of(dicom: bytes, *, raw: bool) -> NDArray[np.generic]:
    """Frames x rows x columns x samples, as pydicom decodes them, converted to RGB unless ``raw``."""
    dataset = dcmread(BytesIO(dicom))
    try:
        frames = pixel_array(dataset, raw=raw)
    except (RuntimeError, AttributeError):
        return stored_pixels(dicom)
    shape = (int(dataset.get("NumberOfFrames") or 1), dataset.Rows, dataset.Columns, dataset.SamplesPerPixel)
    return frames.reshape(shape)


def touched(
    dataset: Dataset, low: NDArray[np.float64], high: NDArray[np.float64], *, samples: int = 41
) -> NDArray[np.bool_]:
    """Pixels of which any of ``samples`` x ``samples`` points lies in the box: a truth without geometry of polygons."""
    steps = np.linspace(-0.5, 0.5, samples)
    along_row = np.array(dataset.ImageOrientationPatient[:3], float) * float(dataset.PixelSpacing[1])
    along_column = np.array(dataset.ImageOrientationPatient[3:], float) * float(dataset.PixelSpacing[0])
    origin = np.array(dataset.ImagePositionPatient, float)
    result = np.zeros((dataset.Rows, dataset.Columns), bool)
    for row in range(dataset.Rows):
        for column in range(dataset.Columns):
            y, x = np.meshgrid(row + steps, column + steps, indexing="ij")
            points = origin + x[..., None] * along_row + y[..., None] * along_column
            result[row, column] = ((points >= low) & (points <= high)).all(axis=-1).any()
    return result


@pytest.mark.parametrize(
    "orientation",
    [
        pytest.param(AXIAL, id="axial"),
        pytest.param(CORONAL, id="coronal"),
        pytest.param(SAGITTAL, id="sagittal"),
        pytest.param(OBLIQUE, id="oblique"),
    ],
)
def test_a_box_masks_exactly_what_it_touches_on_any_plane(product: Product, orientation: tuple[float, ...]) -> None:
    images = slices(StudyIds(), 3, orientation=orientation, rows=14, columns=12, first_position_mm=(0, 0, 0))
    middle = images[1]
    centre = (
        np.array(middle.ImagePositionPatient, float)
        + 5.3 * 0.75 * np.array(orientation[:3])
        + 6.4 * 1.25 * np.array(orientation[3:])
    )
    low, high = centre - np.array([2.11, 2.63, 1.57]), centre + np.array([2.23, 2.41, 1.83])
    region = {
        "MaskType": "Fill",
        "FillValue": 0,
        "RegionType": "3D",
        "Origin": high.tolist(),
        "End": low.tolist(),
    }
    product.upload(to_bytes(each) for each in images)
    [study] = product.get("/studies").json()
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": {"Regions": [region]}}
    )
    assert answer.status_code == 200, answer.text
    for each in product.get(f"/studies/{answer.json()['ID']}/instances").json():
        copy = dcmread(BytesIO(product.get(f"/instances/{each['ID']}/file").content))
        np.testing.assert_array_equal(copy.pixel_array == 0, touched(copy, low, high))


def enhanced(ids: StudyIds, positions_mm: list[tuple[float, float, float]]) -> Dataset:
    """Enhanced CT: orientation and spacing shared, position per frame."""
    dataset = base(ids, sop_class=EnhancedCTImageStorage, series_uid=generate_uid(), number=1, modality="CT")
    add_pixels(dataset, np.full((len(positions_mm), 14, 12), 500, np.int16))
    shared = Dataset()
    orientation, measures = Dataset(), Dataset()
    orientation.ImageOrientationPatient = list(AXIAL)
    measures.PixelSpacing = [1.25, 0.75]
    shared.PlaneOrientationSequence = Sequence([orientation])
    shared.PixelMeasuresSequence = Sequence([measures])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for position_mm in positions_mm:
        frame, position = Dataset(), Dataset()
        position.ImagePositionPatient = list(position_mm)
        frame.PlanePositionSequence = Sequence([position])
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    return dataset


def nuclear(ids: StudyIds) -> Dataset:
    """NM tomography: one detector with the position of the first frame, and the distance of the frames."""
    dataset = base(ids, sop_class=NuclearMedicineImageStorage, series_uid=generate_uid(), number=1, modality="NM")
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
    add_pixels(dataset, np.full((3, 14, 12), 500, np.uint16))
    detector = Dataset()
    detector.ImagePositionPatient = [0.0, 0.0, 0.0]
    detector.ImageOrientationPatient = list(AXIAL)
    dataset.DetectorInformationSequence = Sequence([detector])
    dataset.PixelSpacing = [1.25, 0.75]
    dataset.SpacingBetweenSlices = 2.0
    return dataset


@pytest.mark.parametrize("fill", [0, 7])
@pytest.mark.parametrize("kind", ["enhanced", "nuclear"])
def test_frames_of_one_object_have_places_of_their_own(product: Product, kind: str, fill: int) -> None:
    positions = [(0.0, 0.0, 0.0), (0.0, 0.0, 2.0), (0.0, 0.0, 4.0)]
    dataset = enhanced(StudyIds(), positions) if kind == "enhanced" else nuclear(StudyIds())
    product.upload([to_bytes(dataset)])
    [study] = product.get("/studies").json()
    region = {"MaskType": "Fill", "FillValue": fill, "RegionType": "3D", "Origin": [1.7, 3.3, 1], "End": [5.1, 9.9, 9]}
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify", json={"MaskPixelData": {"Regions": [region]}}
    )
    assert answer.status_code == 200, answer.text
    [each] = product.get(f"/studies/{answer.json()['ID']}/instances").json()
    masked = dcmread(BytesIO(product.get(f"/instances/{each['ID']}/file").content)).pixel_array == fill
    plane = slices(StudyIds(), 1, rows=14, columns=12, first_position_mm=(0, 0, 2))[0]
    expected = touched(plane, np.array([1.7, 3.3, 1]), np.array([5.1, 9.9, 9]))
    assert not masked[0].any()
    np.testing.assert_array_equal(masked[1], expected)
    np.testing.assert_array_equal(masked[2], expected)


def test_a_real_ct_series_is_masked(product: Product, shared_data: Path) -> None:
    with tarfile.open(shared_data / "ct" / "real_halfthorax" / "reference_dicom.tar.gz") as archive:
        members = [member for member in archive.getmembers() if member.isfile()][::8]
        files = [archive.extractfile(member) for member in members]
        sources = [file.read() for file in files if file is not None]
    product.upload(sources)
    [study] = product.get("/studies").json()
    first = dcmread(BytesIO(sources[0]), stop_before_pixels=True)
    x, y, _ = (float(each) for each in first.ImagePositionPatient)
    spacing = float(first.PixelSpacing[0])
    region = {
        "MaskType": "Fill",
        "FillValue": -5,
        "RegionType": "3D",
        "Origin": [x + 9.9 * spacing, y + 19.9 * spacing, -10000],
        "End": [x + 30.1 * spacing, y + 40.1 * spacing, 10000],
    }
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/anonymize", json={"MaskPixelData": {"Regions": [region]}}
    )
    assert answer.status_code == 200 or first.PixelRepresentation == 0, answer.text
    if first.PixelRepresentation == 0:
        region["FillValue"] = 0
        answer = product.post(
            f"/plugins/pixels-masker/studies/{study}/anonymize", json={"MaskPixelData": {"Regions": [region]}}
        )
    by_position = {tuple(dcmread(BytesIO(each)).ImagePositionPatient): each for each in sources}
    copies = product.get(f"/studies/{answer.json()['ID']}/instances").json()
    assert len(copies) == len(sources)
    for each in copies:
        copy = product.get(f"/instances/{each['ID']}/file").content
        header = dcmread(BytesIO(copy))
        assert header.PatientName != first.PatientName
        expected = stored_pixels(by_position[tuple(header.ImagePositionPatient)]).copy()
        expected[:, 20:41, 10:31] = region["FillValue"]
        np.testing.assert_array_equal(stored_pixels(copy), expected)


def test_a_syntax_that_orthanc_cannot_modify_is_named(product: Product) -> None:
    htj2k = image_of(FORMAT_OF["mono 8"], rows=24, columns=32, syntax=HTJ2KLossless)
    other = slices(StudyIds(patient_id=htj2k.PatientID, study_uid=htj2k.StudyInstanceUID), 2)
    with product.client() as client:
        stored = client.post("/instances", content=file_of(htj2k))
        assert stored.status_code == 200
    instance = stored.json()["ID"]
    product.upload(to_bytes(each) for each in other)
    [study] = product.get("/studies").json()
    region = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [4, 2], "End": [9, 7]}
    for path in (f"instances/{instance}", f"studies/{study}"):
        answer = product.post(f"/plugins/pixels-masker/{path}/modify", json={"MaskPixelData": {"Regions": [region]}})
        if answer.status_code == 200:  # newer versions know it
            continue
        assert answer.status_code == 400
        assert instance in answer.json()["Message"]
        assert "High-Throughput" in answer.json()["Message"]
    permissive = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"MaskPixelData": {"Regions": [region]}, "Permissive": True},
    )
    assert permissive.status_code == 200
    assert permissive.json()["FailedInstancesCount"] <= 1
    assert permissive.json()["InstancesCount"] == 3


def lying(dataset: Dataset) -> list[Dataset]:
    """Hostile versions of an image."""
    versions = []
    for change in (
        {"Rows": 60000, "Columns": 60000},
        {"Rows": 46341, "Columns": 46341},
        {"NumberOfFrames": 100000},
        {"PixelRepresentation": None},
        {"BitsAllocated": 64},
        {"SamplesPerPixel": 3},
        {"PixelData": b"\0" * 10},
        {"PixelData": b""},
        {"Rows": 0},
    ):
        hostile = Dataset()
        hostile.update(dataset)
        hostile.SOPInstanceUID = generate_uid()
        for keyword, value in change.items():
            if value is None:
                del hostile[keyword]
            else:
                setattr(hostile, keyword, value)
        versions.append(hostile)
    return versions


@pytest.mark.parametrize("number", range(9))
def test_a_hostile_file_is_refused_and_nothing_breaks(product: Product, number: int) -> None:
    hostile = lying(slices(StudyIds(), 1)[0])[number]
    with product.client() as client:
        stored = client.post("/instances", content=to_bytes(hostile))
        if stored.status_code != 200:
            pytest.skip("Orthanc does not store this file")
    workers = {worker.pid for worker in product.worker_processes()}
    region = {"MaskType": "MeanFilter", "FilterWidth": 5, "RegionType": "2D", "Origin": [0, 0], "End": [50, 50]}
    for path in (f"instances/{stored.json()['ID']}", f"studies/{stored.json()['ParentStudy']}"):
        answer = product.post(f"/plugins/pixels-masker/{path}/modify", json={"MaskPixelData": {"Regions": [region]}})
        assert answer.status_code == 400, answer.text
        assert stored.json()["ID"] in answer.json()["Message"]
        assert "Traceback" not in answer.text
    assert product.get("/instances").json() == [stored.json()["ID"]]
    assert {worker.pid for worker in product.worker_processes()} == workers
