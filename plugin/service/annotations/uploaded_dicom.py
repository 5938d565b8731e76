"""The DICOM files of an upload: one file, or a zip archive of several."""

import errno
import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Self

from ophtha_core.dicom.reading import read_dataset, value_of
from ophtha_core.dicom.wellformed import refuse_deep
from ophtha_core.errors import InvalidInput, UnreadableImage
from plugin.service.errors import StorageFull
from plugin.service.readers.calling import CallReader

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


@dataclass(frozen=True)
class UnpackedDicom:
    """Where a DICOM file lies among those that were unpacked, and where it belongs."""

    begin: int
    size: int
    study_uid: str
    series_uid: str


class Upload:
    """The DICOM files of an upload, on disk in a file without a name: whatever ends the service, it leaves nothing."""

    def __init__(self, folder: Path, content: bytes, read: CallReader) -> None:
        """Raises InvalidInput when there are no DICOM files in it, too many, or broken ones; Unprocessable."""
        folder.mkdir(parents=True, exist_ok=True)
        self._spool = TemporaryFile(dir=folder)  # noqa: SIM115  closed by the block that uses it
        try:
            # A reader is no child of this process, and opens the file by the way the system gives it.
            path = f"/proc/{os.getpid()}/fd/{self._spool.fileno()}"
            self._found: Sequence[UnpackedDicom] = read("The file sent", unpack, content, path)
        except BaseException:
            self._spool.close()
            raise

    @property
    def studies(self) -> frozenset[str]:
        return frozenset(each.study_uid for each in self._found)

    def files(self) -> Iterator[UploadedDicom]:
        """One after the other: they may be more than memory should hold."""
        for each in self._found:
            self._spool.seek(each.begin)
            yield UploadedDicom(self._spool.read(each.size), each.study_uid, each.series_uid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()


def unpack(content: bytes, path: str) -> list[UnpackedDicom]:
    """Write the DICOM files in what was sent one behind the other; for a reader. Raises InvalidInput, StorageFull."""
    found: list[UnpackedDicom] = []
    try:
        with open(path, "r+b") as spool:  # noqa: PTH123  a path of /proc, which pathlib would resolve
            for dicom in _dicom_files_of(content):
                found.append(_described(dicom, begin=spool.tell()))
                spool.write(dicom)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise InvalidInput(_FIELD, "is a zip archive that cannot be unpacked") from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise StorageFull("There is no space to unpack the file sent") from None
    if not found:
        raise InvalidInput(_FIELD, "is a zip archive without DICOM files")
    return found


def _dicom_files_of(content: bytes) -> Iterator[bytes]:
    if _is_dicom(content):
        yield content
    elif zipfile.is_zipfile(io.BytesIO(content)):
        yield from filter(_is_dicom, _unpacked(content))
    else:
        raise InvalidInput(_FIELD, "is no DICOM file, and no zip archive of DICOM files")


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


def _described(content: bytes, *, begin: int) -> UnpackedDicom:
    try:
        header = read_dataset(content, headers_only=True)
        refuse_deep(header)  # Orthanc 1.10 ends over three thousand sequences within one another
        study, series, instance = (str(value_of(header, name) or "") for name in _IDENTIFIERS)
    except UnreadableImage as error:
        raise InvalidInput(_FIELD, f"holds a DICOM file that cannot be read: {error}") from None
    if not (study and series and instance):
        raise InvalidInput(_FIELD, f"holds a DICOM file without {', '.join(_IDENTIFIERS[:2])} or {_IDENTIFIERS[2]}")
    return UnpackedDicom(begin=begin, size=len(content), study_uid=study, series_uid=series)
