import numpy as np
from pydicom.dataset import FileDataset

from ophtha_core.detection.image_text import find_image_text
from ophtha_core.phantoms.demo_study import new_object
from ophtha_core.phantoms.ultrasound import ultrasound_jpeg
from tests.kit.written import SANS, Hand, WrittenLine, write

HAND = Hand(font=SANS, size_px=20, at=(20, 20), colour=(255, 255, 255))


def grey_image(values: np.ndarray[tuple[int, int], np.dtype[np.uint16]]) -> FileDataset:
    dataset = new_object(
        sop_class="1.2.840.10008.5.1.4.1.1.7",
        modality="OT",
        study="Text",
        series="Text",
        series_number=1,
        instance_number=1,
    )
    dataset.Rows, dataset.Columns = values.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PixelData = values.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def line_of(rows: int = 256, columns: int = 320) -> WrittenLine:
    return write(np.zeros((rows, columns, 3), np.uint8), "DOE JANE 1961", HAND)[1]


def test_text_that_only_the_full_range_shows_is_found() -> None:
    line = line_of()
    dataset = grey_image(np.where(line.ink, 4000, 3000).astype(np.uint16))
    dataset.WindowCenter, dataset.WindowWidth = 300, 400
    assert line.covered([each.box for each in find_image_text(dataset)]) >= 0.98


def test_text_that_only_the_window_shows_is_found() -> None:
    line = line_of()
    values = np.where(line.ink, 320, 100)
    values[200:, 200:] = 4000
    dataset = grey_image(values.astype(np.uint16))
    dataset.WindowCenter, dataset.WindowWidth = 200, 400
    assert line.covered([each.box for each in find_image_text(dataset)]) >= 0.98


def test_text_in_an_overlay_is_found_where_it_lies_over_the_image() -> None:
    line = line_of()
    dataset = grey_image(np.full((256, 320), 500, np.uint16))
    top, left = 30, 10
    overlay = line.ink[:200, :300]
    for element, vr, value in ((0x0010, "US", 200), (0x0011, "US", 300), (0x0050, "SS", [top + 1, left + 1])):
        dataset.add_new((0x6002, element), vr, value)
    dataset.add_new((0x6002, 0x0100), "US", 1)
    dataset.add_new((0x6002, 0x0102), "US", 0)
    dataset.add_new((0x6002, 0x3000), "OW", np.packbits(overlay.ravel(), bitorder="little").tobytes())
    found = [each.box.moved(-left, -top) for each in find_image_text(dataset)]
    assert line.covered(found) >= 0.98


def test_the_banner_of_a_compressed_clip_is_found_in_all_its_frames() -> None:
    found = find_image_text(ultrasound_jpeg(frames=3))
    banner = max(found, key=lambda each: each.box.width)
    assert banner.box.top < 48
    assert banner.box.width > 300
    assert banner.frames is None
