"""Pictures to judge a registration by: checkerboard and differences, in three planes, lungs outlined."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from PIL import Image

from registration.engine import Lungs, Registration
from registration.grids import FloatArray, Grid, box_of, covering

Picture = NDArray[np.uint8]

_SPACING_MM = 1.5
_TILE_MM = 30.0
_WINDOW_HU = (-1000.0, 400.0)
_DIFFERENCE_HU = 600.0
_REFERENCE_COLOUR = (255, 210, 0)
_FLOATING_COLOUR = (0, 200, 255)


@dataclass(frozen=True)
class _Section:
    """One plane through the lungs, the same points of the reference in every image; axial, coronal or sagittal."""

    grid: Grid
    axis: int

    def cut(self, image: sitk.Image, *, beyond: float) -> FloatArray:
        """Values in the plane, head or front up, the patient's left on the right of the picture."""
        plane = self.grid.sample(image, threads=1, beyond=beyond)
        flat = np.squeeze(plane, axis=2 - self.axis)
        return flat if self.axis == 2 else flat[::-1]


def preview_pictures(registration: Registration) -> dict[str, bytes]:
    """PNG files by name: ``checkerboard``, ``difference-before``, ``difference-after``."""
    sections = _sections(registration)
    reference = [section.cut(registration.reference.image, beyond=-1024) for section in sections]
    before = [section.cut(registration.floating.image, beyond=-1024) for section in sections]
    after = [section.cut(registration.warped, beyond=-1024) for section in sections]
    lungs = [section.cut(_mask_image(registration.reference_lungs), beyond=0) > 0.5 for section in sections]
    floating_lungs = [section.cut(_mask_image(registration.floating_lungs), beyond=0) > 0.5 for section in sections]

    def row(draw: Callable[[FloatArray, FloatArray], Picture], others: list[FloatArray]) -> list[Picture]:
        return [
            _outlined(draw(fixed, other), mask, _REFERENCE_COLOUR)
            for fixed, other, mask in zip(reference, others, lungs, strict=True)
        ]

    difference_before = [
        _outlined(picture, mask, _FLOATING_COLOUR)
        for picture, mask in zip(row(_difference, before), floating_lungs, strict=True)
    ]
    return {
        "checkerboard": _png(row(_checkerboard, after)),
        "difference-before": _png(difference_before),
        "difference-after": _png(row(_difference, after)),
    }


def _sections(registration: Registration) -> list[_Section]:
    low_mm, high_mm = box_of(registration.reference.image)
    lungs = registration.reference_lungs
    whole = covering(low_mm, high_mm, spacing_mm=_SPACING_MM)
    sections = []
    for axis in (2, 1, 0):
        # The plane that shows most of the lungs.
        others = tuple(a for a in range(3) if a != 2 - axis)
        best = int(lungs.mask.sum(axis=others).argmax())
        position_mm = lungs.grid.origin_mm[axis] + best * lungs.grid.spacing_mm[axis]
        origin, size = list(whole.origin_mm), list(whole.size)
        origin[axis], size[axis] = position_mm, 1
        grid = Grid((origin[0], origin[1], origin[2]), whole.spacing_mm, (size[0], size[1], size[2]))
        sections.append(_Section(grid, axis))
    return sections


def _mask_image(lungs: Lungs) -> sitk.Image:
    return lungs.grid.image(lungs.mask.astype(np.float32))


def _grey(hu: FloatArray) -> NDArray[np.float32]:
    low, high = _WINDOW_HU
    return np.asarray(np.clip((hu - low) / (high - low), 0, 1) * 255, dtype=np.float32)


def _checkerboard(reference: FloatArray, floating: FloatArray) -> Picture:
    rows, columns = (np.arange(count) * _SPACING_MM // _TILE_MM for count in reference.shape)
    odd = (rows[:, None] + columns[None, :]) % 2 == 1
    grey = np.where(odd, _grey(floating), _grey(reference))
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def _difference(reference: FloatArray, floating: FloatArray) -> Picture:
    """Grey where equal, red where the reference is denser, blue where the floating image is."""
    share = np.clip((reference - floating) / _DIFFERENCE_HU, -1, 1)
    grey = _grey(reference) * 0.35 + 100
    red = grey + 120 * np.maximum(share, 0) - 90 * np.maximum(-share, 0)
    green = grey - 90 * np.abs(share)
    blue = grey + 120 * np.maximum(-share, 0) - 90 * np.maximum(share, 0)
    return np.asarray(np.clip(np.stack([red, green, blue], axis=-1), 0, 255), dtype=np.uint8)


def _outlined(picture: Picture, mask: NDArray[np.bool_], colour: tuple[int, int, int]) -> Picture:
    canvas = np.ascontiguousarray(picture)
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, contours, -1, colour, 1)
    return np.asarray(canvas, dtype=np.uint8)


def _png(pictures: list[Picture]) -> bytes:
    """The pictures side by side on black."""
    height = max(picture.shape[0] for picture in pictures)
    padded = [np.pad(picture, ((0, height - picture.shape[0]), (0, 6), (0, 0))) for picture in pictures]
    buffer = BytesIO()
    Image.fromarray(np.concatenate(padded, axis=1)).save(buffer, "PNG")
    return buffer.getvalue()
