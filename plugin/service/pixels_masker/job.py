"""Masking jobs: all copies or none; sources are removed only when every copy is seen to be there."""

import asyncio
import math
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from urllib.parse import quote

from pydantic import JsonValue

from plugin.service.errors import ServiceError
from plugin.service.jobs import Attempt, JobFailed, JobRecord, JsonObject, RunningJob
from plugin.service.pacs.answer import as_json
from plugin.service.pacs.borrowing import OrthancDesk
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from plugin.service.pacs.error_numbers import BAD_FILE_FORMAT, BAD_REQUEST, FULL_STORAGE
from plugin.service.pacs.lending import Lending
from plugin.service.pixels_masker.identity import orthanc_id
from plugin.service.pixels_masker.levels import version_of
from plugin.service.pixels_masker.outcome import answer_content, failed_instances, missed_regions
from plugin.service.pixels_masker.payload import SOP_UID, Action, Level
from plugin.service.pixels_masker.plan import Plan, Stage
from plugin.service.pixels_masker.prepare import Order, prepare
from plugin.service.pixels_masker.removal import find_copies, missing_copies, remove, verify_copies
from plugin.service.pixels_masker.source import SourceInstance
from plugin.service.pixels_masker.work import SOURCE_METADATA, Failed, MaskingWork, Outcome, Stored, attempt_mark
from plugin.service.readers.calling import CallReader, in_this_process

JOB_TYPE = "PixelsMasker"

_INDEX_FOLLOWS_SINCE = (1, 11, 0)
_AT_ONCE = 16
_FEWEST_CHUNKS = 8
_LARGEST_CHUNK_BYTES = 16 * 2**20
_SHARE_OF_STORING = 0.95


