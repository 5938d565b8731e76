"""The worker's part: source instance in, masked copy stored.

A task may be carried out more than once: it arrives at the same bytes under the same identifiers, and what an earlier
execution has stored counts once it is seen to be those very bytes.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from ophtha_core.detection.regions import regions_of_findings
from ophtha_core.dicom.reading import read_dataset, write_dataset
from ophtha_core.dicom.syntax import keeps_syntax
from ophtha_core.dicom.transcoding import transcode_dataset
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.apply import mask_dataset
from ophtha_core.masking.region import Region
from plugin.service.jobs.deadline import worker_deadline
from plugin.service.jobs.task import Lease, Permit, TaskControl
from plugin.service.pacs.answer import OrthancAnswer
from plugin.service.pacs.borrowing import OrthancDesk
from plugin.service.pacs.connection import WORKER_PATIENCE_S, OrthancAway, OrthancConnection
from plugin.service.pacs.error_numbers import BAD_FILE_FORMAT, CANNOT_WRITE_FILE, FULL_STORAGE, INTERNAL_ERROR
from plugin.service.pixels_masker.find.look import NotExamined, Nothing, look_limit_s, without_text
from plugin.service.pixels_masker.find.look import Outcome as Looked
from plugin.service.pixels_masker.payload import Action
from plugin.service.pixels_masker.plan import source_ids
from plugin.service.pixels_masker.rewriting import Rewriting
from plugin.service.pixels_masker.source import SourceInstance
from plugin.service.pixels_masker.targets import Mask
from plugin.service.pixels_masker.transcoding import body_of, core_copy
from plugin.service.pixels_masker.unmasked import Exposure, exposure_of
from plugin.service.pixels_masker.verification import Unproven, verify

SOURCE_METADATA = 8310
"""User metadata of a copy, and of its series, study and patient: Orthanc's identifier of what it was made of.
``ModifiedFrom`` and ``AnonymizedFrom`` are noted as well where Orthanc lets a plugin write them (1.12.2 and later)."""
ATTEMPT_METADATA = 8311
"""User metadata of a copy whose identifiers the request fixes: which attempt of which job stored it. Another may do so
under the same identifiers, and each takes back its own only."""
_RETRY_EVERY_S = 0.25
_MOST_AT_ONCE = 16
_MOST_WITH_A_LOOK = 2
_SHORTEST_LIMIT_S = 600.0
_SLOWEST_BYTES_PER_S = 100_000
"""JPEG 2000, the slowest codec, is about twenty times as fast."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far the mask got in an instance."""

    is_masked: bool
    is_all_masked: bool
    """For want of anything to keep."""
    frames: Mapping[int, int]
    """In how many frames each region has pixels that is meant for the instance, by its index in the request."""


