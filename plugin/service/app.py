"""The FastAPI application: every capability's routes, and the parts they work with."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

from fastapi import APIRouter, FastAPI

from ophtha_core import __version__
from plugin.service import annotations, ct_registration, metrics, status
from plugin.service.access.demo import demo_person
from plugin.service.access.guards import install_guards
from plugin.service.access.keys import KeyRing
from plugin.service.access.person import People
from plugin.service.access.profiles import Profiles
from plugin.service.access.rights import ObjectRights
from plugin.service.access.senders import Senders
from plugin.service.annotations import conversion_job
from plugin.service.annotations.export_job import ExportJobs
from plugin.service.annotations.kinds.abstract_image import series_of_user
from plugin.service.annotations.state import platform_of
from plugin.service.archive import routes as archive_routes
from plugin.service.audit import AuditLog, audit_log
from plugin.service.audit_messages import AuditRepository
from plugin.service.config import Configuration
from plugin.service.description import Application
from plugin.service.errors import install_error_handlers
from plugin.service.frames import routes as frames_routes
from plugin.service.jobs import JobEngine, JobKind
from plugin.service.jobs import routes as jobs_routes
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.notices import JobNotices
from plugin.service.jobs.presence import Presence
from plugin.service.jobs.records import JobRecords
from plugin.service.jobs.webhook import Webhook
from plugin.service.oct import router as oct_router
from plugin.service.oct.archive.segment_job import SegmentationJobs
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.inventory import StudyInventory
from plugin.service.pacs.lending import Lending
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.pacs.places import Places
from plugin.service.parts import Parts
from plugin.service.pixels_masker import routes as masking_routes
from plugin.service.pixels_masker.find import routes as find_routes
from plugin.service.pixels_masker.find.job import DetectJobs
from plugin.service.pixels_masker.job import MaskingJobs
from plugin.service.pixels_masker.rules import routes as rule_routes
from plugin.service.readers.pool import Readers
from plugin.service.records import Sessions, open_database, sessions
from plugin.service.serving.described import ErrorAnswer, refusals
from plugin.service.serving.hanging_up import EndWithCaller
from plugin.service.slides import routes as slides_routes
from plugin.service.ui import routes as ui_routes

DESCRIPTION = """
Pixel masking, OCT analytics, chest-CT registration and an annotation platform inside Orthanc.

Errors have one shape, `{"HttpStatus", "HttpError", "Message", "Details": [{"loc", "msg"}]}`; the routes of the
annotation and registration protocols use the shape of their reference.
"""

_TASK_MODULES = ("plugin.service.pixels_masker.work",)
"""What short tasks need: for those that take minutes, a second of imports is nothing."""

_READER_MODULES = (
    "ophtha_core.display.volume",
    "plugin.service.annotations.found_images",
    "plugin.service.annotations.uploaded_dicom",
    "plugin.service.frames.headers",
    "plugin.service.frames.hits",
    "plugin.service.frames.pictures",
    "plugin.service.oct.archive.opening",
    "plugin.service.pixels_masker.prepare",
    "ophtha_core.slides.frames",
    "ophtha_core.slides.index",
)


def create_app(configuration: Configuration) -> FastAPI:
    """The application; its parts are made when its lifespan begins."""
    settings = configuration.ophtha
    keys, people = KeyRing(settings.users), People(settings.users, settings.default_role)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = open_database(configuration.database_url)
        readers = Readers(
            memory_mb=configuration.ophtha.reader_memory_mb,
            time_limit_s=configuration.ophtha.reader_time_limit_s,
            preloaded=_READER_MODULES,
        )
        readers.start()
        orthanc = Orthanc(OrthancAddress.of(configuration), Places(configuration.orthanc.places))
        lending = Lending(orthanc)
        studies = StudyInventory(orthanc)
        factory = sessions(engine)
        repository = None if settings.audit_syslog is None else AuditRepository(settings.audit_syslog)
        audit = audit_log(configuration, tell=() if repository is None else (repository.tell,))
        notices = JobNotices(factory)
        records = JobRecords(factory, None if configuration.ophtha.job_webhook is None else notices)
        jobs = JobEngine(
            records,
            Cluster(
                configuration.ophtha,
                configuration.storage / "dask",
                preloaded=_TASK_MODULES,
                connected=lending.serve,
            ),
            [
                *_job_kinds(configuration, lending, factory, records, readers, audit),
                *conversion_job.job_kinds(configuration, lending, lambda: platform_of(app)),
            ],
            Presence(factory, configuration.storage / "services"),
        )
        app.state.parts = Parts(
            configuration=configuration,
            orthanc=orthanc,
            orthanc_desk=lending.for_answers,
            studies=studies,
            sessions=factory,
            jobs=jobs,
            audit=audit,
            keys=keys,
            people=people,
            rights=ObjectRights(orthanc, people, partial(series_of_user, factory), Profiles(orthanc)),
            readers=readers,
        )
        await jobs.start()
        async with _told(configuration, notices):
            yield
        await jobs.stop()
        await studies.close()
        readers.close()
        engine.dispose()
        if repository is not None:
            repository.close()

    app = Application(
        title="Ophtha",
        version=__version__,
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        responses=refusals(ErrorAnswer),
        # Both are routes of `ui`: FastAPI's own page loads its script from another site.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    install_error_handlers(app)
    install_guards(
        app,
        Senders(configuration, people, demo=demo_person(configuration)),
        keys,
        shapes=(annotations.ERROR_SHAPE, ct_registration.ERROR_SHAPE),
        signed_forms=ct_registration.SIGNED_FORMS,
        large_forms=annotations.LARGE_FORMS,
    )
    app.add_middleware(EndWithCaller)
    for router in _routers(configuration):
        app.include_router(router)
    return app


def _told(configuration: Configuration, notices: JobNotices) -> AbstractAsyncContextManager[object]:
    """While it is entered, whoever is to be told of ends of jobs is told."""
    settings = configuration.ophtha.job_webhook
    return nullcontext() if settings is None else Webhook(settings, notices)


def _routers(configuration: Configuration) -> list[APIRouter]:
    """Routes of every capability that is switched on."""
    masking = [masking_routes.router, find_routes.router, rule_routes.router, frames_routes.masking_router]
    return [
        status.router,
        metrics.router,
        jobs_routes.router,
        ct_registration.router,
        annotations.router,
        archive_routes.router,
        frames_routes.router,
        slides_routes.router,
        ui_routes.router,
        oct_router,
        *(masking if configuration.orthanc.masking_enabled else ()),
    ]


def _job_kinds(
    configuration: Configuration,
    lending: Lending,
    sessions: Sessions,
    records: JobRecords,
    readers: Readers,
    audit: AuditLog,
) -> list[JobKind]:
    """What the job engine can run."""
    return [
        MaskingJobs(lending, readers.call),
        DetectJobs(lending),
        *ct_registration.job_kinds(configuration, lending, records, audit),
        ExportJobs(configuration, sessions),
        SegmentationJobs(configuration, lending),
    ]
