"""Asymmetry of the posterior pole, stage and distance to normal."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

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
from plugin.service.oct.arrays import Floats, NamedOrListedMaps, as_rows, layers_by_name
from plugin.service.oct.meta import HEALTHY_LITERATURE, PPAA_LITERATURE, meta
from plugin.service.oct.requests import (
    GCC_LAYERS,
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


class FullAsymmetryRequest(SummedLayers):
    """Request of `get_full_exam_glaucoma_ppaa_matrix`."""

    pixel_spacing_row: Positive | None = None
    pixel_spacing_column: Positive | None = None
    slice_thickness: Positive | None = None
    scan_protocol: Protocol = ScanProtocol.HORIZONTAL_3D
    slice_direction: Direction | None = Field(default=None, description="TOP_BOTTOM, or LEFT_RIGHT of VERTICAL_3D")
    pixel_direction: Direction | None = Field(default=None, description="LEFT_RIGHT, or TOP_BOTTOM of VERTICAL_3D")
    laterality: Eye | None = None

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


class ZoneAsymmetryRequest(SummedLayers, Scan, Zone):
    """Request of `get_mmzone_glaucoma_ppaa_matrix`."""


class AsymmetryAnswer(Answer):
    """4 x 8 cells each, rows from superior to inferior; null where either cell has no tissue."""

    superior: list[list[float | None]]
    inferior: list[list[float | None]]


@router.post("/get_full_exam_glaucoma_ppaa_matrix", response_model=AsymmetryAnswer)
def get_full_exam_glaucoma_ppaa_matrix(body: FullAsymmetryRequest) -> JsonAnswer:
    """Asymmetry of the hemispheres in 8 x 8 cells over the whole map."""
    orientation = body.orientation
    values = orientation.to_canonical(body.tissue(body.pixel_spacing_row))
    # Shares of a map need no distances.
    grid = EnFaceGrid(rows=values.shape[0], columns=values.shape[1], row_spacing_mm=1.0, column_spacing_mm=1.0)
    return asymmetry_answer(body, full_asymmetry(grid, values), None)


@router.post("/get_mmzone_glaucoma_ppaa_matrix", response_model=AsymmetryAnswer)
def get_mmzone_glaucoma_ppaa_matrix(body: ZoneAsymmetryRequest) -> JsonAnswer:
    """Asymmetry of the hemispheres in 8 x 8 cells over the zone's square."""
    body.orientation  # noqa: B018  a wrong pair of directions is refused before the maps are looked at
    grid, values = body.canonical(body.tissue(body.pixel_spacing_row))
    cell_area = (body.zone_of_interest / 8) ** 2
    return asymmetry_answer(body, zone_asymmetry(grid, values, zone_mm=body.zone_of_interest), cell_area)


def asymmetry_answer(body: SummedLayers, found: Asymmetry, cell_area_mm2: float | None) -> JsonAnswer:
    """Both matrices."""
    unit = "um" if body.use_real_units else "px"
    return answer(
        body,
        {"superior": as_rows(found.superior), "inferior": as_rows(found.inferior)},
        lambda: meta(
            names={"superior": "superior minus inferior", "inferior": "inferior minus superior, row 0 at the midline"},
            units={"superior": unit, "inferior": unit},
            areas_mm2=cell_area_mm2,
            coverage={"superior": as_rows(found.coverage[:4]), "inferior": as_rows(found.coverage[4:])},
            parameters=body.parameters(),
            references=PPAA_LITERATURE,
        ),
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
        if self.reference is None:
            return DEFAULT_REFERENCE
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
    return answer(body, {"glaucoma_stage": stage.value}, lambda: stage_meta(body))


@router.post("/get_glaucoma_distance_to_normal", response_model=NormalDistanceAnswer)
def get_glaucoma_distance_to_normal(body: StageRequest) -> JsonAnswer:
    """Distance of the thinner hemisphere from healthy eyes. For research, not a diagnosis."""
    distance = distance_to_normal(
        superior_um=body.superior_thickness, inferior_um=body.inferior_thickness, reference=body.healthy
    )
    return answer(body, {"distance_to_normal": distance}, lambda: stage_meta(body))


def stage_meta(body: StageRequest) -> dict[str, object]:
    """`meta` with the reference used and what it is worth."""
    healthy = body.healthy
    halves = {"superior": healthy.superior, "inferior": healthy.inferior}
    is_default = body.reference is None
    return meta(
        names={"superior": "superior hemisphere", "inferior": "inferior hemisphere"},
        units={"superior_thickness": "um", "inferior_thickness": "um", "distance_to_normal": "1"},
        parameters=body.parameters(),
        references=HEALTHY_LITERATURE if is_default else (),
        reference={
            **{name: {"mean": half.mean_um, "sd": half.sd_um} for name, half in halves.items()},
            "device": DEFAULT_DEVICE if is_default else "as given",
            "region": DEFAULT_REGION if is_default else "as given",
            "transferable": "not transferable",
            "note": DEFAULT_NOTE if is_default else "Given with the request.",
        },
    )


DEFAULT_DEVICE = "the OCT of the cited study, whose abstract names no model (236 healthy volunteers, both eyes pooled)"
DEFAULT_REGION = "macular ganglion cell complex (RNFL + GCL + IPL), superior and inferior hemisphere"
DEFAULT_NOTE = (
    "Not transferable to other devices, regions or populations: Spectralis layer sums run about 11 um higher. Give "
    "`reference` for your own device."
)
