"""What a client may ask: Orthanc's own modify/anonymize payload plus ``MaskPixelData``.

``MaskPixelData`` is checked completely here, so that a typo can never yield an unmasked copy. Everything else
belongs to Orthanc: it is handed to the core untouched, and the core's own refusals are passed on.
"""

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydicom.uid import UID

from ophtha_core.dicom.lossy import DEFAULT_QUALITY
from ophtha_core.dicom.syntax import is_written
from plugin.service.errors import BadRequest, Detail

_MASK = "MaskPixelData"
_FLAGS = ("Asynchronous", "Synchronous", "Permissive", "KeepSource")
_OURS = frozenset({_MASK, "Asynchronous", "Synchronous", "Permissive", "KeepSource", "Priority", "Transcode"})
"""Keys this route acts on itself; the core gets the payload without them."""
_RESEMBLANCE = 0.75
_LARGEST_NUMBER = 1e300
"""Of millimetres and fill values: far beyond any, and sums of a few of them are still finite."""
_AXES = {"2D": 2, "3D": 3}
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
    "greater_than_equal": "must be at least 2",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


Number = Annotated[StrictInt | StrictFloat, Field(union_mode="left_to_right")]


class RegionModel(_Strict):
    """One entry of ``Regions``: what is done to which box of which images."""

    mask_type: Literal["Fill", "MeanFilter"] = Field(alias="MaskType")
    region_type: Literal["2D", "3D"] = Field(alias="RegionType")
    fill_value: Number | list[Number] | None = Field(default=None, alias="FillValue", validate_default=True)
    """Stored pixel value; for colour also one value per channel. With ``Fill``."""
    filter_width: StrictInt | None = Field(default=None, alias="FilterWidth", ge=2, validate_default=True)
    """Side of the averaged square in pixels. With ``MeanFilter``."""
    origin: list[Number] = Field(alias="Origin")
    """A corner: ``[x, y]`` pixel indices (2D) or ``[x, y, z]`` mm in patient coordinates (3D)."""
    end: list[Number] = Field(alias="End")
    """The opposite corner; pixel indices are exclusive."""
    target_series: list[StrictStr] = Field(default_factory=list, alias="TargetSeries")
    """Orthanc identifiers of source series; empty: all."""
    target_instances: list[StrictStr] = Field(default_factory=list, alias="TargetInstances")
    """Orthanc identifiers of source instances; empty: all."""

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

    @field_validator("origin", "end")
    @classmethod
    def _fits_region_type(cls, value: list[float], info: ValidationInfo) -> list[float]:
        region_type = info.data.get("region_type")
        if region_type is None:
            return value
        if len(value) != _AXES[region_type]:
            raise PydanticCustomError("arity", f"a {region_type} corner has {_AXES[region_type]} numbers")
        if region_type == "2D" and not all(isinstance(each, int) for each in value):
            raise PydanticCustomError("integer", "a 2D corner is given in integer pixel indices")
        if region_type == "3D" and not all(abs(each) <= _LARGEST_NUMBER for each in value):
            raise PydanticCustomError("finite", "is out of range")
        return value


class MaskModel(_Strict):
    """The ``MaskPixelData`` object."""

    regions: list[RegionModel] = Field(alias="Regions", min_length=1)
    clean_pixel_data: StrictBool = Field(default=False, alias="CleanPixelData")
    """The caller claims that no identifying text is left: recorded as code 113101."""
    clean_recognizable_visual_features: StrictBool = Field(default=False, alias="CleanRecognizableVisualFeatures")
    """The caller claims that no face is recognizable any more: recorded as code 113102."""


# A default that fails its check is reported under the attribute's name.
_ALIASES = {name: str(field.alias) for name, field in RegionModel.model_fields.items()}


@dataclass(frozen=True, kw_only=True)
class MaskingRequest:
    """A checked request.

    ``core_payload`` is what Orthanc's own route gets; ``mask`` is None for a plain modification.
    """

    core_payload: Mapping[str, JsonValue]
    mask: MaskModel | None
    asynchronous: bool
    priority: int
    permissive: bool
    keep_source: bool
    transcode: str | None
    lossy_quality: int


def parse_request(payload: Mapping[str, JsonValue]) -> MaskingRequest:
    """Check the payload of a request. Raises BadRequest naming each field that is wrong."""
    _refuse_misspelt_mask(payload)
    flags = {name: _flag(payload, name) for name in _FLAGS}
    mask = parse_mask(payload[_MASK]) if _MASK in payload else None
    asynchronous = flags["Asynchronous"]
    if asynchronous is None:
        asynchronous = flags["Synchronous"] is False
    return MaskingRequest(
        core_payload={key: value for key, value in payload.items() if key not in _OURS},
        mask=mask,
        asynchronous=asynchronous,
        priority=_priority(payload),
        permissive=bool(flags["Permissive"]),
        keep_source=flags["KeepSource"] is not False,
        transcode=_transcode(payload),
        lossy_quality=_lossy_quality(payload),
    )


