"""What a client may ask: Orthanc's own modify/anonymize payload plus ``MaskPixelData``.

``MaskPixelData`` is checked completely here, so that a typo can never yield an unmasked copy. Everything else
belongs to Orthanc: it is handed to the core untouched, and the core's own refusals are passed on.
"""

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue
from pydicom.uid import UID

from ophtha_core.dicom.lossy import DEFAULT_QUALITY
from ophtha_core.dicom.syntax import is_written
from plugin.service.errors import Detail
from plugin.service.pixels_masker.mask_model import MaskModel, parse_mask
from plugin.service.pixels_masker.refusal import refuse

_MASK = "MaskPixelData"
_FLAGS = ("Asynchronous", "Synchronous", "Permissive", "KeepSource")
_OURS = frozenset({_MASK, *_FLAGS, "Priority", "Transcode", "UserData"})
"""Keys this route acts on itself; the core gets the payload without them."""
_RESEMBLANCE = 0.75


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
