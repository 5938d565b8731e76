"""Everything a job hands out, read back by independent readers."""

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, dcmread

from ophtha_core.phantoms.chest_ct import Breathing
from registration.engine import Registration, register
from registration.errors import RegistrationCancelled
from registration.points import PointMapper
from registration.results.folder import ResultFiles, write_results
from registration.results.identifiers import Identifiers
from registration.slices import Side
from registration.volume import read_series
from tests.kit.ct_files import encoded, enhanced, files, instances
from tests.kit.dicom_check import dciodvfy_errors
from tests.registration.phantom_pairs import CHEST, PhantomPair, phantom_pair, quick_settings

CREATED = datetime(2026, 3, 4, 5, 6, 7)
SMALLER = replace(CHEST, columns=96, rows=72, slices=32, pixel_spacing_mm=3.8, slice_spacing_mm=8.0)


@pytest.fixture(scope="module")
def pair() -> PhantomPair:
    return phantom_pair(Breathing(depth_mm=15), geometry=SMALLER)


@pytest.fixture(scope="module")
def result(pair: PhantomPair) -> Registration:
    return register(pair.reference, pair.floating, settings=quick_settings())


@pytest.fixture(scope="module")
def written(result: Registration, tmp_path_factory: pytest.TempPathFactory) -> ResultFiles:
    folder = tmp_path_factory.mktemp("results")
    return write_results(result, folder, identifiers=Identifiers("job-1"), created=CREATED)


@pytest.fixture(scope="module")
def series(written: ResultFiles) -> list[Dataset]:
    return list(members(written.dicom_archive))


def members(archive: Path) -> Iterator[Dataset]:
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member)
            assert content is not None
            yield dcmread(io.BytesIO(content.read()))


def voxels(result: Registration) -> NDArray[np.int16]:
    return sitk.GetArrayViewFromImage(result.warped)


def test_nifti_is_read_alike_by_simpleitk_and_nibabel(result: Registration, written: ResultFiles) -> None:
    image = sitk.ReadImage(str(written.nifti))
    assert image.GetPixelID() == sitk.sitkInt16
    assert np.array_equal(sitk.GetArrayViewFromImage(image), voxels(result))
    reference = result.reference.image
    assert image.GetOrigin() == pytest.approx(reference.GetOrigin(), abs=1e-4)
    assert image.GetSpacing() == pytest.approx(reference.GetSpacing(), abs=1e-5)
    assert image.GetDirection() == pytest.approx(reference.GetDirection(), abs=1e-6)
    other = nibabel.nifti1.load(str(written.nifti))
    assert np.array_equal(np.asarray(other.dataobj).T, voxels(result))
    corner = other.affine @ [5, 6, 7, 1]
    x, y, z = reference.TransformIndexToPhysicalPoint((5, 6, 7))
    assert corner[:3] == pytest.approx([-x, -y, z], abs=1e-3)
    assert np.allclose(other.get_qform(), other.get_sform(), atol=1e-3)


def test_the_field_is_the_whole_mapping_in_lps(result: Registration, written: ResultFiles) -> None:
    image = sitk.ReadImage(str(written.field))
    assert image.GetNumberOfComponentsPerPixel() == 3
    assert np.array_equal(sitk.GetArrayViewFromImage(image), sitk.GetArrayViewFromImage(result.field))
    assert image.GetOrigin() == pytest.approx(result.field.GetOrigin(), abs=1e-3)
    header = nibabel.nifti1.load(str(written.field)).header
    assert int(header["intent_code"]) == 1007
    assert header.get_data_shape()[3:] == (1, 3)


def test_the_inverse_field_leads_back(result: Registration, written: ResultFiles) -> None:
    there, back = PointMapper.read(written.field), PointMapper.read(written.inverse_field)
    centre = np.array(result.reference.image.TransformContinuousIndexToPhysicalPoint(_middle(result.reference.image)))
    points = centre + np.random.default_rng(1).uniform(-30, 30, (500, 3))
    returned = back.to_floating(there.to_floating(points))
    miss_mm = np.linalg.norm(returned - points, axis=1)
    assert np.nanmean(miss_mm) < 0.1
    assert np.nanmax(miss_mm) < 1
    assert np.isnan(miss_mm).mean() < 0.2


def _middle(image: sitk.Image) -> list[float]:
    return [(n - 1) / 2 for n in image.GetSize()]


def test_the_field_covers_the_reference(result: Registration) -> None:
    size = result.reference.image.GetSize()
    for index in ((0, 0, 0), tuple(n - 1 for n in size)):
        point = result.reference.image.TransformIndexToPhysicalPoint(index)
        continuous = result.field.TransformPhysicalPointToContinuousIndex(point)
        assert all(-1e-6 <= value <= n - 1 + 1e-6 for value, n in zip(continuous, result.field.GetSize(), strict=True))


