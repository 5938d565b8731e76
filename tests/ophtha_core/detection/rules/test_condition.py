import pytest
from pydicom.dataset import Dataset

from ophtha_core.detection.rules.condition import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
    holds,
    name_of,
    names_a_device,
    tag_of,
)


def device() -> Dataset:
    dataset = Dataset()
    dataset.Manufacturer = "GE MEDICAL SYSTEMS "
    dataset.ImageType = ["DERIVED", "SECONDARY", "SCREEN SAVE"]
    dataset.Rows, dataset.Columns = 512, 640
    dataset.StationName = ""
    return dataset


def compare(keyword: str, operator: str, value: str = "") -> Comparison:
    tag = tag_of(keyword)
    assert tag is not None
    return Comparison(tag, Operator(operator), value)


@pytest.mark.parametrize(
    ("keyword", "operator", "value", "expected"),
    [
        ("Manufacturer", "equals", "ge medical systems", True),
        ("Manufacturer", "equals", "ge medical", False),
        ("Manufacturer", "contains", "Medical", True),
        ("Manufacturer", "startsWith", "ge", True),
        ("Manufacturer", "startsWith", "medical", False),
        ("Manufacturer", "matches", "ge.*systems", True),
        ("Manufacturer", "matches", "ge", False),
        ("ImageType", "equals", "SECONDARY", True),
        ("ImageType", "equals", r"DERIVED\SECONDARY\SCREEN SAVE", True),
        ("ImageType", "contains", r"derived\secondary", True),
        ("Rows", "equals", "512", True),
        ("StationName", "missing", "", True),
        ("Modality", "missing", "", True),
        ("Modality", "contains", "", False),
        ("Rows", "missing", "", False),
    ],
)
def test_an_attribute_is_compared(keyword: str, operator: str, value: str, *, expected: bool) -> None:
    assert holds(compare(keyword, operator, value), device()) is expected


def test_conditions_are_joined() -> None:
    yes, no = compare("Manufacturer", "contains", "GE"), compare("Manufacturer", "contains", "Philips")
    assert holds(AllOf((yes, Not(no))), device()) is True
    assert holds(AnyOf((no, no)), device()) is False
    assert holds(AllOf(()), device()) is True
    assert holds(AnyOf(()), device()) is False


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (AllOf((compare("Manufacturer", "contains", "GE"), compare("Rows", "equals", "900"))), None),
        (AllOf((compare("Manufacturer", "contains", "Philips"), compare("Rows", "equals", "900"))), False),
        (AnyOf((compare("Manufacturer", "contains", "GE"), Not(compare("Columns", "equals", "9")))), True),
    ],
)
def test_without_the_size_only_what_depends_on_it_is_open(condition: Condition, expected: object) -> None:
    assert holds(condition, device(), size_counts=False) is expected


def test_a_size_alone_names_no_device() -> None:
    assert not names_a_device(AllOf((compare("Rows", "equals", "1"), Not(compare("Columns", "equals", "1")))))
    assert names_a_device(AnyOf((compare("Rows", "equals", "1"), compare("Modality", "equals", "US"))))


def test_tags_have_several_names() -> None:
    assert tag_of("Rows") == tag_of("0028,0010") == tag_of("[0028,0010]") == tag_of("00280010") == 0x00280010
    assert tag_of("Rwos") is None
    assert (name_of(0x00280010), name_of(0x00091001)) == ("Rows", "0009,1001")
