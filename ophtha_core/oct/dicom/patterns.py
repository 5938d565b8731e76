"""Circle and radial scans out of DICOM: what their frame locations on the fundus image prove, and nothing assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.oct.circle_scan import CircleScan, fitted_circle
from ophtha_core.oct.dicom.anatomy import foreign_region, read_laterality, said_lateralities
from ophtha_core.oct.dicom.bscans import BScan
from ophtha_core.oct.dicom.evidence import localizer_spacing_mm, on_one_localizer, required
from ophtha_core.oct.enface import Laterality
from ophtha_core.oct.star_scan import StarScan, fitted_star

_LENGTH_SHARE = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class PatternScan:
    """B-scans that are no raster: a circle (the first of several), or spokes through a common centre.

    ``reasons`` says of each parameter why nothing proves it, as for a raster.
    """

    bscans: tuple[BScan, ...]
    pattern: CircleScan | StarScan
    pixel_spacing_row_mm: float
    pixel_spacing_column_mm: float
    rows: int
    columns: int
    laterality: Laterality | None
    foreign_region: str | None
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Dataset:
        """The image of the first B-scan: patient, study and device of the whole scan."""
        return self.bscans[0].source


def read_pattern(bscans: tuple[BScan, ...], localizers: Mapping[str, Dataset]) -> PatternScan | None:
    """The circle or star that frame locations make; None where they make neither, or are not there."""
    places = on_one_localizer(bscans, localizers)
    if places is None:
        return None
    source = bscans[0].source
    row_mm, column_mm = bscans[0].pixel_spacing_mm()
    columns = required(source, "Columns")
    spacing = localizer_spacing_mm(localizers.get(places[0].localizer_uid))
    lines = [place.points_px[:, ::-1] * (np.array(spacing or (1.0, 1.0))[::-1]) for place in places]
    length, length_mm = _length(lines[0]), column_mm * max(1, columns - 1)
    if spacing is None:
        lines = [line * (length_mm / length) for line in lines]
    pattern = _pattern(lines, column_mm=column_mm, columns=columns)
    if pattern is None:
        return None
    reasons = {}
    if spacing is not None and abs(length - length_mm) > _LENGTH_SHARE * length_mm:
        reasons["pixel_spacing_column"] = "on the fundus image the B-scans are not as long as their columns make them"
    if len(set(said_lateralities(source))) > 1:
        reasons["laterality"] = "the image contradicts itself about the eye it shows"
    return PatternScan(
        bscans=bscans,
        pattern=pattern,
        pixel_spacing_row_mm=row_mm,
        pixel_spacing_column_mm=column_mm,
        rows=required(source, "Rows"),
        columns=columns,
        laterality=read_laterality(source),
        foreign_region=foreign_region(source),
        reasons=reasons,
    )


def _pattern(lines: Sequence[NDArray[np.float64]], *, column_mm: float, columns: int) -> CircleScan | StarScan | None:
    if all(len(line) == columns for line in lines):
        circle = fitted_circle(lines[0])
        if circle is not None:
            return circle
    starts, ends = (np.array([line[place] for line in lines]) for place in (0, -1))
    bows = [_length(line) / max(float(np.hypot(*(line[-1] - line[0]))), 1e-9) for line in lines]
    if max(bows) > 1 + _LENGTH_SHARE / 2:
        return None
    return fitted_star(starts, ends, column_spacing_mm=column_mm, columns=columns)


def _length(line: NDArray[np.float64]) -> float:
    return max(float(np.hypot(*np.diff(line, axis=0).T).sum()), 1e-9)
