"""Chest-CT registration beside elastix (its default maps) and ANTs SyNQuick: ``python -m benchmarks.registration``.

Each method runs in a process of its own, one after the other, on the same pairs: those of the shared data where it is
present, and phantoms with exact truth; then ours alone on scans that differ by more than a breath, and on scans that
must be refused. Peers are installed into ``build/peers``. Arguments choose pairs and methods:
``python -m benchmarks.registration --pairs breathing --methods ours``.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from benchmarks.registration_hard_cases import print_hard_cases
from ophtha_core.phantoms.chest_ct import (
    Breathing,
    Chest,
    Geometry,
    Motion,
    Scan,
    SeriesIdentity,
    Sliding,
    lung_landmarks,
    render,
    wall_landmarks,
    write_series,
)
from registration.grids import box_of, covering
from registration.lungs import find_lungs
from registration.settings import LungSettings
from registration.slices import Side
from registration.volume import read_series

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers"
DATA = Path(os.environ.get("TEST_DATA", ROOT.parent / "shared" / "data")) / "ct"
METHODS = ("elastix", "ants", "ours")
PHANTOM = Geometry(columns=256, rows=192, slices=112, pixel_spacing_mm=1.5, slice_spacing_mm=2.5)

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Two folders of DICOM files (each with a ``.nii.gz`` of the same name beside it) and landmarks in LPS mm."""

    name: str
    reference: Path
    floating: Path
    landmarks: dict[str, tuple[Points, Points]]


@dataclass(frozen=True)
class Row:
    """What one method did with one pair."""

    pair: str
    method: str
    errors_mm: dict[str, Points]
    folded_lungs: int
    folded_body: int
    cpu_s: float
    wall_s: float
    memory_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", nargs="*", default=["real", "synthetic-A", "breathing", "sliding", "hard"])
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=METHODS)
    arguments = parser.parse_args()
    if set(arguments.methods) - {"ours"}:
        install_peers()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.pairs:
            if name == "hard":
                print_hard_cases()
                continue
            pair = make_pair(name, Path(folder) / name)
            if pair is None:
                print(f"{name}: no data at {DATA}, left out")
                continue
            rows += [run(pair, method, Path(folder) / f"{name}-{method}") for method in arguments.methods]
            print_table(rows[-len(arguments.methods) :])


def install_peers() -> None:
    if not (PEERS / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    packages = ["itk-elastix==0.25.4", "antspyx==0.6.3"]
    subprocess.run([PEERS / "bin" / "python", "-m", "pip", "install", "--quiet", *packages], check=True)


def make_pair(name: str, folder: Path) -> Pair | None:
    shared = {"real": "real_halfthorax", "synthetic-A": "synthA_Lung_Dx-A0001"}
    folder.mkdir()
    if name in shared:
        source = DATA / shared[name]
        return shared_pair(name, source, folder) if source.is_dir() else None
    motions: dict[str, Motion] = {
        "breathing": Breathing(depth_mm=20),
        "deep-breath": Breathing(depth_mm=40, reach_mm=85),
        "sliding": Sliding(depth_mm=20),
    }
    return phantom_pair(name, motions[name], folder)


def shared_pair(name: str, source: Path, folder: Path) -> Pair:
    for side in ("reference", "floating"):
        (folder / side).mkdir()
        with tarfile.open(source / f"{side}_dicom.tar.gz") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    (folder / side / Path(member.name).name).write_bytes(content.read())
    with next(source.glob("landmarks_*.csv")).open(encoding="utf-8") as file:
        table = np.array([[float(value) for value in row[1:]] for row in list(csv.reader(file))[1:]])
    return finished(name, folder, {"lung": (table[:, :3], table[:, 3:])})


def phantom_pair(name: str, motion: Motion, folder: Path) -> Pair:
    chest = Chest()
    for side, moved, seed in (("reference", None, 1), ("floating", motion, 2)):
        (folder / side).mkdir()
        volume = render(chest, PHANTOM, motion=moved, scan=Scan(noise_hu=15, seed=seed))
        write_series(folder / side, volume, PHANTOM, SeriesIdentity(study=side))
    lungs, wall = lung_landmarks(chest, count=300), wall_landmarks(count=200)
    return finished(
        name, folder, {"lung": (lungs, motion.to_floating(lungs)), "wall": (wall, motion.to_floating(wall))}
    )


def finished(name: str, folder: Path, landmarks: dict[str, tuple[Points, Points]]) -> Pair:
    for side, kind in (("reference", Side.REFERENCE), ("floating", Side.FLOATING)):
        image = read_series(sorted((folder / side).glob("*.dcm")), side=kind).image
        sitk.WriteImage(image, str(folder / f"{side}.nii.gz"))
    return Pair(name, folder / "reference", folder / "floating", landmarks)


def run(pair: Pair, method: str, folder: Path) -> Row:
    folder.mkdir()
    python = Path(sys.executable) if method == "ours" else PEERS / "bin" / "python"
    child = Path(__file__).with_name("registration_child.py")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "2"}
    subprocess.run(
        # -P: this folder's registration.py must not hide the library of that name.
        [python, "-P", child, method, pair.reference, pair.floating, folder], check=True, env=environment,
        cwd=folder, stdout=subprocess.DEVNULL,  # elastix writes what nobody asked for
    )  # fmt: skip
    cost = json.loads((folder / "cost.json").read_text(encoding="utf-8"))
    transform = read_mapping(folder)
    errors = {
        where: np.linalg.norm(mapped(transform, points) - truth, axis=1)
        for where, (points, truth) in pair.landmarks.items()
    }
    folded_lungs, folded_body = folds(transform, pair)
    return Row(pair.name, method, errors, folded_lungs, folded_body, cost["cpu_s"], cost["wall_s"], cost["memory_mb"])