@dataclass(frozen=True, kw_only=True)
class Masked:
    """A copy, not stored yet."""

    dicom: bytes
    transfer_syntax: str
    reach: Reach
    exposure: Exposure | None
    looked: Looked | None
    """What was found in the source, without what was read; None where nothing was looked for."""


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
    reach: Reach
    exposure: Exposure | None
    looked: Looked | None


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

    desk: OrthancDesk
    action: Action
    payload: Mapping[str, JsonValue]
    rewriting: Rewriting
    mask: Mask
    permissive: bool
    removes_source: bool
    """Whether the copies will be all there is: they are then verified."""
    fixes_identifiers: bool
    """Whether the copies get identifiers that others may get as well."""
    transcode: str | None
    lossy_quality: int
    """1 to 100, where Orthanc itself cannot transcode."""
    renews_lossy: bool
    """Whether what loses by ``transcode`` becomes another instance, though its identifier was to be kept."""

    @property
    def most_at_once(self) -> int:
        """Instances of a task: a few seconds of work."""
        return _MOST_WITH_A_LOOK if self.mask.looks_at_images else _MOST_AT_ONCE

    def __call__(self, control: TaskControl, instances: tuple[SourceInstance, ...]) -> list[Outcome]:
        """Copy a few instances; without ``permissive`` the first failure is the last outcome.

        Raises OrthancAway, LeaseOver.
        """
        lease = Lease(control)
        attempt = attempt_mark(control.claim.job_id, control.claim.attempt)
        outcomes: list[Outcome] = []
        with self.desk.connection() as orthanc:
            for instance in instances:
                outcomes.append(self.copy(orthanc, instance, attempt, lease))
                if isinstance(outcomes[-1], Failed) and not self.permissive:
                    break
        return outcomes

    def masked(self, orthanc: OrthancConnection, instance: SourceInstance) -> Masked:
        """The copy of one instance, stored nowhere. Raises UnreadableImage, InvalidInput, Unproven, OrthancAway."""
        syntax = None if self.transcode is None else UID(self.transcode)
        lossy = syntax is not None and not keeps_syntax(syntax)
        # The mask comes before the loss: else what is masked would show in the pixels around it. And the core stretches
        # grey values before it loses some: slices without a hit would no longer fit the others.
        ours = self.mask.is_asked_for or (lossy and self.action is Action.ANONYMIZE)
        by_the_core = None if lossy and ours else self.transcode
        source = self._source(orthanc, instance)
        result = self._modified(orthanc, instance, source, by_the_core)
        came_lossy = result.file_meta.TransferSyntaxUID == syntax and by_the_core is None
        with worker_deadline(self._time_limit_s(instance)):
            looked = self._look(source, instance)
            regions = self._regions(looked, instance)
            reach = self._mask(result, instance, regions)
            if syntax is not None and ours:  # else the result is the core's own
                self._transcode(result, syntax, is_masked=reach.is_masked)
            if self.renews_lossy and lossy and not came_lossy and result.file_meta.TransferSyntaxUID == syntax:
                self.rewriting.renew_instance(result, instance.sop_uid)
            dicom = write_dataset(result)
            if self.mask.verifies and source is not None:
                verify(dicom, source, regions, self.mask.look, looked)
        return Masked(
            dicom=dicom,
            transfer_syntax=str(result.file_meta.TransferSyntaxUID),
            reach=reach,
            exposure=None if reach.is_masked or not self.mask.is_asked_for else exposure_of(result),
            looked=None if looked is None else without_text(looked),
        )

    def _look(self, source: FileDataset | None, instance: SourceInstance) -> Looked | None:
        """What is in the source. Raises Unproven where it would have to be known, and is not."""
        if self.mask.look is None or source is None:
            return None
        looked = self.mask.look.at(instance.instance_id, source)
        if self.mask.demands_examination and isinstance(looked, NotExamined):
            raise Unproven(f"it cannot be said to be clean: {looked.reason}")
        return looked

    def _regions(self, looked: Looked | None, instance: SourceInstance) -> tuple[Region, ...]:
        """Those that were given, then those that were found."""
        given = self.mask.regions_of(instance)
        if looked is None or isinstance(looked, Nothing):
            return given
        return given + regions_of_findings(looked.findings, fill=looked.fill, given=given)

    def _mask(self, result: FileDataset, instance: SourceInstance, regions: Sequence[Region]) -> Reach:
        done = mask_dataset(result, regions, claims=self.mask.claims, overlays_go=self.mask.overlays_go)
        return Reach(
            is_masked=bool(done.frames),
            is_all_masked=done.is_all_masked,
            frames=dict(zip(self.mask.indices_of(instance), done.hits, strict=False)),
        )

    def _time_limit_s(self, instance: SourceInstance) -> float:
        looks = (self.mask.look is not None) + self.mask.verifies
        return _time_limit_s(instance) + looks * look_limit_s(instance.size_bytes)

    def _transcode(self, result: FileDataset, syntax: UID, *, is_masked: bool) -> None:
        """Do what the core does not: it never sees masked pixels, and has fewer codecs. What no codec can do stays."""
        if result.file_meta.TransferSyntaxUID == syntax:
            return
        try:
            transcode_dataset(result, syntax, quality=self.lossy_quality)
        except UnreadableImage:
            if is_masked:
                raise

    def _source(self, orthanc: OrthancConnection, instance: SourceInstance) -> FileDataset | None:
        """The source as far as it is needed. Raises UnreadableImage, OrthancAway."""
        looks = self.mask.looks_at_images
        if not looks and self.action is not Action.ANONYMIZE:
            return None
        file = orthanc.get(f"/instances/{instance.instance_id}/file")
        return read_dataset(body_of(file), headers_only=not looks)

    def _modified(
        self, orthanc: OrthancConnection, instance: SourceInstance, source: FileDataset | None, transcode: str | None
    ) -> FileDataset:
        """The core's copy with the identifiers of the job."""
        result = core_copy(orthanc, instance.instance_id, self.action, self.payload, transcode)
        self.rewriting.apply(result, source if self.action is Action.ANONYMIZE else None, source_ids(instance))
        return result

    def copy(self, orthanc: OrthancConnection, instance: SourceInstance, attempt: str, lease: Permit) -> Outcome:
        """Store the masked copy of one instance. Raises OrthancAway, LeaseOver."""
        try:
            copy = self.masked(orthanc, instance)
        except (InvalidInput, UnreadableImage, Unproven) as error:
            return Failed(source_id=instance.instance_id, reason=str(error), code=BAD_FILE_FORMAT)
        answer = _post(orthanc, copy.dicom, lease)
        if not answer.is_ok or _status(answer) not in ("Success", "AlreadyStored"):
            return _not_stored(instance, answer)
        outcome = _stored(instance, answer, copy, md5=_md5(copy.dicom) if self.removes_source else None)
        if _status(answer) == "AlreadyStored" and not self._is_ours(orthanc, outcome, copy, attempt):
            reason = "another image is stored under the identifiers of the copy"
            return Failed(source_id=instance.instance_id, reason=reason, code=INTERNAL_ERROR)
        path = f"/instances/{outcome.instance_id}/metadata"
        if self.fixes_identifiers:
            orthanc.repeatable("PUT", f"{path}/{ATTEMPT_METADATA}", attempt.encode())
        orthanc.repeatable("PUT", f"{path}/{SOURCE_METADATA}", instance.instance_id.encode())
        return outcome

    def _is_ours(self, orthanc: OrthancConnection, stored: Stored, copy: Masked, attempt: str) -> bool:
        """Whether an earlier execution of the same attempt has stored the copy."""
        if self.fixes_identifiers:
            mark = orthanc.get(f"/instances/{stored.instance_id}/metadata/{ATTEMPT_METADATA}")
            if mark.is_ok:
                return mark.body.decode() == attempt
        return is_as_sent(orthanc, stored.instance_id, _md5(copy.dicom), copy.transfer_syntax)


