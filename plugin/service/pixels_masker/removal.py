"""Finding, checking and removing instances in Orthanc, complete or with an error."""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from plugin.service.pacs.answer import as_json
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from plugin.service.pacs.lookup import Kind, look_up
from plugin.service.pixels_masker.payload import SOP_UID, IdentifierRules
from plugin.service.pixels_masker.plan import Plan
from plugin.service.pixels_masker.work import ATTEMPT_METADATA, SOURCE_METADATA, Stored, is_as_sent

_AT_ONCE = 100


def find_copies(orthanc: OrthancConnection, plan: Plan, rules: IdentifierRules, attempt: str) -> list[str]:
    """Orthanc's identifiers of every copy that the attempt has stored by now. Raises OrthancAway."""
    rewriting = plan.rewriting(rules)
    sources = {each.instance_id for each in plan.source.instances}
    found: list[str] = []
    for each in plan.source.instances:
        planned = plan.planned(each, rewriting)
        if rules.renews(SOP_UID):
            # The UID is secret and new: whatever has it is ours, wherever it was stored.
            found += look_up(orthanc, planned.sop_uid, Kind.INSTANCE)
        elif _is_of_attempt(orthanc, planned.instance_id, attempt, source_id=each.instance_id):
            found.append(planned.instance_id)
    return [each for each in found if each not in sources]


def remove(orthanc: OrthancConnection, instance_ids: Sequence[str], permit: Callable[[], None]) -> None:
    """Delete instances that may be gone already. ``permit`` is asked right before each request, and may raise.

    Raises OrthancAway when one cannot be deleted now.
    """
    for start in range(0, len(instance_ids), _AT_ONCE):
        some = instance_ids[start : start + _AT_ONCE]
        permit()
        bulk = orthanc.repeatable("POST", "/tools/bulk-delete", as_json({"Resources": list(some)}))
        for each in () if bulk.is_ok else some:
            permit()
            answer = orthanc.repeatable("DELETE", f"/instances/{each}")
            if not answer.is_ok and answer.status != 404:
                raise OrthancAway(f"Orthanc does not delete an instance: {answer.reason}")


def missing_copies(orthanc: OrthancConnection, stored: Iterable[Stored]) -> int:
    """How many copies are not in their series any more. Raises OrthancAway."""
    by_series: dict[str, set[str]] = {}
    for each in stored:
        by_series.setdefault(each.series_id, set()).add(each.instance_id)
    missing = 0
    for series, copies in by_series.items():
        answer = orthanc.get(f"/series/{series}")
        there = cast("dict[str, list[str]]", answer.json())["Instances"] if answer.is_ok else []
        missing += len(copies.difference(there))
    return missing


def verify_copies(orthanc: OrthancConnection, stored: Iterable[Stored]) -> list[str]:
    """Copies whose file is not on disk as it was sent: Orthanc reads each again. Raises OrthancAway."""
    return [each.instance_id for each in stored if not _is_intact(orthanc, each)]


def _is_intact(orthanc: OrthancConnection, copy: Stored) -> bool:
    path = f"/instances/{copy.instance_id}"
    if not orthanc.repeatable("POST", f"{path}/attachments/dicom/verify-md5", b"").is_ok:
        return False
    return is_as_sent(orthanc, copy.instance_id, copy.md5, copy.transfer_syntax)


def _is_of_attempt(orthanc: OrthancConnection, instance_id: str, attempt: str, *, source_id: str) -> bool:
    """Whether what has the identifiers of a copy, if anything has, is that very copy and not somebody else's."""
    path = f"/instances/{instance_id}/metadata"
    mark = orthanc.get(f"{path}/{ATTEMPT_METADATA}")
    if mark.is_ok:
        return mark.body.decode() == attempt
    # Version 0.1.0 noted the source only.
    source = orthanc.get(f"{path}/{SOURCE_METADATA}")
    return source.is_ok and source.body.decode() == source_id
