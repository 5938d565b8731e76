"""NIfTI-1 files of volumes (nifti1.h), little-endian, gzip compressed, written slab by slab.

NIfTI coordinates are RAS: x and y of DICOM's LPS change sign.
"""

import gzip
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

VECTOR_INTENT: Final = 1007

_HEADER_BYTES: Final = 348
_DATA_START: Final = _HEADER_BYTES + 4
"""Four bytes say that there are no extensions."""
_MILLIMETRES: Final = 2
_SCANNER_COORDINATES: Final = 1
_TYPES: Final = {np.dtype("<i2"): (4, 16), np.dtype("<f4"): (16, 32)}
_SLAB_BYTES: Final = 1 << 22
_PERPENDICULAR: Final = 1e-4
_LPS_TO_RAS: Final = np.array([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, kw_only=True)
class VoxelGrid:
    """Where voxels lie: ``affine`` (4 x 4) maps (column, row, slice) to LPS millimetres; ``size`` counts them so."""

    size: tuple[int, int, int]
    affine: NDArray[np.float64]


def write_volume(
    file: BinaryIO, voxels: NDArray[np.generic], grid: VoxelGrid, *, reached: Callable[[float], None]
) -> None:
    """``voxels`` (slices, rows, columns) as a three-dimensional file; ``reached`` gets shares of the whole."""
    _write(file, [voxels], _header(grid, voxels.dtype, dimensions=[3, *grid.size, 1, 1, 1, 1], intent=0), reached)


def write_vectors(
    file: BinaryIO, vectors: NDArray[np.generic], grid: VoxelGrid, *, reached: Callable[[float], None]
) -> None:
    """``vectors`` (slices, rows, columns, 3) in LPS millimetres as a five-dimensional file with the intent of vectors.

    Components stay LPS, which is how ITK reads and writes this intent.
    """
    components = [vectors[..., axis] for axis in range(vectors.shape[-1])]
    dimensions = [5, *grid.size, 1, len(components), 1, 1]
    _write(file, components, _header(grid, vectors.dtype, dimensions=dimensions, intent=VECTOR_INTENT), reached)


def _write(
    file: BinaryIO, components: Sequence[NDArray[np.generic]], header: bytes, reached: Callable[[float], None]
) -> None:
    planes = components[0].shape[0]
    planes_at_once = max(1, _SLAB_BYTES // components[0][0].nbytes)
    # No name and no time in the gzip header: the same voxels give the same file.
    with gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed:
        packed.write(header)
        for number, component in enumerate(components):
            for first in range(0, planes, planes_at_once):
                reached((number + first / planes) / len(components))
                packed.write(np.ascontiguousarray(component[first : first + planes_at_once]).data)


def _header(grid: VoxelGrid, dtype: np.dtype[np.generic], *, dimensions: list[int], intent: int) -> bytes:
    """Affine rows always (sform); the quaternion form only where the axes are perpendicular: it knows no shear."""
    code, bits = _TYPES[np.dtype(dtype)]
    affine = _LPS_TO_RAS[:, None] * grid.affine + 0.0  # no negative zeros
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    direction = affine[:3, :3] / spacing_mm
    is_perpendicular = np.allclose(direction.T @ direction, np.eye(3), atol=_PERPENDICULAR)
    quaternion, handedness = _quaternion(direction) if is_perpendicular else ((0.0, 0.0, 0.0), 1.0)
    header = bytearray(_DATA_START)
    struct.pack_into("<i", header, 0, _HEADER_BYTES)
    struct.pack_into("<8h", header, 40, *dimensions)
    struct.pack_into("<h", header, 68, intent)
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, handedness, *spacing_mm, 0.0, 0.0, 0.0, 0.0)
    struct.pack_into("<f", header, 108, _DATA_START)
    struct.pack_into("<2f", header, 112, 1.0, 0.0)
    struct.pack_into("<B", header, 123, _MILLIMETRES)
    struct.pack_into("<2h", header, 252, _SCANNER_COORDINATES if is_perpendicular else 0, _SCANNER_COORDINATES)
    if is_perpendicular:
        struct.pack_into("<6f", header, 256, *quaternion, *affine[:3, 3])
    struct.pack_into("<12f", header, 280, *affine[:3].ravel())
    struct.pack_into("<4s", header, 344, b"n+1\0")
    return bytes(header)


def _quaternion(direction: NDArray[np.float64]) -> tuple[tuple[float, float, float], float]:
    """(b, c, d) of the rotation and ``qfac``: -1 where the third axis is turned round to make it one."""
    handedness = 1.0 if np.linalg.det(direction) > 0 else -1.0
    rotation = direction @ np.diag([1.0, 1.0, handedness])
    # The largest eigenvector of this matrix is the quaternion (I. Bar-Itzhack, 2000): no special cases.
    r = rotation
    symmetric = np.array(
        [
            [r[0, 0] + r[1, 1] + r[2, 2], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
            [r[2, 1] - r[1, 2], r[0, 0] - r[1, 1] - r[2, 2], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0]],
            [r[0, 2] - r[2, 0], r[0, 1] + r[1, 0], r[1, 1] - r[0, 0] - r[2, 2], r[1, 2] + r[2, 1]],
            [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], r[2, 2] - r[0, 0] - r[1, 1]],
        ]
    )
    a, b, c, d = np.linalg.eigh(symmetric)[1][:, -1]
    sign = -1.0 if a < 0 else 1.0
    return (float(sign * b), float(sign * c), float(sign * d)), handedness
