import pytest
from pydicom.dataset import Dataset

from ophtha_core.detection.identifying import IdentifyingValues


@pytest.fixture
def values() -> IdentifyingValues:
    dataset = Dataset()
    dataset.PatientName = "Müller^Jo Anne"
    dataset.PatientID = "P-47110"
    dataset.PatientBirthDate = "19610317"
    dataset.AccessionNumber = "ACC77"
    dataset.InstitutionName = "Sankt Göran"
    dataset.StudyDate, dataset.StudyTime = "20240102", "101112"
    dataset.ReferringPhysicianName = "Refer^Anna"
    dataset.DeviceSerialNumber = "SN-900817"
    return IdentifyingValues.of(dataset)


@pytest.mark.parametrize(
    "text",
    [
        "MULLER, JO ANNE",
        "Anne Müller",
        "Jo",
        "ID: P47110",
        "P_47110",
        "47110",
        "17.03.1961",
        "03/17/61",
        "17 Mar 1961",
        "1961-03-17",
        "2.1.2024",
        "10:11",
        "10:11:12",
        "acc 77",
        "St. Goran Sankt",
        "Dr. ANNA",
        "900817",
        "MÜLL3R",
    ],
)
def test_what_the_header_says_is_known_in_whatever_form_it_is_printed(values: IdentifyingValues, text: str) -> None:
    assert values.are_in(text)


@pytest.mark.parametrize("text", ["Depth 16 cm", "MI 0.8", "Lymph node", "13.04.1977", ""])
def test_what_it_does_not_say_is_not(values: IdentifyingValues, text: str) -> None:
    assert not values.are_in(text)
