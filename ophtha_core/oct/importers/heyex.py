"""HEYEX exports of Heidelberg Engineering, XML or .vol, read by eyepy (optional extra ``heyex``).

A line of Heidelberg's is named after the layer it ends: ``RNFL`` is the border between nerve fibres and ganglion cells.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import Laterality
from ophtha_core.oct.importers.surfaces import ImportedScan, layers_between
from ophtha_core.oct.scan_lines import ScanLines

if TYPE_CHECKING:
    from eyepy import EyeVolume

LAYERS: Final = {
    "rnfl": ("ILM", "RNFL"),
    "gcl": ("RNFL", "GCL"),
    "ipl": ("GCL", "IPL"),
    "inl": ("IPL", "INL"),
    "opl": ("INL", "OPL"),
    "onl": ("OPL", "ELM"),
    "mz": ("ELM", "PR1"),
    "ez": ("PR1", "PR2"),
    "os": ("PR2", "RPE"),
    "rpe": ("RPE", "BM"),
}
WHOLE_RETINA: Final = {"ilm_bm": ("ILM", "BM")}
"""Drawn instead of the layers where a line between them is missing somewhere, or nothing would add up to the retina."""

_BROKEN_EXPORT: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
_EYES: Final = {"OD": Laterality.RIGHT, "OS": Laterality.LEFT, "R": Laterality.RIGHT, "L": Laterality.LEFT}


def read_heyex(path: Path) -> ImportedScan:
    """A volume out of an XML export (the file or its folder) or a .vol file. Raises InvalidInput naming what is wrong.

    Directions and distance of the B-scans follow from their start and end positions.
    """
    volume = _read(path)
    lines = _scan_lines(volume)
    surfaces = {name: np.asarray(layer.data, dtype=np.float64) for name, layer in volume.layers.items()}
    width, height = int(volume.size_x), int(volume.size_y)
    slices = layers_between(surfaces, LAYERS | _whole_retina(surfaces), width=width, height=height)
    if not slices:
        slices = [{"instances": [], "metadata": {"width": width, "height": height}} for _ in range(volume.size_z)]
    several = len(lines.starts) > 1
    return ImportedScan(
        slices=slices,
        orientation=lines.orientation(),
        slice_spacing_mm=lines.step() if several else float(volume.scale_z),
        pixel_spacing_column_mm=float(volume.scale_x),
        pixel_spacing_row_mm=float(volume.scale_y),
        width=width,
        height=height,
        laterality=_EYES.get(str(volume.laterality).upper()),
        assumed=() if several else ("slice_direction", "slice_thickness"),
    )


def _whole_retina(surfaces: dict[str, NDArray[np.float64]]) -> dict[str, tuple[str, str]]:
    ends = WHOLE_RETINA["ilm_bm"]
    if not all(name in surfaces for name in ends):
        return {}
    measured = np.isfinite(surfaces["ILM"]) & np.isfinite(surfaces["BM"])
    names = {name for pair in LAYERS.values() for name in pair}
    complete = all(name in surfaces and bool(np.isfinite(surfaces[name][measured]).all()) for name in names)
    return {} if complete else WHOLE_RETINA


def _read(path: Path) -> "EyeVolume":
    try:
        import eyepy
        from construct import ConstructError
    except ImportError as error:
        raise InvalidInput("heyex", "needs the optional extra: pip install 'ophtha[heyex]'") from error
    if not path.exists():
        raise InvalidInput("heyex", "there is no such file")
    read: Callable[[Path], EyeVolume] = (
        eyepy.import_heyex_vol if path.suffix.lower() == ".vol" else eyepy.import_heyex_xml
    )
    try:
        return read(path)
    except (ConstructError, *_BROKEN_EXPORT) as error:
        raise InvalidInput("heyex", f"is no HEYEX export that can be read ({type(error).__name__})") from error


def _scan_lines(volume: "EyeVolume") -> ScanLines:
    """Start and end of every B-scan in mm on the fundus image."""
    places = np.array([(bscan.meta["start_pos"], bscan.meta["end_pos"]) for bscan in volume], dtype=np.float64)
    return ScanLines(starts=places[:, 0], ends=places[:, 1], field="bscan.start_pos", resolution=0.001)
