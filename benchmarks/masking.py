"""Masking against Orthanc's own modification of the same series, in one run: ratios, memory, what others notice.

    PYTHONPATH=. .venv/bin/python benchmarks/masking.py [--slices 300] [--quick]

The floor is ``POST /studies/{id}/modify`` of the core, which masks nothing. Workers are niced: on a busy machine the
ratios grow, so the load is printed with them.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import psutil
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from benchmarks.peak_memory import PeakMemory
from tests.kit.product import Product

FILL = {"MaskType": "Fill", "FillValue": 0}
MEAN = {"MaskType": "MeanFilter", "FilterWidth": 30}
HALF_OF_EVERY_SLICE = {"RegionType": "3D", "Origin": [-1000, -1000, -1000], "End": [0, 1000, 10000]}
REPEATS = 3


def series(count: int, syntax: UID = ExplicitVRLittleEndian) -> Iterator[bytes]:
    """CT slices of 512 x 512 with noise, as a scanner would send them."""
    rng = np.random.default_rng(1)
    study, uid, frame = generate_uid(), generate_uid(), generate_uid()
    rows, columns = np.mgrid[:512, :512]
    body = np.where(np.hypot(rows - 256, columns - 256) < 200, 40, -1000)
    for index in range(count):
        dataset = Dataset()
        dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
        dataset.PatientID, dataset.PatientName = "BENCH", "Bench^Mark"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = study, uid, frame
        dataset.Modality, dataset.InstanceNumber = "CT", index + 1
        dataset.StudyDescription = "benchmark"
        dataset.ImagePositionPatient = [-200, -200, float(index)]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.SliceThickness = [0.78125, 0.78125], 1
        dataset.Rows = dataset.Columns = 512
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
        dataset.PixelData = (body + rng.normal(0, 12, body.shape)).astype("<i2").tobytes()
        dataset["PixelData"].VR = "OW"
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        if syntax != ExplicitVRLittleEndian:
            compress(dataset, syntax)
        yield to_file(dataset)


def compress(dataset: Dataset, syntax: UID) -> None:
    """Encode the pixels without loss, with another library than the product's where there is one."""
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax == RLELossless:
        dataset.compress(syntax, generate_instance_uid=False)
        return
    pixels = np.frombuffer(dataset.PixelData, "<i2").reshape(512, 512)
    if syntax == JPEGLSLossless:
        frame = imagecodecs.jpegls_encode(pixels.view("<u2"))
    else:
        frame = imagecodecs.jpeg2k_encode(pixels, level=0, reversible=True, codecformat="j2k")
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax


