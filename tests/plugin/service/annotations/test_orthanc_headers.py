import pytest

from plugin.service.annotations.orthanc_headers import dataset_of_tags, with_own_tags

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

GOOD = {
    "0028,0010": {"Name": "Rows", "Type": "String", "Value": "64"},
    "0028,0011": {"Name": "Columns", "Type": "String", "Value": "32"},
}
MALFORMED = {
    "0010,1020": "1,75",
    "0010,1030": "70kg",
    "0018,0050": "n/a",
    "0020,0011": "A1",
    "0020,0013": "1.5",
    "0028,0030": "0,5\\0,5",
    "0010,0030": "1950-12-24",
    "0008,0020": "24.12.2025",
    "0010,1010": "76 y",
    "0028,1050": "40,0",
    "0018,0081": "\\\\",
    "0028,0008": "many",
    "0028,0100": "sixteen",
    "0008,0018": "no identifier",
}


@pytest.mark.parametrize("tag", MALFORMED)
def test_a_malformed_value_hides_no_other(tag):
    entry = {"Name": "x", "Type": "String", "Value": MALFORMED[tag]}
    dataset = dataset_of_tags({**GOOD, tag: entry})
    assert (dataset.Rows, dataset.Columns) == (64, 32)


@pytest.mark.parametrize("entry", [None, "text", 7, {}, {"Value": 3}, {"Value": None}, {"Value": [1, [2]]}])
def test_entries_that_are_none_are_left_out(entry):
    dataset = dataset_of_tags({**GOOD, "0020,000d": entry, "0008,1140": entry, "no tag": entry, "": entry})
    assert dataset.Rows == 64


def test_sequences_end_at_a_depth():
    tags = dict(GOOD)
    for _ in range(5000):
        tags = {"0008,1140": {"Name": "x", "Type": "Sequence", "Value": [tags]}}
    assert "ReferencedImageSequence" in dataset_of_tags(tags)


def test_a_malformed_number_of_an_instance_is_as_good_as_none():
    shared = dataset_of_tags({**GOOD, "0028,0008": {"Value": "3"}})
    header = with_own_tags(shared, {"NumberOfFrames": "many", "InstanceNumber": "1,5"})
    assert "NumberOfFrames" not in header
    assert header.Rows == 64
