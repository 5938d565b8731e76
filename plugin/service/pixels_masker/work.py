"""The worker's part: source instance in, masked copy stored.

A task may be carried out more than once: it arrives at the same bytes under the same identifiers, and what an earlier
execution has stored counts once it is seen to be those very bytes.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from ophtha_core.dicom.reading import read_dataset, write_dataset
from ophtha_core.dicom.syntax import keeps_syntax
from ophtha_core.dicom.transcoding import transcode_dataset
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.apply import mask_dataset
from plugin.service.jobs.kind import BAD_FILE_FORMAT, FULL_STORAGE, INTERNAL_ERROR
from plugin.service.orthanc_client import OrthancAddress
from plugin.service.pixels_masker.connection import WORKER_PATIENCE_S, OrthancAnswer, OrthancConnection
from plugin.service.pixels_masker.payload import Action
from plugin.service.pixels_masker.plan import source_ids
from plugin.service.pixels_masker.rewriting import Rewriting
from plugin.service.pixels_masker.source import SourceInstance
from plugin.service.pixels_masker.targets import Mask
from plugin.service.pixels_masker.transcoding import body_of, core_copy
from plugin.service.pixels_masker.unmasked import Exposure, exposure_of

SOURCE_METADATA = 8310
"""User metadata of a copy, and of its series, study and patient: Orthanc's identifier of what it was made of.
``ModifiedFrom`` and ``AnonymizedFrom`` are noted as well where Orthanc lets a plugin write them (1.12.2 and later)."""
_CANNOT_WRITE_FILE, _FULL_STORAGE = 14, 19
"""Orthanc's own error codes of a disk that takes no more."""


@dataclass(frozen=True, kw_only=True)
class Masked:
    """A copy, not stored yet."""

    dicom: bytes
    transfer_syntax: str
    is_masked: bool
    exposure: Exposure | None


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A copy in Orthanc; identifiers are Orthanc's."""

    source_id: str
    instance_id: str
    series_id: str
    study_id: str
    patient_id: str
    md5: str | None
    """Of the file; None where nobody will ask for it."""
    transfer_syntax: str
    """As it was sent."""
    exposure: Exposure | None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """An instance that could not be copied; nothing of it was stored. ``code`` is Orthanc's of the error."""

    source_id: str
    reason: str
    code: int


Outcome = Stored | Failed


@dataclass(frozen=True, kw_only=True)
class MaskingWork:
    """What is done to every instance of a job."""

    orthanc: OrthancAddress
    action: Action
    payload: Mapping[str, JsonValue]
    rewriting: Rewriting
    mask: Mask
    permissive: bool
    removes_source: bool
    """Whether the copies will be all there is: they are then verified."""
    transcode: str | None
    lossy_quality: int
    """1 to 100, where Orthanc itself cannot transcode."""

    def __call__(self, instances: tuple[SourceInstance, ...]) -> list[Outcome]:
        """Copy a few instances; without ``permissive`` the first failure is the last outcome. Raises OrthancAway."""
        orthanc = connection(self.orthanc)
        outcomes: list[Outcome] = []
        for instance in instances:
            outcomes.append(self.copy(orthanc, instance))
            if isinstance(outcomes[-1], Failed) and not self.permissive:
                break
        return outcomes

    def masked(self, orthanc: OrthancConnection, instance: SourceInstance) -> Masked:
        """The copy of one instance, stored nowhere. Raises UnreadableImage, InvalidInput, OrthancAway."""
        syntax = None if self.transcode is None else UID(self.transcode)
        lossy = syntax is not None and not keeps_syntax(syntax)
        # The mask comes before the loss: else what is masked would show in the pixels around it. And the core stretches
        # grey values before it loses some: slices without a hit would no longer fit the others.
        ours = bool(self.mask.regions) or (lossy and self.action is Action.ANONYMIZE)
        by_the_core = None if lossy and ours else self.transcode
        result = self._modified(orthanc, instance, by_the_core)
        is_masked = bool(mask_dataset(result, self.mask.regions_of(instance), claims=self.mask.claims))
        if syntax is not None and ours:  # else the result is the core's own
            self._transcode(result, syntax, is_masked=is_masked)
        return Masked(
            dicom=write_dataset(result),
            transfer_syntax=str(result.file_meta.TransferSyntaxUID),
            is_masked=is_masked,
            exposure=None if is_masked or not self.mask.regions else exposure_of(result),
        )

    def _transcode(self, result: FileDataset, syntax: UID, *, is_masked: bool) -> None:
        """Do what the core does not: it never sees masked pixels, and has fewer codecs. What no codec can do stays."""
        if result.file_meta.TransferSyntaxUID == syntax:
            return
        try:
            transcode_dataset(result, syntax, quality=self.lossy_quality)
        except UnreadableImage:
            if is_masked:
                raise

    def _modified(self, orthanc: OrthancConnection, instance: SourceInstance, transcode: str | None) -> FileDataset:
        """The core's copy with the identifiers of the job."""
        result = core_copy(orthanc, instance.instance_id, self.action, self.payload, transcode)
        source = None
        if self.action is Action.ANONYMIZE:
            file = orthanc.get(f"/instances/{instance.instance_id}/file")
            source = read_dataset(body_of(file), headers_only=True)
        self.rewriting.apply(result, source, source_ids(instance))
        return result

    def copy(self, orthanc: OrthancConnection, instance: SourceInstance) -> Outcome:
        """Store the masked copy of one instance. Raises OrthancAway."""
        try:
            copy = self.masked(orthanc, instance)
        except (InvalidInput, UnreadableImage) as error:
            return Failed(source_id=instance.instance_id, reason=str(error), code=BAD_FILE_FORMAT)
        answer = orthanc.repeatable("POST", "/instances", copy.dicom)
        if answer.is_ok and _status(answer) == "AlreadyStored":
            answer = _store_over(orthanc, answer, copy.dicom)
        if not answer.is_ok or _status(answer) != "Success":
            return _not_stored(instance, answer)
        outcome = _stored(instance, answer, copy, md5=_md5(copy.dicom) if self.removes_source else None)
        orthanc.repeatable(
            "PUT", f"/instances/{outcome.instance_id}/metadata/{SOURCE_METADATA}", instance.instance_id.encode()
        )
        return outcome


