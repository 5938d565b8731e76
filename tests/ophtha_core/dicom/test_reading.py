import tracemalloc
import zlib
from io import BytesIO

import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ophtha_core.dicom import reading
from ophtha_core.dicom.inflation import InflatedFile
from ophtha_core.dicom.reading import (
    known_integer,
    known_number,
    known_numbers,
    known_text,
    known_value,
    read_dataset,
    value_of,
    write_dataset,
)
from ophtha_core.errors import UnreadableImage
from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from tests.kit.malformed import with_element
from tests.kit.masked import file_of

MEGABYTE = 2**20

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


def ct() -> FileDataset:
    return next(head_ct(HeadCt(pixels=16, slices=1)))


def deflated(dataset: FileDataset) -> bytes:
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    return file_of(dataset)


def test_a_deflated_file_reads_as_the_same_file_does_without():
    plain = ct()
    expected = {element.tag: element.value for element in plain}
    read = read_dataset(deflated(ct()))
    assert {element.tag: element.value for element in read} == expected
    assert read_dataset(write_dataset(read)).PixelData == plain.PixelData


def test_headers_of_a_deflated_file_need_no_memory_for_its_pixels():
    dataset = ct()
    dataset.PixelData = bytes(100 * MEGABYTE)
    dicom = deflated(dataset)
    tracemalloc.start()
    try:
        assert read_dataset(dicom, headers_only=True).Rows == 16
        assert tracemalloc.get_traced_memory()[1] < 20 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_deflated_header_has_a_largest_size():
    dataset = ct()
    dataset.add_new(0x00091010, "OB", bytes(reading.LARGEST_INFLATED_HEADER_BYTES + 1))
    dicom = deflated(dataset)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage, match="grows beyond"):
            read_dataset(dicom, headers_only=True)
        assert tracemalloc.get_traced_memory()[1] < 3 * reading.LARGEST_INFLATED_HEADER_BYTES
    finally:
        tracemalloc.stop()


def test_a_deflated_data_set_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_INFLATED_BYTES", MEGABYTE)
    dataset = ct()
    dataset.PixelData = bytes(2 * MEGABYTE)
    with pytest.raises(UnreadableImage, match=f"beyond {MEGABYTE} bytes"):
        read_dataset(deflated(dataset))


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_deflated_file_that_ends_early_has_no_pixels_or_is_refused(cut):
    dicom = deflated(ct())
    try:
        dataset = read_dataset(dicom[: int(len(dicom) * cut)])
    except UnreadableImage:
        return
    assert len(dataset.get("PixelData", b"")) < 512


def test_garbage_in_a_deflated_file_is_refused():
    dicom = deflated(ct())
    with pytest.raises(UnreadableImage):
        read_dataset(dicom[:400] + bytes(100) + dicom[500:])


@pytest.mark.parametrize("implicit", [True, False])
def test_a_file_without_preamble_and_meta_information_is_read(implicit):
    elements = Dataset({element.tag: element for element in ct()})
    buffer = BytesIO()
    dcmwrite(buffer, elements, implicit_vr=implicit, little_endian=True)
    assert buffer.getvalue()[128:132] != b"DICM"
    dataset = read_dataset(buffer.getvalue())
    assert dataset.Rows == 16
    assert dataset.file_meta.TransferSyntaxUID == (ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian)


@pytest.mark.parametrize("start", [b"", b"\x08\0", b"\xff\xd8\xff\xe0", b"PK\x03\x04", b"x" * 900])
def test_what_is_no_dicom_is_refused(start):
    with pytest.raises(UnreadableImage):
        read_dataset(start and start + bytes(300))


def test_a_sequence_that_does_not_end_is_refused():
    unfinished = bytes.fromhex("e17f0110 53510000 ffffffff feff00e0 ffffffff")
    with pytest.raises(UnreadableImage):
        read_dataset(file_of(ct()) + bytes.fromhex("e17f1000 4c4f0400 41434d45") + unfinished)


def test_sequences_within_sequences_end_somewhere():
    begin, end = (
        bytes.fromhex("08004011 53510000 ffffffff feff00e0 ffffffff"),
        bytes.fromhex("feff0de0 00000000 feffdde0 00000000"),
    )
    head = file_of(ct())
    place = head.index(bytes.fromhex("08006000"))
    with pytest.raises(UnreadableImage):
        read_dataset(head[:place] + begin * 3000 + end * 3000 + head[place:])


MALFORMED = [
    ("PatientSize", 0x00101020, "DS", b"1,75"),
    ("PatientWeight", 0x00101030, "DS", b"70kg"),
    ("SliceThickness", 0x00180050, "DS", b"n/a "),
    ("SeriesNumber", 0x00200011, "IS", b"A1"),
    ("KVP", 0x00180060, "DS", b"120kV "),
    ("WindowCenter", 0x00281050, "DS", b"40,0"),
    ("WindowCenter", 0x00281050, "OB", b"40"),
    ("RescaleSlope", 0x00281053, "FD", b"1.0"),
    ("NumberOfFrames", 0x00280008, "IS", b"many"),
    ("Rows", 0x00280010, "US", b"abc"),
    ("Columns", 0x00280011, "LO", b"sixty four"),
    ("PatientAge", 0x00101010, "AS", b"76 y"),
    ("EchoTime", 0x00180081, "DS", b"\\\\\\ "),
    ("SamplesPerPixel", 0x00280002, "SQ", b"abcdefgh"),
]


@pytest.mark.parametrize(("keyword", "tag", "vr", "value"), MALFORMED)
def test_a_malformed_number_is_none(keyword, tag, vr, value):
    dataset = read_dataset(with_element(file_of(ct()), tag, vr, value))
    assert known_integer(dataset, keyword) is None
    assert known_number(dataset, keyword) is None
    assert known_numbers(dataset, keyword, count=1) is None


def test_an_unknown_character_set_hides_no_other_value():
    dataset = read_dataset(with_element(file_of(ct()), 0x00080005, "CS", b"KLINGON "))
    assert dataset.Rows == 16
    assert known_text(dataset, "Modality") == "CT"


def test_known_values_are_those_of_the_file():
    dataset = ct()
    dataset.WindowCenter, dataset.InstanceNumber, dataset.SeriesDescription = [40, 300], 7, " thorax "
    dataset = read_dataset(file_of(dataset))
    assert known_number(dataset, "WindowCenter") == 40
    assert known_integer(dataset, "InstanceNumber") == 7
    assert known_text(dataset, "SeriesDescription") == "thorax"
    assert known_text(dataset, "StationName") == ""
    assert known_value(dataset, "StationName") is None
    assert known_numbers(dataset, "PixelSpacing", count=2) == pytest.approx(tuple(dataset.PixelSpacing))
    assert known_numbers(dataset, "PixelSpacing", count=3) is None


def test_what_must_be_readable_says_when_it_is_not():
    dataset = read_dataset(with_element(file_of(ct()), 0x00280010, "US", b"abc"))
    with pytest.raises(UnreadableImage, match="Rows cannot be read"):
        value_of(dataset, "Rows")


def test_an_inflated_file_is_read_in_any_order():
    content = bytes(range(256)) * 4096
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    file = InflatedFile(packer.compress(content) + packer.flush(), largest_bytes=2 * MEGABYTE)
    assert file.read(300) == content[:300]
    assert file.tell() == 300
    file.seek(-100, 1)
    assert file.read(4) == content[200:204]
    file.seek(MEGABYTE - 5)
    assert file.read(100) == content[-5:]
    assert file.read(1) == b""
    file.seek(0)
    assert file.read() == content
