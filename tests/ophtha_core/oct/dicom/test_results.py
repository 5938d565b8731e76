"""Stored results validate, read back to the same numbers and pixels, and are the same object when written again."""

import json
from importlib.resources import files
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.codes import RetinalThickness
from ophtha_core.oct.dicom.measurements import (
    MacularThickness,
    RnflThickness,
    read_measurements,
    write_macular_report,
    write_rnfl_report,
)
from ophtha_core.oct.dicom.planes import volume_planes
from ophtha_core.oct.dicom.segmentation import write_segmentation
from ophtha_core.oct.dicom.thickness_map import read_thickness_map, write_thickness_map
from ophtha_core.oct.dicom.volume import OctVolume, read_oct_volume
from ophtha_core.oct.enface import Laterality, ScanOrientation
from ophtha_core.oct.polygon import outline_pixels
from ophtha_core.oct.thickness import ThicknessMap
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom, SliceSegmentation
from ophtha_core.phantoms.oct_dicom import Planes, bscan_series, opt_study, plane_position
from tests.kit.dicom_check import dciodvfy_errors

MACULA = MacularThickness(
    laterality=Laterality.RIGHT,
    centre_point_um=201.25,
    centre_subfield_um=246.5,
    subfields_um={
        f"{ring} {side}": 300.0 + step
        for step, (ring, side) in enumerate(
            (ring, side) for ring in ("inner", "outer") for side in ("nasal", "inferior", "temporal", "superior")
        )
    },
    average_um=288.75,
    total_volume_ul=8.1642,
)
NERVE = RnflThickness(
    laterality=Laterality.LEFT,
    circle_diameter_um=3460.0,
    average_um=98.5,
    quadrants_um={"nasal": 71.5, "inferior": 125.25, "temporal": 64.0, "superior": 120.5},
)


def volume_of(phantom: OctPhantom, planes: Planes = Planes.TRUE) -> OctVolume:
    study = opt_study(phantom, planes=planes)
    return read_oct_volume([study.volume], localizers={study.localizer.SOPInstanceUID: study.localizer})


def masks_of(
    segmentations: list[SliceSegmentation], phantom: OctPhantom
) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    masks: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = {}
    for index, each in enumerate(segmentations):
        for instance in each["instances"]:
            empty = np.zeros((phantom.num_slices, phantom.rows, phantom.columns), dtype=np.bool_)
            mask = masks.setdefault(instance["className"], empty)
            points = np.array(instance["points"]).reshape(-1, 2)
            mask[index] |= outline_pixels(points, width=phantom.columns, height=phantom.rows)
    return masks


def reread(dataset: Dataset, folder: Path) -> Dataset:
    path = folder / "stored.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return pydicom.dcmread(path)


def code_of(sequence: list[Dataset]) -> str:
    return str(sequence[0].CodeValue)


@pytest.mark.parametrize("source", ["tomography", "legacy series"])
def test_macular_report_validates_and_highdicom_reads_the_same_numbers(source: str, tmp_path: Path) -> None:
    phantom = OctPhantom()
    volume = volume_of(phantom) if source == "tomography" else read_oct_volume(bscan_series(phantom))
    document = write_macular_report(volume, MACULA)
    assert dciodvfy_errors(document, tmp_path) == []
    read = hd.sr.srread(tmp_path / "object.dcm")
    assert isinstance(read, hd.sr.ComprehensiveSR)
    assert code_of(read.ConceptNameCodeSequence) == "131243"
    assert read.ContentTemplateSequence[0].TemplateIdentifier == "2124"
    (group,) = [item for item in read.content[0].ContentSequence if item.name.value == "125007"]
    values = {
        item.name.value: (item.value, item.unit.value)
        for item in group.ContentSequence
        if item.value_type.value == "NUM"
    }
    right_eye = dict(
        zip(
            ("57111-7", "57112-5", "57113-3", "57110-9", "57115-8", "57116-6", "57117-4", "57114-1"),
            ((300.0 + step, "um") for step in range(8)),
            strict=True,
        )
    )
    assert values == right_eye | {
        "57108-3": (201.25, "um"),
        "57109-1": (246.5, "um"),
        "57118-2": (8.1642, "uL"),
        "131255": (288.75, "um"),
    }


def test_macular_report_refers_to_every_source_frame_and_stays_in_the_study(tmp_path: Path) -> None:
    phantom = OctPhantom()
    volume = volume_of(phantom)
    document = write_macular_report(volume, MACULA)
    assert document.StudyInstanceUID == volume.source.StudyInstanceUID
    assert document.PatientID == volume.source.PatientID
    group = document.ContentSequence[-1]
    (image,) = [item for item in group.ContentSequence if item.ValueType == "IMAGE"]
    reference = image.ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == volume.source.SOPInstanceUID
    assert [int(number) for number in reference.ReferencedFrameNumber] == list(range(1, phantom.num_slices + 1))
    eye = next(item for item in group.ContentSequence if code_of(item.ConceptNameCodeSequence) == "363698007")
    assert code_of(eye.ConceptCodeSequence) == "81745001"
    assert code_of(eye.ContentSequence[0].ConceptCodeSequence) == "24028007"


