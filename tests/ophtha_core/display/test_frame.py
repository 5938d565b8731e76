"""A preview shows exactly the pixels that masking will change."""

import io

import numpy as np
import pytest
from pydicom import dcmread

from ophtha_core.display.frame import Shown, Window, png_of, show_frame, show_masked_frame
from ophtha_core.errors import InvalidInput
from ophtha_core.masking.apply import mask_instance
from ophtha_core.masking.region import Fill, MeanFilter, Region2D
from ophtha_core.phantoms.head_ct import HeadCt, head_ct

_WINDOW = Window(centre=0.5, width=255)
_REGION = Region2D(origin_px=(4, 6), end_px=(20, 12), paint=Fill(value=3000))


@pytest.fixture(scope="module")
def dicom() -> bytes:
    dataset = list(head_ct(HeadCt(pixels=32, field_mm=220.0, slices=3, slice_spacing_mm=20, lowest_z_mm=0)))[1]
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_a_window_maps_values_to_grey_linearly(dicom: bytes) -> None:
    values = dcmread(io.BytesIO(dicom)).pixel_array.astype(float)
    expected = np.clip(np.rint((values + 127) * 255 / 254), 0, 255)
    assert np.abs(show_frame(dicom, 0, window=_WINDOW).astype(float) - expected).max() <= 1


@pytest.mark.parametrize("paint", [Fill(value=3000), MeanFilter(width_px=5)])
def test_after_is_the_picture_of_the_masked_file(dicom: bytes, paint: Fill | MeanFilter) -> None:
    region = Region2D(origin_px=(4, 6), end_px=(20, 12), paint=paint)
    shown = show_masked_frame(dicom, 0, [region], shown=Shown.AFTER, window=_WINDOW)
    np.testing.assert_array_equal(shown, show_frame(mask_instance(dicom, [region]).dicom, 0, window=_WINDOW))


def test_before_is_the_picture_of_the_file(dicom: bytes) -> None:
    shown = show_masked_frame(dicom, 0, [_REGION], shown=Shown.BEFORE, window=_WINDOW)
    np.testing.assert_array_equal(shown, show_frame(dicom, 0, window=_WINDOW))


def test_the_difference_has_colour_inside_the_region_only(dicom: bytes) -> None:
    shown = show_masked_frame(dicom, 0, [_REGION], shown=Shown.DIFFERENCE, window=_WINDOW).astype(int)
    grey = (shown.max(axis=2) == shown.min(axis=2)) & (shown.max(axis=2) < 100)
    inside = np.zeros((32, 32), bool)
    inside[6:12, 4:20] = True
    np.testing.assert_array_equal(grey, ~inside)


def test_a_frame_that_is_not_there_is_named(dicom: bytes) -> None:
    with pytest.raises(InvalidInput, match="frames 0 to 0"):
        show_frame(dicom, 1)


def test_a_window_without_width_is_refused() -> None:
    with pytest.raises(InvalidInput, match="window"):
        Window(centre=0, width=0)


def test_a_picture_is_a_png(dicom: bytes) -> None:
    assert png_of(show_frame(dicom, 0)).startswith(b"\x89PNG")
