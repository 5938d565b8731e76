"""Grey as the standard has it: modality LUT or rescale, VOI LUT or window, inversion, of the frame that is shown."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRBigEndian, ExplicitVRLittleEndian, generate_uid

from ophtha_core.display.frame import Window, show_frame
from ophtha_core.display.volume import Blocks, block_means

RAMP = (np.arange(256) * 16)[np.newaxis].repeat(4, axis=0)
"""0 to 4080 in 12 bits."""


def image(
    pixels: NDArray[np.int_], *, bits: int = 12, signed: bool = False, big_endian: bool = False, **attributes: object
) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian if big_endian else ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = 8 if bits <= 8 else 16
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits, bits - 1, int(signed)
    if pixels.ndim == 3:
        dataset.NumberOfFrames = len(pixels)
    form = f"{'>' if big_endian else '<'}{'i' if signed else 'u'}{dataset.BitsAllocated // 8}"
    dataset.add_new("PixelData", "OW" if bits > 8 else "OB", pixels.astype(form).tobytes())
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def shown(dataset: Dataset, frame: int = 0, **arguments: object) -> NDArray[np.float64]:
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return show_frame(file.getvalue(), frame, **arguments).astype(float)  # type: ignore[arg-type]


def lut(entries: NDArray[np.int_], *, first: int = 0, bits: int = 16, vr: str = "OW", order: str = "<") -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536, first % 65536, bits])
    is_packed = bits <= 8
    value = entries.astype("u1" if is_packed else f"{order}u2").tobytes() if vr == "OW" else [int(e) for e in entries]
    item.add_new(0x00283006, vr, value)
    return item


def linear(values: NDArray[np.float64], centre: float, width: float) -> NDArray[np.float64]:
    """PS3.3 section C.11.2.1.2.1."""
    return np.clip(((values - (centre - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)


def sigmoid(values: NDArray[np.float64], centre: float, width: float) -> NDArray[np.float64]:
    return np.asarray(255 / (1 + np.exp(-4 * (values - centre) / width)))


FUNCTIONS: dict[str, Callable[[NDArray[np.float64], float, float], NDArray[np.float64]]] = {
    "LINEAR": linear,
    "LINEAR_EXACT": lambda values, centre, width: np.clip(((values - centre) / width + 0.5) * 255, 0, 255),
    "SIGMOID": sigmoid,
}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
def test_a_window_is_applied_by_its_function(function: str, photometric: str) -> None:
    stated = {"WindowCenter": 1000, "WindowWidth": 900, "RescaleSlope": 2, "RescaleIntercept": -500}
    dataset = image(RAMP, VOILUTFunction=function, PhotometricInterpretation=photometric, **stated)
    expected = FUNCTIONS[function](RAMP * 2.0 - 500, 1000, 900)
    expected = 255 - expected if photometric == "MONOCHROME1" else expected
    assert np.abs(shown(dataset) - expected).max() <= 1


@pytest.mark.parametrize(("vr", "order"), [("OW", "<"), ("US", "<"), ("OW", ">")])
def test_a_voi_lut_comes_before_a_window(vr: str, order: str) -> None:
    entries = np.rint(65535 * (np.arange(4096) / 4095) ** 4).astype(int)
    dataset = image(RAMP, big_endian=order == ">", WindowCenter=2048, WindowWidth=4096)
    dataset.VOILUTSequence = Sequence([lut(entries, vr=vr, order=order)])
    assert np.abs(shown(dataset) - entries[RAMP] / 257).max() <= 1


def test_a_voi_lut_of_eight_bits_begins_at_a_negative_value() -> None:
    dataset = image(RAMP - 2048, bits=16, signed=True)
    dataset.VOILUTSequence = Sequence([lut(np.arange(256), first=-100, bits=8)])
    assert np.abs(shown(dataset) - np.clip(RAMP - 2048 + 100, 0, 255)).max() <= 1


def test_a_modality_lut_comes_before_the_window() -> None:
    entries = np.rint(65535 * np.sqrt(np.arange(4096) / 4095)).astype(int)
    dataset = image(RAMP, WindowCenter=32768, WindowWidth=65536)
    dataset.ModalityLUTSequence = Sequence([lut(entries)])
    assert np.abs(shown(dataset) - entries[RAMP] / 257).max() <= 1


def test_a_window_that_is_wished_for_is_one_of_output_values() -> None:
    entries = np.arange(4096) * 3
    dataset = image(RAMP, WindowCenter=1, WindowWidth=2, VOILUTFunction="SIGMOID")
    dataset.ModalityLUTSequence = Sequence([lut(entries)])
    assert np.abs(shown(dataset, window=Window(centre=6000, width=3000)) - linear(RAMP * 3.0, 6000, 3000)).max() <= 1


def enhanced() -> Dataset:
    """Three frames that mean the same."""
    dataset = image(np.stack([np.full((4, 8), 1000), np.full((4, 8), 500), np.full((4, 8), 250)]), bits=16)
    groups = []
    for slope in (1, 2, 4):
        transformation, voi, group = Dataset(), Dataset(), Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = slope, 0
        voi.WindowCenter, voi.WindowWidth = 1000, 2000
        group.PixelValueTransformationSequence = Sequence([transformation])
        group.FrameVOILUTSequence = Sequence([voi])
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)
    return dataset


def test_each_frame_has_its_own_rescale() -> None:
    assert [shown(enhanced(), frame)[0, 0] for frame in range(3)] == [128, 128, 128]


def test_each_frame_of_a_display_volume_has_its_own_rescale() -> None:
    file = io.BytesIO()
    enhanced().save_as(file, enforce_file_format=True)
    blocks = Blocks(slices=1, rows=1, columns=1)
    assert block_means(file.getvalue(), (0, 1, 2), blocks).tolist() == np.full((3, 4, 8), 1000).tolist()


@pytest.mark.parametrize("signed", [False, True])
def test_eight_bits_without_a_window_are_shown_as_stored(signed: bool) -> None:
    stored = np.arange(256)[np.newaxis].repeat(2, axis=0)
    dataset = image(stored - 128 if signed else stored, bits=8, signed=signed, RescaleSlope=3, RescaleIntercept=7)
    assert shown(dataset).tolist() == stored.tolist()


def test_more_bits_without_a_window_are_shown_from_percentile_to_percentile_of_what_is_no_padding() -> None:
    random = np.random.default_rng(1)
    stored = random.integers(100, 1100, (100, 100))
    stored[:30], stored[30, :30] = -2000, 30_000
    dataset = image(stored, bits=16, signed=True, RescaleSlope=1, RescaleIntercept=-50)
    dataset.add_new("PixelPaddingValue", "US", 63536)
    low, high = np.percentile(stored[30:] - 50.0, (0.5, 99.5))
    assert np.abs(shown(dataset) - np.clip((stored - 50 - low) / (high - low) * 255, 0, 255)).max() <= 1


def test_a_window_without_width_is_none() -> None:
    stated = {"WindowCenter": 0, "WindowWidth": 0}
    np.testing.assert_array_equal(shown(image(RAMP, **stated)), shown(image(RAMP)))


def overlay(
    dataset: Dataset, bits: NDArray[np.bool_], *, origin: tuple[int, int] = (1, 1), group: int = 0x6000
) -> None:
    for element, vr, value in (
        (0x0010, "US", bits.shape[0]),
        (0x0011, "US", bits.shape[1]),
        (0x0040, "CS", "G"),
        (0x0050, "SS", list(origin)),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
    ):
        dataset.add_new((group, element), vr, value)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    dataset.add_new((group, 0x3000), "OW", packed + bytes(len(packed) % 2))


def test_an_overlay_is_drawn_where_it_lies_and_left_out_on_request() -> None:
    bits = np.zeros((4, 8), bool)
    bits[1, 2] = bits[3, 7] = True
    dataset = image(np.full((6, 8), 40), bits=8)
    overlay(dataset, bits, origin=(0, 3))
    picture = shown(dataset)
    assert picture[0, 4] == 255
    assert np.count_nonzero(picture != 40) == 1  # the other bit lies beside the image
    assert (shown(dataset, overlays=False) == 40).all()


def test_an_overlay_shows_on_white_too() -> None:
    bits = np.eye(4, dtype=bool)
    dataset = image(np.full((4, 4), 255), bits=8)
    overlay(dataset, bits, group=0x60FE)
    assert shown(dataset)[bits].max() == 0


def test_an_overlay_in_unused_bits_of_the_pixels_is_drawn() -> None:
    stored = np.full((4, 4), 500)
    stored[2, 1] |= 1 << 13
    dataset = image(stored, bits=12, WindowCenter=1000, WindowWidth=4000)
    dataset.BitsAllocated = 16
    for element, vr, value in ((0x0010, "US", 4), (0x0011, "US", 4), (0x0102, "US", 13), (0x0050, "SS", [1, 1])):
        dataset.add_new((0x6002, element), vr, value)
    assert np.argwhere(shown(dataset) == 255).tolist() == [[2, 1]]


def test_a_plane_lies_over_its_frame_only() -> None:
    dataset = image(np.full((3, 4, 4), 10), bits=8)
    overlay(dataset, np.ones((4, 4), bool))
    dataset.add_new((0x6000, 0x0051), "US", 2)
    assert [shown(dataset, frame).max() for frame in range(3)] == [10, 255, 10]


def test_an_overlay_that_cannot_be_read_does_not_keep_the_picture_back() -> None:
    dataset = image(np.full((4, 4), 10), bits=8)
    overlay(dataset, np.ones((4, 4), bool))
    dataset.add_new((0x6000, 0x0010), "US", 4000)
    assert (shown(dataset) == 10).all()
