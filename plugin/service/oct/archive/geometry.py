"""The geometry of a stored volume, in the words of the analytic endpoints."""

from pydantic import BaseModel, Field

from ophtha_core.oct.dicom.geometry import OctGeometry
from ophtha_core.oct.enface import Laterality, ScanDirection, ScanProtocol

_DIGITS = 9


class GeometryAnswer(BaseModel):
    """Parameters to hand on to the analyses, and those that nothing in the file proves."""

    scan_protocol: ScanProtocol
    slice_direction: ScanDirection
    pixel_direction: ScanDirection
    pixel_spacing_row: float = Field(description="mm")
    pixel_spacing_column: float = Field(description="mm")
    slice_thickness: float = Field(description="Distance of neighbouring B-scans, mm")
    rotation_deg: float = Field(description="Of the raster, clockwise on screen from image right to its rows")
    pixel_image_height: int
    pixel_image_width: int
    num_slices: int
    laterality: Laterality | None = Field(description="null where the file does not say which eye it shows")
    assumed: list[str] = Field(description="Names of what the file does not prove: nothing is stored that rests on it")
    reasons: dict[str, str] = Field(description="Why each of them is not proven")


class ReportGeometry(GeometryAnswer):
    """The geometry a report was made with: what the file says, and what the request gave where the file is silent."""

    exam_center_coordinate_xz: list[float] = Field(description="[column, slice]")


def geometry_answer(geometry: OctGeometry) -> GeometryAnswer:
    """The geometry as the analyses take it."""
    return GeometryAnswer.model_validate(geometry_values(geometry))


def geometry_values(geometry: OctGeometry) -> dict[str, object]:
    """Parameters by name."""
    return {
        "scan_protocol": geometry.orientation.protocol,
        "slice_direction": geometry.orientation.slice_direction,
        "pixel_direction": geometry.orientation.pixel_direction,
        "pixel_spacing_row": round(geometry.pixel_spacing_row_mm, _DIGITS),
        "pixel_spacing_column": round(geometry.pixel_spacing_column_mm, _DIGITS),
        "slice_thickness": round(geometry.slice_spacing_mm, _DIGITS),
        "rotation_deg": round(geometry.rotation_deg, 4),
        "pixel_image_height": geometry.rows,
        "pixel_image_width": geometry.columns,
        "num_slices": geometry.num_slices,
        "laterality": geometry.laterality,
        "assumed": list(geometry.assumed),
        "reasons": dict(geometry.reasons),
    }
