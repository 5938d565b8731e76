"""``GET /plugins/ophtha/metrics``: what there is to watch, in the text format of Prometheus (0.0.4)."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from ophtha_core import __version__
from plugin.service.effects import READS
from plugin.service.jobs import JobState
from plugin.service.jobs.record import JobRecord
from plugin.service.parts import Parts, PartsOf
from plugin.service.records import now

router = APIRouter(tags=["status"], dependencies=[READS])
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_QUANTILES: Final = {"0.5": 49, "0.9": 89, "0.99": 98}
"""Of a hundred equal parts, the one that ends there."""


@dataclass(frozen=True)
class Gauge:
    """A value that rises and falls, under each set of labels."""

    name: str
    help: str
    values: Mapping[tuple[tuple[str, str], ...], float]

    def lines(self) -> Iterator[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.values.items():
            shown = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield f"{self.name}{{{shown}}} {value:g}" if labels else f"{self.name} {value:g}"


@router.get(
    "/plugins/ophtha/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(parts: PartsOf) -> Response:
    """Jobs by type and state, how long they take and wait, workers, and the places at Orthanc."""
    records = await parts.jobs.list_all()
    lines = (line for gauge in [*_of_jobs(records), *_of_service(parts)] for line in gauge.lines())
    return Response("\n".join(lines) + "\n", media_type=CONTENT_TYPE)


def _of_jobs(records: Iterable[JobRecord]) -> Iterator[Gauge]:
    states: Counter[tuple[tuple[str, str], ...]] = Counter()
    errors: Counter[tuple[tuple[str, str], ...]] = Counter()
    runtimes: defaultdict[str, list[float]] = defaultdict(list)
    waiting_since = moment = now()
    for record in records:
        kind = ("type", record.kind)
        states[kind, ("state", record.state)] += 1
        if record.state == JobState.SUCCESS:
            runtimes[record.kind].append(record.runtime_s)
        elif record.state == JobState.FAILURE:
            errors[kind, ("error_code", str(record.error_code))] += 1
        elif record.state == JobState.PENDING:
            waiting_since = min(waiting_since, record.created_at)
    yield Gauge("ophtha_jobs", "Jobs in the records.", states)
    yield Gauge("ophtha_jobs_failed", "Failed jobs in the records by the code of their error.", errors)
    yield Gauge(
        "ophtha_job_runtime_seconds",
        "Quantiles of how long the successful jobs in the records worked.",
        {
            (("type", kind), ("quantile", name)): value
            for kind, times in runtimes.items()
            for name, value in _quantiles(times).items()
        },
    )
    waited_s = (moment - waiting_since).total_seconds()
    yield Gauge("ophtha_job_longest_wait_seconds", "Since when the oldest pending job waits.", {(): waited_s})


def _of_service(parts: Parts) -> Iterator[Gauge]:
    places = parts.orthanc.places
    yield Gauge("ophtha_info", "Version of the product.", {(("version", __version__),): 1})
    yield Gauge("ophtha_workers", "Tasks that can run at once.", {(): parts.jobs.workers})
    yield Gauge("ophtha_orthanc_places", "Threads of Orthanc that may be held at once.", {(): places.number})
    yield Gauge("ophtha_orthanc_places_free", "Those that nobody holds.", {(): places.free})
    yield Gauge("ophtha_orthanc_places_awaited", "Who waits for one.", {(): places.awaited})


def _quantiles(values: list[float]) -> dict[str, float]:
    if len(values) == 1:
        return dict.fromkeys(_QUANTILES, values[0])
    parts = statistics.quantiles(values, n=100, method="inclusive")
    return {name: parts[index] for name, index in _QUANTILES.items()}


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
