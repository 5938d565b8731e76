"""Frames of a series in the order in which a person leafs through them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ophtha_core.dicom.geometry import SlicePlane

_PARALLEL = 1e-3


@dataclass(frozen=True, kw_only=True)
class StackedFrame:
    """One frame; ``instance`` is the caller's key of its file, ``frame`` counts from 0, sizes in pixels."""

    instance: str
    frame: int
    rows: int
    columns: int
    plane: SlicePlane | None
    pixel_aspect: float = 1.0
    """Height of a pixel over its width."""
    instance_number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Frames in order. ``is_volume``: parallel planes of one size, one behind the other."""

    frames: tuple[StackedFrame, ...]
    is_volume: bool


def stack_of(frames: Iterable[StackedFrame]) -> Stack:
    """Sorted by position along the normal where all planes are parallel, else by instance number and frame."""
    given = tuple(frames)
    positions = _positions_mm(given)
    if positions is None:
        return Stack(frames=tuple(sorted(given, key=_by_number)), is_volume=False)
    order = sorted(range(len(given)), key=lambda index: (positions[index], _by_number(given[index])))
    distinct = len({round(position, 3) for position in positions}) == len(positions)
    return Stack(frames=tuple(given[index] for index in order), is_volume=distinct and len(given) > 2)


def _by_number(frame: StackedFrame) -> tuple[float, str, int]:
    number = float("inf") if frame.instance_number is None else frame.instance_number
    return number, frame.instance, frame.frame


def _positions_mm(frames: tuple[StackedFrame, ...]) -> tuple[float, ...] | None:
    """Distance of each plane along the common normal; None unless all have a place and are parallel and alike."""
    if not frames or frames[0].plane is None:
        return None
    first = frames[0].plane
    normal = np.cross(first.column_step_mm, first.row_step_mm)
    normal = normal / np.linalg.norm(normal)
    positions = []
    for frame in frames:
        plane = frame.plane
        if plane is None or (frame.rows, frame.columns) != (frames[0].rows, frames[0].columns):
            return None
        steps = np.subtract((plane.column_step_mm, plane.row_step_mm), (first.column_step_mm, first.row_step_mm))
        if np.abs(steps).max() > _PARALLEL:
            return None
        positions.append(float(np.dot(normal, plane.origin_mm)))
    return tuple(positions)