class MaskingJobs:
    """The kind of job that masks pixels while Orthanc modifies or anonymizes."""

    name = JOB_TYPE
    concurrency = 2

    def __init__(self, lending: Lending, read: CallReader = in_this_process) -> None:
        """``read`` is the way to the readers: what a plan needs of a file is not read in the service."""
        self._desk = lending.for_jobs
        self._ask = lending.orthanc.asked_by_job
        self._read = read

    async def run(self, job: RunningJob) -> JsonObject:
        """Store all copies. Raises JobFailed, JobCancelled."""
        order = Order.from_json(job.request)
        try:
            plan = await self._plan(job, order)
            if plan.stage is Stage.STORING:
                plan = await self._store(job, order, plan)
            assert plan.content is not None
            await self._remove_sources(job, plan)
            await self._follow_in_index(plan)
            return plan.content
        except ServiceError as error:
            raise JobFailed(error.message, code=BAD_REQUEST) from error
        except OrthancAway as error:
            raise JobFailed(str(error)) from error

    def user_data(self, record: JobRecord) -> JsonValue:
        """``UserData`` as it was given."""
        payload = record.request.get("payload")
        return payload.get("UserData") if isinstance(payload, dict) else None

    async def undo(self, attempt: Attempt) -> None:
        """Remove every copy. Raises OrthancAway when that is not possible yet, ClaimUncertain."""
        if attempt.plan is None:
            return
        plan = Plan.from_json(attempt.plan)
        if plan.stage is Stage.REMOVING_SOURCES:
            return  # every copy is verified, and some sources may be gone: the copies are all there is
        rules = Order.from_json(attempt.request).rules
        mark = attempt_mark(attempt.id, attempt.attempt)

        def remove_copies(orthanc: OrthancConnection) -> None:
            remove(orthanc, find_copies(orthanc, plan, rules, mark), attempt.require_authority)

        await self._ask(remove_copies)

    async def _plan(self, job: RunningJob, order: Order) -> Plan:
        if job.plan is not None:
            return Plan.from_json(job.plan)
        plan = await self._ask(lambda orthanc: prepare(orthanc, order, self._read))
        await job.save_plan(plan.to_json())
        return plan

    async def _store(self, job: RunningJob, order: Order, plan: Plan) -> Plan:
        """Copy everything; the plan then says what the result is."""
        work = masking_work(self._desk, order, plan)
        stored: list[Stored] = []
        failed: list[Failed] = []
        # Closed at once also when it is left early: only then has the last task ended, and nothing is stored any more.
        async with aclosing(_outcomes(job, work, plan.source.instances)) as results:
            async for outcomes in results:
                stored += [each for each in outcomes if isinstance(each, Stored)]
                failed += [each for each in outcomes if isinstance(each, Failed)]
                _give_up(failed, plan, order)
                await job.progress(_SHARE_OF_STORING * (len(stored) + len(failed)) / len(plan.source.instances))
        if order.mask.requires_hits and (missed := missed_regions(order, stored)):
            raise JobFailed(missed[0], code=BAD_REQUEST)
        missing = await self._ask(lambda orthanc: missing_copies(orthanc, stored))
        if missing:
            raise JobFailed(f"{missing} copies vanished from Orthanc while the job was running")
        await self._ask(lambda orthanc: _describe_origin(orthanc, order, plan, stored))
        copies: dict[str, str] = {}
        if not order.request.keep_source:
            await self._verify(job, stored)
            copies = {each.source_id: each.instance_id for each in stored}
        job.check_cancelled()
        one_of_each_series = (
            {} if order.rules.invents_patient else {each.series_id: each.instance_id for each in stored}
        )
        content = answer_content(order, plan, stored, failed)
        plan = plan.removing_sources(copies, content, described_by=tuple(one_of_each_series.values()))
        await job.keep(plan.to_json())
        return plan

    async def _verify(self, job: RunningJob, stored: list[Stored]) -> None:
        for start in range(0, len(stored), _AT_ONCE):
            some = stored[start : start + _AT_ONCE]
            job.check_cancelled()
            bad = await self._ask(partial(verify_copies, stored=some))
            if bad:
                raise JobFailed(f"copy {bad[0]} is not stored as it was sent; no source was removed")

    async def _remove_sources(self, job: RunningJob, plan: Plan) -> None:
        """From here on nothing is undone: what is interrupted goes on after a restart."""
        sources = [source for source, copy in (plan.copies or {}).items() if source != copy]
        while sources:
            try:
                await self._ask(lambda orthanc: remove(orthanc, sources, job.require_authority))
                return
            except OrthancAway:
                await asyncio.sleep(1)

    async def _follow_in_index(self, plan: Plan) -> None:
        """Let Orthanc read again what it lists of patients, studies and series that were there before: it goes on
        listing what the first of their instances said. Like the core's own job, which does so from 1.11 on."""
        waiting = list(plan.described_by)
        while waiting:
            try:
                await self._ask(partial(_read_again, instance_ids=waiting))
                return
            except OrthancAway:
                await asyncio.sleep(1)


def _read_again(orthanc: OrthancConnection, instance_ids: Sequence[str]) -> None:
    system = orthanc.get_json("/system")
    follows = isinstance(system, dict) and version_of(str(system.get("Version"))) >= _INDEX_FOLLOWS_SINCE
    for each in instance_ids if follows else ():
        orthanc.repeatable("POST", f"/instances/{each}/reconstruct", b"{}")


async def _outcomes(
    job: RunningJob, work: MaskingWork, instances: Iterable[SourceInstance]
) -> AsyncGenerator[list[Outcome], None]:
    """What becomes of each instance; those whose workers ended are tried once more, each alone: then it is to blame."""
    suspects: list[SourceInstance] = []
    async with aclosing(job.map(work, _chunks(instances, most=work.most_at_once), lost=lambda _: [])) as results:
        async for chunk, outcomes in results:
            if not outcomes:
                suspects += chunk
            else:
                yield outcomes
    for each in suspects:
        async with aclosing(job.map(work, [(each,)], lost=_lethal)) as results:
            async for _, outcomes in results:
                yield outcomes


def _lethal(chunk: tuple[SourceInstance, ...]) -> list[Outcome]:
    reason = "it ends every worker that reads it; it may need more memory or time than a worker has"
    return [Failed(source_id=each.instance_id, reason=reason, code=BAD_FILE_FORMAT) for each in chunk]


