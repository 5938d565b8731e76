"""What a finished registration leaves in its folder, and as what it is served."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from plugin.service.config import Configuration
from plugin.service.jobs.claim import Claim

_MEDIA_TYPES = {
    ".nii.gz": "application/gzip",
    ".tar.gz": "application/gzip",
    ".json": "application/json",
    ".png": "image/png",
    ".dcm": "application/dicom",
}


MEDIA_TYPES = tuple(dict.fromkeys(_MEDIA_TYPES.values()))


class ResultFile(StrEnum):
    """Files of a job that are handed out, by name."""

    NIFTI = "registered.nii.gz"
    DICOM = "registered.tar.gz"
    FIELD = "field.nii.gz"
    INVERSE_FIELD = "inverse-field.nii.gz"
    REPORT = "report.json"
    SPATIAL_REGISTRATION = "spatial-registration.dcm"
    DEFORMABLE_REGISTRATION = "deformable-spatial-registration.dcm"
    CHECKERBOARD = "checkerboard.png"
    DIFFERENCE_BEFORE = "difference-before.png"
    DIFFERENCE_AFTER = "difference-after.png"

    @property
    def media_type(self) -> str:
        return next(kind for ending, kind in _MEDIA_TYPES.items() if self.value.endswith(ending))


PREVIEWS = (ResultFile.CHECKERBOARD, ResultFile.DIFFERENCE_BEFORE, ResultFile.DIFFERENCE_AFTER)


class DisplayVolume(StrEnum):
    """Small volumes for the pages, at most 256 voxels along an edge."""

    REFERENCE = "reference"
    FLOATING = "floating"
    REGISTERED = "registered"

    @property
    def file_name(self) -> str:
        return f"display-{self.value}.nii.gz"


def results_folder(configuration: Configuration) -> Path:
    """One folder per job lies here."""
    return configuration.storage / "registration"


def attempt_name(job_id: str, attempt: int) -> str:
    """What belongs to one attempt of a job, and to no other, is named after it."""
    return job_id if attempt == 1 else f"{job_id}-{attempt}"


def job_folder(configuration: Configuration, job_id: str, attempt: int) -> Path:
    """Results of an attempt that succeeded."""
    return results_folder(configuration) / attempt_name(job_id, attempt)


def work_folder(configuration: Configuration, claim: Claim) -> Path:
    """Where a service works: another may have begun, and may not have ended, elsewhere."""
    return results_folder(configuration) / f"{attempt_name(claim.job_id, claim.attempt)}.{claim.number}"


def work_folders(configuration: Configuration, job_id: str, attempt: int) -> Iterator[Path]:
    """Of every service that worked on an attempt."""
    return results_folder(configuration).glob(f"{attempt_name(job_id, attempt)}.*")