def parse_mask(value: JsonValue) -> MaskModel:
    """Check a ``MaskPixelData`` object. Raises BadRequest naming each field that is wrong."""
    try:
        return MaskModel.model_validate(value)
    except ValidationError as error:
        raise refuse(*_details(error)) from None


def refuse(*details: Detail) -> BadRequest:
    """A refusal that names the fields, each also in words."""
    named = [Detail(each.loc, f"{dotted(each.loc)}: {each.msg}") for each in details]
    more = f" (and {len(named) - 1} more)" if len(named) > 1 else ""
    return BadRequest(named[0].msg + more, details=named)


def dotted(loc: Sequence[str | int]) -> str:
    """``("body", "MaskPixelData", "Regions", 1, "End")`` as ``body.MaskPixelData.Regions[1].End``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def parse_body(body: bytes) -> dict[str, JsonValue]:
    """The payload in the body of a request. Raises BadRequest."""
    try:
        payload = json.loads(body, object_pairs_hook=_object)
    except _RepeatedKey as error:
        # One of the two would be lost without a word, and with it perhaps a mask.
        raise refuse(Detail(("body", error.key), "is given twice")) from None
    except (ValueError, RecursionError):
        raise refuse(Detail(("body",), "no valid JSON")) from None
    if not isinstance(payload, dict):
        raise refuse(Detail(("body",), "must be a JSON object"))
    for key, value in payload.items():
        # Those of a mask are named one by one, with their region.
        if key != _MASK and not _is_finite(value):
            raise refuse(Detail(("body", key), "holds a number that is not finite"))
    return payload


class _RepeatedKey(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for key, value in pairs:
        key.encode()  # half a surrogate pair is no text, and could not even be named in an answer
        if key in found:
            raise _RepeatedKey(key)
        found[key] = value
    return found


def _is_finite(value: JsonValue) -> bool:
    """Python reads ``NaN``, ``Infinity`` and ``1e999``, which are no JSON or no number."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _refuse_misspelt_mask(payload: Mapping[str, JsonValue]) -> None:
    for key in payload:
        if key != _MASK and difflib.SequenceMatcher(None, key.lower(), _MASK.lower()).ratio() > _RESEMBLANCE:
            raise refuse(Detail(("body", key), f"unknown; did you mean {_MASK}?"))
        if key == "Regions":
            raise refuse(Detail(("body", key), f"belongs inside {_MASK}"))


def _flag(payload: Mapping[str, JsonValue], name: str) -> bool | None:
    value = payload.get(name)
    if name in payload and not isinstance(value, bool):
        raise refuse(Detail(("body", name), "must be true or false"))
    return value if isinstance(value, bool) else None


def _priority(payload: Mapping[str, JsonValue]) -> int:
    value = payload.get("Priority", 0)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**31 - 1:
        raise refuse(Detail(("body", "Priority"), "must be an integer"))
    return value


def _transcode(payload: Mapping[str, JsonValue]) -> str | None:
    value = payload.get("Transcode")
    if "Transcode" in payload and not (isinstance(value, str) and is_written(UID(value))):
        raise refuse(
            Detail(("body", "Transcode"), "must be the UID of a transfer syntax that images can be written in")
        )
    return value if isinstance(value, str) else None


def _lossy_quality(payload: Mapping[str, JsonValue]) -> int:
    value = payload.get("LossyQuality", DEFAULT_QUALITY)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise refuse(Detail(("body", "LossyQuality"), "must be an integer from 1 to 100"))
    return value


def _details(error: ValidationError) -> list[Detail]:
    """The fields that are wrong, each once: pydantic reports a value that fits no member of a union once per member."""
    found: dict[tuple[str | int, ...], str] = {}
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        found.setdefault(("body", _MASK, *_field(each["loc"])), _message(each["type"], each["loc"], each["msg"]))
    return [Detail(loc, message) for loc, message in found.items()]


def _field(loc: Sequence[str | int]) -> tuple[str | int, ...]:
    """The location up to the field of the region: ``Regions``, 1, ``End``. An unknown key is its own field."""
    kept = loc[:3] if loc[:1] == ("Regions",) else loc[:1]
    return tuple(_ALIASES.get(part, part) if isinstance(part, str) else part for part in kept)


def _message(kind: str, loc: Sequence[str | int], message: str) -> str:
    if kind == "int_type" and loc[-1] == "FilterWidth":
        return "must be an integer"
    return _WORDS.get(kind, message)
