"""Orthanc's resources by their DICOM identifiers."""

from enum import StrEnum
from typing import cast

from plugin.service.pacs.connection import OrthancAway, OrthancConnection


class Kind(StrEnum):
    """``Type`` of a resource in Orthanc's answers."""

    PATIENT = "Patient"
    STUDY = "Study"
    SERIES = "Series"
    INSTANCE = "Instance"


def look_up(orthanc: OrthancConnection, identifier: str, kind: Kind) -> list[str]:
    """Orthanc's ids of what has this PatientID or UID; several where patients share a UID. Raises OrthancAway."""
    answer = orthanc.repeatable("POST", "/tools/lookup", identifier.encode())
    if not answer.is_ok:
        raise OrthancAway(f"Orthanc does not look up a {kind.lower()}: {answer.reason}")
    return [each["ID"] for each in cast("list[dict[str, str]]", answer.json()) if each["Type"] == kind]
