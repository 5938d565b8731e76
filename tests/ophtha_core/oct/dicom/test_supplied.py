"""What a person knows takes the place of what the file does not prove, and of nothing else."""

from dataclasses import replace

import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.geometry import OctGeometry, require_plausible
from ophtha_core.oct.dicom.supplied import SuppliedGeometry, with_supplied
from ophtha_core.oct.dicom.volume import read_oct_volume
from ophtha_core.oct.enface import Laterality, ScanDirection
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_dicom import Planes, opt_study

SQUARE = {"num_slices": 25, "columns": 40, "rows": 40, "slice_spacing_mm": 0.24, "pixel_spacing_column_mm": 0.15}


def geometry_of(*, proven: bool, contradicting: bool = False) -> OctGeometry:
    study = opt_study(
        OctPhantom(**SQUARE),
        planes=Planes.TRUE if proven else Planes.PLACEHOLDER,
        frame_locations=proven,
    )
    if contradicting:
        study.volume.ImageLaterality = "L"
    localizers = {study.localizer.SOPInstanceUID: study.localizer}
    return read_oct_volume([study.volume], localizers=localizers).geometry


def test_what_is_supplied_is_no_longer_assumed() -> None:
    geometry = geometry_of(proven=False)
    known = with_supplied(
        geometry, SuppliedGeometry(slice_direction=ScanDirection.BOTTOM_TOP, slice_thickness=0.12, rotation_deg=5.0)
    )
    assert geometry.assumed == ("slice_direction", "slice_thickness")
    assert known.assumed == ()
    assert known.supplied == ("rotation_deg", "slice_direction", "slice_thickness")
    assert known.orientation.slice_direction is ScanDirection.BOTTOM_TOP
    assert (known.slice_spacing_mm, known.rotation_deg) == (0.12, 5.0)


def test_what_is_not_supplied_stays_assumed() -> None:
    known = with_supplied(geometry_of(proven=False), SuppliedGeometry(slice_direction=ScanDirection.BOTTOM_TOP))
    assert known.assumed == ("slice_thickness",)


@pytest.mark.parametrize(
    "supplied",
    [
        SuppliedGeometry(slice_direction=ScanDirection.BOTTOM_TOP),
        SuppliedGeometry(slice_thickness=0.3),
        SuppliedGeometry(pixel_spacing_column=0.2),
        SuppliedGeometry(laterality=Laterality.LEFT),
        SuppliedGeometry(rotation_deg=10.0),
    ],
)
def test_what_the_file_proves_is_not_contradicted(supplied: SuppliedGeometry) -> None:
    with pytest.raises(InvalidInput, match="contradicts") as refusal:
        with_supplied(geometry_of(proven=True), supplied)
    assert refusal.value.field.startswith("geometry.")


def test_repeating_what_the_file_proves_changes_nothing() -> None:
    geometry = geometry_of(proven=True)
    same = with_supplied(geometry, SuppliedGeometry(slice_thickness=0.24, laterality=Laterality.RIGHT))
    assert same == geometry
    assert same.supplied == ()


def test_an_image_that_contradicts_itself_is_decided_by_a_person() -> None:
    known = with_supplied(geometry_of(proven=True, contradicting=True), SuppliedGeometry(laterality=Laterality.RIGHT))
    assert (known.laterality, known.assumed, known.supplied) == (Laterality.RIGHT, (), ("laterality",))


def test_spacings_of_no_eye_may_be_corrected() -> None:
    geometry = replace(geometry_of(proven=False), pixel_spacing_column_mm=150.0, slice_spacing_mm=240.0)
    known = with_supplied(geometry, SuppliedGeometry(pixel_spacing_column=0.15, slice_thickness=0.24))
    require_plausible(known)
    assert known.pixel_spacing_column_mm == 0.15


def test_directions_that_make_no_raster_are_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        with_supplied(geometry_of(proven=False), SuppliedGeometry(slice_direction=ScanDirection.LEFT_RIGHT))
    assert refusal.value.field == "geometry.slice_direction"
