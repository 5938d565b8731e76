"""Surfaces go out and come back to the same rows, whoever wrote them and in whatever order."""

from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

from ophtha_core.dicom.reading import read_dataset
from ophtha_core.dicom.writing import new_file_bytes
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.height_map import (
    GIVEN_BY_CALLER,
    HEIGHT_MAP_STORAGE,
    AlgorithmType,
    SegmentationSource,
    read_height_map,
    write_height_map,
)
from ophtha_core.oct.dicom.volume import OctVolume, read_oct_volume
from ophtha_core.oct.layer_surfaces import LayerSurfaces, Surface, surfaces_of
from ophtha_core.oct.polygon import Outline
from ophtha_core.oct.segmented_scan import SegmentedScan
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom
from ophtha_core.phantoms.oct_anatomy import LAYERS
from ophtha_core.phantoms.oct_dicom import bscan_series, opt_study

PHANTOM = OctPhantom(num_slices=9, columns=40, pixel_spacing_column_mm=0.15, slice_spacing_mm=0.6)


@pytest.fixture(scope="module")
def volume() -> OctVolume:
    return volume_of(PHANTOM)


def volume_of(phantom: OctPhantom) -> OctVolume:
    study = opt_study(phantom)
    return read_oct_volume([study.volume], localizers={study.localizer.SOPInstanceUID: study.localizer})


def scan_of(phantom: OctPhantom) -> SegmentedScan:
    slices = [
        [
            Outline(name=each["className"], points=np.array(each["points"]).reshape(-1, 2), field="layers")
            for each in part["instances"]
        ]
        for part in phantom.layers()
    ]
    return SegmentedScan(slices=slices, width=phantom.columns, height=phantom.rows)


def on_disk(dataset: Dataset) -> Dataset:
    return read_dataset(new_file_bytes(dataset))


def flat(**rows: float) -> LayerSurfaces:
    shape = (PHANTOM.num_slices, PHANTOM.columns)
    return LayerSurfaces(
        surfaces={name: np.full(shape, value) for name, value in rows.items()},
        width=PHANTOM.columns,
        height=PHANTOM.rows,
    )


def test_polygons_stored_and_read_are_the_same_thickness(volume: OctVolume) -> None:
    scan = scan_of(PHANTOM)
    stored = on_disk(write_height_map(volume, surfaces_of(scan), made_by=GIVEN_BY_CALLER))
    assert stored.SOPClassUID == HEIGHT_MAP_STORAGE
    again = read_height_map(stored).on(volume).thickness_px()
    drawn = scan.thickness_px(scan.classes)
    row_um = PHANTOM.pixel_spacing_row_mm * 1000
    for name in ("rnfl", "gcl", "ipl", "inl", "opl", "onl"):
        np.testing.assert_allclose(again[name] * row_um, drawn[name] * row_um, atol=0.1)
    whole = sum(drawn[name] for name in LAYERS)
    np.testing.assert_allclose(again["ilm_rpe"] * row_um, whole * row_um, atol=0.1)


def test_a_pixel_counts_from_the_upper_edge_of_the_first_row(volume: OctVolume) -> None:
    """PS3.17 CCCCC: the distance from the top of the pixel matrix; an outline counts from the first row's centre."""
    stored = write_height_map(volume, flat(ILM=20.0, BM=59.25), made_by=GIVEN_BY_CALLER)
    values = np.frombuffer(stored.FloatPixelData, "<f4").reshape(2, 9, 40)
    assert (values[0] == 20.5).all()
    assert (values[1] == 59.75).all()
    assert (read_height_map(stored).on(volume).surfaces[Surface.ILM] == 20.0).all()


