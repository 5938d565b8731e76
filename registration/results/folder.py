"""All results of a registration in one folder."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ophtha_core.dicom.writing import new_file_bytes
from registration.engine import Registration
from registration.inverse import inverse_field
from registration.progress import Stage
from registration.results.ct_series import write_archive
from registration.results.identifiers import Identifiers
from registration.results.nifti import write_field, write_scalar
from registration.results.previews import preview_pictures
from registration.results.registration_objects import deformable_registration, spatial_registration
from registration.results.report import report_json


@dataclass(frozen=True, kw_only=True)
class ResultFiles:
    """Where each result lies; ``dicom_archive`` holds ``0001.dcm`` … in order of position."""

    nifti: Path
    dicom_archive: Path
    field: Path
    inverse_field: Path
    spatial_registration: Path
    deformable_registration: Path
    report: Path
    previews: tuple[Path, ...]


def write_results(
    registration: Registration,
    folder: Path,
    *,
    identifiers: Identifiers,
    created: datetime,
    progress: Callable[[float], None] = lambda _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ResultFiles:
    """Write everything into ``folder``, which exists. Raises :class:`RegistrationCancelled` and ``OSError``.

    The two large files are compressed at the same time. The caller removes the folder after a failure.
    """
    stage = Stage(progress, cancelled)
    silent = Stage(lambda _share: None, cancelled)
    files = ResultFiles(
        nifti=folder / "registered.nii.gz",
        dicom_archive=folder / "registered.tar.gz",
        field=folder / "field.nii.gz",
        inverse_field=folder / "inverse-field.nii.gz",
        spatial_registration=folder / "spatial-registration.dcm",
        deformable_registration=folder / "deformable-spatial-registration.dcm",
        report=folder / "report.json",
        previews=tuple(folder / f"{name}.png" for name in ("checkerboard", "difference-before", "difference-after")),
    )
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(_write_others, registration, files, identifiers=identifiers, created=created, stage=silent)
        write_archive(files.dicom_archive, registration, identifiers=identifiers, created=created, stage=stage)
        others.result()
    stage.reached(1)
    return files


def _write_others(
    registration: Registration, files: ResultFiles, *, identifiers: Identifiers, created: datetime, stage: Stage
) -> None:
    write_scalar(files.nifti, registration.warped, stage=stage)
    write_field(files.field, registration.field, stage=stage)
    stage.reached(0)
    write_field(files.inverse_field, inverse_field(registration.field, registration.floating.image), stage=stage)
    spatial = spatial_registration(registration, identifiers=identifiers, created=created)
    files.spatial_registration.write_bytes(new_file_bytes(spatial))
    deformable = deformable_registration(registration, identifiers=identifiers, created=created)
    files.deformable_registration.write_bytes(new_file_bytes(deformable))
    files.report.write_text(report_json(registration), encoding="utf-8")
    pictures = preview_pictures(registration)
    for path in files.previews:
        path.write_bytes(pictures[path.stem])
