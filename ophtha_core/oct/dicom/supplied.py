"""What a person knows of a scan and its file does not prove."""

from dataclasses import dataclass, replace
from typing import Final

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.geometry import OctGeometry, require_plausible
from ophtha_core.oct.enface import Laterality, ScanDirection, ScanOrientation, ScanProtocol

FIELD: Final = "geometry"
_SAME_SHARE: Final = 0.01
_SAME_DEG: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class SuppliedGeometry:
    """Parameters of a geometry as a person gives them; None where nothing is given."""

    scan_protocol: ScanProtocol | None = None
    slice_direction: ScanDirection | None = None
    pixel_direction: ScanDirection | None = None
    pixel_spacing_row: float | None = None
    pixel_spacing_column: float | None = None
    slice_thickness: float | None = None
    laterality: Laterality | None = None
    rotation_deg: float | None = None


def with_supplied(geometry: OctGeometry, supplied: SuppliedGeometry) -> OctGeometry:
    """The geometry with what was supplied in the place of what the file does not prove.

    Raises InvalidInput (`geometry.…`) where it contradicts what the file proves, or makes no raster.
    """
    is_open = not _is_plausible(geometry)
    names = [name for name in vars(supplied) if _replaces(geometry, supplied, name, is_open=is_open)]
    taken = {name: getattr(supplied, name) for name in names}
    flags = geometry.orientation
    try:
        orientation = ScanOrientation(
            protocol=taken.get("scan_protocol", flags.protocol),
            slice_direction=taken.get("slice_direction", flags.slice_direction),
            pixel_direction=taken.get("pixel_direction", flags.pixel_direction),
        )
    except InvalidInput as error:
        raise InvalidInput(f"{FIELD}.{error.field}", error.message) from error
    return replace(
        geometry,
        orientation=orientation,
        pixel_spacing_row_mm=taken.get("pixel_spacing_row", geometry.pixel_spacing_row_mm),
        pixel_spacing_column_mm=taken.get("pixel_spacing_column", geometry.pixel_spacing_column_mm),
        slice_spacing_mm=taken.get("slice_thickness", geometry.slice_spacing_mm),
        laterality=taken.get("laterality", geometry.laterality),
        rotation_deg=taken.get("rotation_deg", geometry.rotation_deg),
        reasons={name: reason for name, reason in geometry.reasons.items() if name not in names},
        supplied=tuple(sorted({*geometry.supplied, *names})),
        lines_mm=None if "slice_thickness" in taken else geometry.lines_mm,
    )


def _is_plausible(geometry: OctGeometry) -> bool:
    try:
        require_plausible(geometry)
    except InvalidInput:
        return False
    return True


def _replaces(geometry: OctGeometry, supplied: SuppliedGeometry, name: str, *, is_open: bool) -> bool:
    """Whether a parameter was given that the file leaves open. Raises InvalidInput where it contradicts the file."""
    given, known = getattr(supplied, name), _known(geometry, name)
    if given is None:
        return False
    turn_is_open = name == "rotation_deg" and "slice_direction" in geometry.reasons
    spacing_is_open = is_open and isinstance(known, float)
    if known is None or name in geometry.reasons or turn_is_open or spacing_is_open:
        return True
    if not _agree(name, given, known):
        raise InvalidInput(f"{FIELD}.{name}", f"contradicts the image, which says {known}")
    return False


def _known(geometry: OctGeometry, name: str) -> object:
    flags = geometry.orientation
    known: dict[str, object] = {
        "scan_protocol": flags.protocol,
        "slice_direction": flags.slice_direction,
        "pixel_direction": flags.pixel_direction,
        "pixel_spacing_row": geometry.pixel_spacing_row_mm,
        "pixel_spacing_column": geometry.pixel_spacing_column_mm,
        "slice_thickness": geometry.slice_spacing_mm,
        "laterality": geometry.laterality,
        "rotation_deg": geometry.rotation_deg,
    }
    return known[name]


def _agree(name: str, given: object, known: object) -> bool:
    if isinstance(given, float) and isinstance(known, float):
        return abs(given - known) <= (_SAME_DEG if name == "rotation_deg" else _SAME_SHARE * known)
    return given == known
