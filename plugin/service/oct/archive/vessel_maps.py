"""`get_vessel_map` and `get_vessel_map_img_space`: a view like a fundus photograph, out of the stored B-scans."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import Query
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.bscans import BScan
from ophtha_core.oct.dicom.geometry import OctGeometry, require_plausible
from ophtha_core.oct.enface import EnFaceGrid, ScanDirection, ScanOrientation, ScanProtocol
from ophtha_core.oct.vessel_map import canonical_image, png_bytes, vessel_map
from ophtha_core.oct.zone import ZoneFit, fit_zone
from plugin.service.effects import READS
from plugin.service.errors import NotFound
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.archive.loading import Level, read_files, volume_of
from plugin.service.oct.archive.opening import ProjectedImage, open_bscans, read_projected
from plugin.service.oct.meta import VESSEL_LITERATURE, meta
from plugin.service.oct.requests import without_unused_geometry
from plugin.service.oct.routing import oct_router
from plugin.service.parts import Parts, PartsOf

router = oct_router(effect=READS)
Greys = NDArray[np.uint8]


def separated(value: object) -> object:
    """`["40,10"]` or `["[40, 10]"]` as two values."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        parts = value[0].strip("[] ").split(",")
        if len(parts) == 1:
            raise PydanticCustomError(
                "centre", "must be column,slice in one value: of a repeated key, Orthanc's port keeps only the last"
            )
        return parts
    return value


class VesselQuery(BaseModel):
    """Query of `get_vessel_map`; geometry is read from DICOM, what is given wins."""

    model_config = ConfigDict(extra="forbid")

    input_location: str = Field(pattern="^[0-9a-fA-F-]{1,64}$", description="Orthanc's id of a series or an instance")
    input_bucket: str | None = Field(default=None, description="Accepted and ignored")
    input_bucket_cloud: str | None = Field(default=None, description="Accepted and ignored")
    inpaint_artifacts: bool = True
    scaling_factor_visualization: float = Field(default=100.0, gt=0, allow_inf_nan=False, description="Pixels per mm")
    pixel_spacing_column: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    slice_thickness: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    scan_protocol: ScanProtocol | None = None
    slice_direction: ScanDirection | None = None
    pixel_direction: ScanDirection | None = None
    include_meta: bool = False

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_needed(cls, values: object) -> object:
        return without_unused_geometry(values, cls.model_fields)

    def is_complete(self) -> bool:
        """Nothing has to be read from DICOM."""
        given = (self.pixel_spacing_column, self.slice_thickness, self.scan_protocol)
        return None not in (*given, self.slice_direction, self.pixel_direction)

    def parameters(self) -> dict[str, object]:
        """What the answer was asked for with."""
        return self.model_dump(mode="json", exclude={"include_meta", "input_location"})


class ImageSpaceQuery(VesselQuery):
    """Query of `get_vessel_map_img_space`."""

    zone_of_interest: float = Field(default=6.0, gt=0, allow_inf_nan=False)
    min_exam_width_mm: float = Field(default=5.0, ge=0, allow_inf_nan=False)
    padding_value: int = Field(default=0, ge=0, le=255)
    exam_center_coordinate_xz: Annotated[
        list[Annotated[float, Field(allow_inf_nan=False)]] | None, BeforeValidator(separated)
    ] = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="Column and slice as a repeated key, or `column,slice`: Orthanc's port keeps one value of a key",
    )

    @property
    def centre(self) -> tuple[float, float] | None:
        """(column, slice)."""
        given = self.exam_center_coordinate_xz
        return None if given is None else (given[0], given[1])


class VesselMapAnswer(Answer):
    """A PNG of round(extent x scaling factor) pixels, row 0 superior, column 0 image left."""

    vessel_map: str = Field(description="base64")


class ImageSpaceAnswer(Answer):
    """Grey values 0 .. 255 as [slice][column] in stored order."""

    vessel_map: list[list[int]]
    status: str


@dataclass(frozen=True, kw_only=True)
class ProjectedScan:
    """Grey values (slices, columns) as stored, and how they lie on the retina."""

    greys: Greys
    orientation: ScanOrientation
    slice_spacing_mm: float
    column_spacing_mm: float

    @property
    def grid(self) -> EnFaceGrid:
        """Canonical grid."""
        return self.orientation.grid(
            shape=(self.greys.shape[0], self.greys.shape[1]),
            slice_spacing_mm=self.slice_spacing_mm,
            column_spacing_mm=self.column_spacing_mm,
        )

    def parameters(self) -> dict[str, object]:
        """The geometry used."""
        return {
            "scan_protocol": self.orientation.protocol.value,
            "slice_direction": self.orientation.slice_direction.value,
            "pixel_direction": self.orientation.pixel_direction.value,
            "pixel_spacing_column": self.column_spacing_mm,
            "slice_thickness": self.slice_spacing_mm,
        }


