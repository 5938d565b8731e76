"""Once every copy is verified and sources are being removed, a job only ever goes forward."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from plugin.service.jobs import JobFailed, JsonObject, RunningJob
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pacs.lending import Lending
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.pacs.places import Places
from plugin.service.pixels_masker.job import MaskingJobs
from plugin.service.pixels_masker.payload import Action, Level
from plugin.service.pixels_masker.plan import Plan
from plugin.service.pixels_masker.prepare import Order, prepare
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes


@dataclass
class Resumed:
    """A job as the engine finds it in its records after a restart."""

    request: JsonObject
    plan: JsonObject | None
    content: JsonObject = field(default_factory=dict)
    id: str = "job"
    attempt: int = 1

    def require_authority(self) -> None:
        return


def resumed(job: Resumed) -> RunningJob:
    return cast("RunningJob", job)


@pytest.fixture
def planned(product: Product) -> tuple[Order, Plan, list[str], list[str]]:
    """An order, its plan, the sources and what stands for their copies."""
    sources = product.upload(to_bytes(each) for each in slices(StudyIds(), 3))
    copies = product.upload(to_bytes(each) for each in slices(StudyIds(), 3))
    study = product.get(f"/instances/{sources[0]}/study").json()["ID"]
    order = Order.of(Level.STUDY, study, Action.MODIFY, {"KeepSource": False})
    with OrthancConnection(OrthancAddress(product.url, "")) as orthanc:
        return order, prepare(orthanc, order), sources, copies


def test_an_interrupted_removal_is_finished_and_never_undone(
    product: Product, planned: tuple[Order, Plan, list[str], list[str]]
) -> None:
    order, plan, sources, copies = planned
    plan = plan.removing_sources(dict(zip(sources, copies, strict=True)), {"ID": "the copy"})
    job = Resumed(request=order.to_json(), plan=plan.to_json())
    kind = MaskingJobs(Lending(Orthanc(OrthancAddress(product.url, ""), Places(4))))
    product.post("/tools/bulk-delete", json={"Resources": sources[:1]})  # the service died after the first

    asyncio.run(kind.undo(resumed(job)))
    assert set(product.get("/instances").json()) == set(sources[1:] + copies)

    for _ in range(2):  # and once more, should it be interrupted at the very end
        assert asyncio.run(kind.run(resumed(job))) == {"ID": "the copy"}
        assert set(product.get("/instances").json()) == set(copies)


def test_a_plan_survives_its_record(planned: tuple[Order, Plan, list[str], list[str]]) -> None:
    _, plan, _, _ = planned
    assert Plan.from_json(plan.to_json()) == plan


def test_undo_removes_what_has_the_planned_identifiers_and_nothing_else(
    product: Product, planned: tuple[Order, Plan, list[str], list[str]]
) -> None:
    order, plan, sources, copies = planned
    kind = MaskingJobs(Lending(Orthanc(OrthancAddress(product.url, ""), Places(4))))
    rewriting = plan.rewriting(order.rules)
    made = [
        product.post(
            f"/instances/{each.instance_id}/modify",
            json={
                "Replace": {"SOPInstanceUID": plan.planned(each, rewriting).sop_uid},
                "Force": True,
            },
        ).content
        for each in plan.source.instances[:2]
    ]
    stored = product.upload(made)
    assert set(product.get("/instances").json()) == {*sources, *copies, *stored}
    asyncio.run(kind.undo(resumed(Resumed(request=order.to_json(), plan=plan.to_json()))))
    assert set(product.get("/instances").json()) == {*sources, *copies}


def test_a_resource_that_is_gone_fails_the_job(product: Product) -> None:
    order = Order.of(Level.STUDY, "0000", Action.MODIFY, {})

    @dataclass
    class Unplanned(Resumed):
        async def save_plan(self, plan: JsonObject) -> None:
            self.plan = plan

    kind = MaskingJobs(Lending(Orthanc(OrthancAddress(product.url, ""), Places(4))))
    with pytest.raises(JobFailed, match="no study"):
        asyncio.run(kind.run(resumed(Unplanned(request=order.to_json(), plan=None))))
