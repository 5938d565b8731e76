"""One of two scans that lesions are followed in."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import SimpleITK as sitk
from pydicom import Dataset

from ophtha_core.dicom.reading import known_text
from registration.grids import Millimetres
from registration.volume import CheckedVolume

_SAME_SLICES_MM = 0.3


@dataclass(frozen=True, kw_only=True)
class Scan:
    """``image`` is HU in LPS millimetres, ``measured`` 1 where the scanner saw something (None: everywhere)."""

    image: sitk.Image
    measured: sitk.Image | None = None
    acquired: date | None
    slice_mm: float
    """Thickness or spacing of its slices, whichever is larger."""
    kernel: str
    has_contrast: bool

    @classmethod
    def of(cls, volume: CheckedVolume) -> "Scan":
        header = volume.header
        return cls(
            image=volume.image,
            measured=volume.measured,
            acquired=_acquired(header),
            slice_mm=max(volume.image.GetSpacing()[2], _number(known_text(header, "SliceThickness"))),
            kernel=known_text(header, "ConvolutionKernel"),
            has_contrast=bool(known_text(header, "ContrastBolusAgent")),
        )

    def shows(self, point_mm: Millimetres) -> bool:
        """Whether a point lies in what was scanned."""
        if np.isnan(point_mm).any():
            return False
        index = self.image.TransformPhysicalPointToIndex([float(value) for value in point_mm])
        if any(not 0 <= i < n for i, n in zip(index, self.image.GetSize(), strict=True)):
            return False
        return self.measured is None or bool(self.measured[index])

    def differs_from(self, other: "Scan") -> list[str]:
        """What of the protocol makes volumes hard to compare."""
        differing = []
        if self.kernel != other.kernel:
            differing.append("kernel")
        if abs(self.slice_mm - other.slice_mm) > _SAME_SLICES_MM:
            differing.append("slice thickness")
        if self.has_contrast != other.has_contrast:
            differing.append("contrast agent")
        return differing


def _acquired(header: Dataset) -> date | None:
    for keyword in ("AcquisitionDate", "AcquisitionDateTime"):
        text = known_text(header, keyword)[:8]
        try:
            return datetime.strptime(text, "%Y%m%d").date()
        except ValueError:
            continue
    return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