def test_a_value_nobody_knows_is_empty_and_qualified(tmp_path: Path) -> None:
    macula = MacularThickness(**vars(MACULA) | {"subfields_um": MACULA.subfields_um | {"outer superior": None}})
    document = write_macular_report(volume_of(OctPhantom()), macula)
    assert dciodvfy_errors(document, tmp_path) == []
    items = [item for item in document.ContentSequence[-1].ContentSequence if item.ValueType == "NUM"]
    empty = [item for item in items if not item.MeasuredValueSequence]
    assert [code_of(item.ConceptNameCodeSequence) for item in empty] == ["57114-1"]
    assert code_of(empty[0].NumericValueQualifierCodeSequence) == "114010"
    assert read_measurements(document)["57114-1"] is None


def test_nerve_fibre_report_validates_and_highdicom_reads_the_same_numbers(tmp_path: Path) -> None:
    document = write_rnfl_report(volume_of(OctPhantom()), NERVE)
    assert dciodvfy_errors(document, tmp_path) == []
    read = hd.sr.srread(tmp_path / "object.dcm")
    assert code_of(read.ConceptNameCodeSequence) == "131242"
    assert read.ContentTemplateSequence[0].TemplateIdentifier == "2123"
    assert read_measurements(read) == {
        "131274": 3460.0,
        "131264": 98.5,
        "131265": 125.25,
        "131266": 120.5,
        "131267": 64.0,
        "131268": 71.5,
    }


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_thickness_map_reads_back_to_the_same_micrometres_in_canonical_order(
    orientation: ScanOrientation, tmp_path: Path
) -> None:
    phantom = OctPhantom(orientation=orientation, num_slices=20, columns=30, centre_mm=(0.4, 0.3))
    volume = volume_of(phantom)
    grid = volume.geometry.grid(centre=phantom.fovea_cell())
    scan = phantom.layer_map_um()
    scan[0, :3] = np.nan
    thickness = ThicknessMap(grid=grid, values=volume.geometry.orientation.to_canonical(scan))
    image = reread(write_thickness_map(volume, thickness, measured=RetinalThickness.ILM_TO_RPE), tmp_path)
    read = read_thickness_map(image)
    np.testing.assert_allclose(read.values, thickness.values, atol=0.006)
    assert np.isnan(read.values).sum() == 3
    assert read.grid.laterality is Laterality.RIGHT
    assert [float(value) for value in image.PixelSpacing] == pytest.approx(
        [grid.row_spacing_mm, grid.column_spacing_mm]
    )
    mapping = image.RealWorldValueMappingSequence[0]
    by_hand = image.pixel_array * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    present = image.pixel_array >= mapping.RealWorldValueFirstValueMapped
    np.testing.assert_allclose(by_hand[present], thickness.values[present], atol=0.006)
    assert code_of(mapping.MeasurementUnitsCodeSequence) == "um"


def test_thickness_map_holds_thick_retina_and_zero_apart_from_missing(tmp_path: Path) -> None:
    volume = volume_of(OctPhantom(num_slices=2, columns=2))
    values = np.array([[0.0, 1234.5], [np.nan, 250.0]])
    thickness = ThicknessMap(grid=volume.geometry.grid(), values=values)
    read = read_thickness_map(write_thickness_map(volume, thickness, measured=RetinalThickness.RNFL))
    np.testing.assert_allclose(read.values, values, atol=0.02)


def missing_attributes(image: Dataset, modules: list[str]) -> list[str]:
    """Top-level attributes of type 1 and 2 of the modules that the object lacks, by the tables highdicom ships."""
    table = json.loads((files("highdicom") / "_standard" / "module_attribute_map.json").read_text())
    missing = []
    for module in modules:
        for attribute in table[module]:
            keyword = attribute["keyword"]
            if attribute["path"] or attribute["type"] not in ("1", "2"):
                continue
            if keyword not in image or (attribute["type"] == "1" and image[keyword].is_empty):
                missing.append(f"{module}: {keyword}")
    return missing


@pytest.mark.parametrize("measured", RetinalThickness)
def test_thickness_map_has_what_its_modules_require(measured: RetinalThickness, tmp_path: Path) -> None:
    volume = volume_of(OctPhantom())
    grid = volume.geometry.grid(centre=(40.0, 12.0))
    thickness = ThicknessMap(grid=grid, values=np.full(grid.shape, 300.0))
    image = reread(write_thickness_map(volume, thickness, measured=measured), tmp_path)
    iods = json.loads((files("highdicom") / "_standard" / "iod_module_map.json").read_text())
    mandatory = [module["key"] for module in iods["ophthalmic-thickness-map"] if module["usage"] == "M"]
    assert "ophthalmic-thickness-map" in mandatory
    assert missing_attributes(image, mandatory) == []
    assert image.SOPClassUID == "1.2.840.10008.5.1.4.1.1.81.1"
    assert image.Modality == "OPM"
    assert code_of(image.OphthalmicThicknessMapTypeCodeSequence) == "111930"
    assert code_of(image.RetinalThicknessDefinitionCodeSequence) == measured.value.value
    assert code_of(image.AcquisitionMethodCodeSequence) == "111921"
    assert image.SourceImageSequence[0].ReferencedSOPInstanceUID == volume.source.SOPInstanceUID
    assert image.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == volume.localizer_uids[0]
    assert image.ImageLaterality == "R"
    assert list(image.AnatomicStructureReferencePoint) == [40.5, 12.5]


