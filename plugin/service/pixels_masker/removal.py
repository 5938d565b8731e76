"""Finding, checking and removing instances in Orthanc, complete or with an error."""

from collections.abc import Iterable, Sequence
from typing import cast

from plugin.service.pixels_masker.connection import OrthancAway, OrthancConnection, as_json
from plugin.service.pixels_masker.payload import SOP_UID, IdentifierRules
from plugin.service.pixels_masker.plan import Plan
from plugin.service.pixels_masker.work import Stored

_AT_ONCE = 100


def find_copies(orthanc: OrthancConnection, plan: Plan, rules: IdentifierRules) -> list[str]:
    """Orthanc's identifiers of every copy that is stored now. Raises OrthancAway."""
    rewriting = plan.rewriting(rules)
    sources = {each.instance_id for each in plan.source.instances}
    found: list[str] = []
    for each in plan.source.instances:
        planned = plan.planned(each, rewriting)
        if rules.renews(SOP_UID):
            # The UID is secret and new: whatever has it is ours, wherever it was stored.
            found += _instances_of(orthanc, planned.sop_uid)
        elif orthanc.get(f"/instances/{planned.instance_id}").is_ok:
            found.append(planned.instance_id)
    return [each for each in found if each not in sources]


def remove(orthanc: OrthancConnection, instance_ids: Sequence[str]) -> None:
    """Delete instances that may be gone already. Raises OrthancAway when one cannot be deleted now."""
    for start in range(0, len(instance_ids), _AT_ONCE):
        some = instance_ids[start : start + _AT_ONCE]
        bulk = orthanc.repeatable("POST", "/tools/bulk-delete", as_json({"Resources": list(some)}))
        for each in () if bulk.is_ok else some:
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
    if orthanc.get(f"{path}/attachments/dicom/md5").body.decode() == copy.md5:
        return True
    # Orthanc may be configured to transcode what it stores.
    syntax = orthanc.get(f"{path}/metadata/TransferSyntax")
    return syntax.is_ok and syntax.body.decode().strip() != copy.transfer_syntax


def _instances_of(orthanc: OrthancConnection, sop_uid: str) -> list[str]:
    answer = orthanc.repeatable("POST", "/tools/lookup", sop_uid.encode())
    if not answer.is_ok:
        raise OrthancAway(f"Orthanc does not look up an instance: {answer.reason}")
    found = cast("list[dict[str, str]]", answer.json())
    return [each["ID"] for each in found if each["Type"] == "Instance"]
