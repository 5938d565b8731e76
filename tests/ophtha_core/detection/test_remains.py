"""What a second look at a masked image still finds."""

from dataclasses import replace
from io import BytesIO

import numpy as np
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import SecondaryCaptureImageStorage

from ophtha_core.detection.box import Box
from ophtha_core.detection.finding import Detector, Finding
from ophtha_core.detection.regions import regions_of_findings
from ophtha_core.detection.remains import Remains, find_remains
from ophtha_core.detection.text_findings import KeepText, TextWish, find_text_to_mask
from ophtha_core.masking.apply import mask_dataset
from ophtha_core.masking.region import Fill, MeanFilter, Region2D
from tests.kit.written import SANS, Hand, Picture, write
from tests.ophtha_core.detection.pictures import bright_film
from tests.plugin.service.pixels_masker.phantoms import StudyIds, add_pixels, base, to_bytes

DETECTOR = Detector("Test", "1")
KEPT = Finding(kind="Fan", detector=DETECTOR, box=Box(10, 20, 30, 40), keeps=True, confidence=1.0)


def image(*frames: Picture) -> FileDataset:
    dataset = base(StudyIds(), sop_class=SecondaryCaptureImageStorage, series_uid="2.25.7", number=1, modality="US")
    add_pixels(dataset, np.stack(frames) if len(frames) > 1 else frames[0])
    return dcmread(BytesIO(to_bytes(dataset)))


def black() -> Picture:
    return np.zeros((64, 96), np.uint8)


def screen(text: str) -> Picture:
    hand = Hand(font=SANS, size_px=20, at=(16, 10), colour=(255, 255, 255))
    return write(np.zeros((64, 256, 3), np.uint8), text, hand)[0][:, :, 0]


def test_nothing_is_left_where_the_regions_are_those_of_the_findings() -> None:
    regions = regions_of_findings([KEPT], fill=0)
    assert find_remains(image(black()), image(black()), regions, wish=TextWish(), certain=[KEPT]) == []


def test_what_a_larger_place_to_keep_spares_is_named_with_its_frame() -> None:
    on_second = replace(KEPT, frames=(1,))
    wider = Region2D(origin_px=(10, 20), end_px=(35, 42), paint=Fill(value=0), keep=True)
    (left,) = find_remains(
        image(black(), black()), image(black(), black()), [wider], wish=TextWish(), certain=[on_second]
    )
    assert left == Remains("Fan", 1, Box(10, 20, 35, 42))
    assert str(left) == "Fan on frame 2, columns 10 to 35, rows 20 to 42"


def test_a_line_that_is_masked_is_gone_and_one_that_is_blurred_whole_does_not_count() -> None:
    source = image(screen("Anna Refer"))
    (finding,) = find_text_to_mask(source, TextWish())
    for paint in (Fill(value=0), MeanFilter(width_px=2)):
        copy = image(screen("Anna Refer"))
        regions = [replace(each, paint=paint) for each in regions_of_findings([finding], fill=0)]
        mask_dataset(copy, regions)
        assert find_remains(copy, source, regions, wish=TextWish(), certain=[]) == []


def test_a_mask_that_stands_out_is_no_line_itself() -> None:
    hand = Hand(font=SANS, size_px=22, at=(300, 420), colour=(0, 0, 0))
    film = image(write(bright_film(), "Anna Refer 12.03.1960", hand)[0][:, :, 0])
    regions = regions_of_findings(find_text_to_mask(film, TextWish()), fill=0)
    mask_dataset(film, regions)
    assert len(regions) == 1
    assert find_remains(film, film, regions, wish=TextWish(), certain=[]) == []


def test_a_line_that_is_half_masked_is_left() -> None:
    source, copy = image(screen("Anna Refer")), image(screen("Anna Refer"))
    regions = [Region2D(origin_px=(0, 0), end_px=(60, 64), paint=Fill(value=0))]
    mask_dataset(copy, regions)
    assert find_remains(copy, source, regions, wish=TextWish(), certain=[])


def test_a_line_that_shows_is_left() -> None:
    shown = image(screen("Anna Refer"))
    (left,) = find_remains(shown, shown, [], wish=TextWish(), certain=[])
    assert (left.kind, left.frame) == ("Text", 0)


def test_measurements_are_judged_beside_what_the_source_says_of_the_patient() -> None:
    wish = TextWish(keep=KeepText.MEASUREMENTS)
    copy, source = image(screen("Depth 16.0 cm")), image(screen("Depth 16.0 cm"))
    assert find_remains(copy, source, [], wish=wish, certain=[]) == []
    source.PatientID = "160"
    assert copy.PatientID == "P-4711"
    source.PatientName = "Depth^Anna"
    (left,) = find_remains(copy, source, [], wish=wish, certain=[])
    assert left.kind == "Text"


def test_what_is_found_to_be_kept_leaves_the_rest_to_the_paint_of_a_given_one() -> None:
    given = Region2D(origin_px=(0, 0), end_px=(5, 5), paint=Fill(value=7), keep=True)
    masked = replace(KEPT, keeps=False)
    kept, other = regions_of_findings([KEPT, masked], fill=3, given=[given])
    assert (kept.paint, other.paint) == (Fill(value=7), Fill(value=3))
    (alone,) = regions_of_findings([KEPT], fill=3)
    assert alone.paint == Fill(value=3)