def test_the_object_holds_what_its_modules_ask_for(volume: OctVolume) -> None:
    stored = on_disk(write_height_map(volume, surfaces_of(scan_of(PHANTOM)), made_by=GIVEN_BY_CALLER))
    assert (stored.Modality, stored.SegmentationType) == ("SEG", "HEIGHTMAP")
    assert list(stored.ImageType) == ["DERIVED", "PRIMARY"]
    assert stored.Rows == PHANTOM.num_slices
    assert stored.Columns == PHANTOM.columns
    assert stored.NumberOfFrames == len(stored.SegmentSequence) == len(stored.PerFrameFunctionalGroupsSequence)
    assert stored.BitsAllocated == 32
    assert "PixelData" not in stored
    derivation = stored.SharedFunctionalGroupsSequence[0].DerivationImageSequence[0]
    assert derivation.DerivationCodeSequence[0].CodeValue == "113076"
    source = derivation.SourceImageSequence[0]
    assert source.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    assert list(source.ReferencedFrameNumber) == list(range(1, 10))
    assert stored.StudyInstanceUID == volume.source.StudyInstanceUID
    codes = [each.SegmentedPropertyTypeCodeSequence[0].CodeValue for each in stored.SegmentSequence]
    assert codes[:4] == ["280677004", "128289", "128290", "128291"]


@pytest.mark.parametrize("value", [np.nan, -0.6, PHANTOM.rows + 0.01, -7.0, 1e9])
def test_what_is_no_row_of_the_source_is_undefined(volume: OctVolume, value: float) -> None:
    stored = write_height_map(volume, flat(ILM=20.0, BM=60.0), made_by=GIVEN_BY_CALLER)
    values = np.frombuffer(stored.FloatPixelData, "<f4").reshape(2, 9, 40).copy()
    values[1, 4, 10:20] = value
    stored.FloatPixelPaddingValue = -7.0
    stored.FloatPixelData = values.tobytes()
    thickness = read_height_map(stored).on(volume).thickness_px()["ilm_bm"]
    assert np.isnan(thickness[4, 10:20]).all()
    assert np.isfinite(np.delete(thickness, 4, axis=0)).all()


def reordered(stored: Dataset, order: list[int]) -> Dataset:
    """The same object with its frames and segments in another order."""
    values = np.frombuffer(stored.FloatPixelData, "<f4").reshape(len(order), stored.Rows, stored.Columns)
    stored.FloatPixelData = values[order].tobytes()
    segments = [stored.SegmentSequence[place] for place in order]
    for number, segment in enumerate(segments, start=1):
        segment.SegmentNumber = number
    stored.SegmentSequence = DicomSequence(segments)
    return stored


def unnumbered(stored: Dataset) -> Dataset:
    """Frames in storage order, as the standard allows where all of one image is meant."""
    del stored.SharedFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber
    return stored


def per_frame(stored: Dataset) -> Dataset:
    """The derivation with each frame instead of shared."""
    derivation = stored.SharedFunctionalGroupsSequence[0].DerivationImageSequence
    for groups in stored.PerFrameFunctionalGroupsSequence:
        groups.DerivationImageSequence = derivation
    del stored.SharedFunctionalGroupsSequence[0].DerivationImageSequence
    return stored


def uncoded(stored: Dataset) -> Dataset:
    """A surface between the others that no code names."""
    segment = stored.SegmentSequence[1]
    segment.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator = "99VENDOR"
    segment.SegmentLabel = "Vendor  surface 7"
    return stored


@pytest.mark.parametrize("changed", [lambda stored: reordered(stored, [2, 0, 1]), unnumbered, per_frame])
def test_surfaces_are_known_by_their_codes_and_never_by_their_order(
    volume: OctVolume, changed: Callable[[Dataset], Dataset]
) -> None:
    layers = flat(ILM=20.0, RNFL_outer=30.0, BM=60.0)
    stored = changed(write_height_map(volume, layers, made_by=GIVEN_BY_CALLER))
    found = read_height_map(on_disk(stored)).on(volume)
    assert list(found.surfaces) == ["ILM", "RNFL_outer", "BM"]
    assert {name: values[0, 0] for name, values in found.thickness_px().items()} == {"rnfl": 10.0, "ilm_bm": 40.0}


