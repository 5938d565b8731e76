"""A chest in closed form and motions with exact truth, rendered as pairs of CT series.

Points are LPS millimetres (x to the patient's left, y to the back, z to the head), arrays of shape (..., 3). The chest
is a function of the point, not of a voxel: any grid, motion and slice thickness can be rendered without interpolation.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmwrite
from pydicom.uid import UID, CTImageStorage, generate_uid

from ophtha_core.phantoms.dicom_object import blank_object, set_moment, set_patient

Points = NDArray[np.float64]
Volume = NDArray[np.int16]

AIR_HU = -1000.0
LUNG_HU = -850.0
TISSUE_HU = 40.0
BONE_HU = 500.0
VESSEL_HU = 30.0

_VESSEL_WAVELENGTHS_MM = ((26.0, 60.0), (13.0, 26.0))


class Motion(Protocol):
    """How the patient differs between the two dates."""

    def to_floating(self, points: Points) -> Points:
        """Where reference ``points`` lie in the floating image: the truth a registration is measured against."""
        ...

    def to_reference(self, points: Points) -> Points:
        """The way back."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rigid:
    """A rotation about the patient's long axis through the chest's centre, then a shift."""

    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation_deg: float = 0.0

    def to_floating(self, points: Points) -> Points:
        return np.asarray(points @ self._matrix().T + np.array(self.shift_mm), dtype=np.float64)

    def to_reference(self, points: Points) -> Points:
        return np.asarray((points - np.array(self.shift_mm)) @ self._matrix(), dtype=np.float64)

    def _matrix(self) -> NDArray[np.float64]:
        cosine, sine = np.cos(np.radians(self.rotation_deg)), np.sin(np.radians(self.rotation_deg))
        return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


