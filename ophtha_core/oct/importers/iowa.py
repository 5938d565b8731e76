"""Surfaces of the Iowa Reference Algorithms (OCTExplorer, OCTLayerSeg): rows by surface, B-scan and A-scan, as XML."""

from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import Laterality, ScanDirection, ScanOrientation, ScanProtocol, require_positive
from ophtha_core.oct.importers.surfaces import ImportedScan, layers_between

LAYERS: Final = {
    "rnfl": ("ILM", "RNFL-GCL"),
    "gcl": ("RNFL-GCL", "GCL-IPL"),
    "ipl": ("GCL-IPL", "IPL-INL"),
    "inl": ("IPL-INL", "INL-OPL"),
    "opl": ("INL-OPL", "OPL-HFL"),
    "onl": ("OPL-HFL", "BMEIS"),
    "ez": ("BMEIS", "IS/OSJ"),
    "os": ("IS/OSJ", "IB_RPE"),
    "rpe": ("IB_RPE", "OB_RPE"),
}
"""Outer nuclear layer with Henle's fibres, ELM and myoids; outer segments with the interdigitation zone."""

_EYES: Final = {"OD": Laterality.RIGHT, "OS": Laterality.LEFT}
_LARGEST: Final = 20_000


def read_iowa_surfaces(path: Path) -> ImportedScan:
    """Layers of a surfaces file. Raises InvalidInput (`surfaces`, or the element) when it is none.

    The file states no directions. Heidelberg's B-scans start inferior, those of others superior.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except ElementTree.ParseError as error:
        raise InvalidInput("surfaces", f"is no XML file (line {error.position[0]})") from error
    if root.tag != "surfaces":
        raise InvalidInput("surfaces", "is no surfaces file of the Iowa Reference Algorithms")
    width, height, slices = (_whole(root, f"scan_characteristics/size/{axis}") for axis in "xyz")
    column_mm, row_mm, slice_mm = (_spacing(root, axis) for axis in "xyz")
    unknown = _undefined(root, slices=slices, width=width)
    surfaces = {}
    for surface in root.iterfind("surface"):
        rows = _rows(surface, slices=slices, width=width)
        rows[unknown] = np.nan
        surfaces[_name(surface)] = rows
    maker = (root.findtext("scan_characteristics/manufacturer") or "").lower()
    return ImportedScan(
        slices=layers_between(surfaces, LAYERS, width=width, height=height),
        orientation=ScanOrientation(
            protocol=ScanProtocol.HORIZONTAL_3D,
            slice_direction=ScanDirection.BOTTOM_TOP if "heidelberg" in maker else ScanDirection.TOP_BOTTOM,
            pixel_direction=ScanDirection.LEFT_RIGHT,
        ),
        slice_spacing_mm=slice_mm,
        pixel_spacing_column_mm=column_mm,
        pixel_spacing_row_mm=row_mm,
        width=width,
        height=height,
        laterality=_EYES.get((root.findtext("scan_characteristics/laterality") or "").strip().upper()),
        assumed=("pixel_direction", "scan_protocol", "slice_direction"),
    )


def _name(surface: ElementTree.Element) -> str:
    """The short name in parentheses."""
    full = surface.findtext("name") or ""
    return full[full.rfind("(") + 1 :].rstrip(") ")


def _rows(surface: ElementTree.Element, *, slices: int, width: int) -> NDArray[np.float64]:
    bscans = [[each.text or "" for each in bscan.iterfind("y")] for bscan in surface.iterfind("bscan")]
    if len(bscans) != slices or any(len(bscan) != width for bscan in bscans):
        raise InvalidInput("surface", f"does not have {slices} B-scans of {width} A-scans")
    try:
        return np.array(bscans, dtype=np.float64)
    except ValueError as error:
        raise InvalidInput("surface.bscan.y", "is not a number") from error


def _undefined(root: ElementTree.Element, *, slices: int, width: int) -> NDArray[np.bool_]:
    """A-scans the algorithm gave no answer for."""
    unknown = np.zeros((slices, width), dtype=np.bool_)
    for ascan in root.iterfind("undefined_region/ascan"):
        column, index = _whole(ascan, "x", least=0), _whole(ascan, "z", least=0)
        if column >= width or index >= slices:
            raise InvalidInput("undefined_region.ascan", "lies outside the scan")
        unknown[index, column] = True
    return unknown


def _whole(element: ElementTree.Element, path: str, *, least: int = 1) -> int:
    text = (element.findtext(path) or "").strip()
    if not text.isdigit() or not least <= int(text) <= _LARGEST:
        raise InvalidInput(path.replace("/", "."), f"must be a whole number from {least} to {_LARGEST}")
    return int(text)


def _spacing(root: ElementTree.Element, axis: str) -> float:
    path = f"scan_characteristics.voxel_size.{axis}"
    unit = (root.findtext("scan_characteristics/voxel_size/unit") or "").strip()
    if unit != "mm":
        raise InvalidInput("scan_characteristics.voxel_size.unit", "must be mm")
    try:
        spacing = float(root.findtext(path.replace(".", "/")) or "")
    except ValueError as error:
        raise InvalidInput(path, "must be a number") from error
    require_positive(path, spacing)
    return spacing
