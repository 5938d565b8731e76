"""What a client asks to be found."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, StrictFloat, StrictInt, ValidationError

from ophtha_core.detection.finding import Finder
from ophtha_core.detection.text_findings import KeepText, TextWish
from plugin.service.errors import Detail
from plugin.service.pixels_masker.refusal import refuse

_AVAILABLE = (Finder.TEXT, Finder.ULTRASOUND_REGIONS)


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


class DetectModel(_Strict):
    """The body of ``detect``."""

    find: list[Finder] = Field(alias="Find", min_length=1)
    text: TextModel = Field(default_factory=TextModel, alias="Text")
    asynchronous: StrictBool = Field(default=False, alias="Asynchronous")

    @property
    def text_wish(self) -> TextWish:
        return TextWish(keep=self.text.keep, least_confidence=float(self.text.min_confidence))


def parse_wish(payload: Mapping[str, JsonValue]) -> DetectModel:
    """Check the body of a request. Raises BadRequest naming each field that is wrong."""
    try:
        wish = DetectModel.model_validate(payload)
    except ValidationError as error:
        details = (
            Detail(("body", *each["loc"]), each["msg"]) for each in error.errors(include_input=False, include_url=False)
        )
        raise refuse(*details) from None
    missing = [index for index, each in enumerate(wish.find) if each not in _AVAILABLE]
    if missing:
        raise refuse(*(Detail(("body", "Find", index), "is not available here") for index in missing))
    if wish.asynchronous and wish.text.include_text:
        # What was read is never part of a job's record.
        raise refuse(Detail(("body", "Text", "IncludeText"), "is for synchronous answers"))
    return wish
