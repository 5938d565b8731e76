"""An OCT volume out of DICOM: its geometry, its B-scans decoded one by one, and where each lies in the patient."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.oct.dicom.bscans import BScan, bscans_of
from ophtha_core.oct.dicom.geometry import OctGeometry, in_spatial_order, read_oct_geometry
from ophtha_core.oct.dicom.patterns import PatternScan, read_pattern


@dataclass(frozen=True, kw_only=True, eq=False)
class OctVolume:
    """Parallel B-scans in the order they are stored; nothing is decoded before it is asked for."""

    geometry: OctGeometry
    bscans: tuple[BScan, ...]

    @property
    def source(self) -> Dataset:
        """The image of the first B-scan: patient, study and device of the whole volume."""
        return self.bscans[0].source

    @property
    def localizer_uids(self) -> tuple[str, ...]:
        """Fundus images the frames are located on."""
        return tuple(dict.fromkeys(place.localizer_uid for bscan in self.bscans for place in bscan.locations))

    def frame(self, index: int) -> NDArray[np.float64]:
        """B-scan ``index`` as (rows, columns), colours averaged, in the orientation it is stored.

        Raises UnreadableImage when it cannot be decoded, or when the image was read without its pixels.
        """
        bscan = self.bscans[index]
        if bscan.source.SOPInstanceUID not in self._opened:
            self._opened[bscan.source.SOPInstanceUID] = ImageFrames.of(bscan.source)
        return self._opened[bscan.source.SOPInstanceUID].grey(bscan.frame)

    def frames(self) -> Iterator[NDArray[np.float64]]:
        """Every B-scan in stored order, decoded as it is asked for."""
        return (self.frame(index) for index in range(len(self.bscans)))

    def canonical_cube(self) -> NDArray[np.float64]:
        """All pixels as (row, column, depth): row 0 superior, column 0 image left, depth 0 in the vitreous."""
        return self.geometry.orientation.to_canonical(np.stack([frame.T for frame in self.frames()]))

    def canonical_en_face(self) -> NDArray[np.float64]:
        """Mean over depth as (row, column), canonical orientation; holds one B-scan at a time."""
        return self.geometry.orientation.to_canonical(np.stack([frame.mean(axis=0) for frame in self.frames()]))

    @cached_property
    def _opened(self) -> dict[str, ImageFrames]:
        return {}


def read_oct_scan(
    images: Sequence[Dataset], *, localizers: Mapping[str, Dataset] | None = None
) -> OctVolume | PatternScan:
    """A volume of parallel B-scans, or a circle or star scan where the frame locations make one.

    Raises as `read_oct_volume` does where they make none of them.
    """
    pattern = read_pattern(bscans_of(images), localizers or {})
    return pattern or read_oct_volume(images, localizers=localizers)


def read_oct_volume(images: Sequence[Dataset], *, localizers: Mapping[str, Dataset] | None = None) -> OctVolume:
    """One volume from a multi-frame image or from the single images of a series.

    ``localizers`` are fundus images by SOP Instance UID; only their headers are read. Raises InvalidInput naming the
    attribute when the images are no raster of parallel B-scans, UnreadableImage when a header is broken.
    """
    bscans = in_spatial_order(bscans_of(images))
    return OctVolume(geometry=read_oct_geometry(bscans, localizers or {}), bscans=bscans)
