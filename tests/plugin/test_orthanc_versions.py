"""What differs between versions of Orthanc, without one."""

from urllib.parse import parse_qsl

import pytest

from plugin.orthanc_versions import adds_content_type, query_string, query_values_are_decoded

URL = "https://files.hospital:443/a b/ü?x=1&y=%2F+"


@pytest.mark.parametrize(
    ("version", "expected"),
    [((1, 10, 1), False), ((1, 12, 7), False), ((1, 12, 8), None), ((1, 12, 11), None), ((1, 13, 0), True)],
)
def test_it_is_known_from_which_version_on_queries_are_decoded(
    version: tuple[int, int, int], expected: bool | None
) -> None:
    assert query_values_are_decoded(lambda *asked: version >= asked) is expected


@pytest.mark.parametrize(
    ("version", "expected"), [((1, 10, 1), False), ((1, 12, 1), False), ((1, 12, 2), True), ((1, 13, 0), True)]
)
def test_it_is_known_from_which_version_on_orthanc_adds_a_type(version: tuple[int, int, int], expected: bool) -> None:
    assert adds_content_type(lambda *asked: version >= asked) is expected


@pytest.mark.parametrize("is_known", [True, False])
def test_a_decoded_query_is_encoded_again(is_known: bool) -> None:
    relayed = query_string({"Url": URL, "Format": "XML"}, values_are_decoded=True if is_known else None)
    assert parse_qsl(relayed) == [("Url", URL), ("Format", "XML")]


@pytest.mark.parametrize("is_known", [True, False])
def test_an_encoded_query_stays_as_it_came(is_known: bool) -> None:
    arguments = {"Url": "https%3A%2F%2Ffiles%2Fa%20b", "Name": "a+b"}
    relayed = query_string(arguments, values_are_decoded=False if is_known else None)
    assert parse_qsl(relayed) == [("Url", "https://files/a b"), ("Name", "a b")]
