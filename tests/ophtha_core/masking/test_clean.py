"""What shows beside the pixels of a masked image: overlays, icons, private pictures; and what may be claimed then."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLSLossless

from ophtha_core.errors import InvalidInput
from ophtha_core.masking.apply import mask_dataset
from ophtha_core.masking.record import Claims
from ophtha_core.masking.region import Fill, Region2D
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from tests.kit.masked import file_of, parse, stored_pixels

SIDE = 64
BANNER = Region2D(origin_px=(0, 0), end_px=(SIDE, 16), paint=Fill(value=0))
CLEAN = Claims(clean_pixel_data=True)
NOISE = np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8)


def image(name: str = "mono 12 in 16", syntax: str = ExplicitVRLittleEndian) -> FileDataset:
    return image_of(FORMAT_OF[name], rows=SIDE, columns=SIDE, syntax=syntax)


def with_overlay(dataset: FileDataset, *, first_row: int, position: int | None = None) -> FileDataset:
    """One row of an overlay, in an element of its own or at a bit of the pixels."""
    for element, vr, value in (
        (0x0010, "US", SIDE),
        (0x0011, "US", SIDE),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1 if position is None else 16),
        (0x0102, "US", position or 0),
    ):
        dataset.add_new(0x60000000 | element, vr, value)
    if position is None:
        bits = np.zeros((SIDE, SIDE), np.uint8)
        bits[first_row] = 1
        dataset.add_new(0x60003000, "OW", np.packbits(bits, bitorder="little").tobytes())
    else:
        cells = np.frombuffer(dataset.PixelData, "<u2").reshape(SIDE, SIDE).copy()
        cells[first_row] |= 1 << position
        dataset.PixelData = cells.tobytes()
    return dataset


@pytest.mark.parametrize("position", [None, 15], ids=["of its own", "in the pixels"])
def test_an_overlay_outside_the_regions_forbids_the_claim(position: int | None):
    dataset = with_overlay(image(), first_row=40, position=position)
    with pytest.raises(InvalidInput, match="overlay") as error:
        mask_dataset(dataset, [BANNER], claims=CLEAN)
    assert error.value.field == "MaskPixelData.CleanPixelData"


@pytest.mark.parametrize("position", [None, 15], ids=["of its own", "in the pixels"])
def test_an_overlay_inside_the_regions_is_cleared_and_the_claim_stands(position: int | None):
    dataset = with_overlay(image(), first_row=3, position=position)
    mask_dataset(dataset, [BANNER], claims=CLEAN)
    assert dataset.BurnedInAnnotation == "NO"


@pytest.mark.parametrize(
    ("position", "syntax"),
    [(None, ExplicitVRLittleEndian), (15, ExplicitVRLittleEndian), (None, JPEGLSLossless)],
    ids=["of its own", "in the pixels", "beside compressed pixels"],
)
def test_overlays_that_are_to_go_are_gone_from_the_whole_image(position: int | None, syntax: str):
    plain = image(syntax=syntax)
    expected = np.array(stored_pixels(file_of(plain)))
    expected[:, :16] = 0
    dataset = with_overlay(image(syntax=syntax), first_row=40, position=position)
    mask_dataset(dataset, [BANNER], claims=CLEAN, overlays_go=True)
    assert not [tag for tag in dataset.keys() if 0x6000 <= tag.group <= 0x60FF]  # noqa: SIM118
    np.testing.assert_array_equal(stored_pixels(file_of(dataset)), expected)


def test_an_image_that_no_region_hits_keeps_its_overlays():
    dataset = with_overlay(image(), first_row=40)
    beside = Region2D(origin_px=(SIDE, 0), end_px=(SIDE + 9, 9), paint=Fill(value=0))
    mask_dataset(dataset, [beside], claims=CLEAN, overlays_go=True)
    assert 0x60003000 in dataset


def _icon() -> Dataset:
    icon = Dataset()
    icon.Rows = icon.Columns = 16
    icon.PixelData = NOISE[:16, :16].tobytes()
    icon["PixelData"].VR = "OB"
    return icon


def _jpeg() -> bytes:
    buffer = BytesIO()
    Image.fromarray(NOISE).save(buffer, "JPEG")
    return buffer.getvalue() + b"\0" * (buffer.tell() % 2)


PICTURES = {
    "an icon in a private sequence": ("SQ", Sequence([_icon()])),
    "a JPEG file": ("OB", _jpeg()),
    "a square of bytes": ("OB", NOISE.tobytes()),
    "a square of words": ("OW", NOISE.tobytes() * 2),
    "a square of unknown type": ("UN", NOISE.tobytes()),
}


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian], ids=lambda s: s.name)
@pytest.mark.parametrize("picture", PICTURES)
def test_private_pictures_of_a_masked_image_go(picture: str, syntax: str):
    dataset = image(syntax=syntax)
    dataset.add_new(0x00110010, "LO", "ACME")
    dataset.add_new(0x00111001, *PICTURES[picture])
    dataset.add_new(0x00111002, "LO", "a private text")
    read = parse(file_of(dataset))
    mask_dataset(read, [BANNER], claims=CLEAN)
    assert 0x00111001 not in read
    assert 0x00111002 in read


def test_icons_go_at_every_depth():
    dataset = image()
    item = Dataset()
    item.IconImageSequence = Sequence([_icon()])
    dataset.IconImageSequence = Sequence([_icon()])
    dataset.ReferencedImageSequence = Sequence([item])
    mask_dataset(dataset, [BANNER])
    assert "IconImageSequence" not in dataset
    assert "IconImageSequence" not in dataset.ReferencedImageSequence[0]


@pytest.mark.parametrize(
    "value",
    [b"SV10" + NOISE.tobytes()[4:], b"<xml>" + b" " * 4091, NOISE.tobytes()[:999] + b"\1", NOISE.tobytes()[:4000]],
    ids=["CSA header", "text", "no rectangle", "too long for its shape"],
)
def test_other_private_data_stays(value: bytes):
    dataset = image()
    dataset.add_new(0x00290010, "LO", "ACME")
    dataset.add_new(0x00291010, "OB", value)
    mask_dataset(dataset, [BANNER], claims=CLEAN)
    assert dataset[0x0029, 0x1010].value == value


def test_private_pixel_data_that_may_be_a_picture_forbids_the_claim():
    dataset = image()
    dataset.add_new(0x7FE10010, "LO", "ACME")
    dataset.add_new(0x7FE11010, "OB", NOISE.tobytes()[:4000])
    with pytest.raises(InvalidInput, match="7fe1,1010"):
        mask_dataset(dataset, [BANNER], claims=CLEAN)
