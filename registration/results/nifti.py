"""NIfTI-1 files, gzip compressed, written slab by slab.

NIfTI coordinates are RAS: x and y of LPS change sign in the affine. Vector components stay LPS millimetres, which is
how ITK reads and writes intent 1007.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.progress import Stage

_HEADER_BYTES = 348
_VECTOR_INTENT = 1007
_MILLIMETRES = 2
_SCANNER_COORDINATES = 1
_TYPES = {np.dtype(np.int16): (4, 16), np.dtype(np.float32): (16, 32)}
_SLAB_BYTES = 1 << 22


def write_scalar(path: Path, image: sitk.Image, *, stage: Stage) -> None:
    """``image`` as a three-dimensional file."""
    array = sitk.GetArrayViewFromImage(image)
    _write(path, [array], image, dimensions=[3, *image.GetSize(), 1, 1, 1, 1], intent=0, stage=stage)


def write_field(path: Path, field: sitk.Image, *, stage: Stage) -> None:
    """``field`` (three components, LPS millimetres) as a five-dimensional file with intent 1007 (vector)."""
    array = sitk.GetArrayViewFromImage(field)
    components = [array[..., axis] for axis in range(array.shape[-1])]
    dimensions = [5, *field.GetSize(), 1, len(components), 1, 1]
    _write(path, components, field, dimensions=dimensions, intent=_VECTOR_INTENT, stage=stage)


def _write(
    path: Path,
    components: list[NDArray[np.generic]],
    image: sitk.Image,
    *,
    dimensions: list[int],
    intent: int,
    stage: Stage,
) -> None:
    header = _header(image, components[0].dtype, dimensions=dimensions, intent=intent)
    planes = components[0].shape[0]
    planes_at_once = max(1, _SLAB_BYTES // components[0][0].nbytes)
    # No name and no time in the gzip header: the same result gives the same file.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as file:
        file.write(header)
        for number, component in enumerate(components):
            for first in range(0, planes, planes_at_once):
                stage.reached((number + first / planes) / len(components))
                file.write(np.ascontiguousarray(component[first : first + planes_at_once]).data)


def _header(image: sitk.Image, dtype: np.dtype[np.generic], *, dimensions: list[int], intent: int) -> bytes:
    """348 bytes of header and 4 without extensions, little-endian (NIfTI-1, nifti1.h)."""
    code, bits = _TYPES[np.dtype(dtype)]
    direction = np.diag([-1.0, -1.0, 1.0]) @ np.array(image.GetDirection()).reshape(3, 3)
    spacing = np.array(image.GetSpacing())
    offset = np.diag([-1.0, -1.0, 1.0]) @ np.array(image.GetOrigin())
    quaternion, handedness = _quaternion(direction)
    rows = np.concatenate([direction * spacing, offset[:, None]], axis=1)
    header = bytearray(_HEADER_BYTES + 4)
    struct.pack_into("<i", header, 0, _HEADER_BYTES)
    struct.pack_into("<8h", header, 40, *dimensions)
    struct.pack_into("<h", header, 68, intent)
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, handedness, *spacing, 0.0, 0.0, 0.0, 0.0)
    struct.pack_into("<f", header, 108, _HEADER_BYTES + 4)
    struct.pack_into("<2f", header, 112, 1.0, 0.0)
    struct.pack_into("<B", header, 123, _MILLIMETRES)
    struct.pack_into("<2h", header, 252, _SCANNER_COORDINATES, _SCANNER_COORDINATES)
    struct.pack_into("<6f", header, 256, *quaternion, *offset)
    struct.pack_into("<12f", header, 280, *rows.ravel())
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
