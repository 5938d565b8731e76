"""A whole registration job on a running product, from two stored series to the stored result.

``python -m benchmarks.registration_job [SLICES …]`` prints seconds, the peak of memory and the error at exact
landmarks, for 300 and 600 slices of 512 x 512 a side unless told otherwise.
"""

import gzip
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from benchmarks.peak_memory import PeakMemory
from ophtha_core.phantoms.chest_ct import (
    Breathing,
    Chest,
    Geometry,
    Scan,
    SeriesIdentity,
    Volume,
    lung_landmarks,
    render,
    write_series,
)
from tests.kit.conditions import wait_until
from tests.kit.product import Product

DRAWN = Geometry(columns=192, rows=144, slices=112, pixel_spacing_mm=2.0, slice_spacing_mm=2.5)
EDGE_PX = 512
FIELD_OF_VIEW_MM = 400.0
HEIGHT_MM = 278.0
MOTION = Breathing(depth_mm=20)
FINISHED = {"Success", "Failure"}


def main(counts: list[int]) -> None:
    print("slices   wall s   worker CPU s   peak MB of the whole product   TRE mean/p95 mm")
    for slices in counts:
        with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "product") as product:
            product.wait_for_workers()
            series = [store(product, Path(folder), side, slices) for side in ("reference", "floating")]
            with PeakMemory(product, every_s=0.5) as memory:
                started, before = time.monotonic(), worker_cpu_s(product)
                content = registered(product, *series)
                wall_s, cpu_s = time.monotonic() - started, worker_cpu_s(product) - before
            errors = landmark_errors_mm(product, content)
            accuracy = f"{errors.mean():.3f}/{np.percentile(errors, 95):.3f}"
            print(f"{slices:6} {wall_s:8.1f} {cpu_s:14.1f} {memory.megabytes:30.0f}   {accuracy}", flush=True)


def store(product: Product, folder: Path, side: str, slices: int) -> str:
    """Upload a phantom series of ``slices`` x 512 x 512; its Orthanc id."""
    motion = MOTION if side == "floating" else None
    drawn = render(Chest(), DRAWN, motion=motion, scan=Scan(noise_hu=0))
    geometry = Geometry(
        columns=EDGE_PX,
        rows=EDGE_PX,
        slices=slices,
        pixel_spacing_mm=FIELD_OF_VIEW_MM / EDGE_PX,
        slice_spacing_mm=HEIGHT_MM / slices,
    )
    target = folder / side
    target.mkdir()
    files = write_series(target, enlarged(drawn, geometry, seed=len(side)), geometry, SeriesIdentity(study=side))
    instances = product.upload(path.read_bytes() for path in files)
    series: str = product.get(f"/instances/{instances[0]}/series").json()["ID"]
    return series


def enlarged(drawn: Volume, geometry: Geometry, *, seed: int) -> Volume:
    """``drawn`` on a finer grid with noise: to draw every voxel in closed form would take longer than all the rest."""
    image = sitk.GetImageFromArray(drawn)
    image.SetOrigin(DRAWN.origin_mm)
    image.SetSpacing(DRAWN.spacing_mm)
    size = (geometry.columns, geometry.rows, geometry.slices)
    finer = sitk.Resample(
        image, size, sitk.Transform(), sitk.sitkLinear, geometry.origin_mm, geometry.spacing_mm,
        defaultPixelValue=-1000,
    )  # fmt: skip
    noisy = sitk.AdditiveGaussianNoise(finer, standardDeviation=15.0, seed=seed)
    volume: Volume = sitk.GetArrayFromImage(sitk.Clamp(noisy, lowerBound=-1024, upperBound=3071))
    return volume


def registered(product: Product, reference: str, floating: str) -> dict[str, object]:
    """Register through the protocol; the content of the finished job."""
    form = {
        "Action": "RunCTRegistration", "DataFormat": "DICOM", "DataSourceType": "ORTHANC", "OrgId": "1",
        "OrgName": "benchmark", "ReferenceSeries": reference, "FloatingSeries": floating,
    }  # fmt: skip
    with product.client() as client:
        answer = client.post("/plugins/registration/", data=form).raise_for_status().json()

    def finished() -> dict[str, object] | None:
        job: dict[str, object] = product.get(f"/jobs/{answer['RequestId']}").json()
        return job if job["State"] in FINISHED else None

    job = wait_until(finished, what="end of the registration", timeout_s=1800) or {}
    content = job["Content"]
    if job["State"] == "Failure" or not isinstance(content, dict):
        sys.exit(f"The registration failed: {job['ErrorDetails']}")
    return content


def worker_cpu_s(product: Product) -> float:
    times = [process.cpu_times() for process in product.worker_processes()]
    return float(sum(each.user + each.system for each in times))


def landmark_errors_mm(product: Product, content: dict[str, object]) -> NDArray[np.float64]:
    """Distance between truth and the published field, which is in LPS millimetres over an RAS affine."""
    with product.client() as client:
        packed = client.get(str(content["FieldUrl"])).raise_for_status().content
    image = nibabel.Nifti1Image.from_stream(BytesIO(gzip.decompress(packed)))
    points = lung_landmarks(Chest(), count=300)
    ras = points * (-1, -1, 1)
    index = (np.linalg.inv(image.affine) @ np.c_[ras, np.ones(len(ras))].T)[:3]
    field = np.asarray(image.dataobj)[..., 0, :]
    nearest = sitk.GetImageFromArray(np.ascontiguousarray(field.transpose(2, 1, 0, 3)), isVector=True)
    moved = [np.array(nearest.EvaluateAtContinuousIndex(column)) for column in index.T]
    errors: NDArray[np.float64] = np.linalg.norm(points + moved - MOTION.to_floating(points), axis=1)
    return errors


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [300, 600])
