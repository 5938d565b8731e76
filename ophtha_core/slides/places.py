"""Where the frames of one instance lie in its total pixel matrix (PS3.3 C.8.12.4, C.8.12.6, C.7.6.17.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.dicom.reading import integer_of, items_of, known_integer, known_number, known_text
from ophtha_core.errors import UnreadableImage

_TILED_FULL = "TILED_FULL"
_UM_PER_MM = 1000.0


@dataclass(frozen=True, eq=False)
class FramePlaces:
    """For each frame the position of its top-left pixel (from 0), its focal plane (µm) and its optical path."""

    columns: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    depths_um: npt.NDArray[np.float64]
    paths: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.columns)

    @classmethod
    def of(cls, frames: Sequence[tuple[int, int, float, str]]) -> Self:
        """Of positions counted from 1, as DICOM counts them, depths in µm, and identifiers of optical paths."""
        columns, rows, depths, paths = zip(*frames, strict=True) if frames else ((), (), (), ())
        return cls(
            columns=np.array(columns, dtype=np.int64) - 1,
            rows=np.array(rows, dtype=np.int64) - 1,
            depths_um=np.array(depths, dtype=np.float64).round(6),
            paths=np.array(paths, dtype=np.str_),
        )


def frame_places(
    dataset: Dataset, layout: PixelLayout, size: tuple[int, int], *, listed: FramePlaces | None = None
) -> FramePlaces:
    """The places of the frames of an instance, as far as it has frames within its matrix.

    ``listed`` are those of per-frame functional groups that ``dataset`` does not hold any more. Raises UnreadableImage.
    """
    if known_text(dataset, "DimensionOrganizationType") != _TILED_FULL:
        stated = listed or _listed(dataset)
        if stated is not None:
            if len(stated) != layout.frames:
                raise UnreadableImage(f"NumberOfFrames is {layout.frames}, {len(stated)} frames have a position")
            return stated
    return _full(dataset, layout, size)


def optical_paths(dataset: Dataset) -> list[str]:
    """Identifiers of the optical paths that an instance describes; of one that describes none, one without name."""
    listed = [known_text(path, "OpticalPathIdentifier") for path in items_of(dataset, "OpticalPathSequence")]
    return list(dict.fromkeys(listed)) or [""]


def _listed(dataset: Dataset) -> FramePlaces | None:
    """From per-frame functional groups; None where they do not say."""
    groups = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    shared = shared_path(dataset)
    frames: list[tuple[int, int, float, str]] = []
    for group in groups:
        places = items_of(group, "PlanePositionSlideSequence")
        if not places:
            return None
        column = integer_of(places[0], "ColumnPositionInTotalImagePixelMatrix")
        row = integer_of(places[0], "RowPositionInTotalImagePixelMatrix")
        if column is None or row is None:
            raise UnreadableImage("PlanePositionSlideSequence lacks a position in the total pixel matrix")
        depth = known_number(places[0], "ZOffsetInSlideCoordinateSystem") or 0.0
        frames.append((column, row, depth, _path_of(group) or shared))
    return FramePlaces.of(frames) if frames else None


def _path_of(group: Dataset) -> str:
    paths = items_of(group, "OpticalPathIdentificationSequence")
    return known_text(paths[0], "OpticalPathIdentifier") if paths else ""


def shared_path(dataset: Dataset) -> str:
    """The optical path of the frames of an instance that name none of their own."""
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")
    return (_path_of(shared[0]) if shared else "") or optical_paths(dataset)[0]


def _full(dataset: Dataset, layout: PixelLayout, size: tuple[int, int]) -> FramePlaces:
    """TILED_FULL: row by row, then focal planes, then optical paths."""
    across, down = -(-size[0] // layout.columns), -(-size[1] // layout.rows)
    planes = max(known_integer(dataset, "TotalPixelMatrixFocalPlanes") or 1, 1)
    paths = optical_paths(dataset)
    stated = max(known_integer(dataset, "NumberOfOpticalPaths") or 1, 1)
    paths = paths[:stated] if stated > 1 else [shared_path(dataset)]
    first = integer_of(dataset, "ConcatenationFrameOffsetNumber") or 0
    number = np.arange(first, min(first + layout.frames, across * down * planes * len(paths)), dtype=np.int64)
    plane = number // (across * down) % planes
    origin, step = _depths_um(dataset)
    return FramePlaces(
        columns=number % across * layout.columns,
        rows=number // across % down * layout.rows,
        depths_um=np.round(origin + plane * step, 6),
        paths=np.array(paths, dtype=np.str_)[number // (across * down * planes)],
    )


def _depths_um(dataset: Dataset) -> tuple[float, float]:
    """Place of the first focal plane and the step to the next; a step of one where it is not stated."""
    origins = items_of(dataset, "TotalPixelMatrixOriginSequence")
    origin_mm = known_number(origins[0], "ZOffsetInSlideCoordinateSystem") if origins else None
    step_mm = None
    for group in items_of(dataset, "SharedFunctionalGroupsSequence")[:1]:
        for measures in items_of(group, "PixelMeasuresSequence")[:1]:
            step_mm = known_number(measures, "SpacingBetweenSlices")
    return (origin_mm or 0.0) * _UM_PER_MM, step_mm * _UM_PER_MM if step_mm else 1.0
