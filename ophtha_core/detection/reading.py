"""Read lines of text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ophtha_core.detection.networks import TextNetworks

Picture = NDArray[np.uint8]
"""Grey (rows, columns) or RGB (rows, columns, 3)."""

_ROWS: Final = 48
_STEP: Final = 16
_NARROWEST: Final = 64
_WIDEST: Final = 1600
_BATCH_COLUMNS: Final = 1920
"""Columns of all lines that are read at once: what bounds the memory."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line says, and how sure that is: the mean likelihood of its characters, 0 to 1 (0 for no text)."""

    text: str
    confidence: float


def read_lines(lines: Sequence[Picture], networks: TextNetworks) -> list[Reading]:
    """Read pictures of single lines, each upright."""
    readings = [Reading("", 0.0)] * len(lines)
    for batch in _batches([_columns(line) for line in lines]):
        width = max(_columns(lines[index]) for index in batch)
        pictures = np.stack([_prepared(lines[index], width) for index in batch])
        for index, classes in zip(batch, networks.classes(pictures), strict=True):
            readings[index] = _decoded(classes, networks.alphabet)
    return readings


def _columns(line: Picture) -> int:
    wide: int = round(line.shape[1] * _ROWS / line.shape[0])
    return min(max(_NARROWEST, -(-wide // _STEP) * _STEP), _WIDEST)


def _batches(columns: Sequence[int]) -> Iterator[list[int]]:
    """Lines of similar width together."""
    batch: list[int] = []
    for index in sorted(range(len(columns)), key=columns.__getitem__):
        if batch and columns[index] * (len(batch) + 1) > _BATCH_COLUMNS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _prepared(line: Picture, width: int) -> NDArray[np.float32]:
    colour = line if line.ndim == 3 else np.repeat(line[:, :, None], 3, axis=2)
    columns = min(width, max(1, round(line.shape[1] * _ROWS / line.shape[0])))
    scaled = cv2.resize(colour, (columns, _ROWS), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    padded = np.zeros((3, _ROWS, width), np.float32)
    padded[:, :, :columns] = scaled.transpose(2, 0, 1) / 127.5 - 1
    return padded


def _decoded(classes: NDArray[np.float32], alphabet: Sequence[str]) -> Reading:
    """Connectionist temporal classification, greedy (Graves et al. 2006): repeats are one, class 0 is none."""
    best = classes.argmax(axis=1)
    begins = np.flatnonzero((best != 0) & (best != np.concatenate([[0], best[:-1]])))
    if not len(begins):
        return Reading("", 0.0)
    text = "".join(alphabet[index] for index in best[begins])
    return Reading(text.strip(), float(classes[begins, best[begins]].mean()))
