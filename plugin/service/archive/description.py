"""Studies and series as the pages list them."""

from typing import Self

from pydantic import BaseModel, Field, JsonValue

from plugin.service.archive.tools import Tool, any_of, tools_of


class SeriesDescription(BaseModel):
    """One series; ``id`` is Orthanc's identifier."""

    id: str
    modality: str
    description: str
    number: str
    instances: int
    tools: list[Tool]


class StudyDescription(BaseModel):
    """One study with its series. Texts are as stored: show them as text, never as markup."""

    id: str
    patient_name: str
    patient_id: str
    date: str = Field(description="YYYYMMDD, or empty")
    description: str
    accession_number: str
    series: list[SeriesDescription]
    tools: list[Tool] = Field(description="Tools that fit at least one of the series")

    def showing(self, shown: frozenset[str] | None) -> Self:
        """With these series alone; None for all."""
        if shown is None:
            return self
        series = [each for each in self.series if each.id in shown]
        return self.model_copy(update={"series": series, "tools": list(any_of(tuple(each.tools) for each in series))})


class OpenedResource(BaseModel):
    """A resource and the study it belongs to."""

    study: StudyDescription
    series: str | None = Field(description="The series that was asked for, or that holds the instance asked for")
    instance: str | None
    tools: list[Tool] = Field(description="Tools that fit the resource itself")

    def showing(self, shown: frozenset[str] | None) -> Self:
        """With these series alone; None for all."""
        return self.model_copy(update={"study": self.study.showing(shown)})


def series_description(series: dict[str, JsonValue], *, masking_enabled: bool) -> SeriesDescription:
    """From Orthanc's ``/series/{id}``."""
    modality = _tag(series, "MainDicomTags", "Modality")
    instances = series.get("Instances")
    return SeriesDescription(
        id=str(series["ID"]),
        modality=modality,
        description=_tag(series, "MainDicomTags", "SeriesDescription"),
        number=_tag(series, "MainDicomTags", "SeriesNumber"),
        instances=len(instances) if isinstance(instances, list) else 0,
        tools=list(tools_of(modality, masking_enabled=masking_enabled)),
    )


def study_description(study: dict[str, JsonValue], series: list[SeriesDescription]) -> StudyDescription:
    """From Orthanc's ``/studies/{id}``."""
    return StudyDescription(
        id=str(study["ID"]),
        patient_name=_tag(study, "PatientMainDicomTags", "PatientName"),
        patient_id=_tag(study, "PatientMainDicomTags", "PatientID"),
        date=_tag(study, "MainDicomTags", "StudyDate"),
        description=_tag(study, "MainDicomTags", "StudyDescription"),
        accession_number=_tag(study, "MainDicomTags", "AccessionNumber"),
        series=sorted(series, key=_by_number),
        tools=list(any_of(tuple(each.tools) for each in series)),
    )


def _by_number(series: SeriesDescription) -> tuple[float, str]:
    return (float(series.number) if series.number.strip().isdigit() else float("inf"), series.id)


def _tag(resource: dict[str, JsonValue], group: str, name: str) -> str:
    tags = resource.get(group)
    return str(tags.get(name, "")) if isinstance(tags, dict) else ""
