"""What Orthanc's routes of patients, studies and series refuse while its route of an instance knows no level.

The rules changed with Orthanc 1.11.2; each version's are kept.
"""

import re
from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue
from pydicom.tag import BaseTag

from plugin.service.errors import BadRequest
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pacs.lookup import Kind, look_up
from plugin.service.pixels_masker.payload import PATIENT_ID, STUDY_UID, Action, IdentifierRules, Level, parse_tag
from plugin.service.pixels_masker.source import Source

_LENIENT_SINCE = (1, 11, 2)
_INTRODUCTION = "Trying to change patient tags in a study.  The Patient already exists and has other studies.  "
_DIFFERENT = (
    _INTRODUCTION
    + "All the 'Replace' tags should match the existing patient main dicom tags and you should specify all "
    "Patient MainDicomTags in your query.  Try using /patients/../modify instead to modify the patient. "
    "Failing tag: {:04x},{:04x}"
)
_UNDEFINED = (
    _INTRODUCTION + "You are trying to replace a tag that is not defined yet in this patient. "
    "Try using /patients/../modify instead to modify the patient. Failing tag: {:04x},{:04x}"
)
_PATIENT_TAGS = "0010,0010;0010,0020;0010,0030;0010,0040;0010,1000"


def refuse_levels(orthanc: OrthancConnection, source: Source, rules: IdentifierRules) -> None:
    """Raises BadRequest with the core's words, OrthancAway."""
    if rules.action is Action.ANONYMIZE:
        return
    system = cast("dict[str, JsonValue]", orthanc.get_json("/system"))
    if version_of(str(system["Version"])) >= _LENIENT_SINCE:
        if rules.level is Level.STUDY:
            _refuse_two_descriptions_of_a_patient(orthanc, source, rules, _patient_tags(system))
    elif rules.level is Level.PATIENT and PATIENT_ID not in rules.replaced:
        raise BadRequest("When modifying a patient, her PatientID is required to be modified")
    elif rules.level is Level.SERIES and PATIENT_ID in rules.replaced and STUDY_UID not in rules.replaced:
        raise BadRequest("When modifying a series, the parent PatientID cannot be manually modified")


def version_of(text: str) -> tuple[int, ...]:
    """``mainline`` is newer than any release."""
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(each) for each in numbers.groups()) if numbers else (999,)


def _patient_tags(system: Mapping[str, JsonValue]) -> list[BaseTag]:
    """What Orthanc indexes of a patient; configurable."""
    configured = system.get("MainDicomTags")
    names = configured.get("Patient") if isinstance(configured, dict) else None
    found = (parse_tag(name) for name in (names if isinstance(names, str) else _PATIENT_TAGS).split(";"))
    return [tag for tag in found if tag is not None]


def _refuse_two_descriptions_of_a_patient(
    orthanc: OrthancConnection, source: Source, rules: IdentifierRules, patient_tags: list[BaseTag]
) -> None:
    """A study may join a patient who has others only when it describes her as they do."""
    if not any(tag in rules.replaced for tag in patient_tags):
        return
    patient = _patient(orthanc, rules.replaced.get(PATIENT_ID, source.patient_id))
    if patient is None or not set(cast("list[str]", patient["Studies"])) - {source.resource_id}:
        return
    known = {parse_tag(name): value for name, value in cast("dict[str, str]", patient["MainDicomTags"]).items()}
    for tag in patient_tags:
        if tag not in known and tag in rules.replaced:
            raise BadRequest(_UNDEFINED.format(tag.group, tag.element))
        if rules.replaced.get(tag) != known.get(tag):
            raise BadRequest(_DIFFERENT.format(tag.group, tag.element))


def _patient(orthanc: OrthancConnection, patient_id: str) -> dict[str, JsonValue] | None:
    found = look_up(orthanc, patient_id, Kind.PATIENT)
    return cast("dict[str, JsonValue]", orthanc.get_json(f"/patients/{found[0]}")) if found else None