def test_thickness_map_needs_to_know_the_eye() -> None:
    phantom = OctPhantom(num_slices=2, columns=4)
    volume = read_oct_volume(bscan_series(phantom, laterality=False))
    thickness = ThicknessMap(grid=volume.geometry.grid(), values=np.ones((2, 4)))
    with pytest.raises(InvalidInput) as refusal:
        write_thickness_map(volume, thickness, measured=RetinalThickness.RNFL)
    assert refusal.value.field == "laterality"


@pytest.mark.parametrize("planes", Planes)
@pytest.mark.parametrize("orientation", [ORIENTATIONS[1], ORIENTATIONS[6]])
def test_segmentation_validates_and_highdicom_reads_the_same_pixels(
    planes: Planes, orientation: ScanOrientation, tmp_path: Path
) -> None:
    phantom = OctPhantom(orientation=orientation)
    volume = volume_of(phantom, planes)
    masks = masks_of(phantom.pathologies(), phantom)
    segmentation = write_segmentation(volume, masks, laterality=Laterality.RIGHT)
    assert dciodvfy_errors(segmentation, tmp_path) == []
    read = hd.seg.segread(tmp_path / "object.dcm")
    pixels = read.get_pixels_by_source_frame(
        volume.source.SOPInstanceUID,
        list(range(1, phantom.num_slices + 1)),
        assert_missing_frames_are_empty=True,
        ignore_spatial_locations=True,
    )
    names = [description.segment_label for description in read.SegmentSequence]
    assert names == list(masks)
    for number, name in enumerate(names):
        np.testing.assert_array_equal(pixels[..., number], masks[name])
    assert {code_of(each.SegmentedPropertyTypeCodeSequence) for each in read.SegmentSequence} == {
        "52988006",
        "32457005",
    }


def test_segmentation_of_a_legacy_series_validates(tmp_path: Path) -> None:
    phantom = OctPhantom()
    volume = read_oct_volume(bscan_series(phantom, planes=Planes.PLACEHOLDER))
    masks = masks_of(phantom.pathologies(), phantom)
    segmentation = write_segmentation(volume, masks, laterality=None)
    assert dciodvfy_errors(segmentation, tmp_path) == []
    referenced = {
        str(item.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID)
        for item in segmentation.PerFrameFunctionalGroupsSequence
    }
    assert referenced <= {bscan.source.SOPInstanceUID for bscan in volume.bscans}


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_planes_made_from_frame_locations_lie_as_true_planes_do(orientation: ScanOrientation) -> None:
    phantom = OctPhantom(orientation=orientation, centre_mm=(0.7, -0.4))
    true, made = (volume_planes(volume_of(phantom, planes)) for planes in (Planes.TRUE, Planes.ABSENT))
    assert not true.made
    assert made.made
    np.testing.assert_allclose(made.cosines, true.cosines, atol=1e-6)
    # The photograph's corner is the origin of made planes: they differ from true ones by one shift.
    shifts = made.positions_mm - true.positions_mm
    np.testing.assert_allclose(shifts - shifts[0], 0.0, atol=1e-4)
    np.testing.assert_allclose(true.positions_mm[3], plane_position(phantom, 3), atol=1e-6)


def test_a_segmentation_without_a_pixel_is_refused() -> None:
    volume = volume_of(OctPhantom())
    empty = {"drusen": np.zeros((25, 160, 96), dtype=np.bool_)}
    with pytest.raises(InvalidInput, match="no class has a pixel"):
        write_segmentation(volume, empty, laterality=None)


def test_the_same_content_gets_the_same_identity_and_other_content_another() -> None:
    phantom = OctPhantom(num_slices=4, columns=6)
    volume = volume_of(phantom)
    first, again = (write_macular_report(volume, MACULA) for _ in range(2))
    assert first.SOPInstanceUID == again.SOPInstanceUID
    assert first.SeriesInstanceUID == again.SeriesInstanceUID
    other = write_macular_report(volume, MacularThickness(**vars(MACULA) | {"average_um": 288.8}))
    assert other.SOPInstanceUID != first.SOPInstanceUID
    assert other.SeriesInstanceUID == first.SeriesInstanceUID
    elsewhere = write_macular_report(volume_of(OctPhantom(num_slices=5, columns=6)), MACULA)
    assert elsewhere.SOPInstanceUID != first.SOPInstanceUID
