"""What was made from a registration's results in the archive, and which of it other objects still need."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from plugin.service.jobs import JsonObject
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from plugin.service.pacs.lookup import Kind, look_up
from registration.results.dicom_object import MODEL_NAME
from registration.results.identifiers import Identifiers

_REFERENCED, _STUDY, _MODEL = "0008,1155", "0020,000d", "0008,1090"
_SLICED = frozenset({"CT", "MR", "PT", "NM"})
"""Modalities whose series hold many slices of one volume: the first tells what they were made from."""

Tags = dict[str, JsonValue]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A series of the archive: UIDs of its instances, and of those they refer to."""

    series: str
    """Orthanc identifier."""
    instances: frozenset[str]
    refers_to: frozenset[str]
    is_ours: bool
    """Made by a registration, or from one, by this service."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A series that stays although it was made from the result, since series of others refer to it."""

    series: str
    referenced_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Orthanc identifiers of series: what leaves, and what must stay."""

    removed: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()

    def to_json(self) -> JsonObject:
        return {
            "Removed": list(self.removed),
            "Kept": [{"Series": each.series, "ReferencedBy": list(each.referenced_by)} for each in self.kept],
        }


def leaving(orthanc: OrthancConnection, identifiers: Identifiers) -> Leaving:
    """What leaves with a rejected result. Raises OrthancAway."""
    roots = frozenset(
        series
        for uid in (identifiers.series, identifiers.registration_series)
        for series in look_up(orthanc, str(uid), Kind.SERIES)
    )
    if not roots:
        return Leaving()
    return chosen([_made(orthanc, series) for series in _around(orthanc, roots)], roots)


def chosen(archive: Iterable[Made], roots: frozenset[str]) -> Leaving:
    """Of the series around the results: theirs and ours made from them leave; what others refer to stays, and with it
    what it refers to itself."""
    archive = list(archive)
    doomed = _closure(archive, roots)
    others = [each for each in archive if each.series not in doomed]
    kept: dict[str, set[str]] = {}
    holding = list(others)
    while holding:
        holder = holding.pop()
        for series, made in doomed.items():
            if made.instances & holder.refers_to and holder.series != series:
                if series not in kept:
                    holding.append(made)
                kept.setdefault(series, set()).add(holder.series)
    return Leaving(
        removed=tuple(sorted(series for series in doomed if series not in kept)),
        kept=tuple(Kept(series=series, referenced_by=tuple(sorted(by))) for series, by in sorted(kept.items())),
    )


def remove(orthanc: OrthancConnection, series: Iterable[str], permit: Callable[[], None]) -> None:
    """Take out every series; those that are gone already are as well. ``permit`` is asked before each, and may raise.

    Raises OrthancAway while that is not possible.
    """
    for each in series:
        permit()
        answer = orthanc.repeatable("DELETE", f"/series/{each}")
        if not answer.is_ok and answer.status != 404:
            raise OrthancAway(f"Orthanc does not delete a series: {answer.reason}")


def _closure(archive: Iterable[Made], roots: frozenset[str]) -> dict[str, Made]:
    """The roots and all of ours that refers to them, directly or not."""
    found = {each.series: each for each in archive if each.series in roots}
    waiting = [each for each in archive if each.is_ours and each.series not in roots]
    while True:
        instances = frozenset[str]().union(*(each.instances for each in found.values()))
        more = [each for each in waiting if each.refers_to & instances and each.series not in found]
        if not more:
            return found
        found |= {each.series: each for each in more}


def _around(orthanc: OrthancConnection, roots: frozenset[str]) -> set[str]:
    """Every series of the studies that the results lie in or refer to."""
    studies = set[str]()
    for series in roots:
        studies.add(cast("dict[str, str]", _json(orthanc, f"/series/{series}"))["ParentStudy"])
        for tags in _tags(orthanc, series):
            for uid in set(_values(tags, _STUDY)):
                studies.update(look_up(orthanc, uid, Kind.STUDY))
    return {
        series
        for study in studies
        for series in cast("dict[str, list[str]]", _json(orthanc, f"/studies/{study}"))["Series"]
    }


def _made(orthanc: OrthancConnection, series: str) -> Made:
    instances = cast("list[dict[str, dict[str, str]]]", _json(orthanc, f"/series/{series}/instances"))
    all_tags = list(_tags(orthanc, series))
    return Made(
        series=series,
        instances=frozenset(each["MainDicomTags"]["SOPInstanceUID"] for each in instances),
        refers_to=frozenset(uid for tags in all_tags for uid in _values(tags, _REFERENCED)),
        is_ours=bool(all_tags) and all(tags.get(_MODEL) == MODEL_NAME for tags in all_tags),
    )


def _tags(orthanc: OrthancConnection, series: str) -> Iterator[Tags]:
    """Header of each instance, of a series of slices of the first."""
    answer = cast("dict[str, JsonValue]", _json(orthanc, f"/series/{series}"))
    instances = cast("list[str]", answer["Instances"])
    modality = cast("dict[str, str]", answer["MainDicomTags"]).get("Modality", "")
    for instance in instances[:1] if modality in _SLICED else instances:
        yield cast("Tags", _json(orthanc, f"/instances/{instance}/tags?short"))


def _values(tags: JsonValue, wanted: str) -> Iterator[str]:
    """Every value of a tag, at whatever depth."""
    if isinstance(tags, list):
        for each in tags:
            yield from _values(each, wanted)
    elif isinstance(tags, dict):
        for tag, value in tags.items():
            if tag == wanted and isinstance(value, str):
                yield value.strip("\0 ")
            else:
                yield from _values(value, wanted)


def _json(orthanc: OrthancConnection, path: str) -> JsonValue:
    try:
        return orthanc.get_json(path)
    except LookupError:
        raise OrthancAway("what lies around a result changes just now") from None
