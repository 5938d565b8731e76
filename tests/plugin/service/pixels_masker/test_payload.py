"""What a payload does to identifiers, read as the core reads it."""

import pytest
from pydantic import JsonValue

from plugin.service.pixels_masker.payload import (
    PATIENT_ID,
    SERIES_UID,
    SOP_UID,
    STUDY_UID,
    Action,
    IdentifierRules,
    Level,
    identifier_rules,
)


def rules(payload: dict[str, JsonValue], level: Level, action: Action = Action.MODIFY) -> IdentifierRules:
    return identifier_rules(payload, action=action, level=level)


@pytest.mark.parametrize("name", ["PatientID", "0010,0020", "0010-0020", "00100020"])
def test_a_tag_is_known_by_all_its_names(name: str) -> None:
    assert rules({"Replace": {name: "x"}}, Level.STUDY).replaced == {PATIENT_ID: "x"}


def test_paths_into_sequences_are_not_the_tags_themselves() -> None:
    path = "ReferencedStudySequence[0].StudyInstanceUID"
    found = rules({"Replace": {path: "1.2"}, "Keep": [path]}, Level.STUDY)
    assert not found.replaced
    assert not found.kept
    assert STUDY_UID in found.kept_anywhere
    assert found.renews(STUDY_UID)
    assert "1.2" in found.chosen


@pytest.mark.parametrize(
    ("level", "replaced", "renewed"),
    [
        (Level.STUDY, {}, {STUDY_UID, SERIES_UID, SOP_UID}),
        (Level.SERIES, {}, {SERIES_UID, SOP_UID}),
        (Level.INSTANCE, {}, {SOP_UID}),
        (Level.SERIES, {"StudyInstanceUID": "1.2"}, {SERIES_UID, SOP_UID}),
        (Level.STUDY, {"StudyInstanceUID": "1.2"}, {SERIES_UID, SOP_UID}),
        (Level.STUDY, {"PatientID": "x"}, {STUDY_UID, SERIES_UID, SOP_UID}),
        (Level.SERIES, {"PatientID": "x"}, {SERIES_UID, SOP_UID}),
        (Level.INSTANCE, {"PatientID": "x"}, {STUDY_UID, SERIES_UID, SOP_UID}),
        (Level.INSTANCE, {"SeriesInstanceUID": "1.2"}, {SOP_UID}),
        (Level.PATIENT, {"PatientID": "x"}, {STUDY_UID, SERIES_UID, SOP_UID}),
    ],
)
def test_a_replaced_identifier_renews_those_below(
    level: Level, replaced: dict[str, JsonValue], renewed: set[object]
) -> None:
    found = rules({"Replace": replaced}, level)
    assert {tag for tag in (STUDY_UID, SERIES_UID, SOP_UID) if found.renews(tag)} == renewed


@pytest.mark.parametrize("level", list(Level))
def test_anonymizing_renews_everything_at_any_level(level: Level) -> None:
    found = rules({}, level, Action.ANONYMIZE)
    assert all(found.renews(tag) for tag in (STUDY_UID, SERIES_UID, SOP_UID))


def test_keep_wins_over_replace_as_in_the_core() -> None:
    found = rules({"Replace": {"StudyInstanceUID": "1.2"}, "Keep": ["StudyInstanceUID"]}, Level.STUDY)
    assert STUDY_UID not in found.replaced
    assert not found.renews(STUDY_UID)


@pytest.mark.parametrize("payload", [{"Replace": []}, {"Keep": "x"}, {"Remove": [1]}, {"Replace": {"Nonsense": []}}])
def test_what_the_core_refuses_does_no_harm_here(payload: dict[str, JsonValue]) -> None:
    assert rules(payload, Level.STUDY).renews(STUDY_UID)


def test_geometry_is_noticed_also_inside_sequences() -> None:
    assert rules({"Remove": ["ImagePositionPatient"]}, Level.STUDY).changes_geometry
    path = "PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient"
    assert rules({"Replace": {path: "0\\0\\0"}}, Level.STUDY).changes_geometry
    assert not rules({"Replace": {"PatientName": "x"}}, Level.STUDY).changes_geometry
