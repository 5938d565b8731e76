"""What a client asks to be found."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from ophtha_core.detection.finding import Finder
from ophtha_core.detection.rules.rule import DeviceRule
from ophtha_core.detection.text_findings import KeepText, TextWish
from plugin.service.errors import Detail
from plugin.service.pixels_masker.find.look import Look
from plugin.service.pixels_masker.refusal import refuse

_AVAILABLE = (Finder.TEXT, Finder.RULES, Finder.ULTRASOUND_REGIONS)


def _available(finder: Finder) -> Finder:
    if finder not in _AVAILABLE:
        raise PydanticCustomError("not_available", "is not available here")
    return finder


AvailableFinder = Annotated[Finder, AfterValidator(_available)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextModel(_Strict):
    """How lines of text are judged."""

    keep: KeepText = Field(default=KeepText.NONE, alias="Keep")
    """``measurements``: a line stays that was read wholly as measurements or settings of the machine."""
    min_confidence: Annotated[StrictFloat | StrictInt, Field(ge=0, le=1)] = Field(default=0.9, alias="MinConfidence")
    """From which confidence on a line counts as read."""
    include_text: StrictBool = Field(default=False, alias="IncludeText")
    """Answer what was read; in a synchronous answer only."""


class FindModel(_Strict):
    """What is looked for, and how."""

    find: list[AvailableFinder] = Field(alias="Find", min_length=1)
    text: TextModel = Field(default_factory=TextModel, alias="Text")
    rules: list[StrictStr] = Field(default_factory=list, alias="Rules")
    """Names of the rules that ``Find`` asks for; empty: all."""

    def look(self, rules: tuple[DeviceRule, ...]) -> Look:
        """How images are looked at; ``rules`` are those of ``Rules``."""
        text = TextWish(keep=self.text.keep, least_confidence=float(self.text.min_confidence))
        return Look(finders=tuple(dict.fromkeys(self.find)), text=text, rules=rules)


class DetectModel(FindModel):
    """The body of ``detect``."""

    asynchronous: StrictBool = Field(default=False, alias="Asynchronous")


def parse_wish(payload: Mapping[str, JsonValue]) -> DetectModel:
    """Check the body of a request. Raises BadRequest naming each field that is wrong."""
    try:
        wish = DetectModel.model_validate(payload)
    except ValidationError as error:
        details = (
            Detail(("body", *each["loc"]), each["msg"]) for each in error.errors(include_input=False, include_url=False)
        )
        raise refuse(*details) from None
    if wish.asynchronous and wish.text.include_text:
        # What was read is never part of a job's record.
        raise refuse(Detail(("body", "Text", "IncludeText"), "is for synchronous answers"))
    return wish
