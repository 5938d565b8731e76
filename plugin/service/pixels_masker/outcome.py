"""What a job answers: the keys of the core's own modification job, and ours."""

from collections.abc import Sequence
from typing import cast

from pydantic import BaseModel, Field, JsonValue

from plugin.service.jobs import JsonObject
from plugin.service.pixels_masker.find.answer import answer_of
from plugin.service.pixels_masker.find.description import NotExaminedInstance
from plugin.service.pixels_masker.find.look import NotExamined
from plugin.service.pixels_masker.payload import Action, Level
from plugin.service.pixels_masker.plan import Plan
from plugin.service.pixels_masker.prepare import Order
from plugin.service.pixels_masker.unmasked import Unmasked, named, warnings
from plugin.service.pixels_masker.work import Failed, Stored


class FailedInstance(BaseModel):
    """An instance that could not be copied, and why."""

    ID: str
    Reason: str


class ParentResource(BaseModel):
    """What was modified."""

    ID: str
    Type: str


class MaskedRegionHits(BaseModel):
    """How much a region hit."""

    Index: int = Field(description="In the list of the request, from 0")
    Instances: int
    Frames: int


class DetectedNumbers(BaseModel):
    """How much was found and masked."""

    Regions: int = Field(description="As many as `detect` would answer")
    Instances: int


class MaskingAnswer(BaseModel):
    """The core's own answer to a modification, and what masking adds."""

    Description: str
    InstancesCount: int
    IsAnonymization: bool
    ParentResources: list[str]
    Resources: list[ParentResource]
    Type: str
    Masked: int = Field(description="Instances of which pixels were masked")
    Unchanged: int = Field(description="Instances that went along with the pixels they had")
    Regions: list[MaskedRegionHits] = Field(description="What each region hit, in the order of the request")
    Detected: DetectedNumbers | None = Field(default=None, description="With `Detect`; else not there, as the next")
    NotExamined: list[NotExaminedInstance] | None = None
    Warnings: list[str] = Field(description="Where pixels of a masked region may still be seen")
    FailedInstances: list[FailedInstance]
    FailedInstancesCount: int
    Transcode: str | None = Field(default=None, description="The transfer syntax asked for; else not there")
    ID: str | None = Field(default=None, description="The new resource; not there before it is stored, as the next two")
    Path: str | None = None
    PatientID: str | None = Field(default=None, description="Orthanc's identifier of the new patient")


def answer_content(order: Order, plan: Plan, stored: Sequence[Stored], failed: Sequence[Failed]) -> JsonObject:
    """Answer of a synchronous request, and ``Content`` of its job."""
    content: JsonObject = {
        "Description": "REST API",
        "InstancesCount": len(plan.source.instances),
        "IsAnonymization": order.action is Action.ANONYMIZE,
        "ParentResources": [plan.source.resource_id],
        "Resources": [{"ID": plan.source.resource_id, "Type": plan.source.level.type_name}],  # the core's from 1.13 on
        "Type": plan.source.level.type_name,
        "Masked": sum(each.reach.is_masked for each in stored),
        "Unchanged": sum(not each.reach.is_masked for each in stored),
        "Regions": [_region_content(order, stored, index) for index in range(len(order.mask.regions))],
        "Warnings": _warnings(order, stored),
        **failed_instances(failed),
    }
    if order.mask.look is not None:
        content |= _detected(stored)
    if order.request.transcode is not None:
        content["Transcode"] = order.request.transcode
    if stored:
        first = stored[0]
        resource = {
            Level.PATIENT: first.patient_id,
            Level.STUDY: first.study_id,
            Level.SERIES: first.series_id,
            Level.INSTANCE: first.instance_id,
        }[plan.source.level]
        content |= {"ID": resource, "Path": f"/{plan.source.level}/{resource}", "PatientID": first.patient_id}
    return content


def missed_regions(order: Order, stored: Sequence[Stored]) -> list[str]:
    """What each region that hit nothing, or kept nothing, is to be told."""
    sentences = [
        f"{_region_name(index)} hits no pixel of any instance"
        for index in range(len(order.mask.regions))
        if not any(each.reach.frames.get(index) for each in stored)
    ]
    emptied = sorted(each.instance_id for each in stored if each.reach.is_all_masked)
    if emptied:
        kept = ", ".join(_region_name(index) for index, each in enumerate(order.mask.regions) if each.region.keep)
        kept = kept or "What was found to be kept"
        sentences.append(f"{kept} had nothing to keep in {len(emptied)} instances, masked as a whole: {named(emptied)}")
    return sentences


def _detected(stored: Sequence[Stored]) -> JsonObject:
    found = answer_of([each.looked for each in stored if each.looked is not None], (), with_text=False)
    regions = len(cast("list[JsonValue]", found["Regions"]))
    detected: JsonObject = {"Regions": regions, "Instances": found["WithFindings"]}
    return {"Detected": detected, "NotExamined": found["NotExamined"]}


def _region_content(order: Order, stored: Sequence[Stored], index: int) -> JsonObject:
    frames = [each.reach.frames[index] for each in stored if each.reach.frames.get(index)]
    return {"Index": index, "Instances": len(frames), "Frames": sum(frames)}


def _region_name(index: int) -> str:
    return f"MaskPixelData.Regions[{index}]"


def _warnings(order: Order, stored: Sequence[Stored]) -> list[str]:
    found = warnings(Unmasked(each.instance_id, each.exposure) for each in stored if each.exposure is not None)
    if stored:
        found += missed_regions(order, stored)
    unseen = sorted(each.instance_id for each in stored if isinstance(each.looked, NotExamined))
    if unseen:
        found.append(f"{len(unseen)} copies are of what could not be examined, or not wholly: {named(unseen)}")
    asked = order.request.transcode
    others = [each for each in stored if asked is not None and each.transfer_syntax != asked]
    if others:
        found.append(f"{len(others)} of {len(stored)} instances are not stored in the transfer syntax asked for")
    return found


def failed_instances(failed: Sequence[Failed]) -> JsonObject:
    """What went wrong, by source instance; an empty list also takes away what an earlier attempt left."""
    return {
        "FailedInstances": [{"ID": each.source_id, "Reason": each.reason} for each in failed],
        "FailedInstancesCount": len(failed),
    }