def test_dicom_and_nifti_agree_voxel_for_voxel(series: list[Dataset], result: Registration) -> None:
    planes = np.stack([one.pixel_array * one.RescaleSlope + one.RescaleIntercept for one in series])
    assert np.array_equal(planes, voxels(result))


def test_instances_lie_where_the_reference_lies(series: list[Dataset], pair: PhantomPair) -> None:
    for one, source in zip(series, pair.reference.files, strict=True):
        assert one.ImagePositionPatient == pytest.approx(source.header.ImagePositionPatient, abs=1e-3)
        assert one.ImageOrientationPatient == source.header.ImageOrientationPatient
        assert one.PixelSpacing == source.header.PixelSpacing
        assert one.FrameOfReferenceUID == source.header.FrameOfReferenceUID
        assert [item.ReferencedSOPInstanceUID for item in one.ReferencedImageSequence] == [source.header.SOPInstanceUID]


def test_archive_members_are_named_in_order_of_position(written: ResultFiles, series: list[Dataset]) -> None:
    with tarfile.open(written.dicom_archive) as archive:
        assert archive.getnames() == [f"{number:04d}.dcm" for number in range(1, len(series) + 1)]
    heights = [float(one.ImagePositionPatient[2]) for one in series]
    assert heights == sorted(heights)


def test_instances_belong_to_the_floating_patient_and_study(series: list[Dataset], pair: PhantomPair) -> None:
    floating, reference = pair.floating.header, pair.reference.header
    for one in series:
        assert one.PatientID == floating.PatientID
        assert one.StudyInstanceUID == floating.StudyInstanceUID != reference.StudyInstanceUID
        assert one.SeriesInstanceUID not in {floating.SeriesInstanceUID, reference.SeriesInstanceUID}
        assert list(one.ImageType) == ["DERIVED", "SECONDARY", "AXIAL"]
        assert one.DerivationDescription
        assert one.DerivationCodeSequence[0].CodeValue == "113085"
        assert not [element for element in one if element.tag.is_private]
    assert len({one.SOPInstanceUID for one in series}) == len(series)


def test_source_images_are_the_floating_slices_a_slice_was_made_of(series: list[Dataset], pair: PhantomPair) -> None:
    known = {source.header.SOPInstanceUID: index for index, source in enumerate(pair.floating.files)}
    for index, one in enumerate(series):
        sources = [known[item.ReferencedSOPInstanceUID] for item in one.SourceImageSequence]
        assert sources == sorted(sources)
        assert min(abs(source - index) for source in sources) <= 2
        assert len(sources) < 10


def test_dciodvfy_finds_no_error(series: list[Dataset], written: ResultFiles, tmp_path: Path) -> None:
    objects = [series[0], series[-1], dcmread(written.spatial_registration), dcmread(written.deformable_registration)]
    assert [error for one in objects for error in dciodvfy_errors(one, tmp_path)] == []


def test_spatial_registration_holds_the_affine_part_towards_the_reference(
    written: ResultFiles, result: Registration, pair: PhantomPair
) -> None:
    dataset = dcmread(written.spatial_registration)
    assert dataset.FrameOfReferenceUID == pair.reference.frame_of_reference_uid
    frames = {item.FrameOfReferenceUID: item for item in dataset.RegistrationSequence}
    item = frames[pair.floating.frame_of_reference_uid]
    values = item.MatrixRegistrationSequence[0].MatrixSequence[0].FrameOfReferenceTransformationMatrix
    matrix = np.array(values, dtype=float).reshape(4, 4)
    point = np.array([20.0, -30.0, 40.0])
    there = result.affine(point)
    assert (matrix @ [*there, 1])[:3] == pytest.approx(point, abs=1e-4)


def test_deformable_registration_maps_as_the_field_does(written: ResultFiles, result: Registration) -> None:
    item = dcmread(written.deformable_registration).DeformableRegistrationSequence[0]
    assert "PreDeformationMatrixRegistrationSequence" not in item
    grid = item.DeformableRegistrationGridSequence[0]
    columns, rows, planes = grid.GridDimensions
    vectors = np.frombuffer(grid.VectorGridData, "<f4").reshape(planes, rows, columns, 3)
    assert np.array_equal(vectors, sitk.GetArrayViewFromImage(result.field))
    assert list(grid.GridResolution) == pytest.approx(result.field.GetSpacing())
    assert list(grid.ImagePositionPatient) == pytest.approx(result.field.GetOrigin(), abs=1e-5)


