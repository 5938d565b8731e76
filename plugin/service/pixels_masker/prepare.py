"""Everything that can be refused is refused before a job begins, and what only the core knows is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from pydantic import JsonValue
from pydicom.dataset import FileDataset

from ophtha_core.dicom.reading import read_dataset, value_of
from ophtha_core.errors import UnreadableImage
from plugin.service.errors import BadRequest, Detail, NotFound, Unprocessable
from plugin.service.jobs import JsonObject
from plugin.service.pacs.answer import as_json
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pixels_masker.identity import SecretKey
from plugin.service.pixels_masker.images import hits_any, refuse_absent_frames, refuse_misses, refuse_unfit_fills
from plugin.service.pixels_masker.levels import refuse_levels
from plugin.service.pixels_masker.payload import (
    SOP_UID,
    Action,
    IdentifierRules,
    Level,
    identifier_rules,
)
from plugin.service.pixels_masker.plan import Plan, source_ids
from plugin.service.pixels_masker.refusal import refuse
from plugin.service.pixels_masker.request import MaskingRequest, parse_request
from plugin.service.pixels_masker.rules.model import device_rules
from plugin.service.pixels_masker.source import Source, SourceInstance, read_source
from plugin.service.pixels_masker.targets import Mask, mask_of, refuse_foreign_targets, refuse_several_fills
from plugin.service.pixels_masker.transcoding import is_unknown_syntax, unknown_syntax
from plugin.service.readers.calling import CallReader, in_this_process


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a client asked of which resource."""

    level: Level
    resource_id: str
    action: Action
    payload: Mapping[str, JsonValue]
    request: MaskingRequest
    device_rules: tuple[JsonObject, ...] = ()
    """Definitions of the rules that are looked for, as they were when the order was given."""

    @classmethod
    def of(cls, level: Level, resource_id: str, action: Action, payload: Mapping[str, JsonValue]) -> "Order":
        """Raises BadRequest when the payload is wrong."""
        return cls(level=level, resource_id=resource_id, action=action, payload=payload, request=parse_request(payload))

    @property
    def rules(self) -> IdentifierRules:
        return identifier_rules(self.request.core_payload, action=self.action, level=self.level)

    @property
    def mask(self) -> Mask:
        return mask_of(self.request.mask, device_rules(self.device_rules))

    def to_json(self) -> JsonObject:
        """For the job's record."""
        return {
            "level": self.level.value,
            "resource": self.resource_id,
            "action": self.action.value,
            "payload": dict(self.payload),
            "device_rules": list(self.device_rules),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, object]) -> "Order":
        """Back from the job's record."""
        order = cls.of(
            Level(cast("str", record["level"])),
            cast("str", record["resource"]),
            Action(cast("str", record["action"])),
            cast("dict[str, JsonValue]", record["payload"]),
        )
        return replace(order, device_rules=tuple(cast("list[JsonObject]", record.get("device_rules", []))))


def prepare(orthanc: OrthancConnection, order: Order, read: CallReader = in_this_process) -> Plan:
    """Check an order against its resource and plan it; ``read`` is the way to a reader, for the files in it.

    Raises BadRequest for what the core refuses or a region cannot do, NotFound, OrthancAway, Unprocessable.
    """
    source = read_source(orthanc, order.level, order.resource_id)
    if order.request.mask is not None:
        refuse_foreign_targets(order.request.mask, source)
    refuse_several_fills(order.mask, source)
    refuse_absent_frames(orthanc, source.instances, order.mask)
    rules = order.rules
    refuse_levels(orthanc, source, rules)
    plan = _probe(orthanc, order, source, rules, read)
    _refuse_identifiers(orthanc, order, plan, rules, read)
    mask = order.mask
    if mask.has_boxes and rules.changes_geometry:
        raise refuse(Detail(("body",), "the position of the pixels cannot change while a 3D region is masked"))
    refuse_unfit_fills(orthanc, source.instances, mask, read)
    if mask.requires_hits:
        refuse_misses(orthanc, source.instances, mask, read)
    return plan


