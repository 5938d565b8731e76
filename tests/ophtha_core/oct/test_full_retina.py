"""Sums of layers are macular thickness only where the layers are the whole retina."""

from collections.abc import Sequence

import numpy as np
import pytest

from ophtha_core.oct.full_retina import (
    ALL_LAYERS,
    OuterBorder,
    RetinaLayers,
    columns_without,
    retina_layers,
    segmented_columns,
    without_gaps,
)
from ophtha_core.oct.polygon import Outline
from ophtha_core.oct.segmented_scan import SegmentedScan

WIDTH, HEIGHT = 20, 200


def band(name: str, top: float, bottom: float, first: float = 0, last: float = WIDTH - 1) -> Outline:
    points = np.array([[first, top], [last, top], [last, bottom], [first, bottom]], dtype=np.float64)
    return Outline(name=name, points=points, field=name)


def scan_of(*outlines: Outline) -> SegmentedScan:
    return SegmentedScan(slices=[outlines, outlines], width=WIDTH, height=HEIGHT)


def found(*outlines: Outline) -> RetinaLayers:
    scan = scan_of(*outlines)
    return retina_layers(scan, scan.thickness_px(scan.classes))


@pytest.mark.parametrize(
    ("outlines", "border"),
    [
        ([band("Retina", 10, 60)], OuterBorder.RPE),
        ([band("ILM-BM", 10, 60), band("rnfl", 10, 20)], OuterBorder.BM),
        ([band("rnfl", 10, 20), band("inner", 20, 50), band("RPE", 50, 60)], OuterBorder.RPE),
        ([band("rnfl", 10, 20), band("rest", 20, 60), band("bm", 60, 62)], OuterBorder.BM),
        ([band("rnfl", 10, 20), band("inner", 20.4, 50), band("rpe", 50, 60)], OuterBorder.RPE),
        ([band("ilm", 9, 10), band("rnfl", 10, 20), band("rpe", 20, 60), band("choroid", 60, 90)], OuterBorder.RPE),
        ([band(name, 5 * place, 5 * place + 3) for place, name in enumerate(sorted(ALL_LAYERS))], OuterBorder.RPE),
    ],
)
def test_what_reaches_from_ilm_to_rpe_is_the_retina(outlines: Sequence[Outline], border: OuterBorder) -> None:
    assert found(*outlines).border is border


@pytest.mark.parametrize(
    ("outlines", "reason"),
    [
        ([band("rnfl", 10, 20), band("gcl", 20, 30), band("ipl", 30, 40)], "rpe is missing"),
        ([band("gcl", 20, 30), band("rpe", 30, 40)], "rnfl is missing"),
        ([band("rnfl", 10, 20), band("rpe", 50, 60)], "gaps"),
        ([band("rnfl", 10, 30), band("inner", 20, 50), band("rpe", 50, 60)], "overlap"),
    ],
)
def test_parts_of_the_retina_are_told_apart_by_name_and_by_gap(outlines: Sequence[Outline], reason: str) -> None:
    layers = found(*outlines)
    assert layers.border is None
    assert reason in layers.reason


def test_a_class_of_the_whole_retina_stands_alone_and_choroid_never_counts() -> None:
    assert found(band("rnfl", 10, 20), band("retina", 10, 60)).classes == ("retina",)
    assert found(band("rnfl", 10, 20), band("rpe", 20, 60), band("Choroid", 60, 90)).classes == ("rnfl", "rpe")


def test_what_no_layer_reaches_was_not_measured_with_one_class_as_with_many() -> None:
    several = scan_of(
        band("rnfl", 10, 20, 0, 6), band("rnfl", 10, 20, 13, 19), band("rpe", 20, 30, 0, 6), band("rpe", 20, 30, 13, 19)
    )
    assert segmented_columns(several)[0].tolist() == [True] * 7 + [False] * 6 + [True] * 7
    single = scan_of(band("rnfl", 10, 20, 2, 6), band("rnfl", 10, 20, 13, 18))
    assert segmented_columns(single)[0].tolist() == [False] * 2 + [True] * 5 + [False] * 6 + [True] * 6 + [False]


def test_a_layer_that_ends_where_another_goes_on_is_zero_and_counted() -> None:
    scan = scan_of(band("rnfl", 10, 20, 0, 6), band("rpe", 20, 30, 0, 12))
    maps = without_gaps(scan, scan.thickness_px(scan.classes))
    assert maps["rnfl"][0, 6:13].tolist() == [10.0, *[0.0] * 6]
    assert np.isnan(maps["rnfl"][0, 13:]).all()
    assert columns_without(scan, "rnfl")[0].tolist() == [False] * 7 + [True] * 6 + [False] * 7
    assert not columns_without(scan, "rpe").any()
