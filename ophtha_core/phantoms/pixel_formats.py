"""Small images of every pixel layout and transfer syntax, secondary captures of a smooth pattern."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.pixels.utils import pack_bits
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from ophtha_core.dicom.codestream import without_stated_colours
from ophtha_core.phantoms.demo_study import new_object

STUDY: Final = "Pixel formats"

Pixels = NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelFormat:
    """Attributes of the Image Pixel module that make up one layout."""

    name: str
    photometric: str = "MONOCHROME2"
    bits_allocated: int = 8
    bits_stored: int = 8
    signed: bool = False
    samples: int = 1
    planar: bool = False
    floating: bool = False
    frames: int = 1

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Little-endian type of the sample values."""
        kind = "f" if self.floating else "i" if self.signed else "u"
        return np.dtype(f"<{kind}{max(1, self.bits_allocated // 8)}")


FORMATS: Final = (
    PixelFormat(name="mono 8"),
    PixelFormat(name="mono 8 signed", signed=True),
    PixelFormat(name="mono 1 inverted", photometric="MONOCHROME1"),
    PixelFormat(name="mono 12 in 16", bits_allocated=16, bits_stored=12),
    PixelFormat(name="mono 12 in 16 signed", bits_allocated=16, bits_stored=12, signed=True),
    PixelFormat(name="mono 16", bits_allocated=16, bits_stored=16),
    PixelFormat(name="mono 16 signed", bits_allocated=16, bits_stored=16, signed=True),
    PixelFormat(name="mono 16 frames", bits_allocated=16, bits_stored=16, signed=True, frames=3),
    PixelFormat(name="mono 32", bits_allocated=32, bits_stored=32),
    PixelFormat(name="mono 32 signed", bits_allocated=32, bits_stored=32, signed=True),
    PixelFormat(name="float", bits_allocated=32, bits_stored=32, floating=True),
    PixelFormat(name="double float", bits_allocated=64, bits_stored=64, floating=True, frames=2),
    PixelFormat(name="bits", bits_allocated=1, bits_stored=1),
    PixelFormat(name="bits frames", bits_allocated=1, bits_stored=1, frames=3),
    PixelFormat(name="palette", photometric="PALETTE COLOR"),
    PixelFormat(name="palette 16", photometric="PALETTE COLOR", bits_allocated=16, bits_stored=16),
    PixelFormat(name="rgb", photometric="RGB", samples=3),
    PixelFormat(name="rgb planar", photometric="RGB", samples=3, planar=True),
    PixelFormat(name="rgb planar frames", photometric="RGB", samples=3, planar=True, frames=2),
    PixelFormat(name="rgb 16", photometric="RGB", samples=3, bits_allocated=16, bits_stored=16),
    PixelFormat(name="ybr full", photometric="YBR_FULL", samples=3),
    PixelFormat(name="ybr full planar", photometric="YBR_FULL", samples=3, planar=True),
    PixelFormat(name="ybr 422", photometric="YBR_FULL_422", samples=3, frames=2),
    PixelFormat(name="ybr rct", photometric="YBR_RCT", samples=3),
    PixelFormat(name="ybr ict", photometric="YBR_ICT", samples=3),
)

FORMAT_OF: Final = {pixel_format.name: pixel_format for pixel_format in FORMATS}


def pattern(pixel_format: PixelFormat, *, rows: int, columns: int) -> Pixels:
    """Frames x rows x columns x samples: waves that use much of the value range, no two frames or channels alike."""
    frame, row, column, sample = np.meshgrid(
        *(np.arange(n) for n in (pixel_format.frames, rows, columns, pixel_format.samples)), indexing="ij"
    )
    wave = np.sin(row / 3.1 + frame) + np.cos(column / 2.3 + 2 * sample) + 0.4 * np.sin(row * column / 5.0)
    level = (wave + 2.4) / 4.8
    if pixel_format.floating:
        return np.asarray(level * 100 - 30, pixel_format.dtype)
    if pixel_format.bits_stored == 1:
        return np.asarray(level > 0.5, pixel_format.dtype)
    low = -(2 ** (pixel_format.bits_stored - 1)) if pixel_format.signed else 0
    return np.asarray(np.floor(low + level * (2**pixel_format.bits_stored - 1)).astype(np.int64), pixel_format.dtype)


