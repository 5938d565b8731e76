"""``MaskPixelData`` as a client writes it, checked completely: a typo must never yield an unmasked copy."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticCustomError

from ophtha_core.masking.region import FEWEST_CORNERS, LARGEST_POSITION_PX, SMALLEST_FILTER_WIDTH_PX
from plugin.service.errors import Detail
from plugin.service.pixels_masker.find.wish import AvailableFinder, FindModel
from plugin.service.pixels_masker.refusal import refuse

_LARGEST_NUMBER = 1e300
"""Of millimetres and fill values: far beyond any, and sums of a few of them are still finite."""
_LARGEST_CORNER_COUNT = 10_000
_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "is required",
    "int_type": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "too_short": "must not be empty",
    "too_long": "has too many entries",
    "union_tag_not_found": "must be a list of what to find, or an object",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


_Name = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9 ._+-]{1,64}$")]
Number = Annotated[StrictInt | StrictFloat, Field(union_mode="left_to_right")]


class RegionType(StrEnum):
    """What a region is: a box of pixels or of space, or the inside of an outline."""

    PIXELS = "2D"
    SPACE = "3D"
    POLYGON = "Polygon"


_AXES = {RegionType.PIXELS: 2, RegionType.SPACE: 3}
_GEOMETRY = {"origin": _AXES, "end": _AXES, "points": (RegionType.POLYGON,)}
"""Which fields say where a region of each type is: they are required there, and unknown elsewhere."""

Corner = Annotated[list[Number], Field(min_length=2, max_length=2)]


class FoundModel(_Strict):
    """Who found a region, as ``detect`` answers it. It stays in the record of the job, so it has no room for a text."""

    kind: Literal["Text", "Rule", "UltrasoundRegion", "Fan"] = Field(alias="Kind")
    detector: _Name = Field(alias="Detector")
    version: _Name = Field(alias="Version")
    confidence: Annotated[Number, Field(ge=0, le=1)] = Field(alias="Confidence")
    identifying: StrictBool | None = Field(default=None, alias="Identifying")


class RegionModel(_Strict):
    """One entry of ``Regions``: what is done to which pixels of which images."""

    mask_type: Literal["Fill", "MeanFilter"] = Field(alias="MaskType")
    region_type: RegionType = Field(alias="RegionType")
    fill_value: Number | list[Number] | None = Field(default=None, alias="FillValue", validate_default=True)
    """Stored pixel value; for colour also one value per channel. With ``Fill``."""
    filter_width: StrictInt | None = Field(
        default=None, alias="FilterWidth", ge=SMALLEST_FILTER_WIDTH_PX, validate_default=True
    )
    """Side of the averaged square in pixels. With ``MeanFilter``."""
    origin: list[Number] | None = Field(default=None, alias="Origin", validate_default=True)
    """A corner: ``[x, y]`` pixel indices (2D) or ``[x, y, z]`` mm in patient coordinates (3D)."""
    end: list[Number] | None = Field(default=None, alias="End", validate_default=True)
    """The opposite corner; pixel indices are exclusive."""
    points: list[Corner] | None = Field(
        default=None,
        alias="Points",
        validate_default=True,
        min_length=FEWEST_CORNERS,
        max_length=_LARGEST_CORNER_COUNT,
    )
    """Corners ``[x, y]`` of a polygon, in the coordinates of ``Origin`` and ``End``: pixel k spans [k, k + 1)."""
    keep: StrictBool = Field(default=False, alias="Keep")
    """Mask everything else instead: all such regions of an image together are what stays."""
    target_series: list[StrictStr] = Field(default_factory=list, alias="TargetSeries")
    """Orthanc identifiers of source series; empty: all."""
    target_instances: list[StrictStr] = Field(default_factory=list, alias="TargetInstances")
    """Orthanc identifiers of source instances; empty: all."""
    target_frames: list[Annotated[StrictInt, Field(ge=1)]] = Field(default_factory=list, alias="TargetFrames")
    """Numbers of frames, from 1; empty: all."""
    found: FoundModel | None = Field(default=None, alias="Found")
    """Who found the region; nobody where a person drew it."""

    @field_validator("fill_value", mode="before")
    @classmethod
    def _fill_value_given(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.data.get("mask_type") == "Fill":
            raise PydanticCustomError("fill", "Fill needs a FillValue")
        return value

    @field_validator("fill_value")
    @classmethod
    def _fill_value_finite(cls, value: float | list[float] | None) -> float | list[float] | None:
        if isinstance(value, list) and len(value) != 3:
            raise PydanticCustomError("arity", "must be one number, or three: red, green, blue")
        for each in value if isinstance(value, list) else [value]:
            if each is not None and not abs(each) <= _LARGEST_NUMBER:
                raise PydanticCustomError("finite", "is out of range")
        return value

    @field_validator("filter_width", mode="before")
    @classmethod
    def _filter_width_given(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.data.get("mask_type") == "MeanFilter":
            raise PydanticCustomError("width", "MeanFilter needs a FilterWidth")
        return value

    @field_validator("origin", "end", "points", mode="before")
    @classmethod
    def _belongs_to_region_type(cls, value: object, info: ValidationInfo) -> object:
        region_type = info.data.get("region_type")
        if region_type is None or info.field_name is None:
            return value
        is_needed = region_type in _GEOMETRY[info.field_name]
        if is_needed and value is None:
            raise PydanticCustomError("missing_here", "is required")
        if not is_needed and value is not None:
            raise PydanticCustomError("not_here", f"unknown key of a {region_type.value} region")
        return value

    @field_validator("origin", "end")
    @classmethod
    def _fits_region_type(cls, value: list[float] | None, info: ValidationInfo) -> list[float] | None:
        region_type = info.data.get("region_type")
        if region_type is None or value is None:
            return value
        if len(value) != _AXES[region_type]:
            raise PydanticCustomError("arity", f"a {region_type.value} corner has {_AXES[region_type]} numbers")
        if region_type is RegionType.PIXELS and not all(isinstance(each, int) for each in value):
            raise PydanticCustomError("integer", "a 2D corner is given in integer pixel indices")
        if region_type is RegionType.SPACE and not all(abs(each) <= _LARGEST_NUMBER for each in value):
            raise PydanticCustomError("finite", "is out of range")
        return value

    @field_validator("points")
    @classmethod
    def _points_in_range(cls, value: list[list[float]] | None) -> list[list[float]] | None:
        if any(not abs(each) <= LARGEST_POSITION_PX for point in value or () for each in point):
            raise PydanticCustomError("finite", "is out of range")
        return value


def _kind_of_search(value: object) -> str | None:
    if isinstance(value, list):
        return "list"
    return "object" if isinstance(value, (dict, FindModel)) else None


_FindList = Annotated[list[AvailableFinder], Field(min_length=1)]
Search = Annotated[
    Annotated[_FindList, Tag("list")] | Annotated[FindModel, Tag("object")], Discriminator(_kind_of_search)
]


class MaskModel(_Strict):
    """The ``MaskPixelData`` object."""

    detect: Search | None = Field(default=None, alias="Detect")
    """What is found and masked: a list as ``Find``, or what ``detect`` takes."""
    regions: list[RegionModel] = Field(default=None, alias="Regions", min_length=1, validate_default=True)
    """May be absent when ``Detect`` is not."""
    clean_pixel_data: StrictBool = Field(default=False, alias="CleanPixelData")
    """The caller claims that no identifying text is left: recorded as code 113101."""
    clean_recognizable_visual_features: StrictBool = Field(default=False, alias="CleanRecognizableVisualFeatures")
    """The caller claims that no face is recognizable any more: recorded as code 113102."""
    require_hit: StrictBool | None = Field(default=None, alias="RequireHit")
    """Refuse a region that hits no pixel of any instance; on by itself where something is claimed to be clean."""
    overlays: Literal["keep", "remove"] = Field(default="keep", alias="Overlays")
    """What becomes of the overlay planes of masked images outside the regions."""
    verify: StrictBool | None = Field(default=None, alias="Verify", validate_default=True)
    """Look at every copy again before it is stored; on by itself where ``Detect`` is to make something clean."""

    @field_validator("regions", mode="wrap")
    @classmethod
    def _regions_given(cls, value: object, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        if value is not None:
            return check(value)
        if info.data.get("detect", ...) is None:
            raise PydanticCustomError("missing", "is required")
        return []

    @field_validator("verify")
    @classmethod
    def _verifies_what_is_claimed(cls, value: bool | None, info: ValidationInfo) -> bool | None:
        claims = info.data.get("clean_pixel_data") or info.data.get("clean_recognizable_visual_features")
        if value is False and claims and info.data.get("detect") is not None:
            raise PydanticCustomError("unproven", "must not be false where Detect is to make the images clean")
        return value

    @property
    def claims_anything(self) -> bool:
        return self.clean_pixel_data or self.clean_recognizable_visual_features

    @property
    def wish(self) -> FindModel | None:
        """What is to be found and masked; None where the regions are all there is."""
        return FindModel.model_validate({"Find": self.detect}) if isinstance(self.detect, list) else self.detect

    @property
    def verifies(self) -> bool:
        if self.verify is not None:
            return self.verify
        return self.detect is not None and self.claims_anything

    @property
    def requires_hits(self) -> bool:
        if self.require_hit is not None:
            return self.require_hit
        return self.claims_anything


# A default that fails its check is reported under the attribute's name.
_ALIASES = {name: str(field.alias) for model in (RegionModel, MaskModel) for name, field in model.model_fields.items()}


def parse_mask(value: JsonValue) -> MaskModel:
    """Check a ``MaskPixelData`` object. Raises BadRequest naming each field that is wrong."""
    try:
        mask = MaskModel.model_validate(value)
    except ValidationError as error:
        raise refuse(*_details(error)) from None
    if isinstance(mask.detect, FindModel) and mask.detect.text.include_text:
        loc = ("body", "MaskPixelData", "Detect", "Text", "IncludeText")
        raise refuse(Detail(loc, "is for the synchronous answer of detect"))
    return mask


def _details(error: ValidationError) -> list[Detail]:
    """The fields that are wrong, each once: pydantic reports a value that fits no member of a union once per member."""
    found: dict[tuple[str | int, ...], str] = {}
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        found.setdefault(
            ("body", "MaskPixelData", *_field(each["loc"])), _message(each["type"], each["loc"], each["msg"])
        )
    return [Detail(loc, message) for loc, message in found.items()]


def _field(loc: Sequence[str | int]) -> tuple[str | int, ...]:
    """The location up to the field of the region: ``Regions``, 1, ``End``. An unknown key is its own field."""
    if loc[:1] == ("Detect",):
        return loc[0], *loc[2:]  # what comes second is only how the value was read
    kept = loc[:3] if loc[:1] == ("Regions",) else loc[:1]
    return tuple(_ALIASES.get(part, part) if isinstance(part, str) else part for part in kept)


def _message(kind: str, loc: Sequence[str | int], message: str) -> str:
    if kind == "int_type" and loc[-1] == "FilterWidth":
        return "must be an integer"
    if kind == "greater_than_equal":
        return f"must be at least {message.split()[-1]}"
    return _WORDS.get(kind, message)