def test_a_surface_without_a_known_code_keeps_its_label_and_makes_no_layer(volume: OctVolume) -> None:
    stored = uncoded(write_height_map(volume, flat(ILM=20.0, RNFL_outer=30.0, BM=60.0), made_by=GIVEN_BY_CALLER))
    found = read_height_map(on_disk(stored)).on(volume)
    assert list(found.surfaces) == ["ILM", "Vendor surface 7", "BM"]
    assert list(found.thickness_px()) == ["ilm_bm"]


def test_rows_follow_the_frames_they_name(volume: OctVolume) -> None:
    layers = flat(ILM=20.0, BM=60.0)
    layers.surfaces["BM"][2] = 50.0
    stored = write_height_map(volume, layers, made_by=GIVEN_BY_CALLER)
    values = np.frombuffer(stored.FloatPixelData, "<f4").reshape(2, 9, 40)[:, ::-1]
    stored.FloatPixelData = values.tobytes()
    source = stored.SharedFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    source.ReferencedFrameNumber = list(range(9, 0, -1))
    thickness = read_height_map(on_disk(stored)).on(volume).thickness_px()["ilm_bm"]
    assert thickness[2, 0] == 30.0
    assert thickness[6, 0] == 40.0


def test_a_series_of_single_images_has_a_row_for_each() -> None:
    legacy = read_oct_volume(bscan_series(PHANTOM))
    layers = flat(ILM=20.0, BM=60.0)
    layers.surfaces["BM"][5] = 40.0
    thickness = read_height_map(on_disk(write_height_map(legacy, layers, made_by=GIVEN_BY_CALLER))).on(legacy)
    assert thickness.thickness_px()["ilm_bm"][5, 3] == 20.0


def test_a_layer_is_zero_only_where_its_surfaces_coincide(volume: OctVolume) -> None:
    layers = flat(ILM=20.0, RNFL_outer=20.0, BM=60.0)
    layers.surfaces["RNFL_outer"][3, 5:9] = np.nan
    layers.surfaces["RNFL_outer"][4, 5:9] = 15.0
    thickness = layers.thickness_px()["rnfl"]
    assert np.isnan(thickness[3, 5:9]).all()
    assert np.isnan(thickness[4, 5:9]).all()
    assert (thickness[0] == 0).all()


def test_another_volume_and_other_columns_are_refused(volume: OctVolume) -> None:
    stored = read_height_map(write_height_map(volume, flat(ILM=20.0, BM=60.0), made_by=GIVEN_BY_CALLER))
    other = volume_of(OctPhantom(num_slices=9, columns=40, orientation=ORIENTATIONS[3]))
    with pytest.raises(InvalidInput, match="another volume"):
        stored.on(other)


def test_a_height_map_that_contradicts_itself_is_unreadable(volume: OctVolume) -> None:
    stored = write_height_map(volume, flat(ILM=20.0, BM=60.0), made_by=GIVEN_BY_CALLER)
    stored.Rows = 8
    with pytest.raises(UnreadableImage):
        read_height_map(stored)
    stored.Rows, stored.FloatPixelData = 9, b"\0" * 12
    with pytest.raises(UnreadableImage):
        read_height_map(stored)


def test_it_says_who_found_the_surfaces(volume: OctVolume) -> None:
    for made_by in (
        SegmentationSource(kind=AlgorithmType.MANUAL),
        SegmentationSource(kind=AlgorithmType.SEMIAUTOMATIC, algorithm="Corrected", version="1"),
        GIVEN_BY_CALLER,
    ):
        stored = read_height_map(on_disk(write_height_map(volume, flat(ILM=2.0, BM=9.0), made_by=made_by)))
        assert stored.made_by == made_by
        assert stored.is_ours


def test_classes_that_bound_no_surface_are_refused() -> None:
    box = Outline(name="choroid", points=np.array([[0, 9], [9, 9], [9, 20], [0, 20]], dtype=float), field="layers")
    with pytest.raises(InvalidInput):
        surfaces_of(SegmentedScan(slices=[[box]], width=10, height=30))
