"""Regions to keep, and regions of single frames, against masks made by numpy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.masking.apply import mask_dataset, mask_instance
from ophtha_core.masking.region import Fill, MeanFilter, PolygonRegion, Region, Region2D
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from tests.kit.masked import file_of, parse, stored_pixels

ROWS, COLUMNS, FRAMES = 24, 30, 3
KEEP = Region2D(origin_px=(4, 5), end_px=(20, 15), paint=Fill(value=7), keep=True)


@st.composite
def boxes(draw: st.DrawFn, *, keep: bool) -> Region2D:
    x, y = st.integers(-3, COLUMNS + 3), st.integers(-3, ROWS + 3)
    return Region2D(
        origin_px=(draw(x), draw(y)),
        end_px=(draw(x), draw(y)),
        paint=Fill(value=7 if keep else draw(st.integers(8, 12))),
        frames=draw(st.frozensets(st.integers(0, FRAMES))),
        keep=keep,
    )


def pixels_of(region: Region2D) -> np.ndarray:
    mask = np.zeros((ROWS, COLUMNS), bool)
    (left, right), (top, bottom) = ((max(low, 0), max(high, 0)) for low, high in (region.columns, region.rows))
    mask[top:bottom, left:right] = True
    return mask


def oracle(before: np.ndarray, regions: list[Region2D]) -> np.ndarray:
    after = before.copy()
    for frame in range(FRAMES):
        meant = [each for each in regions if not each.frames or frame in each.frames]
        kept = [pixels_of(each) for each in meant if each.keep]
        if kept:
            after[frame][~np.logical_or.reduce(kept)] = 7
        for each in meant:
            if not each.keep:
                after[frame][pixels_of(each)] = each.paint.value
    return after


@settings(max_examples=100, deadline=None)
@given(regions=st.lists(st.booleans().flatmap(lambda keep: boxes(keep=keep)), min_size=1, max_size=5))
def test_what_is_kept_comes_first_then_the_others_in_their_order(regions: list[Region2D]):
    dicom = file_of(image_of(FORMAT_OF["mono 16 frames"]))
    before = stored_pixels(dicom)[..., 0]
    expected = oracle(before, regions)
    dataset = parse(dicom)
    done = mask_dataset(dataset, regions)
    np.testing.assert_array_equal(stored_pixels(file_of(dataset))[..., 0], expected)
    for region, hits in zip(regions, done.hits, strict=True):
        meant = [frame for frame in range(FRAMES) if not region.frames or frame in region.frames]
        assert hits == (len(meant) if pixels_of(region).any() else 0)


def test_a_polygon_is_kept_like_a_box():
    corners = ((4.0, 5.0), (20.0, 5.0), (20.0, 15.0), (4.0, 15.0))
    polygon = PolygonRegion(points_px=corners, paint=Fill(value=7), keep=True)
    dicom = file_of(image_of(FORMAT_OF["mono 8"]))
    found, wanted = (stored_pixels(mask_instance(dicom, [each]).dicom) for each in (polygon, KEEP))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    "elsewhere", [replace(KEEP, origin_px=(50, 50), end_px=(60, 60)), replace(KEEP, end_px=KEEP.origin_px)]
)
def test_where_nothing_is_kept_everything_is_masked_and_said(elsewhere: Region):
    dataset = image_of(FORMAT_OF["mono 8"])
    done = mask_dataset(dataset, [elsewhere])
    assert done.is_all_masked
    assert done.hits == (0,)
    assert (stored_pixels(file_of(dataset)) == 7).all()


def test_where_everything_is_kept_nothing_changes():
    dicom = file_of(image_of(FORMAT_OF["mono 8"]))
    assert mask_instance(dicom, [replace(KEEP, origin_px=(-1, -1), end_px=(99, 99))]).dicom == dicom


def test_a_region_of_another_frame_is_no_hit():
    dataset = image_of(FORMAT_OF["mono 8"])
    done = mask_dataset(dataset, [replace(KEEP, keep=False, frames=frozenset({1}))])
    assert (tuple(done.frames), done.hits) == ((), (0,))


@pytest.mark.parametrize(("paint", "name"), [(Fill(value=8), "FillValue"), (MeanFilter(width_px=4), "FilterWidth")])
def test_two_ways_to_mask_the_rest_are_refused(paint: Fill | MeanFilter, name: str):
    other = replace(KEEP, paint=paint, field="Regions[1]")
    with pytest.raises(InvalidInput, match="to keep") as error:
        mask_instance(file_of(image_of(FORMAT_OF["mono 8"])), [KEEP, other])
    assert error.value.field == f"Regions[1].{name}"