def to_file(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def store(product: Product, count: int, syntax: UID = ExplicitVRLittleEndian) -> str:
    """A stored series; Orthanc's id of its study."""
    ids = product.upload(series(count, syntax))
    study: str = product.get(f"/instances/{ids[0]}/study").json()["ID"]
    return study


def core(product: Product, study: str) -> str:
    answer = product.post(f"/studies/{study}/modify", json={"Replace": {"StudyDescription": "copy"}})
    return str(answer.raise_for_status().json()["ID"])


def masked(product: Product, study: str, paint: dict[str, object]) -> str:
    answer = product.post(
        f"/plugins/pixels-masker/studies/{study}/modify",
        json={
            "Replace": {"StudyDescription": "copy"},
            "MaskPixelData": {"Regions": [{**HALF_OF_EVERY_SLICE, **paint}]},
        },
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def seconds(product: Product, call: Callable[[], str]) -> float:
    """Shortest of a few runs: the one that others disturbed least."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        copy = call()
        times.append(time.perf_counter() - started)
        with product.client() as client:
            client.delete(f"/studies/{copy}").raise_for_status()
    return min(times)


def table(title: str, rows: list[tuple[str, ...]]) -> None:
    print(f"\n{title}")
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


@contextmanager
def product_with(workers: int) -> Iterator[Product]:
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder), settings={"Workers": workers}) as product:
        product.wait_for_workers()
        # The first job of a worker imports numpy, pydicom and the codecs.
        masked(product, store(product, 16), MEAN)
        product.clear()
        yield product


def measure_speed(slices: int, workers: int) -> None:
    with product_with(workers) as product:
        rows: list[tuple[str, ...]] = [("", "seconds", "ratio")]
        study = store(product, slices)
        floor = seconds(product, lambda: core(product, study))
        rows.append(("core modify", f"{floor:.2f}", "1.00"))
        for name, paint in (("Fill 3D", FILL), ("MeanFilter 30 3D", MEAN)):
            taken = seconds(product, lambda paint=paint: masked(product, study, paint))  # type: ignore[misc]
            rows.append((name, f"{taken:.2f}", f"{taken / floor:.2f}"))
        product.clear()
        for name, syntax in (("RLE", RLELossless), ("JPEG-LS", JPEGLSLossless), ("JPEG 2000", JPEG2000Lossless)):
            study = store(product, slices, syntax)
            floor = seconds(product, lambda study=study: core(product, study))  # type: ignore[misc]
            rows.append((f"{name}: core modify", f"{floor:.2f}", "1.00"))
            for label, paint in (("Fill", FILL), ("MeanFilter 30", MEAN)):
                call = lambda study=study, paint=paint: masked(product, study, paint)  # noqa: E731
                taken = seconds(product, call)
                rows.append((f"{name}: {label}, encoded again", f"{taken:.2f}", f"{taken / floor:.2f}"))
            product.clear()
        table(f"{slices} slices of 512 x 512, {workers} workers, load {os.getloadavg()[0]:.1f}", rows)


def measure_memory(counts: tuple[int, ...]) -> None:
    """Orthanc keeps files in memory and grows while it modifies images itself: that is shown beside."""
    rows: list[tuple[str, ...]] = [("slices", "", "peak MB of Orthanc, service and workers", "of service and workers")]
    for name, job in (("core modify", core), ("MeanFilter 30 3D", lambda *of: masked(*of, MEAN))):
        with product_with(2) as product:
            for count in counts:
                study = store(product, count)
                with PeakMemory(product) as peak:
                    job(product, study)
                rows.append((str(count), name, f"{peak.megabytes:.0f}", f"{peak.added_megabytes:.0f}"))
                product.clear()
    table("Memory", rows)


def latencies_ms(product: Product, work: Callable[[], object]) -> list[float]:
    """Answer times of ``/system`` while ``work`` runs."""
    done = threading.Event()
    times: list[float] = []

    def ask() -> None:
        with product.client() as client:
            while not done.is_set():
                started = time.perf_counter()
                client.get("/system")
                times.append(1000 * (time.perf_counter() - started))
                done.wait(0.01)

    thread = threading.Thread(target=ask)
    thread.start()
    work()
    done.set()
    thread.join()
    return times


def c_stores_per_second(product: Product, folder: Path, work: Callable[[], object]) -> float:
    """How fast Orthanc receives the images of ``folder``, one study, over one DICOM association while ``work`` runs."""
    command = ["storescu", "-aec", "TEST", "127.0.0.1", str(product.dicom_port), "+sd", str(folder)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
        work()
        seconds = time.perf_counter() - started
        assert sender.poll() is None, "all images were sent before the work was done: send more"
        uid = str(dcmread(next(folder.iterdir()), stop_before_pixels=True).StudyInstanceUID)
        [study] = product.post("/tools/lookup", content=uid.encode()).json()
        stored = int(product.get(f"{study['Path']}/statistics").json()["CountInstances"])
        sender.terminate()
    return stored / seconds


def images(folder: Path, count: int) -> Path:
    """Files of one study."""
    folder.mkdir()
    for index, file in enumerate(series(count)):
        (folder / f"{index:04}.dcm").write_bytes(file)
    return folder


def measure_neighbours(slices: int) -> None:
    rows: list[tuple[str, ...]] = [("while", "/system p50 ms", "p99 ms", "C-STORE/s")]
    rates = []
    with product_with(2) as product, tempfile.TemporaryDirectory() as folder:
        study = store(product, slices)
        jobs: tuple[tuple[str, Callable[[], str]], ...] = (
            ("core modify", lambda: core(product, study)),
            ("Fill 3D", lambda: masked(product, study, FILL)),
            ("MeanFilter 30 3D", lambda: masked(product, study, MEAN)),
        )
        for index, (name, job) in enumerate(jobs):
            times = sorted(latencies_ms(product, job))
            several = lambda job=job: [job() for _ in range(REPEATS)]  # noqa: E731
            rate = c_stores_per_second(product, images(Path(folder) / str(index), 3 * slices), several)
            rates.append(rate)
            p99 = times[min(len(times) - 1, int(0.99 * len(times)))]
            rows.append((name, f"{statistics.median(times):.1f}", f"{p99:.1f}", f"{rate:.0f}"))
    rows.append(("C-STORE of the slowest, relative", "", "", f"{min(rates[1:]) / rates[0]:.2f}"))
    table("What others notice", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="two workers only, no memory, no neighbours")
    arguments = parser.parse_args()
    print(f"{psutil.cpu_count()} cores, Orthanc's own modify of the same series is 1.00")
    for workers in (2,) if arguments.quick else (1, 2, 4):
        measure_speed(arguments.slices, workers)
    if not arguments.quick:
        measure_memory((arguments.slices // 3, arguments.slices, 3 * arguments.slices))
        measure_neighbours(arguments.slices)


if __name__ == "__main__":
    main()
