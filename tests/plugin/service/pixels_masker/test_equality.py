"""Without a hit, the result is the core's own, tag for tag; identifiers are others, but as consistent."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, full_study, to_bytes

NO_HIT: dict[str, object] = {
    "Regions": [
        {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [5000, 5000], "End": [6000, 6000]},
        {
            "MaskType": "MeanFilter",
            "FilterWidth": 3,
            "RegionType": "3D",
            "Origin": [9000, 9000, 9000],
            "End": [9001, 9001, 9001],
        },
    ]
}
PATIENT = {"PatientID": "NEW", "PatientName": "New^Name"}
UIDS = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]

MODIFICATIONS = [
    pytest.param({}, id="nothing"),
    pytest.param({"Replace": {"StudyDescription": "Größer", "0010-0010": "A^B"}}, id="replace"),
    pytest.param({"Remove": ["SeriesDescription", "0008,0090", "ReferencedStudySequence"]}, id="remove"),
    pytest.param({"Replace": {"StudyInstanceUID": "1.2.3"}, "Force": True}, id="study-uid"),
    pytest.param({"RemovePrivateTags": True}, id="no-private-tags"),
    pytest.param({"Keep": ["StudyInstanceUID"], "Force": True}, id="keep-study-uid"),
    pytest.param({"Keep": ["StudyInstanceUID", "SeriesInstanceUID"], "Force": True}, id="keep-series-uid"),
    pytest.param({"Replace": {"0009-1011": "own text"}, "PrivateCreator": "PHANTOM"}, id="private-creator"),
    pytest.param(
        {"Replace": {"ReferencedStudySequence[0].ReferencedSOPInstanceUID": "1.2.3.99"}}, id="replace-in-sequence"
    ),
    pytest.param({"Remove": ["RequestAttributesSequence[*].PatientID"]}, id="remove-in-sequence"),
    pytest.param({"Replace": {"FrameOfReferenceUID": "1.2.3.4"}}, id="frame-uid"),
    pytest.param({"Replace": {"RequestAttributesSequence": [{"StudyInstanceUID": "1.9"}]}}, id="replace-sequence"),
    pytest.param({"Transcode": "1.2.840.10008.1.2"}, id="to-implicit"),
    pytest.param({"Transcode": "1.2.840.10008.1.2.4.70"}, id="to-jpeg-lossless"),
    pytest.param({"UnknownKey": 1}, id="unknown-key"),
]
ANONYMIZATIONS = [
    pytest.param({}, id="nothing"),
    pytest.param({"DicomVersion": "2008"}, id="2008"),
    pytest.param({"DicomVersion": "2017c"}, id="2017c"),
    pytest.param({"KeepPrivateTags": True}, id="keep-private-tags"),
    pytest.param({"Keep": ["StudyDescription", "PatientName", "ContentSequence"]}, id="keep"),
    pytest.param({"Keep": ["StudyInstanceUID", "SeriesInstanceUID"], "Force": True}, id="keep-uids"),
    pytest.param({"Keep": ["FrameOfReferenceUID", "InstanceCreatorUID"]}, id="keep-frame-uid"),
    pytest.param({"Replace": PATIENT, "Force": True}, id="replace-patient"),
    pytest.param({"Replace": {"PatientName": "X^Y", "StudyInstanceUID": "1.2.5"}, "Force": True}, id="replace-study"),
    pytest.param({"Remove": ["Manufacturer"]}, id="remove"),
    pytest.param({"Keep": ["RequestAttributesSequence", "RequestAttributesSequence[0].StudyInstanceUID"]}, id="path"),
    pytest.param({"Transcode": "1.2.840.10008.1.2"}, id="to-implicit"),
]


@pytest.fixture(scope="module")
def study(masking_product: Product) -> Iterator[str]:
    """A study; its Orthanc id."""
    masking_product.upload(to_bytes(each) for each in full_study(StudyIds()))
    [study] = masking_product.get("/studies").json()
    yield study
    masking_product.clear()


@pytest.mark.parametrize("payload", MODIFICATIONS)
def test_a_study_is_modified_as_by_the_core(masking_product: Product, study: str, payload: dict[str, object]) -> None:
    compare(masking_product, f"/studies/{study}", "modify", payload)


@pytest.mark.parametrize("payload", ANONYMIZATIONS)
def test_a_study_is_anonymized_as_by_the_core(masking_product: Product, study: str, payload: dict[str, object]) -> None:
    compare(masking_product, f"/studies/{study}", "anonymize", payload)


@pytest.mark.parametrize(
    ("action", "payload"),
    [("modify", {"Replace": PATIENT, "Force": True}), ("anonymize", {}), ("anonymize", {"KeepPrivateTags": True})],
)
def test_a_patient_is_treated_as_by_the_core(
    masking_product: Product, study: str, action: str, payload: dict[str, object]
) -> None:
    patient = masking_product.get(f"/studies/{study}/patient").json()["ID"]
    compare(masking_product, f"/patients/{patient}", action, payload)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("modify", {"Replace": {"SeriesDescription": "x"}}),
        ("modify", {"Replace": {"SeriesInstanceUID": "1.2.3.9"}, "Force": True}),
        ("anonymize", {}),
    ],
)
def test_a_series_is_treated_as_by_the_core(
    masking_product: Product, study: str, action: str, payload: dict[str, object]
) -> None:
    for series in masking_product.get(f"/studies/{study}").json()["Series"]:
        compare(masking_product, f"/series/{series}", action, payload)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("modify", {"Replace": {"InstanceNumber": "9"}}),
        ("modify", {"Replace": {"SeriesInstanceUID": "1.2.3.9"}, "Force": True}),
        ("modify", {"Replace": {"StudyInstanceUID": "1.2.3.9"}, "Force": True}),
        ("modify", {"Replace": PATIENT, "Force": True}),
        ("modify", {"Keep": ["SOPInstanceUID"], "Force": True}),
        ("modify", {"Replace": {"SOPInstanceUID": "1.2.3.9"}, "Force": True}),
        ("anonymize", {}),
        ("anonymize", {"Keep": UIDS, "Force": True}),
    ],
)
def test_an_instance_is_treated_as_by_the_core(
    masking_product: Product, study: str, action: str, payload: dict[str, object]
) -> None:
    stored = masking_product.get("/instances").json()
    for instance in masking_product.get(f"/studies/{study}/instances").json():
        path = f"/instances/{instance['ID']}"
        source = read(masking_product.get(f"{path}/file").content)
        core = masking_product.post(f"{path}/{action}", json=payload)
        ours = masking_product.post(f"/plugins/pixels-masker{path}/{action}", json={**payload, "MaskPixelData": NO_HIT})
        assert ours.status_code == 200, ours.text
        assert ours.headers["Content-Type"] == "application/dicom"
        Comparison([source]).files(source, read(core.content), read(ours.content))
    assert masking_product.get("/instances").json() == stored


def test_without_a_mask_the_route_modifies_as_the_core(masking_product: Product, study: str) -> None:
    compare(masking_product, f"/studies/{study}", "modify", {"Replace": {"StudyDescription": "x"}}, mask=None)
    compare(masking_product, f"/studies/{study}", "anonymize", {}, mask=None)


def compare(
    product: Product,
    path: str,
    action: str,
    payload: dict[str, object],
    *,
    mask: dict[str, object] | None = NO_HIT,
) -> None:
    """Have both do the same, and compare the files of both."""
    results = []
    sources = files(product, path)
    for route, body in (
        (path, payload),
        (f"/plugins/pixels-masker{path}", payload if mask is None else {**payload, "MaskPixelData": mask}),
    ):
        before = set(product.get("/instances").json())
        answer = product.post(f"{route}/{action}", json=body)
        assert answer.status_code == 200, answer.text
        new = set(product.get("/instances").json()) - before
        results.append(([read(product.get(f"/instances/{each}/file").content) for each in new], answer.json()))
        product.post("/tools/bulk-delete", json={"Resources": list(new)}).raise_for_status()
    (core, core_answer), (ours, our_answer) = results
    assert len(core) == len(ours) == len(sources)
    comparison = Comparison(sources)
    for source, one, other in zip(ordered(sources), ordered(core), ordered(ours), strict=True):
        comparison.files(source, one, other)
    compare_answers(core_answer, our_answer, path, len(sources))


def compare_answers(core: dict[str, object], ours: dict[str, object], path: str, count: int) -> None:
    same = ("Description", "FailedInstancesCount", "InstancesCount", "IsAnonymization", "Type")
    assert {key: ours[key] for key in same} == {key: core[key] for key in same}
    assert set(core) <= set(ours)
    assert ours["InstancesCount"] == count
    assert ours["ParentResources"] == [path.rsplit("/", 1)[1]]
    assert str(ours["Path"]).split("/")[1] == path.split("/")[1]
    assert str(ours["Path"]).endswith(str(ours["ID"]))


def files(product: Product, path: str) -> list[FileDataset]:
    return [
        read(product.get(f"/instances/{each['ID']}/file").content) for each in product.get(f"{path}/instances").json()
    ]


def read(dicom: bytes) -> FileDataset:
    return dcmread(BytesIO(dicom))


def ordered(datasets: list[FileDataset]) -> list[FileDataset]:
    return sorted(datasets, key=lambda each: (each.SOPClassUID, each.InstanceNumber))


class Comparison:
    """Two results of the same source: equal but for identifiers, which map one to one throughout."""

    def __init__(self, sources: list[FileDataset]) -> None:
        self.ours_of: dict[str, str] = {}
        self.core_of: dict[str, str] = {}
        self.renewed: dict[str, str] = {}
        self.own_uids = {
            str(uid) for each in sources for uid in (each.SOPInstanceUID, each.SeriesInstanceUID, each.StudyInstanceUID)
        }

    def files(self, source: FileDataset, core: FileDataset, ours: FileDataset) -> None:
        assert ours.file_meta.TransferSyntaxUID == core.file_meta.TransferSyntaxUID
        assert ours.file_meta.MediaStorageSOPInstanceUID == ours.SOPInstanceUID
        for keyword in UIDS:
            self.renewed[str(source[keyword].value)] = str(ours[keyword].value)
        self.datasets(source, core, ours)

    def datasets(self, source: Dataset | None, core: Dataset, ours: Dataset) -> None:
        assert list(core.keys()) == list(ours.keys())
        for tag in core.keys():  # noqa: SIM118 - a Dataset iterates over elements
            one, other = core[tag], ours[tag]
            assert one.VR == other.VR, one
            if one.VR == "SQ":
                assert len(one.value) == len(other.value), one
                items = list(source[tag].value) if source is not None and tag in source else []
                for index, pair in enumerate(zip(one.value, other.value, strict=True)):
                    self.datasets(items[index] if index < len(items) else None, *pair)
            elif one.value != other.value:
                self.identifiers(one.keyword, str(one.value), str(other.value))

    def identifiers(self, keyword: str, core: str, ours: str) -> None:
        if core in self.own_uids:
            # The core's modify leaves references behind; ours follow what was renewed.
            assert ours not in self.own_uids, keyword
            return
        if keyword == "PatientName":
            assert re.fullmatch(r"Anonymized\d+", core), (keyword, core, ours)
            assert re.fullmatch(r"Anonymized\d+", ours), (keyword, core, ours)
        elif keyword == "PatientID":
            assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", ours), (keyword, core, ours)
        else:
            assert ours.startswith("2.25."), (keyword, core, ours)
            assert core.startswith("1.2.276.0.7230010."), (keyword, core, ours)
        assert self.ours_of.setdefault(core, ours) == ours, keyword
        assert self.core_of.setdefault(ours, core) == core, keyword
