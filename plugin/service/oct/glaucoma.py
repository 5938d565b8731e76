"""Asymmetry of the posterior pole, stage and distance to normal."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid, ScanDirection, ScanOrientation, ScanProtocol
from ophtha_core.oct.glaucoma import (
    DEFAULT_REFERENCE,
    Asymmetry,
    GlaucomaStage,
    HealthyHemispheres,
    HealthyThickness,
    distance_to_normal,
    full_asymmetry,
    glaucoma_stage,
    zone_asymmetry,
)
from ophtha_core.oct.thickness import sum_of_layers, um_per_unit
from plugin.service.effects import COMPUTES
from plugin.service.oct.answers import Answer, JsonAnswer, answer
from plugin.service.oct.arrays import Floats, NamedOrListedMaps, layers_by_name
from plugin.service.oct.glaucoma_content import asymmetry_content, asymmetry_meta, stage_meta
from plugin.service.oct.requests import (
    GCC_LAYERS,
    Axis,
    Degrees,
    Direction,
    Eye,
    Finite,
    NotNegative,
    OctRequest,
    Positive,
    Protocol,
    RealUnits,
    Scan,
    Zone,
)
from plugin.service.oct.routing import oct_router

router = oct_router(effect=COMPUTES)


class SummedLayers(RealUnits):
    """Layer maps to sum, in pixels or real units."""

    bulk: ClassVar[frozenset[str]] = frozenset({"layers_thickness_maps"})
    layers_thickness_maps: NamedOrListedMaps
    used_layers: list[str] = Field(default=list(GCC_LAYERS), min_length=1)
    padding_value: Finite = 0.0

    def tissue(self, pixel_spacing_row: float | None) -> Floats:
        """Sum of the used layers in µm or pixels, as scanned, NaN where there is no tissue."""
        unit = self.unit()
        scale = um_per_unit(unit, pixel_spacing_row_mm=pixel_spacing_row) if self.use_real_units else 1.0
        layers = layers_by_name(self.layers_thickness_maps, self.used_layers)
        return sum_of_layers(layers, used=self.used_layers, padding_value=self.padding_value) * scale


class FullAsymmetryRequest(SummedLayers, Axis):
    """Request of `get_full_exam_glaucoma_ppaa_matrix`; of a turned raster the distances are needed too."""

    pixel_spacing_row: Positive | None = None
    pixel_spacing_column: Positive | None = None
    slice_thickness: Positive | None = None
    scan_protocol: Protocol = ScanProtocol.HORIZONTAL_3D
    slice_direction: Direction | None = Field(default=None, description="TOP_BOTTOM, or LEFT_RIGHT of VERTICAL_3D")
    pixel_direction: Direction | None = Field(default=None, description="LEFT_RIGHT, or TOP_BOTTOM of VERTICAL_3D")
    laterality: Eye | None = None
    rotation_deg: Degrees = 0.0

    @property
    def orientation(self) -> ScanOrientation:
        """Resolved scan flags; the defaults follow the protocol."""
        is_vertical = self.scan_protocol is ScanProtocol.VERTICAL_3D
        across, along = ScanDirection.TOP_BOTTOM, ScanDirection.LEFT_RIGHT
        if is_vertical:
            across, along = along, across
        return ScanOrientation(
            protocol=self.scan_protocol,
            slice_direction=self.slice_direction or across,
            pixel_direction=self.pixel_direction or along,
        )

    def grid(self, shape: tuple[int, int]) -> EnFaceGrid:
        """Canonical grid; cells along its own axes need no distances. Raises InvalidInput for turned ones without."""
        if self.axis_deg == self.rotation_deg:
            return self.orientation.grid(
                shape=shape, slice_spacing_mm=1.0, column_spacing_mm=1.0, rotation_deg=self.rotation_deg
            )
        if self.slice_thickness is None or self.pixel_spacing_column is None:
            name = "slice_thickness" if self.slice_thickness is None else "pixel_spacing_column"
            raise InvalidInput(name, "is needed where the axis is turned against the raster")
        return self.orientation.grid(
            shape=shape,
            slice_spacing_mm=self.slice_thickness,
            column_spacing_mm=self.pixel_spacing_column,
            rotation_deg=self.rotation_deg,
        )


class ZoneAsymmetryRequest(SummedLayers, Scan, Zone, Axis):
    """Request of `get_mmzone_glaucoma_ppaa_matrix`."""


class AsymmetryAnswer(Answer):
    """4 x 8 cells each, rows from superior to inferior; null where either cell has no tissue."""

    superior: list[list[float | None]]
    inferior: list[list[float | None]]


@router.post("/get_full_exam_glaucoma_ppaa_matrix", response_model=AsymmetryAnswer)
def get_full_exam_glaucoma_ppaa_matrix(body: FullAsymmetryRequest) -> JsonAnswer:
    """Asymmetry of the hemispheres in 8 x 8 cells over the whole map."""
    orientation = body.orientation
    scan = body.tissue(body.pixel_spacing_row)
    grid = body.grid((scan.shape[0], scan.shape[1]))
    return asymmetry_answer(body, full_asymmetry(grid, orientation.to_canonical(scan), axis_deg=body.axis_deg), None)


@router.post("/get_mmzone_glaucoma_ppaa_matrix", response_model=AsymmetryAnswer)
def get_mmzone_glaucoma_ppaa_matrix(body: ZoneAsymmetryRequest) -> JsonAnswer:
    """Asymmetry of the hemispheres in 8 x 8 cells over the zone's square."""
    body.orientation  # noqa: B018  a wrong pair of directions is refused before the maps are looked at
    grid, values = body.canonical(body.tissue(body.pixel_spacing_row))
    cell_area = (body.zone_of_interest / 8) ** 2
    found = zone_asymmetry(grid, values, zone_mm=body.zone_of_interest, axis_deg=body.axis_deg)
    return asymmetry_answer(body, found, cell_area)


