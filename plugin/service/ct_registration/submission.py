"""What a registration is asked for, whichever way the request came."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypedDict, cast

from plugin.service.access.rights import Resource
from plugin.service.ct_registration.addresses import OwnFile, UrlPolicy, UrlRefused
from plugin.service.ct_registration.parameters import Parameters
from plugin.service.ct_registration.refusals import IllegalUrl, InvalidParameter, MissingParameter
from plugin.service.errors import NotFound
from plugin.service.jobs import JsonObject
from plugin.service.pacs.orthanc import Orthanc
from registration.acquisition import EVERY_STACK, KEYWORDS, Selection, UnknownKeyword

_ORTHANC_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{8}){4}")


class Source(StrEnum):
    """Where the two series come from."""

    HTTP_FILES = "HTTP_FILES"
    ORTHANC = "ORTHANC"


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One registration. ``reference`` and ``floating`` hold URLs, or one Orthanc series id each."""

    source: Source
    reference: tuple[str, ...]
    floating: tuple[str, ...]
    organisation_id: str | None = None
    organisation_name: str | None = None
    allow_different_patients: bool = False
    store: bool = False
    reference_select: Selection = EVERY_STACK
    floating_select: Selection = EVERY_STACK

    @classmethod
    def from_parameters(cls, parameters: Parameters) -> Self:
        """Raises MissingParameter, InvalidParameter."""
        data_format = parameters.optional("DataFormat")
        source = _source(parameters)
        if source is Source.HTTP_FILES and data_format is None:
            raise MissingParameter("DataFormat")
        if data_format not in (None, "DICOM"):
            raise InvalidParameter("DataFormat", "must be DICOM")
        common: _Common = {
            "allow_different_patients": parameters.flag("AllowDifferentPatients", default=False),
            "store": parameters.flag("Store", default=source is Source.ORTHANC),
            "reference_select": selection(parameters.under("ReferenceSelect"), name="ReferenceSelect"),
            "floating_select": selection(parameters.under("FloatingSelect"), name="FloatingSelect"),
        }
        if source is Source.ORTHANC:
            return cls(
                source=source,
                reference=(_series(parameters, "ReferenceSeries"),),
                floating=(_series(parameters, "FloatingSeries"),),
                organisation_id=parameters.optional("OrgId"),
                organisation_name=parameters.optional("OrgName"),
                **common,
            )
        return cls(
            source=source,
            organisation_id=parameters.required("OrgId"),
            organisation_name=parameters.required("OrgName"),
            reference=parameters.listed("ReferenceList", "ReferenceURL"),
            floating=parameters.listed("FloatingList", "FloatingURL"),
            **common,
        )

    def to_json(self) -> JsonObject:
        return {
            "source": self.source.value,
            "reference": list(self.reference),
            "floating": list(self.floating),
            "organisation_id": self.organisation_id,
            "organisation_name": self.organisation_name,
            "allow_different_patients": self.allow_different_patients,
            "store": self.store,
            "reference_select": dict(self.reference_select.wanted),
            "floating_select": dict(self.floating_select.wanted),
        }

    @classmethod
    def from_json(cls, values: JsonObject) -> Self:
        return cls(
            source=Source(str(values["source"])),
            reference=tuple(cast("list[str]", values["reference"])),
            floating=tuple(cast("list[str]", values["floating"])),
            organisation_id=cast("str | None", values["organisation_id"]),
            organisation_name=cast("str | None", values["organisation_name"]),
            allow_different_patients=bool(values["allow_different_patients"]),
            store=bool(values["store"]),
            # Jobs of version 0.1.0 hold none.
            reference_select=Selection.of(cast("dict[str, str]", values.get("reference_select", {}))),
            floating_select=Selection.of(cast("dict[str, str]", values.get("floating_select", {}))),
        )

    def check_urls(self, policy: UrlPolicy) -> None:
        """Refuse what can be seen from the URLs alone. Raises IllegalUrl."""
        if self.source is not Source.HTTP_FILES:
            return
        for name, field, urls in self._lists():
            for number, url in enumerate(urls, start=1):
                try:
                    policy.locate(url)
                except UrlRefused as error:
                    raise IllegalUrl(f"{name}.{number}.{field}", str(error)) from None

    def _lists(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        return ("ReferenceList", "ReferenceURL", self.reference), ("FloatingList", "FloatingURL", self.floating)

    def resources(self, policy: UrlPolicy) -> Iterator[tuple[str, Resource]]:
        """What of this Orthanc is asked for, by the name of its parameter. Raises UrlRefused for a URL that
        ``check_urls`` would have refused."""
        if self.source is Source.ORTHANC:
            yield "ReferenceSeries", Resource("series", self.reference[0])
            yield "FloatingSeries", Resource("series", self.floating[0])
            return
        for name, field, urls in self._lists():
            for number, url in enumerate(urls, start=1):
                place = policy.locate(url)
                if isinstance(place, OwnFile):
                    yield f"{name}.{number}.{field}", Resource("instances", place.instance)

    async def count_files(self, orthanc: Orthanc) -> int:
        """How many files there are to fetch. Raises InvalidParameter for a series that is not there, Unavailable."""
        if self.source is Source.HTTP_FILES:
            return len(self.reference) + len(self.floating)
        count = 0
        for name, series in (("ReferenceSeries", self.reference[0]), ("FloatingSeries", self.floating[0])):
            try:
                answer = await orthanc.get_json(f"/series/{series}")
            except NotFound:
                raise InvalidParameter(name, "names no series of this Orthanc") from None
            count += len(cast("dict[str, list[str]]", answer)["Instances"])
        return count


class _Common(TypedDict):
    allow_different_patients: bool
    store: bool
    reference_select: Selection
    floating_select: Selection


def selection(wanted: Mapping[str, str], *, name: str) -> Selection:
    """Which of several stacks of a list is meant. Raises InvalidParameter."""
    try:
        return Selection.of(wanted)
    except UnknownKeyword as error:
        raise InvalidParameter(f"{name}.{error.keyword}", f"must be one of {', '.join(KEYWORDS)}") from None


def _source(parameters: Parameters) -> Source:
    given = parameters.required("DataSourceType")
    try:
        return Source(given)
    except ValueError:
        raise InvalidParameter("DataSourceType", f"must be {' or '.join(Source)}") from None


def _series(parameters: Parameters, name: str) -> str:
    return series_id(parameters.required(name), name=name)


def series_id(value: str, *, name: str) -> str:
    """An Orthanc identifier. Raises InvalidParameter."""
    if not _ORTHANC_ID.fullmatch(value.lower()):
        raise InvalidParameter(name, "must be the Orthanc identifier of a series")
    return value.lower()
