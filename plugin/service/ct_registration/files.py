"""What a finished registration leaves in its folder, and as what it is served."""

from enum import StrEnum
from pathlib import Path

from plugin.service.config import Configuration

_MEDIA_TYPES = {
    ".nii.gz": "application/gzip",
    ".tar.gz": "application/gzip",
    ".json": "application/json",
    ".png": "image/png",
    ".dcm": "application/dicom",
}


class ResultFile(StrEnum):
    """Files of a job that are handed out, by name."""

    NIFTI = "registered.nii.gz"
    DICOM = "registered.tar.gz"
    FIELD = "field.nii.gz"
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


def job_folder(configuration: Configuration, job_id: str) -> Path:
    return results_folder(configuration) / job_id
