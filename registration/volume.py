"""A series of axial CT slices as one checked volume in HU."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.reading import known_text
from registration.acquisition import Selection
from registration.errors import InvalidContent
from registration.grouping import choose_stack
from registration.settings import InputSettings
from registration.slices import PixelReader, Side, Slice, list_slices, read_pixels
from registration.stacking import Share, Stack, plan_stack


@dataclass(frozen=True, kw_only=True)
class CheckedVolume:
    """One side of a registration.

    ``image`` is int16 HU, one slice per grid position along the slice normal, in LPS millimetres. ``sources`` names,
    for each slice of the image, the slice it was read from; ``None`` where it was interpolated. ``files`` are
    all slices used, in order of position. ``measured`` is 1 where the scanner saw something, on the grid of ``image``;
    ``None`` where it saw all of it.
    """

    side: Side
    image: sitk.Image
    measured: sitk.Image | None
    files: tuple[Slice, ...]
    sources: tuple[Slice | None, ...]
    warnings: tuple[str, ...]

    @property
    def header(self) -> Dataset:
        """Header of the first slice: patient and study."""
        return self.files[0].header

    @property
    def study_instance_uid(self) -> UID:
        return self.files[0].file.study_instance_uid

    @property
    def series_instance_uid(self) -> UID:
        return self.files[0].file.series_instance_uid

    @property
    def frame_of_reference_uid(self) -> UID | None:
        return self.files[0].file.frame_of_reference_uid

    @property
    def patient_id(self) -> str:
        return self.files[0].file.patient_id


def read_series(
    files: Iterable[Path | bytes],
    *,
    side: Side | str,
    select: Selection | None = None,
    settings: InputSettings | None = None,
) -> CheckedVolume:
    """Check and read one side; slices are decoded one after the other. ``select`` chooses of several stacks.

    Raises :class:`InvalidContent` where the files are no usable axial CT series and :class:`UndecodableFile`.
    """
    settings = settings or InputSettings()
    side = Side(side)
    listed = list_slices(list(files), side=side)
    reader = PixelReader()
    chosen = choose_stack(listed.slices, side=side, selection=select or Selection(), reader=reader, settings=settings)
    _check_matrix(chosen.slices[0], settings=settings)
    stack = plan_stack(chosen.slices, side=side, settings=settings)
    image, measured, inversion_warnings = _read_stack(stack, reader, settings=settings)
    return CheckedVolume(
        side=side,
        image=image,
        measured=measured,
        files=stack.slices,
        sources=tuple(stack.slices[index] if index is not None else None for index in stack.source_of_plane),
        warnings=(
            *listed.left_out,
            *chosen.warnings,
            *_series_warnings(stack.slices, side=side),
            *stack.warnings,
            *inversion_warnings,
        ),
    )


def check_same_patient(reference: CheckedVolume, floating: CheckedVolume, *, allow_different: bool) -> tuple[str, ...]:
    """Warnings about the patients of the two sides; raises :class:`InvalidContent` where they differ."""
    if not reference.patient_id or not floating.patient_id:
        return ("PatientID is empty: that both series show the same patient could not be checked",)
    differing = _differing(reference, floating)
    if differing is None:
        names = {_plain_name(side.header) for side in (reference, floating)} - {""}
        return ("the two series have different PatientNames",) if len(names) > 1 else ()
    if not allow_different:
        raise InvalidContent(
            f"{Side.REFERENCE} and {Side.FLOATING} have different {differing}; "
            "set AllowDifferentPatients if they are one person"
        )
    return (f"the two series have different {differing}",)


def _differing(reference: CheckedVolume, floating: CheckedVolume) -> str | None:
    """What says that two persons were scanned; a value that one side leaves empty says nothing."""
    if reference.patient_id != floating.patient_id:
        return "PatientIDs"
    for keyword in ("PatientBirthDate", "PatientSex"):
        values = {known_text(side.header, keyword) for side in (reference, floating)}
        if len(values - {""}) > 1:
            return keyword
    return None


def _plain_name(header: Dataset) -> str:
    """Without what writers spell in their own way: case, empty components, groups beside the first."""
    return " ".join(known_text(header, "PatientName").split("=")[0].replace("^", " ").casefold().split())


def _check_matrix(first: Slice, *, settings: InputSettings) -> None:
    if max(first.shape) > settings.maximum_matrix or min(first.shape) < 1:
        raise InvalidContent(f"{first.name}: a matrix of {first.shape[0]} x {first.shape[1]} pixels is not accepted")


def _series_warnings(slices: tuple[Slice, ...], *, side: Side) -> list[str]:
    series = {part.file.series_instance_uid for part in slices}
    frames = {part.file.frame_of_reference_uid for part in slices}
    warnings = [f"{side}: the files belong to {len(series)} series"] if len(series) > 1 else []
    if len(frames) > 1:
        warnings.append(f"{side}: the slices state {len(frames)} frames of reference, the first one's is used")
    return warnings


def _read_stack(
    stack: Stack, reader: PixelReader, *, settings: InputSettings
) -> tuple[sitk.Image, sitk.Image | None, list[str]]:
    """Voxels in HU, which of them were measured, and warnings."""
    inverted = _is_inverted(stack, reader, settings=settings)
    voxels = np.full((stack.plane_count, stack.rows, stack.columns), settings.air_hu, dtype=np.int16)
    measured = _MeasuredVoxels(voxels.shape, is_filled=stack.lean_mm == 0)
    previous: NDArray[np.int16] | None = None
    for index, source in enumerate(stack.slices):
        pixels = read_pixels(reader.stored(source), source, inverted=inverted, settings=settings)
        current = np.asarray(stack.placed(pixels.hu, index=index, beyond=settings.air_hu), dtype=np.int16)
        outside = np.asarray(stack.placed(pixels.unmeasured, index=index, beyond=1), dtype=np.bool_)
        for share in stack.shares(index):
            if previous is None or bool((share.weight >= 1).all()):
                voxels[share.plane, share.rows] = current[share.rows]
            else:
                blend = previous[share.rows] * (1 - share.weight) + current[share.rows] * share.weight
                voxels[share.plane, share.rows] = np.rint(blend)
            measured.note(share, outside)
        previous = current
    warnings = []
    if any(part.is_monochrome1 for part in stack.slices):
        warnings = ["the series is MONOCHROME1" + ("; its values were inverted" if inverted else "")]
    known = measured.voxels
    return _on_grid(voxels, stack), None if known is None else _on_grid(known, stack), warnings


class _MeasuredVoxels:
    """Which voxels were measured; costs nothing as long as all of them were."""

    def __init__(self, shape: tuple[int, ...], *, is_filled: bool) -> None:
        self._shape = shape
        self.voxels: NDArray[np.uint8] | None = None if is_filled else np.zeros(shape, dtype=np.uint8)

    def note(self, share: Share, outside: NDArray[np.bool_]) -> None:
        """``outside`` is of the nearer slice: a field of view changes little from one to the next."""
        if self.voxels is None and outside.any():
            self.voxels = np.ones(self._shape, dtype=np.uint8)
        if self.voxels is not None:
            self.voxels[share.plane, share.rows] = ~outside[share.rows]


def _on_grid(voxels: NDArray[np.generic], stack: Stack) -> sitk.Image:
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((stack.column_spacing_mm, stack.row_spacing_mm, stack.slice_spacing_mm))
    image.SetOrigin([float(value) for value in stack.origin_mm])
    image.SetDirection([float(value) for value in stack.direction.ravel()])
    return image


def _is_inverted(stack: Stack, reader: PixelReader, *, settings: InputSettings) -> bool:
    """Whether MONOCHROME1 values were stored upside down.

    Rescale gives HU whatever the photometric interpretation says; writers that turned the grey scale around without
    turning the rescale leave a chest whose typical value is that of metal.
    """
    middle = stack.slices[len(stack.slices) // 2]
    if not middle.is_monochrome1:
        return False
    hu = read_pixels(reader.stored(middle), middle, inverted=False, settings=settings).hu
    return bool(np.median(hu) > 500)
