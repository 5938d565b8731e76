"""A rule as clients write it, checked completely: a typo must never leave a place unmasked."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.rule import Area, DeviceRule, RecipePart
from ophtha_core.masking.region import FEWEST_CORNERS, LARGEST_POSITION_PX
from plugin.service.errors import Detail
from plugin.service.jobs import JsonObject
from plugin.service.pixels_masker.refusal import refuse
from plugin.service.pixels_masker.rules.conditions import condition_json, parse_condition

_Model = TypeVar("_Model", bound=BaseModel)

NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._+-]{0,63}$"
_LARGEST_INTEGER: Final = 2**31 - 1

_Position = Annotated[StrictInt, Field(ge=-_LARGEST_INTEGER, le=_LARGEST_INTEGER)]
_Corner = Annotated[list[_Position], Field(min_length=2, max_length=2)]
_Number = Annotated[float, Field(strict=True, ge=-LARGEST_POSITION_PX, le=LARGEST_POSITION_PX)]
_Point = Annotated[list[_Number], Field(min_length=2, max_length=2)]
_Side = Annotated[StrictInt, Field(ge=1, le=2**16 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleRegion(_Strict):
    """A place to mask, or to keep, on every frame."""

    RegionType: Literal["2D", "Polygon", "UltrasoundRegions"] = Field(
        description="As in `MaskPixelData`; or what that finder gives"
    )
    Origin: _Corner | None = Field(default=None, description="Of `2D`, as the next: pixel indices, the end exclusive")
    End: _Corner | None = None
    Points: Annotated[list[_Point], Field(min_length=FEWEST_CORNERS)] | None = Field(
        default=None, description="Of `Polygon`: corners `[x, y]` in pixels"
    )
    Keep: StrictBool = Field(default=False, description="Mask everything else")
    MaskType: Literal["Fill"] = "Fill"
    FillValue: _Position | None = Field(default=None, description="Stored value; null: what an image shows darkest")

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        given = {name for name in ("Origin", "End", "Points") if getattr(self, name) is not None}
        needed = {"2D": {"Origin", "End"}, "Polygon": {"Points"}}.get(self.RegionType, set())
        if given != needed:
            what = " and ".join(sorted(needed, reverse=True)) or "no place of its own"
            raise PydanticCustomError("place", f"a {self.RegionType} region needs {what}")
        return self

    @property
    def area(self) -> Area:
        box = None
        if self.Origin is not None and self.End is not None:
            (left, right), (top, bottom) = (sorted(pair) for pair in zip(self.Origin, self.End, strict=True))
            box = Box(left, top, right, bottom)
        polygon = None if self.Points is None else tuple((float(x), float(y)) for x, y in self.Points)
        return Area(box=box, polygon=polygon, keeps=self.Keep, fill=self.FillValue)

    @classmethod
    def of(cls, area: Area) -> Self:
        box = area.box
        if box is None:
            return cls(RegionType="UltrasoundRegions", Keep=area.keeps)
        return cls(RegionType="2D", Origin=[box.left, box.top], End=[box.right, box.bottom], Keep=area.keeps)


class ImageSize(_Strict):
    """Of the images that a rule is for; null for any."""

    Rows: _Side | None = None
    Columns: _Side | None = None


class RecipeOfRule(_Strict):
    """The deid recipe that a rule came in: its rules apply together."""

    Name: Annotated[StrictStr, Field(pattern=NAME)]
    Whitelist: StrictBool


class Rule(_Strict):
    """What to mask in images of a device."""

    Name: Annotated[StrictStr, Field(pattern=NAME)]
    Order: _Position = Field(description="The first rule that applies wins; of equal ones by name")
    When: dict[str, JsonValue] = Field(
        description='`{"All"|"Any": […]}`, `{"Not": …}` or `{"<Keyword>": {"equals"|"contains"|"startsWith"|"matches": '
        'text}}`, `{"<Keyword>": {"missing": true}}`'
    )
    Image: ImageSize | None = None
    Regions: list[RuleRegion] = Field(description="Empty: such images are harmless")
    Recipe: RecipeOfRule | None = None

    @property
    def device_rule(self) -> DeviceRule:
        size = self.Image or ImageSize()
        return DeviceRule(
            name=self.Name,
            order=self.Order,
            when=parse_condition(self.When, ("body", "When")),
            rows=size.Rows,
            columns=size.Columns,
            areas=tuple(each.area for each in self.Regions),
            part=None if self.Recipe is None else RecipePart(self.Recipe.Name, self.Recipe.Whitelist),
        )

    @classmethod
    def of(cls, rule: DeviceRule) -> Self:
        """One that was imported: without a size of its own, and without polygons."""
        return cls(
            Name=rule.name,
            Order=rule.order,
            When=cast("dict[str, JsonValue]", condition_json(rule.when)),
            Regions=[RuleRegion.of(each) for each in rule.areas],
            Recipe=None if rule.part is None else RecipeOfRule(Name=rule.part.recipe, Whitelist=rule.part.spares),
        )

    def to_json(self) -> JsonObject:
        return self.model_dump(exclude_defaults=True) | {"Image": self.Image and self.Image.model_dump()}


def parse_rule(name: str, payload: Mapping[str, JsonValue]) -> Rule:
    """The rule of a name. Raises BadRequest naming each field that is wrong."""
    if payload.get("Name", name) != name:
        raise refuse(Detail(("body", "Name"), "is not the name in the path"))
    rule = validated(Rule, {**payload, "Name": name})
    assert rule.device_rule.name == name  # its conditions are seen to be whole
    return rule


def validated(model: type[_Model], payload: Mapping[str, object]) -> _Model:
    """Raises BadRequest naming each field that is wrong."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise refuse(*(Detail(("body", *each["loc"]), each["msg"]) for each in found)) from None


def device_rules(definitions: Iterable[Mapping[str, object]]) -> tuple[DeviceRule, ...]:
    """Rules out of records."""
    return tuple(Rule.model_validate(each).device_rule for each in definitions)
