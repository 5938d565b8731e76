import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.service.ct_registration.parameters import Parameters, body_pairs, query_pairs
from plugin.service.ct_registration.refusals import InvalidParameter, MissingParameter
from plugin.service.ct_registration.submission import Source, Submission

FORM = {
    "DataFormat": "DICOM",
    "DataSourceType": "HTTP_FILES",
    "OrgId": "7ff51bfe",
    "OrgName": "测试组织",
    "ReferenceList.2.ReferenceURL": "http://b",
    "ReferenceList.10.ReferenceURL": "http://c",
    "ReferenceList.1.ReferenceURL": "http://a",
    "FloatingList.1.FloatingURL": "http://d",
}


def parameters(**changes: str | None) -> Parameters:
    values = {**FORM, **{name.replace("__", "."): value for name, value in changes.items()}}
    return Parameters.of(tuple((name, value) for name, value in values.items() if value is not None))


def test_urls_come_in_the_order_of_their_numbers() -> None:
    submission = Submission.from_parameters(parameters())
    assert submission.reference == ("http://a", "http://b", "http://c")
    assert submission.floating == ("http://d",)
    assert submission.organisation_name == "测试组织"
    assert not submission.store


def test_a_form_and_json_say_the_same() -> None:
    form = b"DataFormat=DICOM&ReferenceList.1.ReferenceURL=http%3A%2F%2Fa&Store=true&OrgName=%E6%B5%8B"
    body = b"""{"DataFormat": "DICOM", "ReferenceList": [{"ReferenceURL": "http://a"}], "Store": true,
        "OrgName": "\\u6d4b", "Absent": null}"""
    assert sorted(body_pairs(form, "application/x-www-form-urlencoded; charset=utf-8")) == sorted(
        body_pairs(body, "application/json")
    )


def test_names_do_not_depend_on_case() -> None:
    assert Parameters.of(query_pairs(b"action=GetAsyncJobResult&jobId=E75F")).required("JobId") == "E75F"


@pytest.mark.parametrize("name", ["DataFormat", "DataSourceType", "OrgId", "OrgName"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_parameter_is_named(name: str, value: str | None) -> None:
    with pytest.raises(MissingParameter, match=f"^{name} is missing"):
        Submission.from_parameters(parameters(**{name: value}))


@pytest.mark.parametrize("name", ["ReferenceList.1.ReferenceURL", "FloatingList.1.FloatingURL"])
def test_an_empty_list_is_missing(name: str) -> None:
    side = name.split(".")[0]
    without = {key.replace(".", "__"): None for key in FORM if key.startswith(side)}
    with pytest.raises(MissingParameter, match=f"^{name} is missing"):
        Submission.from_parameters(parameters(**without))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DataFormat", "NIFTI"),
        ("DataFormat", "dicom"),
        ("DataSourceType", "OSS"),
        ("Store", "perhaps"),
        ("AllowDifferentPatients", "2"),
        ("ReferenceList__0__ReferenceURL", "http://z"),
        ("ReferenceList__01__ReferenceURL", "http://z"),
    ],
)
def test_an_invalid_parameter_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidParameter, match=f"^{name.replace('__', '.')} "):
        Submission.from_parameters(parameters(**{name: value}))


def test_series_of_orthanc_need_no_organisation_and_are_stored() -> None:
    series = "0123ABCD-0123abcd-0123abcd-0123abcd-0123abcd"
    given_parameters = Parameters.of(
        (("DataSourceType", "ORTHANC"), ("ReferenceSeries", series), ("FloatingSeries", series))
    )
    submission = Submission.from_parameters(given_parameters)
    assert submission.source is Source.ORTHANC
    assert submission.reference == (series.lower(),)
    assert submission.store
    assert Submission.from_json(submission.to_json()) == submission


@pytest.mark.parametrize("value", ["1", "../series", "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd/file"])
def test_a_series_must_be_an_identifier(value: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^ReferenceSeries "):
        Submission.from_parameters(
            Parameters.of((("DataSourceType", "ORTHANC"), ("ReferenceSeries", value), ("FloatingSeries", value)))
        )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "application/json"),
        (b"a=%FF", "application/x-www-form-urlencoded"),
        (b"\xff=1", "application/x-www-form-urlencoded"),
        (b"a=1&" * 20_000, "application/x-www-form-urlencoded"),
        (b"a", "multipart/form-data"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(InvalidParameter):
        body_pairs(body, kind)


@given(st.binary(max_size=80))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        try:
            pairs = body_pairs(body, kind)
        except InvalidParameter:
            continue
        assert all(isinstance(part, str) for pair in pairs for part in pair)