def mask_one(work: MaskingWork, instance: SourceInstance) -> bytes:
    """The masked copy of one instance as a DICOM file. Raises UnreadableImage, InvalidInput, OrthancAway."""
    return work.masked(connection(work.orthanc), instance).dicom


def connection(address: OrthancAddress) -> OrthancConnection:
    """This thread's connection: it outlives the task."""
    found: OrthancConnection | None = getattr(_threads, "connection", None)
    if found is None or _threads.address != address:
        found = OrthancConnection(address, patience_s=WORKER_PATIENCE_S)
        _threads.connection, _threads.address = found, address
    return found


_threads = threading.local()


def _store_over(orthanc: OrthancConnection, answer: OrthancAnswer, dicom: bytes) -> OrthancAnswer:
    """An earlier execution has stored the copy: it stays when it is the same, else it is stored anew."""
    path = f"/instances/{_field(answer, 'ID')}"
    if orthanc.get(f"{path}/attachments/dicom/md5").body.decode() == _md5(dicom):
        return OrthancAnswer(200, answer.body.replace(b"AlreadyStored", b"Success"))
    orthanc.repeatable("DELETE", path)
    return orthanc.repeatable("POST", "/instances", dicom)


def _stored(instance: SourceInstance, answer: OrthancAnswer, copy: Masked, *, md5: str | None) -> Stored:
    return Stored(
        source_id=instance.instance_id,
        instance_id=_field(answer, "ID"),
        series_id=_field(answer, "ParentSeries"),
        study_id=_field(answer, "ParentStudy"),
        patient_id=_field(answer, "ParentPatient"),
        md5=md5,
        transfer_syntax=copy.transfer_syntax,
        exposure=copy.exposure,
    )


def _not_stored(instance: SourceInstance, answer: OrthancAnswer) -> Failed:
    if answer.error_code in (_CANNOT_WRITE_FILE, _FULL_STORAGE):
        return Failed(source_id=instance.instance_id, reason="Orthanc's storage is full", code=FULL_STORAGE)
    reason = f"status {_status(answer)}" if answer.is_ok else answer.reason
    return Failed(
        source_id=instance.instance_id, reason=f"Orthanc did not store the copy: {reason}", code=INTERNAL_ERROR
    )


def _status(answer: OrthancAnswer) -> str:
    return _field(answer, "Status")


def _field(answer: OrthancAnswer, name: str) -> str:
    value = answer.json()
    return str(value.get(name, "")) if isinstance(value, dict) else ""


def _md5(dicom: bytes) -> str:
    return hashlib.md5(dicom, usedforsecurity=False).hexdigest()
