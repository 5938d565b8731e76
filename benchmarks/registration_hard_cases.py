"""Scans that differ by more than a breath, and scans that must be refused: verdict, reasons and error of each."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset, dcmwrite
from scipy import ndimage

from ophtha_core.phantoms.chest_ct import (
    Breathing,
    Chest,
    Geometry,
    Scan,
    SeriesIdentity,
    ct_instances,
    inside_cavities,
    lung_landmarks,
    render,
)
from registration.engine import Registration, register
from registration.errors import RegistrationError
from registration.settings import Settings
from registration.slices import Side
from registration.volume import CheckedVolume, read_series

GEOMETRY = Geometry(columns=190, rows=140, slices=100, pixel_spacing_mm=2.0, slice_spacing_mm=2.5)
MOTION = Breathing(depth_mm=15)

Volume = NDArray[np.int16]
Change = Callable[[Volume], Volume]
Kept = Callable[[NDArray[np.float64]], NDArray[np.bool_]]


def everywhere(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.ones(len(points), dtype=bool)


def cases(points: NDArray[np.float64], lungs: NDArray[np.bool_]) -> Iterator[tuple[str, Change, Kept]]:
    """What is changed in the floating scan, and which landmarks are left. ``points`` are those of its voxels."""
    x, y = points[..., 0], points[..., 1]

    def filled(where: NDArray[np.bool_], hu: int) -> Change:
        return lambda volume: np.where(where & lungs, hu, volume).astype(np.int16)

    yield "only a breath", lambda volume: volume, everywhere
    yield "right lung removed", filled(x < 0, 30), lambda p: p[:, 0] > 5
    yield "fluid in the back of the right lung", filled((x < 0) & (y > 15), 12), lambda p: (p[:, 0] > 5) | (p[:, 1] < 0)
    yield "emphysema", lambda v: np.where(lungs & (v < -700), v - 90, v).astype(np.int16), everywhere
    yield "contrast agent", lambda v: np.where(lungs & (v > -300), v + 250, v).astype(np.int16), everywhere
    yield "soft kernel", lambda v: ndimage.gaussian_filter(v, (0, 0.9, 0.9)), everywhere
    yield "noise of 80 HU", lambda v: noisy(v, 80), everywhere
    for diameter_mm in (300, 250, 200):
        radius = np.hypot(x, y)
        yield (
            f"circle of {diameter_mm} mm",
            lambda v, outside=radius > diameter_mm / 2: np.where(outside, -2000, v).astype(np.int16),
            lambda p, inner=diameter_mm / 2 - 10: np.hypot(p[:, 0], p[:, 1]) < inner,
        )
    yield "mirrored", lambda v: np.ascontiguousarray(v[:, :, ::-1]), everywhere
    yield "upside down", lambda v: np.ascontiguousarray(v[::-1]), everywhere
    other = render(Chest(seed=7), GEOMETRY, motion=MOTION, scan=Scan(noise_hu=15, seed=2))
    yield "another person", lambda _: other, everywhere


def noisy(volume: Volume, sigma_hu: float) -> Volume:
    noise = np.random.default_rng(5).normal(0, sigma_hu, volume.shape)
    return np.rint(np.clip(volume + noise, -1024, 3000)).astype(np.int16)


def read(volume: Volume, side: Side, *, first: int = 0) -> CheckedVolume:
    instances = ct_instances(np.maximum(volume, -1024), GEOMETRY, SeriesIdentity(study=side.value))
    for one, plane in zip(instances, volume, strict=True):
        # Signed: padding lies below what the phantom's own encoding holds.
        one.PixelRepresentation, one.BitsStored, one.HighBit, one.RescaleIntercept = 1, 16, 15, 0
        one.PixelData = plane.astype("<i2").tobytes()
    return read_series([encoded(one) for one in instances[first : len(instances) - first]], side=side)


def encoded(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def print_hard_cases() -> None:
    chest = Chest()
    reference = render(chest, GEOMETRY, scan=Scan(noise_hu=15, seed=1))
    floating = render(chest, GEOMETRY, motion=MOTION, scan=Scan(noise_hu=15, seed=2))
    points = np.stack([GEOMETRY.plane_points_mm(index) for index in range(GEOMETRY.slices)])
    lungs = inside_cavities(points) & ndimage.binary_closing(floating < -400, iterations=3)
    fixed = read(reference, Side.REFERENCE)
    print("\ncase                                  verdict  agree blocks  error mean   p95  reasons")
    for name, change, kept in cases(points, lungs):
        report(name, fixed, read(change(floating), Side.FLOATING), kept)
    few = GEOMETRY.slices // 2 - 8
    report("16 slices as the floating scan", fixed, read(floating, Side.FLOATING, first=few), in_the_middle)
    report(
        "16 slices as the reference",
        read(reference, Side.REFERENCE, first=few),
        read(floating, Side.FLOATING),
        in_the_middle,
    )


def in_the_middle(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.abs(points[:, 2] - GEOMETRY.centre_mm[2]) < 12, dtype=np.bool_)


def report(name: str, fixed: CheckedVolume, moving: CheckedVolume, kept: Kept) -> None:
    try:
        result = register(fixed, moving, settings=replace(Settings(), threads=2))
    except RegistrationError as error:
        print(f"{name:36}  failed   {error}", flush=True)
        return
    errors = errors_mm(result, kept)
    share = result.quality.agreeing_share
    numbers = f"{errors.mean():10.2f} {np.percentile(errors, 95):6.2f}"
    agreeing = "none " if share is None else f"{share:5.2f}"
    print(
        f"{name:36}  {result.judgement.verdict:7} {agreeing} {result.quality.compared_blocks:6} {numbers}  "
        f"{'; '.join(result.judgement.reasons)}",
        flush=True,
    )


def errors_mm(result: Registration, kept: Kept) -> NDArray[np.float64]:
    points = lung_landmarks(Chest(), count=3000, depth_mm=5)
    points = points[kept(points)][:400]
    transform = sitk.DisplacementFieldTransform(sitk.Cast(result.field, sitk.sitkVectorFloat64))
    reached = np.array([transform.TransformPoint([float(value) for value in point]) for point in points])
    return np.asarray(np.linalg.norm(reached - MOTION.to_floating(points), axis=1))
