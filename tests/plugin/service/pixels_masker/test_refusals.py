"""What is refused, with which status, naming which field; and nothing is stored by it."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, capture, slices, to_bytes

FILL = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [5, 5]}
MEAN = {"MaskType": "MeanFilter", "FilterWidth": 5, "RegionType": "2D", "Origin": [0, 0], "End": [5, 5]}
BOX = {**FILL, "RegionType": "3D", "Origin": [-100, -100, -100], "End": [100.5, 100, 100]}


def without(region: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in region.items() if name != key}


@pytest.fixture(scope="module")
def study(masking_product: Product) -> Iterator[str]:
    ids = StudyIds()
    masking_product.upload(to_bytes(each) for each in [*slices(ids, 3), capture(ids)])
    [study] = masking_product.get("/studies").json()
    yield study
    masking_product.clear()


FOUND = {"Kind": "Text", "Detector": "PP-OCRv6 small", "Version": "3.10.0", "Confidence": 0.9, "Identifying": None}
REGIONS = [
    pytest.param({**FILL, "End": [5]}, "End", id="arity"),
    pytest.param({**FILL, "Origin": [0, 0, 0]}, "Origin", id="arity-3-of-2"),
    pytest.param({**BOX, "End": [1, 2]}, "End", id="arity-2-of-3"),
    pytest.param({**FILL, "End": ["5", 5]}, "End", id="number-as-text"),
    pytest.param({**FILL, "End": [True, 5]}, "End", id="boolean-as-number"),
    pytest.param({**FILL, "End": [5.5, 5]}, "End", id="half-a-pixel"),
    pytest.param({**BOX, "End": [10**400, 5, 5]}, "End", id="beyond-any-number"),
    pytest.param({**BOX, "End": [1.7e308, 5, 5]}, "End", id="beyond-any-patient"),
    pytest.param({**FILL, "FillValue": 10**400}, "FillValue", id="fill-beyond-any-number"),
    pytest.param({**FILL, "End": "5,5"}, "End", id="no-list"),
    pytest.param(without(FILL, "Origin"), "Origin", id="no-origin"),
    pytest.param(without(FILL, "RegionType"), "RegionType", id="no-region-type"),
    pytest.param({**FILL, "RegionType": "4D"}, "RegionType", id="unknown-region-type"),
    pytest.param({**FILL, "MaskType": "fill"}, "MaskType", id="unknown-mask-type"),
    pytest.param(without(FILL, "MaskType"), "MaskType", id="no-mask-type"),
    pytest.param(without(FILL, "FillValue"), "FillValue", id="no-fill-value"),
    pytest.param({**FILL, "FillValue": "0"}, "FillValue", id="fill-as-text"),
    pytest.param({**FILL, "FillValue": False}, "FillValue", id="fill-as-boolean"),
    pytest.param({**FILL, "FillValue": [1, 2]}, "FillValue", id="two-channels"),
    pytest.param({**FILL, "FillValue": 70000}, "FillValue", id="fill-too-large"),
    pytest.param({**FILL, "FillValue": -32769}, "FillValue", id="fill-too-small"),
    pytest.param({**FILL, "FillValue": 2.5}, "FillValue", id="fill-no-integer"),
    pytest.param({**FILL, "FillValue": 256}, "FillValue", id="fill-too-large-for-one-series"),
    pytest.param({**FILL, "FillValue": [1, 2, 3]}, "FillValue", id="colour-for-grey"),
    pytest.param({**BOX, "FillValue": 32768, "TargetSeries": ["CT"]}, "FillValue", id="fill-too-large-for-box"),
    pytest.param(without(MEAN, "FilterWidth"), "FilterWidth", id="no-filter-width"),
    pytest.param({**MEAN, "FilterWidth": 1}, "FilterWidth", id="filter-too-narrow"),
    pytest.param({**MEAN, "FilterWidth": "5"}, "FilterWidth", id="filter-as-text"),
    pytest.param({**FILL, "Origen": [0, 0]}, "Origen", id="unknown-key"),
    pytest.param({**FILL, "TargetSeries": "x"}, "TargetSeries", id="target-no-list"),
    pytest.param({**FILL, "TargetSeries": None}, "TargetSeries", id="target-null"),
    pytest.param({**FILL, "TargetSeries": [1]}, "TargetSeries", id="target-no-text"),
    pytest.param({**FILL, "TargetSeries": ["0000"]}, "TargetSeries", id="foreign-series"),
    pytest.param({**FILL, "TargetInstances": ["0000"]}, "TargetInstances", id="foreign-instance"),
    pytest.param({**FILL, "Found": {**FOUND, "Text": "DOE"}}, "Found", id="text-that-was-read"),
    pytest.param({**FILL, "Found": {**FOUND, "Confidence": 2}}, "Found", id="surer-than-sure"),
    pytest.param({**FILL, "Found": {**FOUND, "Detector": "DOE^JANE"}}, "Found", id="detector-that-is-no-name"),
]


@pytest.mark.parametrize(("region", "field"), REGIONS)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_wrong_region_is_named(
    masking_product: Product, study: str, region: dict[str, object], field: str, asynchronous: bool
) -> None:
    if region.get("TargetSeries") == ["CT"]:
        series = masking_product.get(f"/studies/{study}/series").json()
        region = {**region, "TargetSeries": [e["ID"] for e in series if e["MainDicomTags"]["Modality"] == "CT"]}
    stored = masking_product.get("/instances").json()
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"MaskPixelData": {"Regions": [FILL, region]}, "Asynchronous": asynchronous},
    )
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["HttpStatus"] == 400
    assert [detail["loc"] for detail in body["Details"]] == [["body", "MaskPixelData", "Regions", 1, field]]
    assert f"body.MaskPixelData.Regions[1].{field}" in body["Details"][0]["msg"]
    assert body["Message"] == body["Details"][0]["msg"]
    assert masking_product.get("/instances").json() == stored


@pytest.mark.parametrize(
    ("payload", "loc"),
    [
        ({"MaskPixelData": {}}, ["body", "MaskPixelData", "Regions"]),
        ({"MaskPixelData": {"Regions": []}}, ["body", "MaskPixelData", "Regions"]),
        ({"MaskPixelData": {"Regions": {}}}, ["body", "MaskPixelData", "Regions"]),
        ({"MaskPixelData": None}, ["body", "MaskPixelData"]),
        ({"MaskPixelData": {"Regions": [FILL], "Region": []}}, ["body", "MaskPixelData", "Region"]),
        ({"MaskPixelData": {"Regions": [FILL], "CleanPixelData": "yes"}}, ["body", "MaskPixelData", "CleanPixelData"]),
        ({"MaskPixeldata": {"Regions": [FILL]}}, ["body", "MaskPixeldata"]),
        ({"MaskedPixelData": {"Regions": [FILL]}}, ["body", "MaskedPixelData"]),
        ({"Regions": [FILL]}, ["body", "Regions"]),
        ({"KeepSource": "no"}, ["body", "KeepSource"]),
        ({"Priority": "high"}, ["body", "Priority"]),
        ({"Asynchronous": 1}, ["body", "Asynchronous"]),
        ({"Transcode": "1.2.3"}, ["body", "Transcode"]),
        ([], ["body"]),
    ],
)
def test_a_wrong_payload_is_named(masking_product: Product, study: str, payload: object, loc: list[object]) -> None:
    answer = masking_product.post(f"/plugins/pixels-masker/studies/{study}/modify", json=payload)
    assert answer.status_code == 400
    assert answer.json()["Details"][0]["loc"] == loc


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"text"',
        b"\xff",
        b'{"Keep": [], "Keep": []}',
        b'{"MaskPixelData": {"Regions": [], "Regions": [{}]}}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"Priority": ' + b"9" * 5000 + b"}",
        b'{"\\ud800": {}}',
        b'{"MaskPixelData\\ud800": {}}',
        b'{"MaskPixelData": {"Regions": [{"\\ud800": 1}]}}',
        b'{"Replace": {"PatientName": "\\ud800"}, "Force": true}',
    ],
    ids=lambda body: body[:30].decode("latin-1"),
)
@pytest.mark.parametrize("level", ["studies", "instances"])
def test_what_is_no_json_is_refused(masking_product: Product, study: str, level: str, body: bytes) -> None:
    [resource, *_] = masking_product.get(f"/{level}").json()
    answer = masking_product.post(f"/plugins/pixels-masker/{level}/{resource}/modify", content=body)
    assert answer.status_code == 400
    assert answer.json()["HttpStatus"] == 400


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ('{"MaskPixelData": #}', ["MaskPixelData"]),
        ('{"MaskPixelData": {"Regions": #}}', ["MaskPixelData", "Regions"]),
        ('{"Replace": {"SliceThickness": #}}', ["Replace"]),
        ('{"Replace": {"RequestAttributesSequence": [{"StudyID": #}]}}', ["Replace"]),
        ('{"Priority": #}', ["Priority"]),
        ("FillValue", ["MaskPixelData", "Regions", 0, "FillValue"]),
        ("FilterWidth", ["MaskPixelData", "Regions", 0, "FilterWidth"]),
        ("Origin", ["MaskPixelData", "Regions", 0, "Origin"]),
        ("End", ["MaskPixelData", "Regions", 0, "End"]),
    ],
)
def test_numbers_that_are_not_finite_are_named(
    masking_product: Product, study: str, body: str, loc: list[object], number: str
) -> None:
    if not body.startswith("{"):
        region = {**BOX, "MaskType": "MeanFilter", "FilterWidth": 5} if body == "FilterWidth" else dict(BOX)
        region[body] = ["#", 0, 0] if body in ("Origin", "End") else "#"
        body = json.dumps({"MaskPixelData": {"Regions": [region]}}).replace('"#"', "#")
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify", content=body.replace("#", number).encode()
    )
    assert answer.status_code == 400
    assert answer.json()["Details"][0]["loc"] == ["body", *loc]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/octet-stream", ""])
def test_the_body_is_json_whatever_the_client_calls_it(masking_product: Product, study: str, kind: str) -> None:
    stored = masking_product.get("/instances").json()
    with masking_product.client() as client:
        answer = client.post(
            f"/plugins/pixels-masker/studies/{study}/modify",
            content=json.dumps({"MaskPixelData": {"Regions": [FILL]}}),
            headers={"Content-Type": kind},
        )
    assert answer.status_code == 200
    remove_all_but(masking_product, stored)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("modify", {"Replace": {"PatientID": "x"}}),
        ("modify", {"Replace": {"StudyInstanceUID": "1.2"}}),
        ("modify", {"Keep": ["SOPInstanceUID"]}),
        ("modify", {"Remove": ["StudyInstanceUID"], "Force": True}),
        ("modify", {"Replace": {"NoSuchTag": "x"}}),
        ("modify", {"Replace": []}),
        ("modify", {"Force": "yes"}),
        ("anonymize", {"DicomVersion": "1999"}),
        ("anonymize", {"Keep": ["PatientID"], "Force": True}),
        ("anonymize", {"Keep": ["PatientID"]}),
    ],
)
def test_what_the_core_refuses_is_refused_with_its_words(
    masking_product: Product, study: str, action: str, payload: dict[str, object]
) -> None:
    stored = masking_product.get("/instances").json()
    core = masking_product.post(f"/studies/{study}/{action}", json=payload)
    ours = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/{action}", json={**payload, "MaskPixelData": {"Regions": [FILL]}}
    )
    if core.status_code == 200:  # newer versions allow more
        assert ours.status_code == 200
        remove_all_but(masking_product, stored)
        return
    assert ours.status_code == 400
    assert ours.json()["Message"] in words(masking_product, f"/studies/{study}", action, payload, core)
    assert masking_product.get("/instances").json() == stored


def words(
    product: Product, path: str, action: str, payload: dict[str, object], core: httpx.Response
) -> set[str | None]:
    """What the core says, on its route of the level and on that of an instance."""
    instance = product.get(f"{path}/instances").json()[0]["ID"]
    again = product.post(f"/instances/{instance}/{action}", json=payload)
    answers = [each.json() for each in (core, again) if each.status_code != 200]
    return {each.get(key) for each in answers for key in ("Details", "Message")}


def remove_all_but(product: Product, stored: list[str]) -> None:
    new = sorted(set(product.get("/instances").json()) - set(stored))
    product.post("/tools/bulk-delete", json={"Resources": new}).raise_for_status()


@pytest.mark.parametrize(
    ("level", "payload"),
    [
        ("patient", {}),
        ("patient", {"Replace": {"PatientName": "x"}}),
        ("series", {"Replace": {"PatientID": "x"}, "Force": True}),
        ("study", {"Replace": {"PatientName": "x"}}),
        ("study", {"Replace": {"PatientSex": "F", "StudyDescription": "x"}}),
        ("study", {"Replace": {"StudyDescription": "x"}}),
    ],
)
def test_each_level_allows_what_the_version_of_the_core_allows(
    masking_product: Product, study: str, level: str, payload: dict[str, object]
) -> None:
    other = masking_product.upload(to_bytes(each) for each in slices(StudyIds(), 1))  # of the same patient
    found = masking_product.get(f"/studies/{study}").json()
    path = {
        "patient": f"/patients/{found['ParentPatient']}",
        "study": f"/studies/{study}",
        "series": f"/series/{found['Series'][0]}",
    }[level]
    stored = masking_product.get("/instances").json()
    core = masking_product.post(f"{path}/modify", json=payload)
    remove_all_but(masking_product, stored)
    ours = masking_product.post(f"/plugins/pixels-masker{path}/modify", json=payload)
    remove_all_but(masking_product, stored)
    assert ours.status_code == core.status_code
    if core.status_code == 400:
        assert ours.json()["Message"] == core.json()["Details"]
    masking_product.post("/tools/bulk-delete", json={"Resources": other}).raise_for_status()


@pytest.mark.parametrize("level", ["patients", "studies", "series", "instances"])
def test_a_resource_of_another_level_is_not_found(masking_product: Product, study: str, level: str) -> None:
    other = study if level != "studies" else masking_product.get("/series").json()[0]
    answer = masking_product.post(
        f"/plugins/pixels-masker/{level}/{other}/modify", json={"MaskPixelData": {"Regions": [FILL]}}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("level", ["patients", "studies", "series", "instances"])
@pytest.mark.parametrize("action", ["modify", "anonymize"])
def test_an_unknown_resource_is_not_found(masking_product: Product, level: str, action: str) -> None:
    answer = masking_product.post(f"/plugins/pixels-masker/{level}/0000/{action}", json={})
    assert answer.status_code == 404
    assert answer.json()["HttpStatus"] == 404


def test_other_methods_are_not_allowed(masking_product: Product, study: str) -> None:
    with masking_product.client() as client:
        for method in ("GET", "PUT", "DELETE"):
            answer = client.request(method, f"/plugins/pixels-masker/studies/{study}/modify")
            assert answer.status_code == 405
            assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "payload",
    [
        {"Keep": ["SOPInstanceUID"], "Force": True},
        {"Keep": ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"], "Force": True},
    ],
)
def test_a_masked_image_never_keeps_its_identifier(
    masking_product: Product, study: str, payload: dict[str, object]
) -> None:
    stored = masking_product.get("/instances").json()
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify", json={**payload, "MaskPixelData": {"Regions": [FILL]}}
    )
    assert answer.status_code == 400
    assert "SOPInstanceUID" in answer.json()["Message"]
    assert masking_product.get("/instances").json() == stored


def test_several_instances_never_get_one_identifier(masking_product: Product, study: str) -> None:
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"Replace": {"SOPInstanceUID": "1.2.3"}, "Force": True, "MaskPixelData": {"Regions": [FILL]}},
    )
    assert answer.status_code == 400


def test_geometry_cannot_change_under_a_box(masking_product: Product, study: str) -> None:
    answer = masking_product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"Remove": ["ImagePositionPatient"], "MaskPixelData": {"Regions": [BOX]}},
    )
    assert answer.status_code == 400
