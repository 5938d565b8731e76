import io
import zipfile
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import read_dataset
from ophtha_core.errors import InvalidInput
from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from plugin.service.annotations import uploaded_dicom
from plugin.service.annotations.uploaded_dicom import Upload
from plugin.service.errors import Unprocessable
from plugin.service.readers.calling import in_this_process
from plugin.service.readers.pool import Readers
from tests.kit.malformed import element
from tests.kit.masked import file_of


def ct() -> list[bytes]:
    return [file_of(each) for each in head_ct(HeadCt(pixels=16, slices=2))]


def open_files() -> set[str]:
    return {each.name for each in Path("/proc/self/fd").iterdir()}


def zipped(*files: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for number, file in enumerate(files):
            archive.writestr(f"{number}.dcm", file)
    return buffer.getvalue()


def test_the_files_of_an_archive_come_out_as_they_went_in(tmp_path: Path) -> None:
    with Upload(tmp_path, zipped(ct()[0], b"no DICOM", ct()[1]), in_this_process) as sent:
        assert [each.content for each in sent.files()] == ct()
        assert sent.studies == {read_dataset(ct()[0]).StudyInstanceUID}
        assert list(tmp_path.iterdir()) == [], "a file with a name would stay when the service is killed"


def test_readers_unpack_into_the_file_of_the_service(tmp_path: Path) -> None:
    readers = Readers(memory_mb=256, time_limit_s=20)
    readers.start()
    before = open_files()
    try:
        with Upload(tmp_path, zipped(*ct()), readers.call) as sent:
            assert [each.content for each in sent.files()] == ct()
        bomb = zipped(ct()[0] + element(0x7FE10010, "UN", bytes(300 * 2**20)))
        assert len(bomb) < 2**20
        with pytest.raises(Unprocessable, match="The file sent cannot be read"):
            Upload(tmp_path, bomb, readers.call)
    finally:
        readers.close()
    assert not open_files() - before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("claimed", [5, 5000])
def test_an_archive_unpacks_to_no_more_than_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claimed: int
) -> None:
    monkeypatch.setattr(uploaded_dicom, "MAX_UNPACKED_BYTES", 10_000)
    archive = zipped(ct()[0] + bytes(20_000))
    with pytest.raises(InvalidInput, match="unpacked"):
        Upload(tmp_path, archive, in_this_process)
    lie = archive.replace((len(ct()[0]) + 20_000).to_bytes(4, "little"), claimed.to_bytes(4, "little"))
    with pytest.raises(InvalidInput, match="unpacked"):
        Upload(tmp_path, lie, in_this_process)


def test_sequences_within_sequences_never_reach_orthanc(tmp_path: Path) -> None:
    dataset = next(head_ct(HeadCt(pixels=16, slices=1)))
    inner = Dataset()
    for _ in range(30):
        outer = Dataset()
        outer.ReferencedImageSequence = [inner]
        inner = outer
    dataset.ReferencedImageSequence = [inner]
    with pytest.raises(InvalidInput, match="deeper than 16"):
        Upload(tmp_path, file_of(dataset), in_this_process)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x05\x06" + bytes(18), b"PK\x03\x04garbage", b"x" * 1000, zipped(b"text")]
)
def test_what_holds_no_dicom_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        Upload(tmp_path, content, in_this_process)