def read_mapping(folder: Path) -> sitk.Transform:
    """Reference to floating points, LPS millimetres."""
    if (folder / "field.mha").exists():
        return field_transform(folder / "field.mha")
    warp, affine = json.loads((folder / "transforms.json").read_text(encoding="utf-8"))
    # The last one added is applied first: the warp lives in the space of the reference.
    return sitk.CompositeTransform([sitk.ReadTransform(affine), field_transform(Path(warp))])


def field_transform(path: Path) -> sitk.Transform:
    return sitk.DisplacementFieldTransform(sitk.ReadImage(str(path), sitk.sitkVectorFloat64))


def mapped(transform: sitk.Transform, points: Points) -> Points:
    return np.array([transform.TransformPoint([float(value) for value in point]) for point in points])


def folds(transform: sitk.Transform, pair: Pair) -> tuple[int, int]:
    """Folded voxels of a 3 mm grid in the lungs, and in the whole body."""
    image = sitk.ReadImage(f"{pair.reference}.nii.gz", sitk.sitkFloat32)
    low_mm, high_mm = box_of(image)
    grid = covering(low_mm + 3, high_mm - 3, spacing_mm=3.0)
    hu = grid.sample(image, threads=2)
    lungs = find_lungs(hu, np.ones(hu.shape, dtype=bool), grid, side=Side.REFERENCE, settings=LungSettings())
    field = sitk.TransformToDisplacementField(
        transform, sitk.sitkVectorFloat64, grid.size, grid.origin_mm, grid.spacing_mm
    )
    jacobian = sitk.GetArrayFromImage(sitk.DisplacementFieldJacobianDeterminant(field))
    return int((jacobian[lungs] <= 0).sum()), int((jacobian[lungs | (hu > -400)] <= 0).sum())


def print_table(rows: list[Row]) -> None:
    elastix = next((row for row in rows if row.method == "elastix"), None)
    print(f"\n{rows[0].pair}")
    print("method    where  mean   median p95    folds lung/body   CPU s  wall s  RSS MB   vs elastix: TRE  CPU   RSS")
    for row in rows:
        for number, (where, errors) in enumerate(row.errors_mm.items()):
            accuracy = f"{errors.mean():6.3f} {np.median(errors):6.3f} {np.percentile(errors, 95):6.3f}"
            line = f"{row.method:9} {where:5} {accuracy}"
            if number == 0:
                line += f"  {row.folded_lungs:6}/{row.folded_body:<6}"
                line += f"  {row.cpu_s:9.1f} {row.wall_s:7.1f} {row.memory_mb:7.0f}"
                if elastix is not None:
                    tre = errors.mean() / elastix.errors_mm[where].mean()
                    line += f"   {tre:13.2f} {row.cpu_s / elastix.cpu_s:6.3f} {row.memory_mb / elastix.memory_mb:5.2f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
