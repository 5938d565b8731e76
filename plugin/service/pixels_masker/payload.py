"""What a modify/anonymize payload does to the identifiers: read the way Orthanc's core reads it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue
from pydicom.datadict import tag_for_keyword
from pydicom.tag import BaseTag, Tag

PATIENT_ID = Tag("PatientID")
STUDY_UID = Tag("StudyInstanceUID")
SERIES_UID = Tag("SeriesInstanceUID")
SOP_UID = Tag("SOPInstanceUID")

_HEXADECIMAL = re.compile(r"([0-9a-fA-F]{4})[-,]?([0-9a-fA-F]{4})")
_GEOMETRY = frozenset(
    Tag(keyword)
    for keyword in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "SpacingBetweenSlices",
        "GridFrameOffsetVector",
        "SliceVector",
        "NumberOfFrames",
        "SharedFunctionalGroupsSequence",
        "PerFrameFunctionalGroupsSequence",
        "DetectorInformationSequence",
    )
)


class Action(StrEnum):
    """The core's route that is called for each instance."""

    MODIFY = "modify"
    ANONYMIZE = "anonymize"


class Level(StrEnum):
    """Level of a resource, as in the paths of Orthanc's REST API."""

    PATIENT = "patients"
    STUDY = "studies"
    SERIES = "series"
    INSTANCE = "instances"

    @property
    def type_name(self) -> str:
        """``Type`` of the resource in Orthanc's answers."""
        return {"patients": "Patient", "studies": "Study", "series": "Series", "instances": "Instance"}[self.value]

    @property
    def depth(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True)
class IdentifierRules:
    """Which identifiers a payload replaces and keeps at the top level, and the level that it amounts to."""

    action: Action
    level: Level
    replaced: Mapping[BaseTag, str]
    kept: frozenset[int]
    kept_anywhere: frozenset[int]
    """Tags of ``Keep`` at any depth."""
    chosen: frozenset[str]
    """Every text that the payload puts anywhere."""
    touched: frozenset[int]
    """Every tag that the payload names, at any depth."""

    @property
    def effective_level(self) -> Level:
        """Level from which on identifiers are invented anew. For a single instance the core takes it from the highest
        identifier that is replaced."""
        if self.action is Action.ANONYMIZE:
            return Level.PATIENT
        if self.level is not Level.INSTANCE:
            return self.level
        for tag, level in ((PATIENT_ID, Level.PATIENT), (STUDY_UID, Level.STUDY), (SERIES_UID, Level.SERIES)):
            if tag in self.replaced:
                return level
        return Level.INSTANCE

    def renews(self, tag: BaseTag) -> bool:
        """Whether the job invents new values of this identifier."""
        depth = {STUDY_UID: Level.STUDY, SERIES_UID: Level.SERIES, SOP_UID: Level.INSTANCE}[tag].depth
        return tag not in self.replaced and tag not in self.kept and self.effective_level.depth <= depth

    @property
    def invents_patient(self) -> bool:
        """Whether the copies belong to a patient whom nobody has heard of."""
        return self.action is Action.ANONYMIZE and not {PATIENT_ID} & (self.replaced.keys() | self.kept)

    @property
    def changes_geometry(self) -> bool:
        """Whether the place of the pixels in space would be another after the modification."""
        return bool(self.touched & _GEOMETRY)


def identifier_rules(payload: Mapping[str, JsonValue], *, action: Action, level: Level) -> IdentifierRules:
    """Read ``Replace``, ``Remove`` and ``Keep``. What the core refuses anyway is passed over here."""
    given = payload.get("Replace")
    replace = given if isinstance(given, dict) else {}
    remove, keep = _names(payload.get("Remove")), _names(payload.get("Keep"))
    replaced = {tag: value.strip() for tag, value in _top_level(replace) if isinstance(value, str)}
    return IdentifierRules(
        action=action,
        level=level,
        # "Keep" comes last in the core: it cancels a replacement.
        replaced={tag: value for tag, value in replaced.items() if tag not in {parse_tag(name) for name in keep}},
        kept=frozenset(tag for name in keep if (tag := parse_tag(name)) is not None),
        kept_anywhere=frozenset(tag for name in keep if (tag := _final_tag(name)) is not None),
        chosen=frozenset(_texts(list(replace.values()))),
        touched=frozenset(tag for name in (*replace, *remove) if (tag := _first_tag(name)) is not None),
    )


def parse_tag(name: str) -> BaseTag | None:
    """Tag by keyword or hexadecimal (``0010,0020``, ``0010-0020``, ``00100020``); None for a path or unknown name."""
    match = _HEXADECIMAL.fullmatch(name)
    if match:
        return Tag(int(match[1], 16), int(match[2], 16))
    tag = tag_for_keyword(name)
    return None if tag is None else Tag(tag)


def _names(value: JsonValue) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _top_level(replace: Mapping[str, JsonValue]) -> Iterator[tuple[BaseTag, JsonValue]]:
    for name, value in replace.items():
        tag = parse_tag(name)
        if tag is not None:
            yield tag, value


def _first_tag(path: str) -> BaseTag | None:
    """``A[0].B`` as the tag of A."""
    return parse_tag(re.split(r"[\[.]", path)[0])


def _final_tag(path: str) -> BaseTag | None:
    """``A[0].B`` as the tag of B."""
    return parse_tag(path.split(".")[-1])


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
