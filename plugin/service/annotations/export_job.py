"""A project's archive made in the background, with progress, for projects that take longer than a request may."""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

from sqlalchemy import func, select

from ophtha_core.errors import OphthaError
from plugin.service.annotations import exports
from plugin.service.annotations import tables as t
from plugin.service.annotations.exports import ExportWish, ImageExport
from plugin.service.config import Configuration
from plugin.service.errors import ServiceError
from plugin.service.jobs import Attempt, JobFailed, JsonObject, RunningJob
from plugin.service.records import Sessions

KIND = "AnnotationExport"


def archives_folder(storage: Path) -> Path:
    """Where archives are made and kept."""
    return storage / "annotation-exports"


def archive_path(storage: Path, job_id: str) -> Path:
    """Where the archive of a job is kept."""
    return archives_folder(storage) / f"{job_id}.zip"


def unfinished_path(path: Path, attempt: int, claim_number: int) -> Path:
    """Where an archive is written before it is complete: another service may have begun, and may not have ended."""
    return path.with_suffix(f".{attempt}-{claim_number}.part")


def is_unfinished_of(path: Path, attempt: int, claim_number: int) -> bool:
    return path.name.endswith(f".{attempt}-{claim_number}.part")


def request_of(project_id: int, wish: ExportWish) -> JsonObject:
    """What a job remembers of its request."""
    return {
        "project": project_id,
        "terms": None if wish.terms is None else list(wish.terms),
        "users": None if wish.users is None else list(wish.users),
        "order": None if wish.order is None else list(wish.order),
        "zoom": wish.zoom,
        "seen_by": wish.seen_by,
        "properties": wish.properties,
    }


class ExportJobs:
    """Writes archives of projects. Running a job twice writes the same file again."""

    name = KIND
    concurrency = 1

    def __init__(self, configuration: Configuration, sessions: Sessions) -> None:
        self._sessions = sessions
        self._storage = configuration.storage

    async def run(self, job: RunningJob) -> JsonObject:
        loop = asyncio.get_running_loop()

        def tell(fraction: float) -> None:
            job.check_cancelled()
            asyncio.run_coroutine_threadsafe(job.progress(fraction), loop).result()

        path = archive_path(self._storage, job.id)
        unfinished = unfinished_path(path, job.attempt, job.claim.number)
        try:
            content = await asyncio.to_thread(self._write, unfinished, job.request, tell)
        except (OphthaError, ServiceError) as error:
            raise JobFailed(str(error)) from error
        await job.confirm()
        await asyncio.to_thread(_publish, unfinished, path, job.require_authority)
        return content

    async def undo(self, attempt: Attempt) -> None:
        path = archive_path(self._storage, attempt.id)
        await asyncio.to_thread(_remove, [path, *path.parent.glob(f"{attempt.id}.*.part")])

    def _write(self, path: Path, request: JsonObject, tell: Callable[[float], None]) -> JsonObject:
        path.parent.mkdir(parents=True, exist_ok=True)
        project_id = cast("int", request["project"])
        with self._sessions() as session:
            images = session.scalar(
                select(func.count()).select_from(t.ImageInstance).where(t.ImageInstance.project_id == project_id)
            )

            def told() -> Iterator[ImageExport]:
                for done, export in enumerate(exports.project_exports(session, project_id, _wish(request))):
                    tell(done / max(images or 0, 1))
                    yield export

            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                for piece in exports.archive(told()):
                    file.write(piece)
        return {"Project": project_id, "Images": images or 0, "Size": path.stat().st_size}


def _publish(unfinished: Path, path: Path, permit: Callable[[], None]) -> None:
    permit()
    unfinished.replace(path)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _wish(request: JsonObject) -> ExportWish:
    def tuple_of(name: str) -> tuple[object, ...] | None:
        values = request[name]
        return tuple(values) if isinstance(values, list) else None

    return ExportWish(
        terms=cast("tuple[int, ...] | None", tuple_of("terms")),
        users=cast("tuple[int, ...] | None", tuple_of("users")),
        order=cast("tuple[str, ...] | None", tuple_of("order")),
        zoom=cast("int", request["zoom"]),
        seen_by=cast("int | None", request.get("seen_by")),
        properties=bool(request.get("properties")),
    )
