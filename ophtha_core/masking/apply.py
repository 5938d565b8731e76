"""Mask one DICOM object."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import FileDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from ophtha_core.dicom.compression import as_rgb, decode_frame, encode_frame, read_codestream_header
from ophtha_core.dicom.encapsulation import encapsulate_frames, read_frames, remove_offset_tables
from ophtha_core.dicom.layout import Cells, PixelLayout, is_image, read_layout
from ophtha_core.dicom.native import NativePixels
from ophtha_core.dicom.overlays import clear_overlays, embedded_bits, remove_overlays, shown_overlay
from ophtha_core.dicom.reading import read_dataset, unreadable, write_dataset
from ophtha_core.dicom.syntax import Coding, coding_of, keeps_syntax
from ophtha_core.dicom.thumbnails import private_pixels, remove_thumbnails
from ophtha_core.dicom.values import read_values, to_cells
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.masking.paint import paint_cells
from ophtha_core.masking.plan import MaskedFrames, MaskPlan, check_fills, plan_regions
from ophtha_core.masking.record import Claims, record_extremes, record_masking
from ophtha_core.masking.region import Fill, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedInstance:
    """A DICOM file and its zero-based frames of which pixels were masked; without any, the file is the source's."""

    dicom: bytes
    frames: Sequence[int]

    @property
    def is_masked(self) -> bool:
        return bool(self.frames)


def mask_instance(dicom: bytes, regions: Sequence[Region], *, claims: Claims | None = None) -> MaskedInstance:
    """Mask regions of a DICOM file, in order, and record it; identifiers stay as they are.

    The same input gives the same bytes. An object that no region hits, or that has no pixels, comes back as the very
    bytes that were given. Native pixels keep their transfer syntax; lossless codings are encoded again without loss,
    frames that no region hits keep their bytes; lossy ones become Explicit VR Little Endian.

    Raises UnreadableImage when the object is broken, is video, has no codec or (3D) no place in the patient, and
    InvalidInput naming ``<region.field>.FillValue`` when a fill value cannot be stored in it.
    """
    dataset = read_dataset(dicom)
    frames = mask_dataset(dataset, regions, claims=claims).frames
    return MaskedInstance(dicom=write_dataset(dataset) if frames else dicom, frames=frames)


def mask_dataset(
    dataset: FileDataset, regions: Sequence[Region], *, claims: Claims | None = None, overlays_go: bool = False
) -> MaskedFrames:
    """As ``mask_instance`` on a parsed file, in place; with ``overlays_go`` a masked image loses its overlay planes.

    A data set that an error was raised for may be half masked: drop it. Raises also InvalidInput naming
    ``MaskPixelData.CleanPixelData`` when that is claimed and an overlay or private pixel data would still show.
    """
    with unreadable("the object"):
        if not regions or not is_image(dataset):
            return MaskedFrames(hits=(0,) * len(regions))
        plan = plan_regions(dataset, read_layout(dataset), regions)
        if plan.frames:
            check_fills(plan)
            _mask(dataset, plan, claims or Claims(), overlays_go=overlays_go)
        return plan.reach


def _mask(dataset: FileDataset, plan: MaskPlan, claims: Claims, *, overlays_go: bool) -> None:
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    big_endian = syntax == ExplicitVRBigEndian
    coding = coding_of(syntax)
    masking = _Masking(dataset=dataset, plan=plan, overlays_go=overlays_go, looks_for_overlays=claims.clean_pixel_data)
    if coding is Coding.NATIVE:
        masking.mask_native(big_endian=big_endian)
    elif keeps_syntax(syntax) and not masking.is_subsampled(coding):
        masking.mask_lossless(coding)
    else:
        masking.mask_lossy(coding)
    if overlays_go:
        remove_overlays(dataset)
    else:
        clear_overlays(dataset, frames=plan.layout.frames, mask_of=plan.mask_of, big_endian=big_endian)
    remove_thumbnails(dataset, plan.layout)
    if claims.clean_pixel_data:
        _refuse_remains(dataset, shows_embedded_overlay=masking.shows_overlay)
    record_masking(dataset, plan.regions, claims)
    record_extremes(dataset, masking.extremes, signed=plan.layout.signed)


