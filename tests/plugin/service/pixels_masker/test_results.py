"""What a masking job leaves in Orthanc, and what it answers."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from orthanc_api_client import OrthancApiClient  # type: ignore[import-untyped]
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import RLELossless

from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import (
    StudyIds,
    add_pixels,
    capture,
    document,
    full_study,
    presentation_state,
    slices,
    structure_set,
    structured_report,
    to_bytes,
)

FILL = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [4, 2], "End": [10, 8]}
NOWHERE = {**FILL, "Origin": [900, 900], "End": [901, 901]}
BOX = {
    "MaskType": "Fill",
    "FillValue": 0,
    "RegionType": "3D",
    "Origin": [-6.0, -14.0, 33.0],
    "End": [2.0, -4.0, 29.0],
}


def upload(product: Product, datasets: Sequence[Dataset]) -> str:
    """Store the objects of one study; its Orthanc id."""
    instances = product.upload(to_bytes(each) for each in datasets)
    study: str = product.get(f"/instances/{instances[0]}/study").json()["ID"]
    return study


def mask(product: Product, path: str, action: str = "modify", **payload: object) -> dict[str, object]:
    """A masking request that succeeds; its answer."""
    answer = product.post(f"/plugins/pixels-masker{path}/{action}", json=payload)
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


def files(product: Product, path: str) -> list[FileDataset]:
    """The instances of a resource, in order."""
    found = [
        dcmread(BytesIO(product.get(f"/instances/{each['ID']}/file").content))
        for each in product.get(f"{path}/instances").json()
    ]
    return sorted(found, key=lambda each: (each.Modality, each.InstanceNumber))


def pixels(dataset: Dataset) -> NDArray[np.int64]:
    return dataset.pixel_array.astype(np.int64)


def test_a_rectangle_is_filled_and_all_else_is_bit_identical(product: Product) -> None:
    source = slices(StudyIds(), 3)
    study = upload(product, source)
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]})
    copies = files(product, f"/studies/{answer['ID']}")
    assert len(copies) == 3
    for before, after in zip(source, copies, strict=True):
        expected = np.frombuffer(before.PixelData, "<i2").reshape(24, 32).astype(np.int64)
        expected[2:8, 4:10] = 0
        np.testing.assert_array_equal(pixels(after), expected)
        assert after.ImageType[0] == "DERIVED"
        assert "mask" in after.DerivationDescription.lower()
        assert after.SOPInstanceUID != before.SOPInstanceUID
        assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID


def test_a_box_masks_what_it_covers_on_the_slices_it_meets(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 3))
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [BOX]})
    for index, copy in enumerate(files(product, f"/studies/{answer['ID']}")):
        expected = np.zeros((24, 32), bool)
        if index < 2:  # slices at 30 and 32 mm, not at 34
            for row in range(24):
                for column in range(32):
                    x, y = -10 + 0.75 * column, -20 + 1.25 * row
                    in_x = x + 0.375 >= -6 and x - 0.375 <= 2
                    expected[row, column] = in_x and y + 0.625 >= -14 and y - 0.625 <= -4
        np.testing.assert_array_equal(pixels(copy) == 0, expected)


@pytest.mark.parametrize(
    "region",
    [
        {**FILL, "Origin": [-(2**31), -(10**30)], "End": [2**31 - 1, 10**30]},
        {**BOX, "Origin": [-1e300, 1e300, -1e9], "End": [1e300, -1e300, 10**12]},
    ],
    ids=["pixels", "millimetres"],
)
def test_a_region_far_beyond_the_image_is_all_of_it(product: Product, region: dict[str, object]) -> None:
    study = upload(product, slices(StudyIds(), 2))
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [region]})
    assert not any(pixels(copy).any() for copy in files(product, f"/studies/{answer['ID']}"))


def test_targets_limit_a_region_to_series_and_instances(product: Product) -> None:
    ids = StudyIds()
    study = upload(product, [*slices(ids, 3), *slices(ids, 2, modality="MR")])
    series = {each["MainDicomTags"]["Modality"]: each for each in product.get(f"/studies/{study}/series").json()}
    second = next(
        each["ID"]
        for each in product.get(f"/series/{series['CT']['ID']}/instances").json()
        if each["MainDicomTags"]["InstanceNumber"] == "2"
    )
    both = {**FILL, "TargetSeries": [series["CT"]["ID"]], "TargetInstances": [second]}
    neither = {**NOWHERE, **FILL, "TargetSeries": [series["MR"]["ID"]], "TargetInstances": [second]}
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [both, neither]})
    masked = [
        (each.Modality, int(each.InstanceNumber))
        for each in files(product, f"/studies/{answer['ID']}")
        if (pixels(each) == 0).any()
    ]
    assert masked == [("CT", 2)]


def test_regions_are_applied_in_their_order(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 1))
    regions = [{**FILL, "FillValue": 7}, {**FILL, "FillValue": -9, "End": [6, 4]}]
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": regions})
    [copy] = files(product, f"/studies/{answer['ID']}")
    assert (pixels(copy)[2:4, 4:6] == -9).all()
    assert (pixels(copy)[4:8, 6:10] == 7).all()


def test_claims_are_recorded_only_when_made(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 1))

    def codes(**claims: bool) -> tuple[object, list[str]]:
        answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL], **claims})
        [copy] = files(product, f"/studies/{answer['ID']}")
        found = [str(each.CodeValue) for each in copy.get("DeidentificationMethodCodeSequence", [])]
        return copy.get("BurnedInAnnotation"), found

    assert codes() == (None, [])
    assert codes(CleanPixelData=True) == ("NO", ["113101"])
    assert codes(CleanRecognizableVisualFeatures=True)[1] == ["113102"]


def test_references_follow_the_new_identifiers(product: Product) -> None:
    ids = StudyIds()
    study = upload(product, full_study(ids))
    for action in ("modify", "anonymize"):
        payload = {"Keep": ["ContentSequence"]} if action == "anonymize" else {}
        answer = mask(product, f"/studies/{study}", action, MaskPixelData={"Regions": [FILL]}, **payload)
        copies = files(product, f"/studies/{answer['ID']}")
        by_modality = {each.Modality: each for each in copies}
        ct = [each for each in copies if each.Modality == "CT"]
        uids = [each.SOPInstanceUID for each in ct]
        assert {each.StudyInstanceUID for each in copies} == {ct[0].StudyInstanceUID} != {ids.study_uid}
        frames = {each.FrameOfReferenceUID for each in copies if "FrameOfReferenceUID" in each}
        assert len(frames) == 1
        assert (frames == {ids.frame_uid}) == (action == "modify")
        assert ct[2].ReferencedImageSequence[0].ReferencedSOPInstanceUID == ct[1].SOPInstanceUID

        [frame] = by_modality["RTSTRUCT"].ReferencedFrameOfReferenceSequence
        assert frame.FrameOfReferenceUID in frames
        assert by_modality["RTSTRUCT"].StructureSetROISequence[0].ReferencedFrameOfReferenceUID in frames
        [referenced_study] = frame.RTReferencedStudySequence
        assert referenced_study.ReferencedSOPInstanceUID == ct[0].StudyInstanceUID
        [series] = referenced_study.RTReferencedSeriesSequence
        assert series.SeriesInstanceUID == ct[0].SeriesInstanceUID
        assert [each.ReferencedSOPInstanceUID for each in series.ContourImageSequence] == uids

        [evidence] = by_modality["SR"].CurrentRequestedProcedureEvidenceSequence
        assert evidence.StudyInstanceUID == ct[0].StudyInstanceUID
        assert evidence.ReferencedSeriesSequence[0].SeriesInstanceUID == ct[0].SeriesInstanceUID
        content = by_modality["SR"].ContentSequence[0].ReferencedSOPSequence[0]
        if action == "modify":
            assert content.ReferencedSOPInstanceUID == uids[0]
        [shown] = by_modality["PR"].ReferencedSeriesSequence
        assert [each.ReferencedSOPInstanceUID for each in shown.ReferencedImageSequence] == uids


def test_new_identifiers_cannot_be_traced_and_differ_between_jobs(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 1))
    answers = [mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]}) for _ in range(2)]
    copies = [files(product, f"/studies/{answer['ID']}")[0] for answer in answers]
    assert copies[0].SOPInstanceUID != copies[1].SOPInstanceUID
    assert copies[0].StudyInstanceUID != copies[1].StudyInstanceUID


def test_levels_keep_what_is_above_them(product: Product) -> None:
    ids = StudyIds()
    study = upload(product, [*slices(ids, 2), *slices(ids, 1, modality="MR")])
    series = product.get(f"/studies/{study}/series").json()[0]["ID"]
    of_study = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]})
    assert of_study["Type"] == "Study"
    assert product.get(f"/studies/{of_study['ID']}").json()["PatientMainDicomTags"]["PatientID"] == ids.patient_id
    of_series = mask(product, f"/series/{series}", MaskPixelData={"Regions": [FILL]})
    assert of_series["Type"] == "Series"
    assert product.get(f"/series/{of_series['ID']}").json()["ParentStudy"] == study
    patient = product.get(f"/studies/{study}/patient").json()["ID"]
    of_patient = mask(
        product, f"/patients/{patient}", Replace={"PatientID": "Q"}, Force=True, MaskPixelData={"Regions": [FILL]}
    )
    assert of_patient["Type"] == "Patient"
    new = product.get(f"/patients/{of_patient['ID']}").json()
    assert new["MainDicomTags"]["PatientID"] == "Q"
    assert of_patient["PatientID"] == of_patient["ID"]


@pytest.mark.parametrize("action", ["modify", "anonymize"])
def test_all_studies_of_a_patient_stay_one_patient(product: Product, action: str) -> None:
    studies = [StudyIds(), StudyIds()]
    sources = [full_study(ids) for ids in studies]
    for source in sources:
        upload(product, source)
    [patient] = product.get("/patients").json()
    payload = {"Replace": {"PatientID": "Q"}, "Force": True} if action == "modify" else {}
    answer = mask(product, f"/patients/{patient}", action, MaskPixelData={"Regions": [FILL]}, **payload)
    assert answer["ParentResources"] == [patient]
    assert answer["InstancesCount"] == sum(map(len, sources))
    copy = product.get(f"/patients/{answer['ID']}").json()
    assert len(copy["Studies"]) == 2
    for study in copy["Studies"]:
        objects = files(product, f"/studies/{study}")
        assert len(objects) == len(sources[0])
        images = [each for each in objects if each.Modality == "CT"]
        assert all((pixels(each)[2:8, 4:10] == 0).all() for each in images)
        [evidence] = next(e for e in objects if e.Modality == "SR").CurrentRequestedProcedureEvidenceSequence
        assert evidence.StudyInstanceUID == images[0].StudyInstanceUID
        assert {each.PatientID for each in objects} == {copy["MainDicomTags"]["PatientID"]}
    # The two studies were of different frames of reference, and still are.
    frames = {each.FrameOfReferenceUID for each in files(product, f"/patients/{answer['ID']}") if each.Modality == "CT"}
    assert len(frames) == 2


def test_an_instance_is_answered_and_not_stored(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 2))
    stored = product.get("/instances").json()
    answer = product.post(
        f"/plugins/pixels-masker/instances/{stored[0]}/modify", json={"MaskPixelData": {"Regions": [FILL]}}
    )
    assert answer.headers["Content-Type"] == "application/dicom"
    copy = dcmread(BytesIO(answer.content))
    assert (pixels(copy)[2:8, 4:10] == 0).all()
    assert copy.StudyInstanceUID == product.get(f"/studies/{study}").json()["MainDicomTags"]["StudyInstanceUID"]
    assert product.get("/instances").json() == stored


def test_the_first_two_examples_of_the_reference_work(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 4, first_position_mm=(-10, -300, -900), rows=64))
    for uid, paint in (("1.2.3", {"MaskType": "Fill", "FillValue": 0}), ("1.2.4", {"MaskType": "MeanFilter"})):
        region = {
            **paint,
            **({"FilterWidth": 30} if paint["MaskType"] == "MeanFilter" else {}),
            "RegionType": "3D",
            "Origin": [-150.0, -300, -750],
            "End": [150.0, -250, -1000],
        }
        answer = mask(
            product,
            f"/studies/{study}",
            Replace={"StudyInstanceUID": uid, "StudyDescription": "Filled Area"},
            Force=True,
            MaskPixelData={"Regions": [region]},
        )
        created = product.get(f"/studies/{answer['ID']}").json()["MainDicomTags"]
        assert created["StudyInstanceUID"] == uid
        assert created["StudyDescription"] == "Filled Area"
        copies = files(product, f"/studies/{answer['ID']}")
        assert len(copies) == 4
        if uid == "1.2.3":
            assert (pixels(copies[0])[:40] == 0).all()
            assert (pixels(copies[0])[41:] != 0).all()


def test_the_series_example_of_the_reference_works(product: Product) -> None:
    images = [capture(StudyIds(), rows=80, columns=1500)]
    study = upload(product, images)
    [series] = product.get(f"/studies/{study}").json()["Series"]
    mean = {"MaskType": "MeanFilter", "FilterWidth": 20, "RegionType": "2D", "Origin": [0, 0], "End": [400, 60]}
    fill = {"MaskType": "Fill", "FillValue": 100, "RegionType": "2D", "Origin": [1080, 0], "End": [1380, 60]}
    answer = mask(
        product,
        f"/series/{series}",
        Replace={"StudyInstanceUID": "1.2.5", "StudyDescription": "Masked US"},
        Force=True,
        MaskPixelData={"Regions": [mean, fill]},
    )
    [copy] = files(product, f"/series/{answer['ID']}")
    assert copy.StudyInstanceUID == "1.2.5"
    assert (pixels(copy)[:60, 1080:1380] == 100).all()


def test_the_python_client_of_orthanc_drives_a_masking_job(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 6))
    client = OrthancApiClient(product.url)
    answer = client.post(
        endpoint=f"plugins/pixels-masker/studies/{study}/modify",
        json={
            "Replace": {"PatientID": "ANON", "PatientName": "Anon"},
            "Force": True,
            "KeepSource": True,
            "Asynchronous": True,
            "MaskPixelData": {
                "Regions": [
                    {
                        "MaskType": "MeanFilter",
                        "FilterWidth": 30,
                        "RegionType": "3D",
                        "Origin": [-150.0, -300.0, -750.0],
                        "End": [150.0, 250.0, 1000.0],
                    }
                ]
            },
        },
    )
    job = client.jobs.get(answer.json()["ID"])
    assert job.wait_completed(timeout=60, polling_interval=0.1)
    content = job.refresh().content
    assert job.info.status == "Success"
    assert content["ParentResources"][0] == study
    assert client.studies.exists(study)
    assert len(client.studies.get_instances_ids(content["ID"])) == 6
    assert client.studies.get_tags(content["ID"])["PatientID"] == "ANON"
    assert client.studies.get_parent_patient_id(content["ID"]) == content["PatientID"]


def test_jobs_look_like_the_cores(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 4))
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]}, Asynchronous=True, Priority=3)
    assert answer["Path"] == f"/jobs/{answer['ID']}"
    job = wait_for_job(product, str(answer["ID"]))
    assert job["State"] == "Success"
    assert job["Type"] == "PixelsMasker"
    assert job["Priority"] == 3
    assert job["Progress"] == 100
    assert job["ErrorCode"] == 0
    content = job["Content"]
    assert isinstance(content, dict)
    assert content["InstancesCount"] == 4
    assert product.get(f"/studies/{content['ID']}").status_code == 200
    assert answer["ID"] in product.get("/jobs").json()
    core = product.post(f"/studies/{study}/modify", json={"Asynchronous": True}).json()
    of_core = wait_for_job(product, core["ID"])
    assert set(of_core) <= set(job)
    core_content = of_core["Content"]
    assert isinstance(core_content, dict)
    assert set(core_content) <= set(content)
    assert {key: type(job[key]) for key in of_core} == {key: type(of_core[key]) for key in of_core}
    synchronous = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]}, Synchronous=False)
    assert set(synchronous) == {"ID", "Path"}
    wait_for_job(product, str(synchronous["ID"]))


def test_the_origin_of_a_copy_is_noted(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 1))
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]})
    assert product.get(f"/studies/{answer['ID']}/metadata/8310").text == study
    patient = product.get(f"/studies/{study}").json()["ParentPatient"]
    anonymous = mask(product, f"/studies/{study}", "anonymize", MaskPixelData={"Regions": [FILL]})
    assert product.get(f"/patients/{anonymous['PatientID']}/metadata/8310").text == patient
    [instance] = product.get(f"/studies/{study}/instances").json()
    [copy] = product.get(f"/studies/{answer['ID']}/instances").json()
    assert product.get(f"/instances/{copy['ID']}/metadata/8310").text == instance["ID"]


def test_labels_are_handed_on_where_orthanc_knows_labels(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 1))
    [instance] = product.get(f"/studies/{study}/instances").json()
    with product.client() as client:
        knows = client.put(f"/studies/{study}/labels/teaching", content=b"").status_code == 200
        client.put(f"/instances/{instance['ID']}/labels/key", content=b"")
    kept = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]}, KeepLabels=True)
    dropped = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]})
    if knows:
        assert product.get(f"/studies/{kept['ID']}/labels").json() == ["teaching"]
        [copy] = product.get(f"/studies/{kept['ID']}/instances").json()
        assert product.get(f"/instances/{copy['ID']}/labels").json() == ["key"]
        assert product.get(f"/studies/{dropped['ID']}/labels").json() == []


def test_what_goes_along_unmasked_is_named(product: Product) -> None:
    ids = StudyIds()
    ct = slices(ids, 2)
    others = [document(ids), capture(ids), presentation_state(ids, ct), structured_report(ids, ct)]
    study = upload(product, [*ct, *others, structure_set(ids, ct)])
    series = [
        each["ID"]
        for each in product.get(f"/studies/{study}/series").json()
        if each["MainDicomTags"]["Modality"] == "CT"
    ]
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [{**FILL, "TargetSeries": series}]})
    warnings = answer["Warnings"]
    assert isinstance(warnings, list)
    assert len(warnings) == 4
    text = " ".join(warnings)
    for kind in ("encapsulated document", "secondary capture", "presentation state", "structured report"):
        assert kind in text
    [job] = [each for each in product.get("/jobs?expand").json() if each["Content"].get("ID") == answer["ID"]]
    assert job["Content"]["Warnings"] == warnings
    everywhere = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]})
    assert "secondary capture" not in str(everywhere["Warnings"])


def test_sources_are_removed_on_request_once_the_copies_are_there(product: Product) -> None:
    study = upload(product, full_study(StudyIds()))
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [FILL]}, KeepSource=False)
    assert product.get(f"/studies/{study}").status_code == 404
    assert len(files(product, f"/studies/{answer['ID']}")) == 9


def test_one_bad_image_fails_the_job_and_leaves_nothing(product: Product) -> None:
    def lose_position(dataset: Dataset) -> None:
        if dataset.InstanceNumber == 5:
            del dataset.ImagePositionPatient

    study = upload(product, slices(StudyIds(), 12, change=lose_position))
    stored = sorted(product.get("/instances").json())
    bad = bad_instance(product, study)
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"MaskPixelData": {"Regions": [BOX]}, "KeepSource": False},
    )
    assert answer.status_code == 400
    assert bad in answer.json()["Message"]
    assert sorted(product.get("/instances").json()) == stored
    job = product.get("/jobs?expand").json()[-1]
    assert job["State"] == "Failure"
    assert bad in job["ErrorDetails"]


def test_permissive_jobs_store_the_others_and_list_the_failed(product: Product) -> None:
    def lose_position(dataset: Dataset) -> None:
        if dataset.InstanceNumber == 5:
            del dataset.ImagePositionPatient

    study = upload(product, slices(StudyIds(), 12, change=lose_position))
    bad = bad_instance(product, study)
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [BOX]}, Permissive=True, KeepSource=False)
    assert answer["FailedInstancesCount"] == 1
    failures = answer["FailedInstances"]
    assert isinstance(failures, list)
    assert [each["ID"] for each in failures] == [bad]
    assert "ImagePositionPatient" in failures[0]["Reason"]
    assert len(files(product, f"/studies/{answer['ID']}")) == 11
    assert [each["ID"] for each in product.get(f"/studies/{study}/instances").json()] == [bad]


def test_a_fill_value_is_checked_for_every_target_before_anything_is_stored(product: Product) -> None:
    def narrow(dataset: Dataset) -> None:
        if dataset.InstanceNumber == 20:
            add_pixels(dataset, np.zeros((24, 32), np.uint8))

    study = upload(product, slices(StudyIds(), 20, change=narrow))
    last_change = product.get("/changes?last").json()["Last"]
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={"MaskPixelData": {"Regions": [{**FILL, "FillValue": 300}]}},
    )
    assert answer.status_code == 400
    assert answer.json()["Details"][0]["loc"] == ["body", "MaskPixelData", "Regions", 0, "FillValue"]
    changes = product.get(f"/changes?since={last_change}").json()["Changes"]
    assert not [each for each in changes if each["ChangeType"].startswith("New")]


def test_a_kept_identifier_is_possible_where_nothing_is_hit(product: Product) -> None:
    study = upload(product, slices(StudyIds(), 2))
    answer = mask(
        product, f"/studies/{study}", MaskPixelData={"Regions": [NOWHERE]}, Keep=["SOPInstanceUID"], Force=True
    )
    assert len(files(product, f"/studies/{answer['ID']}")) == 2


def test_untouched_instances_keep_their_pixels_and_syntax_byte_for_byte(product: Product) -> None:
    ids = StudyIds()
    images = slices(ids, 2)
    plain = to_bytes(images[0])
    images[0] = dcmread(BytesIO(plain))
    images[0].compress(RLELossless, generate_instance_uid=False)
    dicom = BytesIO()
    images[0].save_as(dicom, enforce_file_format=True)
    product.upload([dicom.getvalue(), to_bytes(images[1])])
    [study] = product.get("/studies").json()
    answer = mask(product, f"/studies/{study}", MaskPixelData={"Regions": [NOWHERE]})
    for before, after in zip(images, files(product, f"/studies/{answer['ID']}"), strict=True):
        assert after.PixelData == before.PixelData
        assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID


def wait_for_job(product: Product, job_id: str) -> dict[str, object]:
    """The job once it is finished."""
    path = f"/jobs/{job_id}"
    wait_until(
        lambda: product.get(path).json()["State"] in ("Success", "Failure"), what=f"end of {path}", timeout_s=120
    )
    job: dict[str, object] = product.get(path).json()
    return job


def bad_instance(product: Product, study: str) -> str:
    """Orthanc id of the fifth instance."""
    instances = product.get(f"/studies/{study}/instances").json()
    found: str = next(each["ID"] for each in instances if each["MainDicomTags"]["InstanceNumber"] == "5")
    return found


@pytest.mark.parametrize("action", ["modify", "anonymize"])
def test_a_region_on_all_of_a_study_spares_what_has_no_pixels(product: Product, action: str) -> None:
    ids = StudyIds()
    study = upload(product, [document(ids), structured_report(ids, slices(ids, 1))])
    answer = mask(product, f"/studies/{study}", action, MaskPixelData={"Regions": [BOX, FILL]})
    assert answer["InstancesCount"] == 2