def masking_work(desk: OrthancDesk, order: Order, plan: Plan) -> MaskingWork:
    """What is done to each instance."""
    return MaskingWork(
        desk=desk,
        action=order.action,
        payload=order.request.core_payload,
        rewriting=plan.rewriting(order.rules),
        mask=order.mask,
        permissive=order.request.permissive,
        removes_source=not order.request.keep_source,
        fixes_identifiers=not order.rules.renews(SOP_UID),
        transcode=order.request.transcode,
        lossy_quality=order.request.lossy_quality,
        renews_lossy=order.level is Level.INSTANCE and SOP_UID in order.rules.kept,
    )


def _chunks(instances: Iterable[SourceInstance], *, most: int) -> Iterator[tuple[SourceInstance, ...]]:
    """Small enough that cancel, pause and progress take effect soon, large enough to be worth a task."""
    instances = tuple(instances)
    most = min(most, math.ceil(len(instances) / _FEWEST_CHUNKS))
    chunk: list[SourceInstance] = []
    for instance in instances:
        full = sum(each.size_bytes for each in chunk) + instance.size_bytes > _LARGEST_CHUNK_BYTES
        if chunk and (len(chunk) >= most or full):
            yield tuple(chunk)
            chunk = []
        chunk.append(instance)
    if chunk:
        yield tuple(chunk)


def _give_up(failed: list[Failed], plan: Plan, order: Order) -> None:
    """Raises JobFailed when an instance failed that must not, or none is left."""
    full = [each for each in failed if each.code == FULL_STORAGE]
    all_failed = len(failed) == len(plan.source.instances)
    if full or (failed and (all_failed or not order.request.permissive)):
        first = (full or failed)[0]
        raise JobFailed(
            f"Instance {first.source_id}: {first.reason}", code=first.code, content=failed_instances(failed)
        )


def _describe_origin(orthanc: OrthancConnection, order: Order, plan: Plan, stored: list[Stored]) -> None:
    """Note at every new series, study and patient what it was made of; hand labels on where that is asked for."""
    source = {each.instance_id: each.series for each in plan.source.instances}
    origins = {("series", each.series_id): source[each.source_id].series_id for each in stored}
    origins |= {("studies", each.study_id): source[each.source_id].study_id for each in stored}
    origins |= {("patients", each.patient_id): orthanc_id(plan.source.patient_id) for each in stored}
    for (level, copy), origin in origins.items():
        if copy != origin:
            orthanc.repeatable("PUT", f"/{level}/{copy}/metadata/{SOURCE_METADATA}", origin.encode())
    _note_origins(orthanc, order, stored, origins)
    if order.request.core_payload.get("KeepLabels") is True:
        origins |= {("instances", each.instance_id): each.source_id for each in stored}
        for (level, copy), origin in origins.items():
            _copy_labels(orthanc, f"/{level}/{origin}", f"/{level}/{copy}")


def _copy_labels(orthanc: OrthancConnection, origin: str, copy: str) -> None:
    """Labels exist since Orthanc 1.12.0; an older one knows none to keep."""
    answer = orthanc.get(f"{origin}/labels")
    labels = answer.json() if answer.is_ok else []
    for label in labels if isinstance(labels, list) else []:
        orthanc.repeatable("PUT", f"{copy}/labels/{quote(str(label), safe='')}", b"")


def _note_origins(
    orthanc: OrthancConnection, order: Order, stored: list[Stored], origins: Mapping[tuple[str, str], str]
) -> None:
    """The core's own ``ModifiedFrom`` or ``AnonymizedFrom``, which only the plugin may write, and not everywhere."""
    every = dict(origins)
    every |= {("instances", each.instance_id): each.source_id for each in stored}
    copies: dict[str, JsonValue] = {
        f"{level}/{copy}": origin for (level, copy), origin in every.items() if copy != origin
    }
    name = "AnonymizedFrom" if order.action is Action.ANONYMIZE else "ModifiedFrom"
    orthanc.repeatable("POST", "/plugins/ophtha/origins", as_json({"Metadata": name, "Copies": copies}))
