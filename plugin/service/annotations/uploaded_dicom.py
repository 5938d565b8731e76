"""The DICOM files of an upload: one file, or a zip archive of several."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ophtha_core.dicom.reading import read_dataset, value_of
from ophtha_core.errors import InvalidInput, UnreadableImage

MAX_UNPACKED_BYTES: Final = 2**29
_MAX_FILES: Final = 10_000
_PREAMBLE_BYTES: Final = 128
_PREFIX: Final = b"DICM"
_FIELD: Final = "files[]"
_IDENTIFIERS: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@dataclass(frozen=True)
class UploadedDicom:
    """A DICOM file with the identifiers that say where it belongs."""

    content: bytes
    study_uid: str
    series_uid: str


def dicom_files_of(content: bytes) -> Sequence[UploadedDicom]:
    """The DICOM files in what was sent. Raises InvalidInput when there are none, too many, or broken ones."""
    if _is_dicom(content):
        return [_described(content)]
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise InvalidInput(_FIELD, "is no DICOM file, and no zip archive of DICOM files")
    try:
        found = [_described(each) for each in _unpacked(content) if _is_dicom(each)]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise InvalidInput(_FIELD, "is a zip archive that cannot be unpacked") from None
    if not found:
        raise InvalidInput(_FIELD, "is a zip archive without DICOM files")
    return found


def _unpacked(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [each for each in archive.infolist() if not each.is_dir() and each.filename.upper() != "DICOMDIR"]
        if len(members) > _MAX_FILES or sum(each.file_size for each in members) > MAX_UNPACKED_BYTES:
            raise InvalidInput(
                _FIELD, f"holds more than {_MAX_FILES} files, or more than {MAX_UNPACKED_BYTES >> 20} MB unpacked"
            )
        for member in members:
            # zipfile stops reading at the size the archive states.
            yield archive.read(member)


def _is_dicom(content: bytes) -> bool:
    return content[_PREAMBLE_BYTES : _PREAMBLE_BYTES + len(_PREFIX)] == _PREFIX


def _described(content: bytes) -> UploadedDicom:
    try:
        header = read_dataset(content, headers_only=True)
        study, series, instance = (str(value_of(header, name) or "") for name in _IDENTIFIERS)
    except UnreadableImage as error:
        raise InvalidInput(_FIELD, f"holds a DICOM file that cannot be read: {error}") from None
    if not (study and series and instance):
        raise InvalidInput(_FIELD, f"holds a DICOM file without {', '.join(_IDENTIFIERS[:2])} or {_IDENTIFIERS[2]}")
    return UploadedDicom(content=content, study_uid=study, series_uid=series)