def image_of(
    pixel_format: PixelFormat, *, rows: int = 24, columns: int = 30, syntax: UID = ExplicitVRLittleEndian
) -> FileDataset:
    """An image of this layout; native unless ``syntax`` is compressed."""
    dataset = new_object(
        sop_class=SecondaryCaptureImageStorage,
        modality="OT",
        study=STUDY,
        series=pixel_format.name,
        series_number=1,
        instance_number=1,
        syntax=syntax,
    )
    dataset.ConversionType = "SYN"
    dataset.SamplesPerPixel = pixel_format.samples
    dataset.PhotometricInterpretation = pixel_format.photometric
    if pixel_format.samples > 1:
        dataset.PlanarConfiguration = int(pixel_format.planar)
    if pixel_format.frames > 1:
        dataset.NumberOfFrames = pixel_format.frames
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = pixel_format.bits_allocated
    if not pixel_format.floating:
        dataset.BitsStored = pixel_format.bits_stored
        dataset.HighBit = pixel_format.bits_stored - 1
        dataset.PixelRepresentation = int(pixel_format.signed)
    if pixel_format.photometric == "PALETTE COLOR":
        _add_palette(dataset)
    pixels = pattern(pixel_format, rows=rows, columns=columns)
    if syntax.is_compressed and syntax.is_encapsulated:
        encode = _ENCODERS[syntax]
        dataset.PixelData = encapsulate([bytes(encode(frame, pixel_format)) for frame in pixels])
        dataset["PixelData"].is_undefined_length = True
    else:
        tag, vr, value = _native(pixels, pixel_format, big_endian=not syntax.is_little_endian)
        dataset[tag] = DataElement(tag, vr, value)
    return dataset


def _native(pixels: Pixels, pixel_format: PixelFormat, *, big_endian: bool) -> tuple[int, str, bytes]:
    if pixel_format.floating:
        element = (0x7FE00008, "OF") if pixel_format.bits_allocated == 32 else (0x7FE00009, "OD")
    else:
        element = (0x7FE00010, "OW" if pixel_format.bits_allocated > 8 else "OB")
    if pixel_format.bits_allocated == 1:
        value = pack_bits(pixels.reshape(-1), pad=False)
    elif pixel_format.photometric == "YBR_FULL_422":
        chroma = pixels[:, :, ::2, 1:]
        value = np.concatenate([pixels[:, :, ::2, :1], pixels[:, :, 1::2, :1], chroma], axis=3).tobytes()
    else:
        ordered = np.moveaxis(pixels, 3, 1) if pixel_format.planar else pixels
        value = ordered.astype(ordered.dtype.newbyteorder(">" if big_endian else "<")).tobytes()
    return *element, value + b"\0" * (len(value) % 2)


def _add_palette(dataset: FileDataset) -> None:
    ramp = np.linspace(0, 65535, 256).astype("<u2")
    for colour, values in (("Red", ramp), ("Green", ramp[::-1]), ("Blue", np.roll(ramp, 64))):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", values.tobytes())


def _unsigned(frame: Pixels, pixel_format: PixelFormat) -> Pixels:
    """The stored bits as an unsigned number, as codings without a sign hold them."""
    squeezed = np.ascontiguousarray(frame[:, :, 0] if pixel_format.samples == 1 else frame)
    unsigned = squeezed.view(f"<u{squeezed.dtype.itemsize}").astype(np.int64) & (2**pixel_format.bits_stored - 1)
    return np.asarray(unsigned, f"u{squeezed.dtype.itemsize}")


def _jpeg(frame: Pixels, pixel_format: PixelFormat) -> bytes:
    colour = {"YBR": "YCBCR", "RGB": "RGB"}.get(pixel_format.photometric[:3])
    return bytes(
        imagecodecs.jpeg8_encode(
            _unsigned(frame, pixel_format),
            level=90,
            bitspersample=8 if pixel_format.bits_stored <= 8 else 12,
            colorspace=colour,
            outcolorspace=colour,
            subsampling="422" if pixel_format.photometric == "YBR_FULL_422" else "444",
        )
    )


