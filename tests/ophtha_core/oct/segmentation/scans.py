"""Speckled scans of a known retina, and how far found surfaces lie from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.layer_surfaces import Surface
from ophtha_core.oct.segmentation.segment import RetinaSegmentation, segment_retina
from ophtha_core.oct.segmentation.stack import PixelSize
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_speckle import ScanConditions, SpeckledScan

Floats = NDArray[np.float64]
ROW_UM = 3.87
DISC_CENTRE_MM = (4.4, -0.5)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A scan, its truth and what was found."""

    scan: SpeckledScan
    truth: dict[Surface, Floats]
    segmentation: RetinaSegmentation

    def rows(self, surface: Surface) -> Floats:
        return self.segmentation.layers.surfaces[surface]

    def errors_px(self, surface: Surface) -> Floats:
        """Where surface and truth are both known."""
        error = self.rows(surface) - self.truth[surface]
        return error[np.isfinite(error)]

    def marked_share(self, surface: Surface) -> float:
        """Columns with a true surface that were left out."""
        known = np.isfinite(self.truth[surface])
        return float((~np.isfinite(self.rows(surface)) & known).sum() / known.sum())

    def thickness_errors_um(self) -> Floats:
        true = self.truth[Surface.BM] - self.truth[Surface.ILM]
        return (self.segmentation.ilm_to_bm_px - true) * self.scan.phantom.pixel_spacing_row_mm * 1000.0


def scan_of(
    conditions: ScanConditions | None = None,
    *,
    num_slices: int = 4,
    centre_mm: tuple[float, float] = (0.0, 0.0),
    row_um: float = ROW_UM,
    rows: int = 496,
) -> SpeckledScan:
    """A field of 6 x 6 mm of B-scans of 512 columns."""
    return SpeckledScan(
        phantom=OctPhantom(
            num_slices=num_slices,
            columns=512,
            rows=rows,
            slice_spacing_mm=6.0 / num_slices,
            pixel_spacing_column_mm=6.0 / 512,
            pixel_spacing_row_mm=row_um / 1000.0,
            centre_mm=centre_mm,
        ),
        conditions=conditions or ScanConditions(),
    )


def size_of(scan: SpeckledScan) -> PixelSize:
    phantom = scan.phantom
    return PixelSize(
        row_um=phantom.pixel_spacing_row_mm * 1000.0,
        column_um=phantom.pixel_spacing_column_mm * 1000.0,
        slice_um=phantom.slice_spacing_mm * 1000.0,
    )


def found_in(scan: SpeckledScan) -> Found:
    return Found(scan=scan, truth=scan.truth(), segmentation=segment_retina(scan.frames(), size_of(scan)))
