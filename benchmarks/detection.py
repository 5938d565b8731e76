"""How much of the text that is written on pictures is found, and what it costs.

    PYTHONPATH=. .venv/bin/python benchmarks/detection.py [--data ../shared/data] [--pictures 60] [--seed 1]

Lines of known ink are written on real slices and on phantoms; the same pictures without a line count what is masked for
nothing. Tesseract, where it is installed, looks at the same pictures in the same run. Times are CPU time of one thread.
"""

import argparse
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import psutil
from pydicom import dcmread
from pydicom.data import get_testdata_file

from ophtha_core.detection.box import Box
from ophtha_core.detection.clip import find_text_in_clip
from ophtha_core.detection.text import find_text
from ophtha_core.display.frame import Window, png_of, show_frame
from tests.kit.written import Picture, WrittenLine, write_many
from tests.ophtha_core.detection.pictures import bright_film, speckle_fan

SOFT_TISSUE = Window(centre=40, width=400)
TEXT_FREE_FILES = ("examples_overlay.dcm", "MR_small.dcm", "CT_small.dcm", "J2K_pixelrep_mismatch.dcm")
KINDS = {"small": (7, 12), "usual": (10, 40), "large": (40, 80)}
Find = Callable[[Picture], Sequence[Box]]


@dataclass(frozen=True, kw_only=True)
class Score:
    """Of one finder on one kind of lines."""

    covered: tuple[float, ...]
    """Share of the ink of each line that lies in boxes."""
    identifying: tuple[float, ...]
    ink_missed: float
    boxed: float
    """Share of the pictures that lies in boxes."""
    seconds: float
    """CPU time of a picture."""


def backgrounds(data: Path) -> Iterator[Picture]:
    """Pictures without text."""
    yield from (speckle_fan(seed=seed) for seed in range(4))
    yield bright_film()
    for name in TEXT_FREE_FILES:
        path = get_testdata_file(name)
        if path is not None:
            yield large_enough(show_frame(Path(str(path)).read_bytes(), 0))
    archive = data / "ct/real_halfthorax/reference_dicom.tar.gz"
    if archive.exists():
        yield from ct_slices(archive)


def ct_slices(archive: Path, *, count: int = 12) -> Iterator[Picture]:
    with tarfile.open(archive) as files:
        members = [member for member in files.getmembers() if member.isfile()]
        for member in members[:: max(1, len(members) // count)]:
            file = files.extractfile(member)
            dicom = file.read() if file else b""
            if dicom and "PixelData" in dcmread(BytesIO(dicom), force=True):
                yield large_enough(show_frame(dicom, 0, window=SOFT_TISSUE))


def large_enough(picture: Picture) -> Picture:
    """RGB of at least 480 rows, as a workstation would capture it."""
    colour = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    factor = max(1.0, 480 / picture.shape[0])
    return np.ascontiguousarray(cv2.resize(colour, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC))


def ours(picture: Picture) -> list[Box]:
    return [line.box for line in find_text(picture)]


def tesseract(picture: Picture) -> list[Box]:
    """Words, sparse text mode."""
    command = ["tesseract", "stdin", "stdout", "--psm", "11", "tsv"]
    result = subprocess.run(command, input=png_of(picture), capture_output=True, check=True, env=ONE_THREAD)
    rows = [line.split("\t") for line in result.stdout.decode().splitlines()[1:]]
    return [Box(x, y, x + w, y + h) for x, y, w, h in (map(int, row[6:10]) for row in rows if row[0] == "5")]


ONE_THREAD = {**os.environ, "OMP_THREAD_LIMIT": "1"}


def cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def score(find: Find, written: Sequence[tuple[Picture, Sequence[WrittenLine]]]) -> Score:
    covered: list[float] = []
    identifying: list[float] = []
    ink = missed = 0.0
    boxed: list[float] = []
    started = cpu_s()
    for picture, lines in written:
        boxes = find(picture)
        boxed.append(share_boxed(picture, boxes))
        for line in lines:
            covered.append(line.covered(boxes))
            if line.kind == "identity":
                identifying.append(covered[-1])
            ink += line.ink.sum()
            missed += (1 - covered[-1]) * line.ink.sum()
    return Score(
        covered=tuple(covered),
        identifying=tuple(identifying),
        ink_missed=missed / ink,
        boxed=float(np.mean(boxed)),
        seconds=(cpu_s() - started) / len(written),
    )


def share_boxed(picture: Picture, boxes: Sequence[Box]) -> float:
    inside = np.zeros(picture.shape[:2], bool)
    for box in boxes:
        inside[box.slices] = True
    return float(inside.mean())


def report(name: str, kind: str, result: Score) -> None:
    lines, identifying = np.array(result.covered), np.array(result.identifying)
    print(f"{name:10} {kind:6} {len(lines):4} lines, {(lines >= 0.98).mean():6.1%} covered by 98 %; of", end=" ")
    print(
        f"{len(identifying)} identifying {(identifying >= 0.98).mean():.1%}; ink lost {result.ink_missed:.2%};", end=" "
    )
    print(f"boxed {result.boxed:.1%} of the pictures; {result.seconds:.2f} CPU s a picture")


def report_text_free(name: str, find: Find, pictures: Sequence[Picture]) -> None:
    shares = [max((box.area / (each.shape[0] * each.shape[1]) for box in find(each)), default=0.0) for each in pictures]
    print(f"{name:10} {len(shares)} pictures without text: {sum(share > 0.02 for share in shares)} with a box over 2 %")


def report_clip(frames: int = 64) -> None:
    pictures = [speckle_fan(seed=seed) for seed in range(frames)]
    started = cpu_s()
    find_text_in_clip(pictures.__getitem__, 1)
    single = cpu_s() - started
    started = cpu_s()
    find_text_in_clip(pictures.__getitem__, frames)
    further = (cpu_s() - started - single) / (frames - 1)
    print(f"clip of {frames} frames 640 x 480, each pixel of the fan moving: {further:.3f} CPU s a further frame")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    empty = list(backgrounds(arguments.data))
    finders: dict[str, Find] = {"ours": ours}
    if shutil.which("tesseract"):
        finders["tesseract"] = tesseract
    for kind, sizes_px in KINDS.items():
        grounds = (empty[index % len(empty)] for index in range(arguments.pictures // len(KINDS)))
        written = [write_many(ground, rng, count=6, sizes_px=sizes_px) for ground in grounds]
        for name, find in finders.items():
            report(name, kind, score(find, written))
    for name, find in finders.items():
        report_text_free(name, find, empty)
    report_clip()
    print(f"memory of this process {psutil.Process().memory_info().rss / 2**20:.0f} MB, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