def _jpeg_lossless(predictor: int) -> Callable[[Pixels, PixelFormat], bytes]:
    def encode(frame: Pixels, pixel_format: PixelFormat) -> bytes:
        colour = "RGB" if pixel_format.samples == 3 else None
        encoded = bytes(
            imagecodecs.jpeg8_encode(
                _unsigned(frame, pixel_format),
                lossless=True,
                predictor=predictor,
                bitspersample=pixel_format.bits_stored,
                colorspace=colour,
                outcolorspace=colour,
            )
        )
        return without_stated_colours(encoded) if pixel_format.photometric.startswith("YBR") else encoded

    return encode


def _jpeg_ls(near: int) -> Callable[[Pixels, PixelFormat], bytes]:
    def encode(frame: Pixels, pixel_format: PixelFormat) -> bytes:
        # The encoder always states all bits of the container, so signed samples are held with their sign extended.
        whole = replace(pixel_format, bits_stored=8 * pixel_format.dtype.itemsize)
        return bytes(imagecodecs.jpegls_encode(_unsigned(frame, whole), level=near))

    return encode


def _jpeg_2000(*, reversible: bool) -> Callable[[Pixels, PixelFormat], bytes]:
    def encode(frame: Pixels, pixel_format: PixelFormat) -> bytes:
        return bytes(
            imagecodecs.jpeg2k_encode(
                np.ascontiguousarray(frame[:, :, 0] if pixel_format.samples == 1 else frame),
                level=0 if reversible else 45,
                codecformat="j2k",
                reversible=reversible,
                mct=pixel_format.photometric in ("YBR_RCT", "YBR_ICT"),
                bitspersample=pixel_format.bits_stored,
            )
        )

    return encode


def _htj2k(*, reversible: bool) -> Callable[[Pixels, PixelFormat], bytes]:
    def encode(frame: Pixels, pixel_format: PixelFormat) -> bytes:
        return bytes(
            imagecodecs.htj2k_encode(
                np.ascontiguousarray(frame[:, :, 0] if pixel_format.samples == 1 else frame),
                level=None if reversible else 0.01,
                reversible=reversible,
                rgb=pixel_format.photometric in ("YBR_RCT", "YBR_ICT"),
            )
        )

    return encode


def _rle(frame: Pixels, pixel_format: PixelFormat) -> bytes:
    rows, columns, _ = frame.shape
    return RLELosslessEncoder.encode(
        np.squeeze(frame, 2) if pixel_format.samples == 1 else frame,
        rows=rows,
        columns=columns,
        samples_per_pixel=pixel_format.samples,
        number_of_frames=1,
        bits_allocated=pixel_format.bits_allocated,
        bits_stored=pixel_format.bits_stored,
        pixel_representation=int(pixel_format.signed),
        photometric_interpretation=pixel_format.photometric,
        planar_configuration=0,
    )


_ENCODERS: Final[dict[UID, Callable[[Pixels, PixelFormat], bytes]]] = {
    uid.JPEGBaseline8Bit: _jpeg,
    uid.JPEGExtended12Bit: _jpeg,
    uid.JPEGLossless: _jpeg_lossless(predictor=4),
    uid.JPEGLosslessSV1: _jpeg_lossless(predictor=1),
    uid.JPEGLSLossless: _jpeg_ls(near=0),
    uid.JPEGLSNearLossless: _jpeg_ls(near=3),
    uid.JPEG2000Lossless: _jpeg_2000(reversible=True),
    uid.JPEG2000: _jpeg_2000(reversible=False),
    uid.HTJ2KLossless: _htj2k(reversible=True),
    uid.HTJ2KLosslessRPCL: _htj2k(reversible=True),
    uid.HTJ2K: _htj2k(reversible=False),
    uid.RLELossless: _rle,
}
