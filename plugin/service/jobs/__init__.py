"""Durable jobs, executed on Dask, in the shape of Orthanc's own."""

from plugin.service.jobs.engine import JobEngine
from plugin.service.jobs.kind import Attempt, JobFailed, JobKind, JsonObject
from plugin.service.jobs.record import JobRecord, JobState
from plugin.service.jobs.running import RunningJob

__all__ = ["Attempt", "JobEngine", "JobFailed", "JobKind", "JobRecord", "JobState", "JsonObject", "RunningJob"]
