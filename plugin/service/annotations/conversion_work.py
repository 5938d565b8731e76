"""Inside a worker: an uploaded picture becomes a DICOM slide in Orthanc."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ophtha_core.errors import OphthaError
from ophtha_core.slides.conversion.convert import convert
from ophtha_core.slides.conversion.formats import SlideFormat
from ophtha_core.slides.conversion.header import SlideIdentity
from plugin.service.jobs.task import Lease, TaskControl, TaskSignals
from plugin.service.pacs.borrowing import OrthancDesk

_CONVERTING = 0.8
"""Share of the whole; storing is the rest."""


@dataclass(frozen=True)
class ConversionWork:
    """What to convert. ``folder`` takes what is written meanwhile."""

    path: Path
    kind: SlideFormat
    folder: Path
    identity: SlideIdentity
    desk: OrthancDesk


@dataclass(frozen=True)
class Converted:
    """Orthanc ids of what was stored."""

    instances: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """Why a file cannot be converted."""

    message: str


def convert_upload(control: TaskControl, work: ConversionWork) -> Converted | Refused:
    """Raises TaskStopped, LeaseOver, OrthancAway, OSError."""
    signals = TaskSignals(control)
    work.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=work.folder) as folder:
        try:
            files = convert(
                work.path,
                work.kind,
                Path(folder),
                work.identity,
                lambda fraction: signals.check(fraction * _CONVERTING),
            )
        except OphthaError as error:
            return Refused(str(error))
        return _stored(control, signals, work.desk, files)


def _stored(
    control: TaskControl, signals: TaskSignals, desk: OrthancDesk, files: Sequence[Path]
) -> Converted | Refused:
    lease = Lease(control)
    instances: list[str] = []
    with desk.connection() as orthanc:
        for number, file in enumerate(files):
            signals.check(_CONVERTING + (1 - _CONVERTING) * number / len(files))
            content = file.read_bytes()
            lease.require()
            answer = orthanc.repeatable("POST", "/instances", content)
            if not answer.is_ok:
                return Refused(f"Orthanc does not store the slide: {answer.reason}")
            told = answer.json()
            assert isinstance(told, dict)
            instances.append(str(told["ID"]))
    return Converted(tuple(instances))


def identity_of(job_id: str, attempt: int, *, name: str, created: datetime) -> SlideIdentity:
    """The same whenever an attempt is made again, at whatever service."""
    return SlideIdentity(key=f"upload {job_id} {attempt}", name=name, created=created)