def _refuse_remains(dataset: FileDataset, *, shows_embedded_overlay: bool) -> None:
    """Raise InvalidInput when the pixel data is claimed to be clean, and more than pixels shows something."""
    claim = "MaskPixelData.CleanPixelData"
    group = shown_overlay(dataset)
    if group is not None or shows_embedded_overlay:
        where = "in the pixel data" if group is None else f"{group:04x}"
        raise InvalidInput(
            claim, f'overlay {where} shows outside the regions; mask it, or ask for "Overlays": "remove"'
        )
    tag = private_pixels(dataset)
    if tag is not None:
        raise InvalidInput(claim, f"private element ({tag.group:04x},{tag.element:04x}) may hold a picture; remove it")


@dataclass(slots=True, eq=False, kw_only=True)
class _Masking:
    """One object being masked: frames are read, painted and written one at a time."""

    dataset: FileDataset
    plan: MaskPlan
    overlays_go: bool
    looks_for_overlays: bool
    extremes: tuple[int, int] | None = None
    shows_overlay: bool = False
    _value: bytes = field(init=False)
    _is_ow: bool = field(init=False)
    _overlay_bits: int = field(init=False)
    _wants_extremes: bool = field(init=False)

    def __post_init__(self) -> None:
        tag = self.plan.layout.element.value
        if tag not in self.dataset:
            raise UnreadableImage("the object declares an image but holds no pixel data")
        element = self.dataset.get_item(tag)
        with unreadable("the pixel data"):
            self._value = bytes(element.value or b"")
        self._is_ow = element.VR == "OW"
        self._overlay_bits = embedded_bits(self.dataset)
        present = "SmallestImagePixelValue" in self.dataset or "LargestImagePixelValue" in self.dataset
        self._wants_extremes = present and self.plan.layout.is_integer and self.plan.layout.samples == 1

    def mask_native(self, *, big_endian: bool) -> None:
        """Change the pixels in place. Half-width chroma becomes full-width where a mask ends inside a pair."""
        layout = self.plan.layout
        pixels = NativePixels.from_value(self._value, layout, big_endian=big_endian, words=self._is_ow)
        self._forget_value()
        if layout.is_subsampled and not self._keeps_pairs():
            full = replace(layout, photometric=layout.photometric.replace("_422", "").replace("PARTIAL", "FULL"))
            self._write_native(full, ((frame, pixels.read(frame)) for frame in range(layout.frames)))
            return
        for frame in self._frames_to_visit():
            cells = pixels.read(frame)
            if self._paint(frame, cells, layout):
                pixels.write(frame, cells)
        self._replace_value(cast("bytes", pixels.finish()))
        if layout.photometric == "YBR_FULL":  # also where half-width chroma is declared of whole one
            self.dataset.PhotometricInterpretation = layout.photometric

    def is_subsampled(self, coding: Coding) -> bool:
        """Whether decoding makes other samples than are coded, which cannot be put back in their place."""
        if coding is not Coding.JPEG_2000:
            return False
        frames = read_frames(self.dataset, self._value, frames=self.plan.layout.frames)
        return read_codestream_header(frames[0], coding).is_subsampled

    def mask_lossless(self, coding: Coding) -> None:
        """Encode the hit frames again in their coding; the others keep their bytes."""
        frames = read_frames(self.dataset, self._value, frames=self.plan.layout.frames)
        for frame in self._frames_to_visit():
            decoded = decode_frame(frames[frame], coding, self.plan.layout)
            layout = _decoded_layout(self.plan.layout, decoded.photometric)
            if self._paint(frame, decoded.cells, layout):
                frames[frame] = encode_frame(decoded.cells, coding, layout, decoded.header)
        self._replace_value(encapsulate_frames(self.dataset, frames))

    def mask_lossy(self, coding: Coding) -> None:
        """Store the decoded pixels natively: encoding them once more would lose again, outside the mask too."""
        frames = read_frames(self.dataset, self._value, frames=self.plan.layout.frames)
        first = as_rgb(decode_frame(frames[0], coding, self.plan.layout))
        if first.lossy:
            self.dataset.LossyImageCompression = "01"
        layout = _decoded_layout(self.plan.layout, first.photometric)
        self.dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        remove_offset_tables(self.dataset)

        def decoded() -> Iterable[tuple[int, Cells]]:
            for index, frame in enumerate(frames):
                now = as_rgb(decode_frame(frame, coding, self.plan.layout))
                if now.photometric != first.photometric:
                    raise UnreadableImage("the frames are compressed in different colour spaces")
                yield index, now.cells

        self._write_native(layout, decoded())

    def _write_native(self, layout: PixelLayout, frames: Iterable[tuple[int, Cells]]) -> None:
        """Replace all pixels by native ones of another layout."""
        pixels = NativePixels.empty(layout)
        for frame, cells in frames:
            self._paint(frame, cells, layout)
            pixels.write(frame, cells)
        self.dataset.PhotometricInterpretation = layout.photometric
        if layout.samples > 1:
            self.dataset.PlanarConfiguration = 0
        self.dataset.HighBit = layout.high_bit
        vr = "OB" if layout.bits_allocated <= 8 else "OW"
        self.dataset[layout.element.value] = DataElement(layout.element.value, vr, bytes(pixels.finish()))

    def _frames_to_visit(self) -> Iterable[int]:
        looks_at_overlay = self._overlay_bits and (self.overlays_go or self.looks_for_overlays)
        return range(self.plan.layout.frames) if self._wants_extremes or looks_at_overlay else self.plan.frames

    def _paint(self, frame: int, cells: Cells, layout: PixelLayout) -> bool:
        edits = self.plan.edits(frame)
        for edit in edits:
            paint_cells(cells, edit, layout, spare_bits_hold_overlay=bool(self._overlay_bits))
        if self._overlay_bits and self.overlays_go:
            cells[...] = to_cells(read_values(cells, layout), layout, spare_bits_hold_overlay=True)
        elif self._overlay_bits and self.looks_for_overlays:
            self.shows_overlay |= bool(np.bitwise_and(cells, cells.dtype.type(self._overlay_bits)).any())
        if self._wants_extremes:
            values = read_values(cells, layout)
            low, high = int(values.min()), int(values.max())
            known = self.extremes or (low, high)
            self.extremes = min(low, known[0]), max(high, known[1])
        return bool(edits) or bool(self._overlay_bits and self.overlays_go)

    def _keeps_pairs(self) -> bool:
        """Whether every mask is filled and covers both pixels of each pair that share chroma."""
        for frame in self.plan.frames:
            for edit in self.plan.edits(frame):
                mask = edit.mask.as_array(self.plan.layout.rows, self.plan.layout.columns)
                if not isinstance(edit.paint, Fill) or not np.array_equal(mask[:, ::2], mask[:, 1::2]):
                    return False
        return True

    def _forget_value(self) -> None:
        """Drop the source's pixel data: a copy of it is being changed."""
        self._value = b""
        self._replace_value(b"")

    def _replace_value(self, value: bytes) -> None:
        tag = self.plan.layout.element.value
        element = self.dataset.get_item(tag)
        if isinstance(element, RawDataElement):
            undefined = element.length == 0xFFFFFFFF
            self.dataset[tag] = element._replace(value=value, length=0xFFFFFFFF if undefined else len(value))
        else:
            # A new element: pydicom would show the pixels it decoded from the old one.
            undefined = element.is_undefined_length
            self.dataset[tag] = DataElement(tag, element.VR, bytes(value), is_undefined_length=undefined)


def _decoded_layout(layout: PixelLayout, photometric: str) -> PixelLayout:
    return replace(layout, photometric=photometric, planar=False, high_bit=layout.bits_stored - 1)