def _time_limit_s(instance: SourceInstance) -> float:
    return _SHORTEST_LIMIT_S + instance.size_bytes / _SLOWEST_BYTES_PER_S


def attempt_mark(job_id: str, attempt: int) -> str:
    """Value of ``ATTEMPT_METADATA``."""
    return f"{job_id}/{attempt}"


def is_as_sent(orthanc: OrthancConnection, instance_id: str, md5: str | None, transfer_syntax: str) -> bool:
    """Whether Orthanc holds a file as it was sent, as far as that can be told. Raises OrthancAway."""
    path = f"/instances/{instance_id}"
    if orthanc.get(f"{path}/attachments/dicom/md5").body.decode() == md5:
        return True
    # Orthanc may be configured to transcode what it stores.
    syntax = orthanc.get(f"{path}/metadata/TransferSyntax")
    return syntax.is_ok and syntax.body.decode().strip() != transfer_syntax


def mask_one(work: MaskingWork, instance: SourceInstance) -> bytes:
    """The masked copy of one instance as a DICOM file. Raises UnreadableImage, InvalidInput, Unproven, OrthancAway."""
    with work.desk.connection() as orthanc:
        copy = work.masked(orthanc, instance)
    if isinstance(copy.looked, NotExamined):  # a file has no room to say so
        raise Unproven(f"it could not be examined: {copy.looked.reason}")
    return copy.dicom


def _post(orthanc: OrthancConnection, dicom: bytes, lease: Permit) -> OrthancAnswer:
    """Storing the same file twice is the same as once. Raises OrthancAway, LeaseOver."""
    give_up_at = time.monotonic() + WORKER_PATIENCE_S
    while True:
        lease.require()
        try:
            return orthanc.once("POST", "/instances", dicom)
        except OrthancAway:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(_RETRY_EVERY_S)


def _stored(instance: SourceInstance, answer: OrthancAnswer, copy: Masked, *, md5: str | None) -> Stored:
    return Stored(
        source_id=instance.instance_id,
        instance_id=_field(answer, "ID"),
        series_id=_field(answer, "ParentSeries"),
        study_id=_field(answer, "ParentStudy"),
        patient_id=_field(answer, "ParentPatient"),
        md5=md5,
        transfer_syntax=copy.transfer_syntax,
        reach=copy.reach,
        exposure=copy.exposure,
        looked=copy.looked,
    )


def _not_stored(instance: SourceInstance, answer: OrthancAnswer) -> Failed:
    if answer.error_code in (CANNOT_WRITE_FILE, FULL_STORAGE):
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
