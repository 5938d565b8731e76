"""Store the pixels of an image in another transfer syntax (PS3.5 section 8.2 and annex A.4)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset
from pydicom.multival import MultiValue
from pydicom.uid import UID, ExplicitVRBigEndian, JPEGBaseline8Bit

from ophtha_core.dicom.codestream import CodestreamHeader
from ophtha_core.dicom.compression import LARGEST_JPEG_2000_BITS, encode_frame, to_rgb
from ophtha_core.dicom.derivation import Code, record_derivation
from ophtha_core.dicom.encapsulation import encapsulate_frames, remove_offset_tables
from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.layout import Cells, PixelLayout, is_image
from ophtha_core.dicom.lossy import DEFAULT_QUALITY, encode_lossy
from ophtha_core.dicom.native import NativePixels
from ophtha_core.dicom.overlays import has_embedded_overlay
from ophtha_core.dicom.reading import unreadable, value_of
from ophtha_core.dicom.syntax import Coding, coding_of, is_written, keeps_syntax
from ophtha_core.dicom.values import read_values, to_cells

LOSSY_COMPRESSION: Final = Code(value="113040", meaning="Lossy Compression")

LOSSY_METHODS: Final = {
    Coding.JPEG: "ISO_10918_1",
    Coding.JPEG_LS: "ISO_14495_1",
    Coding.JPEG_2000: "ISO_15444_1",
    Coding.HTJ2K: "ISO_15444_15",
}
"""Defined terms of LossyImageCompressionMethod (PS3.3 C.7.6.1.1.5.1)."""
_GREY: Final = ("MONOCHROME1", "MONOCHROME2")
_COLOURS: Final = ("RGB", "YBR_FULL")
_PALETTE: Final = "PALETTE COLOR"


def transcode_dataset(dataset: FileDataset, syntax: UID, *, quality: int = DEFAULT_QUALITY) -> bool:
    """Encode the pixels of a data set anew, in place; identifiers stay as they are.

    ``quality`` (1 to 100) bounds the loss of lossy syntaxes, which is recorded. False, and nothing changed, where the
    syntax cannot hold such pixels, or there are none. Raises UnreadableImage when the pixels cannot be decoded.
    """
    if not is_written(syntax) or syntax == ExplicitVRBigEndian or not is_image(dataset):
        return False
    with unreadable("the object"):
        frames = ImageFrames.of(dataset)
        layout = _decoded_layout(frames)
        if has_embedded_overlay(dataset) or not _fits(layout, syntax):
            return False
        layout = _for_syntax(layout, syntax)
        coding = coding_of(syntax)
        cells = _converted(frames, layout)
        if coding is Coding.NATIVE:
            _store_native(dataset, cells, layout)
        elif keeps_syntax(syntax):
            header = _header(layout, coding)
            _store_compressed(dataset, [encode_frame(each, coding, layout, header) for each in cells], layout)
        else:
            lossy = [encode_lossy(read_values(each, layout), coding, layout, quality=quality) for each in cells]
            _store_compressed(dataset, lossy, layout)
            _record_loss(dataset, layout, coding, sum(map(len, lossy)))
        dataset.PhotometricInterpretation = _photometric(layout, coding, is_lossy=not keeps_syntax(syntax))
        dataset.file_meta.TransferSyntaxUID = syntax
    return True


def _decoded_layout(frames: ImageFrames) -> PixelLayout:
    """Layout of the pixels once they are decoded, as far as headers tell it: whole chroma, colours interleaved."""
    layout = frames.layout
    photometric = layout.photometric.removesuffix("_422")
    if frames.native is None:
        _, photometric = frames.cells(0)
        photometric = photometric.removesuffix("_422")
    return replace(layout, photometric=photometric, planar=False, high_bit=layout.bits_stored - 1)


def _fits(layout: PixelLayout, syntax: UID) -> bool:
    """Whether a syntax can hold such pixels."""
    coding, colour = coding_of(syntax), layout.samples == 3 and layout.photometric in _COLOURS
    grey = layout.samples == 1 and (layout.photometric in _GREY or layout.photometric == _PALETTE)
    if coding is Coding.NATIVE:
        return (grey or colour) if layout.is_integer else layout.samples == 1
    if not layout.is_integer or layout.bits_allocated == 1 or not (grey or colour):
        return False
    if not keeps_syntax(syntax) and layout.photometric == _PALETTE:
        return False
    whole_bytes = layout.bits_allocated in (8, 16)
    match coding:
        case Coding.RLE:
            return layout.samples * layout.bits_allocated // 8 <= 15
        case Coding.JPEG:
            bits = 8 if colour or syntax == JPEGBaseline8Bit else 12
            return (
                whole_bytes and layout.bits_stored <= bits and not layout.signed and layout.bits_allocated <= 2 * bits
            )
        case Coding.JPEG_2000:
            return layout.bits_stored <= LARGEST_JPEG_2000_BITS and not (colour and layout.signed)
        case _:
            return whole_bytes


def _for_syntax(layout: PixelLayout, syntax: UID) -> PixelLayout:
    """The layout that is encoded: JPEG takes RGB, and native YBR is nothing Orthanc 1.10 shows."""
    is_converted = layout.photometric == "YBR_FULL" and layout.bits_allocated == 8 and not layout.signed
    wants_rgb = coding_of(syntax) in (Coding.JPEG, Coding.NATIVE)
    return replace(layout, photometric="RGB") if is_converted and wants_rgb else layout


def _converted(frames: ImageFrames, layout: PixelLayout) -> Iterator[Cells]:
    """Cells of each frame in ``layout``; bits beyond BitsStored are not carried on."""
    for index in range(layout.frames):
        cells, photometric = frames.cells(index)
        if layout.photometric == "RGB" and photometric.startswith("YBR_FULL"):
            cells = to_rgb(cells)
        stored = replace(layout, high_bit=frames.layout.high_bit) if frames.native is not None else layout
        values = read_values(cells, stored)
        yield np.ascontiguousarray(to_cells(values, layout, spare_bits_hold_overlay=False))


def _header(layout: PixelLayout, coding: Coding) -> CodestreamHeader:
    transformed = coding in (Coding.JPEG_2000, Coding.HTJ2K) and layout.photometric == "RGB"
    return CodestreamHeader(
        rows=layout.rows,
        columns=layout.columns,
        components=layout.samples,
        precision_bits=layout.bits_stored,
        signed=layout.signed,
        component_transform=transformed,
    )


def _photometric(layout: PixelLayout, coding: Coding, *, is_lossy: bool) -> str:
    """PhotometricInterpretation of the encoded pixels (PS3.5 tables 8.2.1-1 to 8.2.4-1)."""
    if layout.photometric != "RGB":
        return layout.photometric
    match coding:
        case Coding.JPEG:
            return "YBR_FULL_422"
        case Coding.JPEG_2000 | Coding.HTJ2K:
            return "YBR_ICT" if is_lossy else "YBR_RCT"
        case _:
            return "RGB"


def _store_native(dataset: FileDataset, frames: Iterator[Cells], layout: PixelLayout) -> None:
    pixels = NativePixels.empty(layout)
    for index, cells in enumerate(frames):
        pixels.write(index, cells)
    remove_offset_tables(dataset)
    _store(dataset, bytes(pixels.finish()), layout, is_encapsulated=False)


def _store_compressed(dataset: FileDataset, frames: list[bytes], layout: PixelLayout) -> None:
    _store(dataset, encapsulate_frames(dataset, frames), layout, is_encapsulated=True)


def _store(dataset: FileDataset, value: bytes, layout: PixelLayout, *, is_encapsulated: bool) -> None:
    if layout.is_integer:
        dataset.HighBit = layout.high_bit
    if layout.samples > 1:
        dataset.PlanarConfiguration = 0
    tag = layout.element.value
    vr = "OB" if is_encapsulated or layout.bits_allocated <= 8 else "OW"
    vr = {32: "OF", 64: "OD"}[layout.bits_allocated] if not layout.is_integer else vr
    dataset[tag] = DataElement(tag, vr, value, is_undefined_length=is_encapsulated)


def _record_loss(dataset: FileDataset, layout: PixelLayout, coding: Coding, compressed_bytes: int) -> None:
    """LossyImageCompression and what belongs to it (PS3.3 C.7.6.1.1.5): earlier losses stay named, in their order."""
    native_bytes = layout.native_frame_bits * layout.frames / 8
    for keyword, value in (
        ("LossyImageCompressionRatio", f"{native_bytes / compressed_bytes:.4g}"),
        ("LossyImageCompressionMethod", LOSSY_METHODS[coding]),
    ):
        setattr(dataset, keyword, [*_values(dataset, keyword), value])
    dataset.LossyImageCompression = "01"
    record_derivation(dataset, description=f"Lossy compression ({LOSSY_METHODS[coding]})", codes=(LOSSY_COMPRESSION,))
    for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue"):
        if keyword in dataset:
            delattr(dataset, keyword)


def _values(dataset: FileDataset, keyword: str) -> list[object]:
    value = value_of(dataset, keyword)
    if value is None:
        return []
    return list(value) if isinstance(value, MultiValue) else [value]