def test_plastimatch_reads_the_same_geometry(written: ResultFiles, result: Registration, tmp_path: Path) -> None:
    program = shutil.which("plastimatch")
    if program is None:
        pytest.skip("plastimatch is not installed (Debian package plastimatch)")
    dicom = tmp_path / "dicom"
    dicom.mkdir()
    with tarfile.open(written.dicom_archive) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            (dicom / member.name).write_bytes(content.read())
    for name, source in (("dicom", dicom), ("nifti", written.nifti)):
        converted = tmp_path / f"{name}.mha"
        subprocess.run(
            [program, "convert", "--input", source, "--output-img", converted], check=True, capture_output=True
        )
        image = sitk.ReadImage(str(converted))
        assert np.array_equal(sitk.GetArrayFromImage(image), voxels(result)), name
        assert image.GetOrigin() == pytest.approx(result.warped.GetOrigin(), abs=1e-3)
        assert image.GetSpacing() == pytest.approx(result.warped.GetSpacing(), abs=1e-3)


def test_the_report_is_strict_json_with_all_parameters(written: ResultFiles) -> None:
    report = json.loads(written.report.read_text())
    assert set(report) == {"Verdict", "Reasons", "Quality", "Warnings", "Affine", "Parameters"}
    assert report["Quality"]["JacobianLungs"]["FoldedVoxels"] == 0
    assert report["Quality"]["LungDice"]["After"] > 0.9
    assert report["Parameters"]["threads"] == 2
    assert np.shape(report["Affine"]) == (3, 4)


def test_previews_show_three_planes_with_the_lungs_outlined(written: ResultFiles) -> None:
    assert [path.name for path in written.previews] == [
        "checkerboard.png",
        "difference-before.png",
        "difference-after.png",
    ]
    for path in written.previews:
        pixels = np.asarray(Image.open(path))
        yellow = (pixels == (255, 210, 0)).all(axis=-1)
        thirds = np.array_split(yellow, 3, axis=1)
        assert all(part.sum() > 50 for part in thirds)


def test_the_difference_is_greyer_after_than_before(written: ResultFiles) -> None:
    def colourfulness(path: Path) -> float:
        pixels = np.asarray(Image.open(path)).astype(float)
        return float(np.ptp(pixels, axis=-1).mean())

    _, before, after = written.previews
    assert colourfulness(after) < 0.9 * colourfulness(before)


def test_a_job_that_runs_twice_writes_the_same_bytes(
    result: Registration, written: ResultFiles, tmp_path: Path
) -> None:
    again = write_results(result, tmp_path, identifiers=Identifiers("job-1"), created=CREATED)
    for name in ("nifti", "field", "spatial_registration", "deformable_registration"):
        assert getattr(again, name).read_bytes() == getattr(written, name).read_bytes()
    uids = [one.SOPInstanceUID for one in members(again.dicom_archive)]
    assert uids == [one.SOPInstanceUID for one in members(written.dicom_archive)]


def test_another_job_gets_other_uids() -> None:
    assert Identifiers("job-1").slice(1) != Identifiers("job-2").slice(1)
    assert Identifiers("job-1").slice(1) != Identifiers("job-1").slice(2)
    assert Identifiers("job-1").slice(1) == Identifiers("job-1").slice(1)


def test_writing_can_be_cancelled(result: Registration, tmp_path: Path) -> None:
    with pytest.raises(RegistrationCancelled):
        write_results(result, tmp_path, identifiers=Identifiers("job-1"), created=CREATED, cancelled=lambda: True)


def test_frames_of_an_enhanced_source_are_named(pair: PhantomPair, tmp_path: Path) -> None:
    source = [encoded(enhanced(instances(SMALLER)))]
    reference = read_series(source, side=Side.REFERENCE)
    floating = read_series(source, side=Side.FLOATING)
    same = register(reference, floating, settings=quick_settings())
    results = write_results(same, tmp_path, identifiers=Identifiers("job-3"), created=CREATED)
    first = next(members(results.dicom_archive))
    assert first.ReferencedImageSequence[0].ReferencedFrameNumber == 1
    assert dciodvfy_errors(first, tmp_path) == []


def test_missing_reference_slices_are_written_too(tmp_path: Path) -> None:
    thin = replace(SMALLER, slices=24, slice_spacing_mm=5.0)
    content = files(instances(thin))
    reference = read_series([*content[:9], *content[10:]], side=Side.REFERENCE)
    floating = read_series([*content[:9], *content[10:]], side=Side.FLOATING)
    same = register(reference, floating, settings=quick_settings())
    results = write_results(same, tmp_path, identifiers=Identifiers("job-4"), created=CREATED)
    written = list(members(results.dicom_archive))
    assert len(written) == thin.slices
    assert "ReferencedImageSequence" not in written[9]
