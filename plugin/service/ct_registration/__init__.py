"""Chest-CT registration: the protocol of RunCTRegistration, its jobs, and their results."""

from plugin.service.ct_registration.answers import ERROR_SHAPE
from plugin.service.ct_registration.kind import job_kinds
from plugin.service.ct_registration.parameters import MAX_BODY_BYTES
from plugin.service.ct_registration.router import router

SIGNED_FORMS = {"/plugins/registration": MAX_BODY_BYTES}
"""Its SDKs sign among the fields of a form."""

__all__ = ["ERROR_SHAPE", "SIGNED_FORMS", "job_kinds", "router"]
