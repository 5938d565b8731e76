import pytest

from ophtha_core.detection.measurements import is_measurement


@pytest.mark.parametrize(
    "text",
    [
        "1.24 cm",
        "MI 0.8",
        "MI: 0.8",
        "15 Hz",
        "Gain 62 %",
        "Depth 16.0 cm",
        "D1 34.5 mm",
        "120 kV",
        "28Hz",
        "11cm",
        "L",
        "TIS 0.4 MI 0.8",
    ],
)
def test_numbers_with_units_settings_and_lateralities_stay(text: str) -> None:
    assert is_measurement(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DOE JANE",
        "4711",
        "12.07.2021",
        "2021-07-12",
        "14:33",
        "19610317",
        "1.24 cm DOE",
        "Dr. 15 mm",
        "ID 4711-0815",
        "058Y",
        "MI 0.8 SMITH",
        "L. Miller",
        "12 mm 2021-07-12",
    ],
)
def test_whatever_else_a_line_says_goes(text: str) -> None:
    assert not is_measurement(text)
