"""Jobs that look for what to mask. They store nothing."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import cast

from pydantic import JsonValue

from plugin.service.errors import ServiceError
from plugin.service.jobs import Attempt, JobFailed, JsonObject, RunningJob
from plugin.service.pacs.connection import OrthancAway
from plugin.service.pacs.error_numbers import BAD_REQUEST
from plugin.service.pacs.lending import Lending
from plugin.service.pixels_masker.find.answer import answer_of
from plugin.service.pixels_masker.find.examination import Examination
from plugin.service.pixels_masker.find.look import Look, NotExamined, Outcome
from plugin.service.pixels_masker.find.wish import parse_wish
from plugin.service.pixels_masker.payload import Level
from plugin.service.pixels_masker.rules.model import device_rules
from plugin.service.pixels_masker.source import SourceInstance, read_source

JOB_TYPE = "PixelsMaskerDetect"
CHUNK = 4
"""Instances of a task: seconds of work, so that progress moves and cancel takes effect."""


class DetectJobs:
    """The kind of job that finds what to mask."""

    name = JOB_TYPE
    concurrency = 1

    def __init__(self, lending: Lending) -> None:
        self._desk = lending.for_jobs
        self._ask = lending.orthanc.asked_by_job

    async def run(self, job: RunningJob) -> JsonObject:
        """Look at every instance. Raises JobFailed, JobCancelled."""
        level, resource_id, look = order_of(job.request)
        try:
            source = await self._ask(lambda orthanc: read_source(orthanc, level, resource_id))
        except ServiceError as error:
            raise JobFailed(error.message, code=BAD_REQUEST) from error
        except OrthancAway as error:
            raise JobFailed(str(error)) from error
        examination = Examination(desk=self._desk, look=look)
        outcomes: dict[str, Outcome] = {}
        async with aclosing(job.map(examination, chunks(source.instances), lost=lost)) as results:
            async for _, some in results:
                outcomes |= {each.instance_id: each for each in some}
                await job.progress(len(outcomes) / len(source.instances))
        found = [outcomes[each.instance_id] for each in source.instances]
        return answer_of(found, examination.look.detectors(), with_text=False)

    async def undo(self, attempt: Attempt) -> None:
        """Nothing was stored."""


def job_request(
    level: Level, resource_id: str, payload: dict[str, JsonValue], rules: Iterable[JsonObject]
) -> JsonObject:
    """What a job remembers of its request, with the rules as they were then."""
    return {"level": level.value, "resource": resource_id, "wish": payload, "device_rules": list(rules)}


def order_of(record: JsonObject) -> tuple[Level, str, Look]:
    """Back from the job's record."""
    wish = parse_wish(cast("dict[str, JsonValue]", record["wish"]))
    look = wish.look(device_rules(cast("list[JsonObject]", record.get("device_rules", []))))
    return Level(cast("str", record["level"])), cast("str", record["resource"]), look


def chunks(instances: Sequence[SourceInstance]) -> Iterator[tuple[SourceInstance, ...]]:
    """Instances that one task looks at."""
    return (tuple(instances[start : start + CHUNK]) for start in range(0, len(instances), CHUNK))


def lost(instances: tuple[SourceInstance, ...]) -> list[Outcome]:
    """What is said of instances whose workers ended again and again."""
    reason = "workers that look at it, or at one beside it, end: it may need more memory or time than a worker has"
    return [NotExamined(instance_id=each.instance_id, reason=reason) for each in instances]
