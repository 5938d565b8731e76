"""Chest-CT registration: the protocol of RunCTRegistration, its jobs, and their results."""

from plugin.service.ct_registration.kind import job_kinds
from plugin.service.ct_registration.router import router

__all__ = ["job_kinds", "router"]
