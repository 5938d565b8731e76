"""What the requests of many endpoints share."""

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import (
    EnFaceGrid,
    Laterality,
    ScanDirection,
    ScanOrientation,
    ScanProtocol,
    require_field,
)
from ophtha_core.oct.thickness import ThicknessUnit
from plugin.service.oct.arrays import Floats, single_point

DEFAULT_ZONE_MM = 6.0
DEFAULT_MIN_EXAM_WIDTH_MM = 5.0
GCC_LAYERS = ("rnfl", "gcl", "ipl")


def whole(value: object) -> object:
    """30.0 as 30: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def centre_point(value: object) -> tuple[float, float] | None:
    """`[column, slice]` or null."""
    return None if value is None else single_point(value, field="exam_center_coordinate_xz")


def listed(point: tuple[float, float] | None) -> list[float] | None:
    """A point as it came."""
    return None if point is None else list(point)


class Uncovered(StrEnum):
    """What a column that no class reaches is taken for."""

    MISSING = "missing"
    ZERO = "zero"


# The bounds keep products and quotients of any two parameters finite.
Finite = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, ge=1e-9, le=1e9, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Whole = Annotated[int, BeforeValidator(whole)]
Count = Annotated[int, BeforeValidator(whole), Field(ge=1, le=65_535)]
Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Protocol = Annotated[ScanProtocol, Field(strict=False)]
Direction = Annotated[ScanDirection, Field(strict=False)]
UncoveredColumns = Annotated[
    Uncovered, Field(strict=False, description="What a column is that no class reaches: missing, or 0")
]
Eye = Annotated[Laterality, Field(strict=False)]
Unit = Annotated[ThicknessUnit, Field(strict=False)]
POINT_SCHEMA = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
Centre = Annotated[
    tuple[float, float] | None,
    PlainValidator(centre_point),
    PlainSerializer(listed),
    WithJsonSchema({"anyOf": [POINT_SCHEMA, {"type": "null"}], "description": "[column, slice]"}),
]


GEOMETRY_KEYS = frozenset(
    {"scan_protocol", "slice_direction", "pixel_direction", "pixel_spacing_row", "pixel_spacing_column"}
    | {"slice_thickness", "pixel_image_height", "pixel_image_width", "num_slices", "laterality", "rotation_deg"}
    | {"exam_center_coordinate_xz", "assumed", "reasons"}
)
"""Of the geometry of a stored volume: every analysis accepts them all and uses those it knows."""


def without_unused_geometry(values: object, known: Collection[str]) -> object:
    """A body without those keys of a geometry that the request has no use for."""
    if not isinstance(values, dict):
        return values
    return {key: value for key, value in values.items() if key in known or key not in GEOMETRY_KEYS}


class OctRequest(BaseModel):
    """A JSON body: numbers are numbers, unknown keys are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)
    bulk: ClassVar[frozenset[str]] = frozenset()
    """Fields too large to repeat in `meta`."""
    takes_any_geometry: ClassVar[bool] = True
    """Keys of a geometry that the request does not need are ignored."""

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_needed(cls, values: object) -> object:
        return without_unused_geometry(values, cls.model_fields) if cls.takes_any_geometry else values

    include_meta: bool = Field(default=False, description="Add names, units, areas, coverage, parameters, literature")

    def parameters(self) -> dict[str, object]:
        """What the answer was computed with, defaults filled in."""
        return self.model_dump(mode="json", exclude={*self.bulk, "include_meta"})


class Spacing(OctRequest):
    """Distances of the cells of an en-face map."""

    pixel_spacing_column: Positive = Field(description="mm between columns of a B-scan")
    pixel_spacing_row: Positive | None = Field(default=None, description="mm between rows of a B-scan")
    slice_thickness: Positive = Field(description="mm between B-scans")

    @property
    def cell_area_mm2(self) -> float:
        """Area of a cell."""
        return self.pixel_spacing_column * self.slice_thickness

    def row_spacing(self) -> float:
        """Height of a pixel. Raises InvalidInput where it is needed and absent."""
        if self.pixel_spacing_row is None:
            raise InvalidInput("pixel_spacing_row", "is needed for real units")
        return self.pixel_spacing_row


class Scan(Spacing):
    """How B-scans lie on the retina."""

    scan_protocol: Protocol
    slice_direction: Direction
    pixel_direction: Direction
    laterality: Eye | None = Field(default=None, description="L or R; without it nothing is called nasal or temporal")
    exam_center_coordinate_xz: Centre = None
    rotation_deg: Degrees = Field(
        default=0.0, description="Of the raster, clockwise on screen from image right to its rows"
    )

    @property
    def orientation(self) -> ScanOrientation:
        """Resolved scan flags. Raises InvalidInput for a pair the protocol does not know."""
        return ScanOrientation(
            protocol=self.scan_protocol, slice_direction=self.slice_direction, pixel_direction=self.pixel_direction
        )

    def grid(self, shape: tuple[int, int]) -> EnFaceGrid:
        """Canonical grid of a map of `shape` (slices, columns). Raises InvalidInput for a field larger than an eye."""
        require_field(shape=shape, slice_spacing_mm=self.slice_thickness, column_spacing_mm=self.pixel_spacing_column)
        return self.orientation.grid(
            shape=shape,
            slice_spacing_mm=self.slice_thickness,
            column_spacing_mm=self.pixel_spacing_column,
            laterality=self.laterality,
            centre=self.exam_center_coordinate_xz,
            rotation_deg=self.rotation_deg,
        )

    def canonical(self, scan: Floats) -> tuple[EnFaceGrid, Floats]:
        """Grid and canonical map of a map as scanned."""
        return self.grid((scan.shape[0], scan.shape[1])), self.orientation.to_canonical(scan)


class Axis(OctRequest):
    """What superior and inferior are told apart by."""

    axis_deg: Degrees = Field(
        default=0.0, description="Axis from fovea to disc, clockwise on screen from image horizontal"
    )


class Zone(OctRequest):
    """The part of the map that counts."""

    zone_of_interest: Positive = Field(default=DEFAULT_ZONE_MM, description="Diameter or side about the centre, mm")


class RealUnits(OctRequest):
    """Values in real units (µm) or pixels."""

    use_real_units: bool = Field(description="µm if true, pixels if false")
    thickness_unit: Unit | None = Field(default=None, description="Unit of the values; px if absent")

    def unit(self) -> ThicknessUnit:
        """Unit of the values. Raises InvalidInput where it contradicts `use_real_units`."""
        if not self.use_real_units and self.thickness_unit not in (None, ThicknessUnit.PX):
            raise InvalidInput("thickness_unit", "contradicts use_real_units: false, which means pixels")
        return self.thickness_unit or ThicknessUnit.PX


class Geometry(BaseModel):
    """A geometry as that of a stored volume is answered; every key may be left out."""

    model_config = ConfigDict(strict=True, extra="forbid")

    scan_protocol: Protocol | None = None
    slice_direction: Direction | None = None
    pixel_direction: Direction | None = None
    pixel_spacing_row: Positive | None = Field(default=None, description="mm")
    pixel_spacing_column: Positive | None = Field(default=None, description="mm")
    slice_thickness: Positive | None = Field(default=None, description="mm")
    pixel_image_height: Count | None = None
    pixel_image_width: Count | None = None
    num_slices: Count | None = None
    laterality: Eye | None = None
    rotation_deg: Degrees | None = None
    exam_center_coordinate_xz: Centre = None
    assumed: list[str] = Field(default=[], description="Names of keys that are here and known to nobody all the same")
    reasons: dict[str, str] = {}