def asymmetry_answer(body: SummedLayers, found: Asymmetry, cell_area_mm2: float | None) -> JsonAnswer:
    """Both matrices."""
    unit = "um" if body.use_real_units else "px"
    return answer(
        body,
        asymmetry_content(found),
        lambda: asymmetry_meta(found, unit=unit, cell_area_mm2=cell_area_mm2, parameters=body.parameters()),
    )


class ReferenceHalf(BaseModel):
    """Healthy thickness of one hemisphere, µm."""

    model_config = ConfigDict(strict=True, extra="forbid")
    mean: Positive
    sd: Positive


class Reference(BaseModel):
    """Healthy thickness to compare with, µm."""

    model_config = ConfigDict(strict=True, extra="forbid")
    superior: ReferenceHalf
    inferior: ReferenceHalf


class StageRequest(OctRequest):
    """Request of `get_glaucoma_stage` and `get_glaucoma_distance_to_normal`: what `get_two_segment_circle` answers."""

    superior_thickness: NotNegative = Field(description="µm")
    inferior_thickness: NotNegative = Field(description="µm")
    reference: Reference | None = None

    @property
    def healthy(self) -> HealthyHemispheres:
        """The reference given, or the default."""
        return self.given_reference or DEFAULT_REFERENCE

    def stage_meta(self) -> dict[str, object]:
        """`meta` with the reference used."""
        return stage_meta(self.given_reference, parameters=self.parameters())

    @property
    def given_reference(self) -> HealthyHemispheres | None:
        """The reference given."""
        if self.reference is None:
            return None
        superior, inferior = self.reference.superior, self.reference.inferior
        return HealthyHemispheres(
            superior=HealthyThickness(mean_um=superior.mean, sd_um=superior.sd),
            inferior=HealthyThickness(mean_um=inferior.mean, sd_um=inferior.sd),
        )


class StageAnswer(Answer):
    """Stage of the worse hemisphere."""

    glaucoma_stage: GlaucomaStage


class NormalDistanceAnswer(Answer):
    """0 healthy, 1 at or below the first percentile of healthy eyes."""

    distance_to_normal: float


@router.post("/get_glaucoma_stage", response_model=StageAnswer)
def get_glaucoma_stage(body: StageRequest) -> JsonAnswer:
    """Where the thinner hemisphere lies among healthy eyes. For research, not a diagnosis."""
    stage = glaucoma_stage(
        superior_um=body.superior_thickness, inferior_um=body.inferior_thickness, reference=body.healthy
    )
    return answer(
        body, {"glaucoma_stage": stage.value}, lambda: stage_meta(body.given_reference, parameters=body.parameters())
    )


@router.post("/get_glaucoma_distance_to_normal", response_model=NormalDistanceAnswer)
def get_glaucoma_distance_to_normal(body: StageRequest) -> JsonAnswer:
    """Distance of the thinner hemisphere from healthy eyes. For research, not a diagnosis."""
    distance = distance_to_normal(
        superior_um=body.superior_thickness, inferior_um=body.inferior_thickness, reference=body.healthy
    )
    return answer(
        body, {"distance_to_normal": distance}, lambda: stage_meta(body.given_reference, parameters=body.parameters())
    )
