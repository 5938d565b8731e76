"""A series of axial CT slices as one checked volume in HU."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID

from registration.errors import InvalidContent
from registration.settings import InputSettings
from registration.slices import PixelReader, Side, Slice, hu_values, list_slices
from registration.stacking import Stack, plan_stack


@dataclass(frozen=True, kw_only=True)
class CheckedVolume:
    """One side of a registration.

    ``image`` is int16 HU, one slice per grid position along the slice normal, in LPS millimetres. ``sources`` names,
    for each slice of the image, the slice it was read from; ``None`` where it was interpolated. ``files`` are
    all slices used, in order of position.
    """

    side: Side
    image: sitk.Image
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
    files: Iterable[Path | bytes], *, side: Side | str, settings: InputSettings | None = None
) -> CheckedVolume:
    """Check and read one side; slices are decoded one after the other.

    Raises :class:`InvalidContent` where the files are no usable axial CT series and :class:`UndecodableFile`.
    """
    settings = settings or InputSettings()
    side = Side(side)
    listed = list_slices(list(files), side=side)
    warnings = [f"{name} is a localizer and was left out" for name in listed.localizers]
    _check_belong_together(listed.slices, side=side, settings=settings)
    warnings += _series_warnings(listed.slices, side=side)
    stack = plan_stack(listed.slices, side=side, settings=settings)
    warnings += stack.warnings
    image, used, duplicate_warnings = _read_stack(stack, settings=settings)
    warnings += duplicate_warnings
    return CheckedVolume(
        side=side,
        image=image,
        files=used,
        sources=tuple(stack.groups[index][0] if index is not None else None for index in stack.group_of_plane),
        warnings=tuple(warnings),
    )


def check_same_patient(reference: CheckedVolume, floating: CheckedVolume, *, allow_different: bool) -> tuple[str, ...]:
    """Warnings about the patients of the two sides; raises :class:`InvalidContent` where they differ."""
    if not reference.patient_id or not floating.patient_id:
        return ("PatientID is empty: that both series show the same patient could not be checked",)
    if reference.patient_id == floating.patient_id:
        return ()
    if not allow_different:
        raise InvalidContent(
            f"{Side.REFERENCE} and {Side.FLOATING} have different PatientIDs; "
            "set AllowDifferentPatients if they are one person"
        )
    return ("the two series have different PatientIDs",)


def _check_belong_together(slices: tuple[Slice, ...], *, side: Side, settings: InputSettings) -> None:
    if not slices:
        raise InvalidContent(f"{side}: no axial CT slices given, at least {settings.minimum_slices} are needed")
    first = slices[0]
    if max(first.shape) > settings.maximum_matrix or min(first.shape) < 1:
        raise InvalidContent(f"{first.name}: a matrix of {first.shape[0]} x {first.shape[1]} pixels is not accepted")
    for other in slices[1:]:
        reason = _difference(first, other)
        if reason is not None:
            raise InvalidContent(f"{other.name} has another {reason} than {first.name}")


def _difference(first: Slice, other: Slice) -> str | None:
    """What keeps two slices from being of one volume, in words; ``None`` if nothing does."""
    if first.file.patient_id != other.file.patient_id:
        return "patient"
    if first.shape != other.shape:
        return "matrix"
    spacings = np.array(
        [other.row_spacing_mm - first.row_spacing_mm, other.column_spacing_mm - first.column_spacing_mm]
    )
    if np.abs(spacings).max() > 1e-3 * first.row_spacing_mm:
        return "pixel spacing"
    if min(first.row_direction @ other.row_direction, first.column_direction @ other.column_direction) < 1 - 1e-5:
        return "orientation"
    if first.file.frame_of_reference_uid != other.file.frame_of_reference_uid:
        return "frame of reference"
    return None


def _series_warnings(slices: tuple[Slice, ...], *, side: Side) -> list[str]:
    series = {part.file.series_instance_uid for part in slices}
    return [f"{side}: the files belong to {len(series)} series"] if len(series) > 1 else []


def _read_stack(stack: Stack, *, settings: InputSettings) -> tuple[sitk.Image, tuple[Slice, ...], list[str]]:
    reader = PixelReader()
    inverted = _is_inverted(stack, reader, settings=settings)
    voxels = np.full((stack.plane_count, stack.rows, stack.columns), settings.air_hu, dtype=np.int16)
    warnings = (
        ["the series is MONOCHROME1" + ("; its values were inverted" if inverted else "")]
        if any(part[0].is_monochrome1 for part in stack.groups)
        else []
    )
    previous: NDArray[np.int16] | None = None
    for index, group in enumerate(stack.groups):
        current = hu_values(reader.stored(group[0]), group[0], inverted=inverted, air_hu=settings.air_hu)
        for duplicate in group[1:]:
            again = hu_values(reader.stored(duplicate), duplicate, inverted=inverted, air_hu=settings.air_hu)
            if not np.array_equal(current, again):
                raise InvalidContent(f"{duplicate.name} lies where {group[0].name} lies and shows something else")
            warnings.append(f"{duplicate.name} repeats {group[0].name} and was left out")
        current = stack.placed(current, index=index, air_hu=settings.air_hu)
        for plane, weight in stack.planes_up_to(index):
            if previous is None or weight >= 1:
                voxels[plane] = current
            else:
                voxels[plane] = np.rint(previous * np.float32(1 - weight) + current * np.float32(weight))
        previous = current
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((stack.column_spacing_mm, stack.row_spacing_mm, stack.slice_spacing_mm))
    image.SetOrigin([float(value) for value in stack.origin_mm])
    image.SetDirection([float(value) for value in stack.direction.ravel()])
    return image, tuple(group[0] for group in stack.groups), warnings


def _is_inverted(stack: Stack, reader: PixelReader, *, settings: InputSettings) -> bool:
    """Whether MONOCHROME1 values were stored upside down.

    Rescale gives HU whatever the photometric interpretation says; writers that turned the grey scale around without
    turning the rescale leave a chest whose typical value is that of metal.
    """
    middle = stack.groups[len(stack.groups) // 2][0]
    if not middle.is_monochrome1:
        return False
    hu = hu_values(reader.stored(middle), middle, inverted=False, air_hu=settings.air_hu)
    return bool(np.median(hu) > 500)
