"""What is to be modified, as Orthanc has it when a job is planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from pydantic import JsonValue

from plugin.service.errors import NotFound
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pixels_masker.payload import Level

_Object = dict[str, JsonValue]


@dataclass(frozen=True, kw_only=True)
class SourceSeries:
    """A series of the resource; ``*_id`` are Orthanc's identifiers."""

    series_id: str
    series_uid: str
    study_id: str
    study_uid: str


@dataclass(frozen=True, kw_only=True)
class SourceInstance:
    """An instance of the resource."""

    instance_id: str
    sop_uid: str
    size_bytes: int
    series: SourceSeries


@dataclass(frozen=True, kw_only=True)
class Source:
    """A resource with all its instances, series by series."""

    level: Level
    resource_id: str
    patient_id: str
    """DICOM PatientID."""
    instances: tuple[SourceInstance, ...]

    @property
    def series(self) -> tuple[SourceSeries, ...]:
        return tuple({each.series.series_id: each.series for each in self.instances}.values())

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in self.instances)


def read_source(orthanc: OrthancConnection, level: Level, resource_id: str) -> Source:
    """The resource as it is now. Raises NotFound, OrthancAway."""
    try:
        return _read(orthanc, level, quote(resource_id, safe=""))
    except LookupError:
        raise NotFound(f"There is no {level.type_name.lower()} of this identifier") from None


def _read(orthanc: OrthancConnection, level: Level, resource_id: str) -> Source:
    def listed(kind: Level) -> list[_Object]:
        path = f"/{level}/{resource_id}"
        if kind.depth > level.depth:
            return cast("list[_Object]", orthanc.get_json(f"{path}/{kind}"))
        parent = "" if kind is level else f"/{kind.type_name.lower()}"
        return [cast("_Object", orthanc.get_json(path + parent))]

    found = listed(level)[0]
    study_uids = {_text(each, "ID"): _tag(each, "StudyInstanceUID") for each in listed(Level.STUDY)}
    series = {
        _text(each, "ID"): SourceSeries(
            series_id=_text(each, "ID"),
            series_uid=_tag(each, "SeriesInstanceUID"),
            study_id=_text(each, "ParentStudy"),
            study_uid=study_uids[_text(each, "ParentStudy")],
        )
        for each in listed(Level.SERIES)
    }
    instances = [
        SourceInstance(
            instance_id=_text(each, "ID"),
            sop_uid=_tag(each, "SOPInstanceUID"),
            size_bytes=cast("int", each["FileSize"]),
            series=series[_text(each, "ParentSeries")],
        )
        for each in listed(Level.INSTANCE)
    ]
    instances.sort(key=lambda each: (each.series.study_id, each.series.series_id))
    return Source(
        level=level,
        resource_id=_text(found, "ID"),
        patient_id=_tag(listed(Level.PATIENT)[0], "PatientID"),
        instances=tuple(instances),
    )


def _text(resource: Mapping[str, JsonValue], key: str) -> str:
    return cast("str", resource[key])


def _tag(resource: Mapping[str, JsonValue], name: str) -> str:
    return cast("str", cast("_Object", resource["MainDicomTags"]).get(name, ""))