@router.get("/get_vessel_map", response_model=VesselMapAnswer)
async def get_vessel_map(parts: PartsOf, query: Annotated[VesselQuery, Query()]) -> JsonAnswer:
    """Vessels of a stored examination as a picture."""
    scan = await projected_scan(parts, query)
    png = await asyncio.to_thread(picture, scan, query.scaling_factor_visualization)
    return answer(
        query, {"vessel_map": b64encode(png).decode()}, lambda: vessel_meta(query, scan, {"vessel_map": "PNG, grey"})
    )


@router.get("/get_vessel_map_img_space", response_model=ImageSpaceAnswer)
async def get_vessel_map_img_space(parts: PartsOf, query: Annotated[ImageSpaceQuery, Query()]) -> JsonAnswer:
    """Vessels of a stored examination by slice and column, brought to the zone of interest."""
    scan = await projected_scan(parts, query)
    fit = fit_zone(
        shape=(scan.greys.shape[0], scan.greys.shape[1]),
        slice_spacing_mm=scan.slice_spacing_mm,
        column_spacing_mm=scan.column_spacing_mm,
        zone_mm=query.zone_of_interest,
        minimum_mm=query.min_exam_width_mm,
        centre=query.centre,
    )
    fitted = fit.apply(scan.greys.astype(np.float64), padding_value=query.padding_value).astype(np.uint8)
    return answer(
        query,
        {"vessel_map": fitted.tolist(), "status": fit.status.value},
        lambda: {**vessel_meta(query, scan, {"vessel_map": "grey 0 .. 255"}), **place(fit)},
    )


def place(fit: ZoneFit) -> dict[str, object]:
    """Where the window lies on the scan."""
    return {"offset": list(fit.offset), "shape": [fit.slices.count, fit.columns.count]}


def vessel_meta(query: VesselQuery, scan: ProjectedScan, units: dict[str, str]) -> dict[str, object]:
    """`meta` with the geometry used."""
    return meta(units=units, parameters={**query.parameters(), **scan.parameters()}, references=VESSEL_LITERATURE)


def picture(scan: ProjectedScan, pixels_per_mm: float) -> bytes:
    """PNG of the scan in canonical orientation."""
    image = canonical_image(scan.greys, orientation=scan.orientation, grid=scan.grid, pixels_per_mm=pixels_per_mm)
    return png_bytes(image)


async def projected_scan(parts: Parts, query: VesselQuery) -> ProjectedScan:
    """The examination asked for, projected. Raises NotFound, InvalidInput."""
    level, images = await projected_images(parts, query.input_location)
    headers = [image.header for image in images]
    geometry: OctGeometry | None = None
    try:
        volume = await volume_of(parts, level, query.input_location, headers)
        require_plausible(volume.geometry)
        geometry, bscans = volume.geometry, volume.bscans
    except InvalidInput:
        # What DICOM does not tell, the caller may have told.
        if not query.is_complete():
            raise
        bscans = await parts.readers.ask(f"Resource {query.input_location}", open_bscans, headers)
    greys = await asyncio.to_thread(projected, bscans, images, inpaint_artifacts=query.inpaint_artifacts)
    return located(greys, query, geometry)


async def projected_images(parts: Parts, location: str) -> tuple[Level, list[ProjectedImage]]:
    """Images, projected, and whether the location is a series or an instance. Raises NotFound."""
    level = Level.SERIES
    try:
        found = await read_files(parts, level, location, read_projected)
    except NotFound:
        level = Level.INSTANCES
        found = await read_files(parts, level, location, read_projected)
    images = [image for image in found if image is not None]
    if not images:
        raise InvalidInput("input_location", "holds no image")
    return level, images


def projected(bscans: Sequence[BScan], images: Sequence[ProjectedImage], *, inpaint_artifacts: bool) -> Greys:
    """Mean along depth of every B-scan, evened out, as grey values."""
    by_uid = {str(image.header.SOPInstanceUID): image for image in images}
    rows = []
    for bscan in bscans:
        image = by_uid[str(bscan.source.SOPInstanceUID)]
        if image.projection is None:
            raise UnreadableImage(image.reason)
        rows.append(image.projection[bscan.frame])
    if len({len(row) for row in rows}) > 1:
        raise InvalidInput("series", "its images differ in size: they are no volume")
    return vessel_map(np.stack(rows), inpaint_artifacts=inpaint_artifacts)


def located(greys: Greys, query: VesselQuery, geometry: OctGeometry | None) -> ProjectedScan:
    """Given parameters, and those of DICOM for the others."""
    known = geometry.orientation if geometry else None
    protocol = query.scan_protocol or (known and known.protocol)
    across = query.slice_direction or (known and known.slice_direction)
    along = query.pixel_direction or (known and known.pixel_direction)
    step = query.slice_thickness or (geometry and geometry.slice_spacing_mm)
    column = query.pixel_spacing_column or (geometry and geometry.pixel_spacing_column_mm)
    assert protocol and across and along and step and column  # noqa: PT018  complete without DICOM, or DICOM is
    orientation = ScanOrientation(protocol=protocol, slice_direction=across, pixel_direction=along)
    return ProjectedScan(greys=greys, orientation=orientation, slice_spacing_mm=step, column_spacing_mm=column)