@dataclass(frozen=True, kw_only=True)
class Breathing:
    """A smooth breath: the diaphragm goes down by ``depth_mm``, the front wall forward, both fading like a Gaussian."""

    depth_mm: float = 20.0
    forward_mm: float = 5.0
    reach_mm: float = 75.0
    centre_mm: tuple[float, float, float] = (0.0, 0.0, -60.0)

    def to_floating(self, points: Points) -> Points:
        return points + self._displacement(points)

    def to_reference(self, points: Points) -> Points:
        """Fixed-point inverse; the displacement's slope is far below 1."""
        reference = points - self._displacement(points)
        for _ in range(15):
            reference = points - self._displacement(reference)
        return reference

    def _displacement(self, points: Points) -> Points:
        distance2 = ((points - np.array(self.centre_mm)) ** 2).sum(axis=-1)
        bell = np.exp(-distance2 / (2 * self.reach_mm**2))
        return np.asarray(bell[..., None] * np.array([0.0, -self.forward_mm, -self.depth_mm]), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Sliding:
    """Everything inside the two pleural cavities slides down along the wall, ribs and mediastinum stay.

    The slide grows from nothing at the apex to ``depth_mm`` at ``full_below_mm`` and stays so down to the abdomen.
    """

    depth_mm: float = 20.0
    full_below_mm: float = 60.0
    apex_mm: float = 130.0

    def to_floating(self, points: Points) -> Points:
        moved = points.copy()
        inside = inside_cavities(points)
        moved[..., 2] -= np.where(inside, self._slide(points[..., 2]), 0.0)
        return moved

    def to_reference(self, points: Points) -> Points:
        # The cavities are cylinders along z: a point is inside after the slide if it was before.
        inside = inside_cavities(points)
        height = points[..., 2] + self.depth_mm
        for _ in range(25):
            height = points[..., 2] + self._slide(height)
        moved = points.copy()
        moved[..., 2] = np.where(inside, height, points[..., 2])
        return moved

    def _slide(self, height_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.clip((self.apex_mm - height_mm) / (self.apex_mm - self.full_below_mm), 0, 1)
        return self.depth_mm * share**2 * (3 - 2 * share)


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """An axial CT grid: ``origin_mm`` is the centre of its first voxel, axes along x, y, z."""

    columns: int = 128
    rows: int = 96
    slices: int = 80
    pixel_spacing_mm: float = 3.0
    slice_spacing_mm: float = 3.5
    centre_mm: tuple[float, float, float] = (0.0, 0.0, 10.0)

    @property
    def origin_mm(self) -> NDArray[np.float64]:
        extent = (np.array([self.columns, self.rows, self.slices]) - 1) * self.spacing_mm
        return np.array(self.centre_mm) - extent / 2

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        return np.array([self.pixel_spacing_mm, self.pixel_spacing_mm, self.slice_spacing_mm])

    def plane_points_mm(self, index: int, *, offset_mm: float = 0.0) -> Points:
        """Voxel centres of slice ``index``, shape (rows, columns, 3), moved by ``offset_mm`` along z."""
        x, y, z = self.origin_mm
        points = np.empty((self.rows, self.columns, 3))
        points[..., 0] = x + np.arange(self.columns) * self.pixel_spacing_mm
        points[..., 1] = (y + np.arange(self.rows) * self.pixel_spacing_mm)[:, None]
        points[..., 2] = z + index * self.slice_spacing_mm + offset_mm
        return points


@dataclass(frozen=True, kw_only=True)
class Scan:
    """How a scanner sees the chest."""

    noise_hu: float = 0.0
    seed: int = 0
    slice_samples: int = 1
    """Points averaged across a slice's thickness."""

    vessel_gain: float = 1.0
    """Contrast of the vessels: another kernel or contrast agent."""

    right_lung_collapsed: bool = False


@dataclass(frozen=True)
class Chest:
    """The anatomy. ``seed`` draws the vessels."""

    seed: int = 1
    _waves: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        shape = (len(_VESSEL_WAVELENGTHS_MM), 2, 10)
        directions = random.normal(size=(*shape, 3))
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        low, high = np.array(_VESSEL_WAVELENGTHS_MM).T[:, :, None, None, None]
        wavelengths_mm = low + (high - low) * random.uniform(size=(*shape, 1))
        phases = random.uniform(0, 2 * np.pi, size=(*shape, 1))
        object.__setattr__(self, "_waves", np.concatenate([directions * 2 * np.pi / wavelengths_mm, phases], axis=-1))

    def hu(self, points: Points, scan: Scan) -> NDArray[np.float64]:
        """HU at ``points``."""
        x, y, z = np.moveaxis(points, -1, 0)
        radius = np.sqrt((x / 170) ** 2 + (y / 118) ** 2)
        values = TISSUE_HU + 12 * np.sin(x / 11) * np.sin(y / 13 + z / 17)
        ribs = np.clip(np.sin(2 * np.pi * (z + 0.35 * y) / 26) * 4 - 1, 0, 1) * _soft(
            0.05 - np.abs(radius - 0.91), 0.01
        )
        spine = _soft(18 - np.hypot(x, y - 78), 1.5) * (0.7 + 0.3 * np.sign(np.sin(2 * np.pi * z / 30)))
        values = values + (BONE_HU - TISSUE_HU) * np.maximum(ribs, spine)
        values = np.where(radius > 0.965, -100, values)
        lungs = self._lungs(points)
        if scan.right_lung_collapsed:
            lungs = lungs * (x > 0)
        lung_hu = LUNG_HU + scan.vessel_gain * (VESSEL_HU - LUNG_HU) * self._vessels(points)
        values = values + lungs * (lung_hu - values)
        airway = _soft(8 - np.hypot(x, y - 20), 1.5) * _soft(z - 30, 2)
        values = values + airway * (AIR_HU - values)
        return values + (1 - _soft(1 - radius, 0.008)) * (AIR_HU - values)

    def _lungs(self, points: Points) -> NDArray[np.float64]:
        """Share of lung, 0 to 1: the cavities between the domes of apex and diaphragm."""
        z = points[..., 2]
        depth = cavity_depth_mm(points)
        dome = np.minimum(1, depth / 45)
        floor = -105 + 45 * np.sqrt(np.clip(dome, 0, 1))
        roof = 80 + 45 * np.sqrt(np.clip(dome, 0, 1))
        return _soft(depth, 1.5) * _soft(z - floor, 1.5) * _soft(roof - z, 1.5)

    def _vessels(self, points: Points) -> NDArray[np.float64]:
        """Share of vessel, 0 to 1: tubes of about 2 and 1 mm radius where two sums of waves are zero at once."""
        result = np.zeros(points.shape[:-1])
        for network in self._waves:
            sums = [np.sin(points @ waves[:, :3].T + waves[:, 3]).sum(axis=-1) for waves in network]
            result = np.maximum(result, np.exp(-(sums[0] ** 2 + sums[1] ** 2) / 0.55))
        return result


def cavity_depth_mm(points: Points) -> NDArray[np.float64]:
    """About how deep a point lies inside the nearer cavity, negative outside; the cavities are cylinders along z."""
    x, y = points[..., 0], points[..., 1]
    return (1 - np.hypot((np.abs(x) - 78) / 58, y / 80)) * 62


def inside_cavities(points: Points) -> NDArray[np.bool_]:
    return np.asarray(cavity_depth_mm(points) > 0)


def _soft(distance: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """0 outside, 1 inside, ``distance`` positive inside, over about ``width`` on both sides."""
    return np.asarray(np.clip(distance / (2 * width) + 0.5, 0, 1))


def render(chest: Chest, geometry: Geometry, *, motion: Motion | None = None, scan: Scan | None = None) -> Volume:
    """The chest on a grid, int16 HU of shape (slices, rows, columns); after ``motion`` for the floating image."""
    scan = scan or Scan()
    random = np.random.default_rng(scan.seed)
    volume = np.empty((geometry.slices, geometry.rows, geometry.columns), dtype=np.int16)
    steps = (np.arange(scan.slice_samples) + 0.5) / scan.slice_samples - 0.5
    for index in range(geometry.slices):
        planes = []
        for step in steps:
            points = geometry.plane_points_mm(index, offset_mm=float(step) * geometry.slice_spacing_mm)
            planes.append(chest.hu(motion.to_reference(points) if motion else points, scan))
        plane = np.mean(planes, axis=0)
        if scan.noise_hu:
            plane = plane + random.normal(scale=scan.noise_hu, size=plane.shape)
        volume[index] = np.rint(np.clip(plane, -1024, 3071))
    return volume


def lung_landmarks(chest: Chest, *, count: int, seed: int = 0, depth_mm: float = 3.0) -> Points:
    """Points inside the lungs at least ``depth_mm`` from the wall, shape (count, 3)."""
    random = np.random.default_rng(seed)
    candidates = random.uniform((-150, -90, -100), (150, 90, 120), size=(60 * count, 3))
    inside = (cavity_depth_mm(candidates) > depth_mm) & (chest._lungs(candidates) > 0.99)
    return candidates[inside][:count]


def wall_landmarks(*, count: int, seed: int = 0, depth_mm: float = 3.0) -> Points:
    """Points of the wall around the lungs, ``depth_mm`` to 15 mm outside the pleura, shape (count, 3)."""
    random = np.random.default_rng(seed)
    candidates = random.uniform((-150, -100, -50), (150, 100, 70), size=(100 * count, 3))
    depth = cavity_depth_mm(candidates)
    outward = np.abs(candidates[:, 0]) > 78
    return candidates[(depth < -depth_mm) & (depth > -15) & outward][:count]


@dataclass(frozen=True, kw_only=True)
class SeriesIdentity:
    """Patient and study a rendered series belongs to."""

    patient_id: str = "PHANTOM-1"
    study: str = "reference"
    study_date: date = date(2026, 1, 1)


def ct_instances(volume: Volume, geometry: Geometry, identity: SeriesIdentity | None = None) -> list[Dataset]:
    """One CT Image per slice, from foot to head, uncompressed; ready for ``dcmwrite``."""
    identity = identity or SeriesIdentity()
    return [_instance(plane, index, geometry, identity) for index, plane in enumerate(volume)]


def write_series(
    folder: Path, volume: Volume, geometry: Geometry, identity: SeriesIdentity | None = None
) -> list[Path]:
    """The instances as files ``0001.dcm`` … in ``folder``."""
    paths = []
    for index, dataset in enumerate(ct_instances(volume, geometry, identity), start=1):
        path = folder / f"{index:04d}.dcm"
        dcmwrite(path, dataset, enforce_file_format=True)
        paths.append(path)
    return paths


def _instance(plane: Volume, index: int, geometry: Geometry, identity: SeriesIdentity) -> Dataset:
    def uid(*purpose: str) -> UID:
        return generate_uid(entropy_srcs=[identity.patient_id, identity.study, *purpose])

    dataset = blank_object(sop_class=CTImageStorage, instance_uid=uid("instance", str(index)))
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    set_moment(dataset, date=identity.study_date.strftime("%Y%m%d"), time="120000")
    dataset.AccessionNumber = ""
    dataset.Modality = "CT"
    dataset.Manufacturer = "Phantom"
    dataset.ReferringPhysicianName = ""
    set_patient(dataset, name="Phantom^Chest", patient_id=identity.patient_id)
    dataset.BodyPartExamined = "CHEST"
    dataset.SliceThickness = geometry.slice_spacing_mm
    dataset.KVP = 120
    dataset.PatientPosition = "HFS"
    dataset.StudyInstanceUID = uid("study")
    dataset.SeriesInstanceUID = uid("series")
    dataset.StudyID = "1"
    dataset.StudyDescription = "Chest CT phantom"
    dataset.SeriesNumber = 1
    dataset.AcquisitionNumber = 1
    dataset.InstanceNumber = index + 1
    x, y, z = geometry.origin_mm
    dataset.ImagePositionPatient = [round(x, 4), round(y, 4), round(z + index * geometry.slice_spacing_mm, 4)]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.FrameOfReferenceUID = uid("frame")
    dataset.PositionReferenceIndicator = ""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = plane.shape
    dataset.PixelSpacing = [geometry.pixel_spacing_mm, geometry.pixel_spacing_mm]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
    dataset.PixelData = (plane.astype(np.int32) + 1024).astype("<u2").tobytes()
    return dataset
