"""A registered series says what its source said of losses, contrast and trial."""

import pytest
from pydicom import Dataset
from pydicom.uid import JPEGBaseline8Bit

from ophtha_core.dicom.derived_header import patient_and_study
from registration.results.source_history import carry_history
from registration.slices import Side
from registration.volume import read_series
from tests.kit.ct_files import SMALL, files, instances


def carried(change: dict[str, object], *, of: slice = slice(None)) -> Dataset:
    series = instances(SMALL)
    for one in series[of]:
        for keyword, value in change.items():
            setattr(one, keyword, value)
    result = Dataset()
    carry_history(result, read_series(files(series), side=Side.FLOATING).files)
    return result


@pytest.mark.parametrize("of", [slice(None), slice(7, 8)], ids=["all slices", "one slice"])
def test_a_loss_of_the_source_stays_named(of: slice) -> None:
    result = carried(
        {
            "LossyImageCompression": "01",
            "LossyImageCompressionRatio": [12, 3.5],
            "LossyImageCompressionMethod": ["ISO_15444_1", "ISO_10918_1"],
        },
        of=of,
    )
    assert result.LossyImageCompression == "01"
    assert list(result.LossyImageCompressionRatio) == [12, 3.5]
    assert list(result.LossyImageCompressionMethod) == ["ISO_15444_1", "ISO_10918_1"]


def test_a_lossless_source_gives_an_image_without_losses() -> None:
    result = carried({})
    assert result.LossyImageCompression == "00"
    assert "LossyImageCompressionMethod" not in result


def test_a_coding_that_always_loses_is_named_where_the_header_is_silent() -> None:
    slices = read_series(files(instances(SMALL)), side=Side.FLOATING).files
    slices[3].header.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    result = Dataset()
    carry_history(result, slices)
    assert (result.LossyImageCompression, result.LossyImageCompressionMethod) == ("01", "ISO_10918_1")


def test_contrast_body_part_and_trial_go_with_the_image() -> None:
    given: dict[str, object] = {
        "ContrastBolusAgent": "IOHEXOL",
        "ContrastBolusVolume": 80,
        "ContrastBolusRoute": "IV",
        "BodyPartExamined": "LUNG",
        "ClinicalTrialCoordinatingCenterName": "Core lab",
    }
    result = carried(given)
    assert {keyword: result[keyword].value for keyword in given} == given


def test_the_subject_of_a_trial_stays_its_subject() -> None:
    source = instances(SMALL)[0]
    source.ClinicalTrialProtocolID, source.ClinicalTrialSubjectID = "NCT-1", "S-7"
    source.ClinicalTrialTimePointID = "week 12"
    header = patient_and_study(source)
    assert (header.ClinicalTrialProtocolID, header.ClinicalTrialSubjectID) == ("NCT-1", "S-7")
    assert header.ClinicalTrialTimePointID == "week 12"
