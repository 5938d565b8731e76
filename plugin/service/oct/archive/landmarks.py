"""Landmarks of a report request: the nerve's on its slices, and the fovea."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import ValidationError

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.landmarks import SliceLandmarks, central_slice
from plugin.service.oct.arrays import Floats, point_array, single_point
from plugin.service.oct.examination import FoveaRequest, NerveRequest

_NERVE_LISTS = (
    ("nerve_zone_landmarks", "nerve_zone_slice_indices"),
    ("nerve_landmarks_list", "nerve_slices"),
    ("nerve_landmarks_list", "nerve_slice_indices"),
)
_KNOWN = {name for pair in _NERVE_LISTS for name in pair} | {"exam_center_coordinate"}


@dataclass(frozen=True, kw_only=True)
class FoundLandmarks:
    """Nerve landmarks (K, 2) by slice, and the fovea as (column, slice); None where there is none."""

    nerve: Mapping[int, Floats] = field(default_factory=dict)
    fovea: tuple[float, float] | None = None


def read_landmarks(given: Sequence[object] | Mapping[str, object], *, num_slices: int) -> FoundLandmarks:
    """Either form of the request. Raises InvalidInput naming the entry."""
    if isinstance(given, Mapping):
        return _of_answers(given, num_slices=num_slices)
    if len(given) != num_slices:
        raise InvalidInput("landmarks", f"has {len(given)} entries, the volume {num_slices} B-scans")
    nerve: dict[int, Floats] = {}
    fovea: dict[int, Floats] = {}
    for index, entry in enumerate(given):
        place = f"landmarks[{index}]"
        parts = entry if isinstance(entry, dict) else {"nerve": entry}
        for name in parts:
            if name not in ("nerve", "fovea"):
                raise InvalidInput(place, "an object has the keys nerve and fovea")
        for name, found in (("nerve", nerve), ("fovea", fovea)):
            points = point_array(parts.get(name) or [], field=f"{place}.{name}")
            if len(points):
                found[index] = points
    return FoundLandmarks(nerve=nerve, fovea=_middle(fovea))


def _of_models(given: Mapping[str, object]) -> FoundLandmarks:
    """What landmark models said, in the form of the requests of the landmark endpoints."""
    nerve = _zone(given["nerve"], NerveRequest, field="landmarks.nerve") if "nerve" in given else None
    fovea = _zone(given["fovea"], FoveaRequest, field="landmarks.fovea") if "fovea" in given else None
    centre = None if fovea is None else central_slice(fovea)
    return FoundLandmarks(
        nerve={entry.index: entry.landmarks for entry in nerve or ()},
        fovea=None if centre is None else (centre.middle_x, float(centre.index)),
    )


def _zone(given: object, request: type[FoveaRequest | NerveRequest], *, field: str) -> list[SliceLandmarks] | None:
    try:
        return request.model_validate(given).zone()
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InvalidInput(f"{field}.{place}".rstrip("."), str(error.errors()[0]["msg"])) from error
    except InvalidInput as error:
        raise InvalidInput(f"{field}.{error.field}", error.message) from error


def _of_answers(given: Mapping[str, object], *, num_slices: int) -> FoundLandmarks:
    """The lists of the landmark endpoints, or what they take."""
    if {"nerve", "fovea"} & set(given):
        return _on_scan(_of_models(given), num_slices=num_slices)
    if not _KNOWN & set(given):
        raise InvalidInput("landmarks", f"an object has one of the keys {', '.join(sorted(_KNOWN))}")
    nerve: dict[int, Floats] = {}
    for name, indices_name in _NERVE_LISTS:
        if name not in given or indices_name not in given:
            continue
        entries, indices = given[name], given[indices_name]
        if not isinstance(entries, list) or not isinstance(indices, list) or len(entries) != len(indices):
            raise InvalidInput(f"landmarks.{name}", f"must be a list as long as {indices_name}")
        for position, (entry, index) in enumerate(zip(entries, indices, strict=True)):
            if type(index) is not int or not 0 <= index < num_slices:
                raise InvalidInput(f"landmarks.{indices_name}[{position}]", f"is not one of {num_slices} slices")
            nerve[index] = point_array(entry, field=f"landmarks.{name}[{position}]")
    centre = given.get("exam_center_coordinate")
    fovea = None if centre is None else single_point(centre, field="landmarks.exam_center_coordinate")
    return FoundLandmarks(nerve=nerve, fovea=fovea)


def _on_scan(found: FoundLandmarks, *, num_slices: int) -> FoundLandmarks:
    for index in found.nerve:
        if index >= num_slices:
            raise InvalidInput("landmarks.nerve.indices", f"{index} is not one of {num_slices} slices")
    return found


def _middle(fovea: Mapping[int, Floats]) -> tuple[float, float] | None:
    """The middle landmark on the middle one of the slices that show the fovea."""
    if not fovea:
        return None
    indices = sorted(fovea)
    index = indices[(len(indices) - 1) // 2]
    return float(np.median(fovea[index][:, 0])), float(index)