def is_in_place(plan: Plan, rules: IdentifierRules) -> bool:
    """Whether copies would take the place of their sources."""
    rewriting = plan.rewriting(rules)
    return any(plan.planned(each, rewriting).instance_id == each.instance_id for each in plan.source.instances)


def _probe(orthanc: OrthancConnection, order: Order, source: Source, rules: IdentifierRules, read: CallReader) -> Plan:
    """Have the core modify one instance: it refuses what it would refuse, and shows the names it gives."""
    plan = Plan(source=source, key=SecretKey.random(), patient_id=source.patient_id, patient_name=None)
    reasons: list[str] = []
    for instance in source.instances:  # the first that can be read
        try:
            return _probe_instance(orthanc, order, plan, rules, instance, read)
        except (UnreadableImage, Unprocessable) as error:
            reasons.append(str(error))
    raise BadRequest(reasons[0] if reasons else f"The {order.level.type_name.lower()} has no instances")


def _probe_instance(
    orthanc: OrthancConnection,
    order: Order,
    plan: Plan,
    rules: IdentifierRules,
    instance: SourceInstance,
    read: CallReader,
) -> Plan:
    what = f"Instance {instance.instance_id}"
    path = f"/instances/{instance.instance_id}"
    answer = orthanc.repeatable("POST", f"{path}/{order.action}", as_json(order.request.core_payload))
    if answer.status == 404:
        raise NotFound("The resource was deleted meanwhile")
    if is_unknown_syntax(answer):
        raise UnreadableImage(f"{what}: {unknown_syntax(orthanc, instance.instance_id, read)}")
    if 400 <= answer.status < 500:
        raise BadRequest(answer.reason)
    if not answer.is_ok:
        raise UnreadableImage(answer.reason)
    file = orthanc.get(f"{path}/file").body if order.action is Action.ANONYMIZE else None
    return read(what, _with_names, plan, rules, instance, answer.body, file)


def _with_names(
    plan: Plan, rules: IdentifierRules, instance: SourceInstance, modified: bytes, file: bytes | None
) -> Plan:
    """The plan with the names that the core gave; for a reader. ``file`` is the source where it was anonymized."""
    result = read_dataset(modified, headers_only=True)
    original = None if file is None else read_dataset(file, headers_only=True)
    if original is not None:
        plan = replace(plan, patient_name=_invented_name(result, original, rules))
    plan.rewriting(rules).apply(result, original, source_ids(instance))
    return replace(plan, patient_id=str(value_of(result, "PatientID") or ""))


def _invented_name(result: FileDataset, original: FileDataset, rules: IdentifierRules) -> str | None:
    now = str(value_of(result, "PatientName") or "")
    is_new = bool(now) and now != str(value_of(original, "PatientName") or "") and now not in rules.chosen
    return now if is_new else None


def _refuse_identifiers(
    orthanc: OrthancConnection, order: Order, plan: Plan, rules: IdentifierRules, read: CallReader
) -> None:
    """Copies that would collide with each other, with their sources, or with what is stored already."""
    if rules.renews(SOP_UID):
        return
    instances = plan.source.instances
    if SOP_UID in rules.replaced and len(instances) > 1 and order.level is not Level.INSTANCE:
        raise refuse(Detail(("body", "Replace", "SOPInstanceUID"), "would give several instances the same identifier"))
    # What will be found is not known yet, and the core, which alone could replace an instance, looks at nothing.
    if order.mask.looks_at_images or hits_any(orthanc, instances, order.mask, read):
        if SOP_UID not in rules.replaced:
            raise refuse(Detail(("body", "Keep"), "a masked image needs a new SOPInstanceUID"))
        if rules.replaced[SOP_UID] in {each.sop_uid for each in instances}:
            raise refuse(Detail(("body", "Replace"), "a masked image needs a new SOPInstanceUID"))
    if order.level is Level.INSTANCE or is_in_place(plan, rules):
        return
    rewriting = plan.rewriting(rules)
    for each in instances:
        if orthanc.get(f"/instances/{plan.planned(each, rewriting).instance_id}").is_ok:
            raise refuse(Detail(("body",), "an instance of the resulting identifiers is stored already"))
