"""Durable jobs, executed on Dask, in the shape of Orthanc's own."""

from plugin.service.jobs.engine import JobEngine
from plugin.service.jobs.failures import JobFailed
from plugin.service.jobs.kind import Attempt, JobKind
from plugin.service.jobs.record import JobRecord, JobState, JsonObject
from plugin.service.jobs.records import JobRecords
from plugin.service.jobs.running import RunningJob

__all__ = [
    "Attempt",
    "JobEngine",
    "JobFailed",
    "JobKind",
    "JobRecord",
    "JobRecords",
    "JobState",
    "JsonObject",
    "RunningJob",
]
