"""Find text in the frames of a clip, each pixel of each frame seen, what does not change read once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ophtha_core.detection.box import Box
from ophtha_core.detection.networks import TextNetworks, text_networks
from ophtha_core.detection.reading import Picture, Reading, read_lines
from ophtha_core.detection.text import TextLine, find_text, text_boxes

_RUN_FRAMES: Final = 16
_STILL: Final = 8
"""Of 255: less than this is noise of the compression."""
_SAME: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipLine:
    """A line of text, and the zero-based frames in which it may show."""

    box: Box
    reading: Reading
    frames: tuple[int, ...]


def find_text_in_clip(
    picture_of: Callable[[int], Picture], frames: int, networks: TextNetworks | None = None
) -> list[ClipLine]:
    """Lines in pictures of the same size, shown one after another.

    The first frame is looked at by itself. Of every run of frames the brightest and the darkest value of each pixel are
    looked at: a line that shows in any of them, light or dark, shows there too. It is then given for the whole run.
    """
    networks = networks or text_networks()
    first = picture_of(0)
    found = [ClipLine(box=line.box, reading=line.reading, frames=(0,)) for line in find_text(first, networks)]
    seen = [TextLine(box=line.box, reading=line.reading) for line in found]
    before = first
    for start in range(0, frames, _RUN_FRAMES):
        run = tuple(range(start, min(start + _RUN_FRAMES, frames)))
        light, dark = _extremes(map(picture_of, run))
        if not (_is_still(before, light) and _is_still(before, dark)):
            still = [line for line in seen if not start or _stays(line.box, before, light, dark)]
            seen = _look_again(light, dark, still, seen, networks)
        before = light
        found += [ClipLine(box=line.box, reading=line.reading, frames=run) for line in seen]
    return _merged(found)


def _extremes(pictures: Iterable[Picture]) -> tuple[Picture, Picture]:
    """Brightest and darkest value of each pixel."""
    light = dark = None
    for picture in pictures:
        light = picture if light is None else np.maximum(light, picture)
        dark = picture if dark is None else np.minimum(dark, picture)
    assert light is not None
    assert dark is not None
    return light, dark


def _is_still(before: Picture, now: Picture) -> bool:
    return int(np.abs(before.astype(np.int16) - now).max()) <= _STILL


def _stays(box: Box, before: Picture, light: Picture, dark: Picture) -> bool:
    window = box.slices
    return _is_still(before[window], light[window]) and _is_still(before[window], dark[window])


def _look_again(
    light: Picture, dark: Picture, certain: Sequence[TextLine], known: Sequence[TextLine], networks: TextNetworks
) -> list[TextLine]:
    """The lines of a run: those that are certain to show in it, and those that its extremes show."""
    boxes = text_boxes(light, dark, networks)
    unread = [box for box in boxes if _same_line(box, known) is None]
    readings = dict(zip(unread, read_lines([light[box.slices] for box in unread], networks), strict=True))
    lines = list(certain)
    for box in boxes:
        line = _same_line(box, known)
        lines.append(TextLine(box=box, reading=readings[box] if line is None else line.reading))
    return lines


def _same_line(box: Box, lines: Iterable[TextLine]) -> TextLine | None:
    return next((line for line in lines if _are_same(box, line.box)), None)


def _are_same(one: Box, other: Box) -> bool:
    return one.intersection(other).area >= _SAME * one.union(other).area and one.meets(other)


def _merged(lines: Iterable[ClipLine]) -> list[ClipLine]:
    """Each line once, with all its frames and all the places it was seen at."""
    merged: list[ClipLine] = []
    for line in lines:
        index = next((i for i, each in enumerate(merged) if _are_same(each.box, line.box)), None)
        if index is None:
            merged.append(line)
            continue
        other = merged[index]
        merged[index] = ClipLine(
            box=other.box.union(line.box),
            reading=max(other.reading, line.reading, key=lambda each: each.confidence),
            frames=tuple(sorted({*other.frames, *line.frames})),
        )
    return merged
