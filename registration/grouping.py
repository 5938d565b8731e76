"""Which slices of a list make one stack: strays left out, blocks joined, phases and kernels told apart."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from registration.acquisition import KEYWORDS, Selection
from registration.errors import InvalidContent
from registration.settings import InputSettings
from registration.slices import PixelReader, Side, Slice, read_pixels

Slices = list[Slice]
_MOST_LISTED = 6


@dataclass(frozen=True)
class Chosen:
    """Slices of one stack, no two of them at one position, by rising position along their normal."""

    slices: tuple[Slice, ...]
    warnings: tuple[str, ...]


def choose_stack(
    slices: Sequence[Slice], *, side: Side, selection: Selection, reader: PixelReader, settings: InputSettings
) -> Chosen:
    """The one stack of a list. Raises :class:`InvalidContent` where there is none, or more than one."""
    wanted = [part for part in slices if selection.takes(part.acquisition)]
    if not wanted:
        what = "no axial CT slices given" if not slices else "no slice is as Select asks"
        raise InvalidContent(f"{side}: {what}, at least {settings.minimum_slices} are needed")
    _check_one_patient(wanted)
    planes, warnings = _without_strays(wanted, settings=settings)
    _check_axial(planes[0][0], side=side, settings=settings)
    stacks = [stack for part in planes for stack in _told_apart(part, reader=reader, settings=settings)]
    long_enough = [stack for stack in stacks if len(stack.slices) >= settings.minimum_slices]
    if len(long_enough) > 1:
        raise InvalidContent(_several(long_enough, side))
    kept = long_enough[0] if long_enough else max(stacks, key=lambda stack: len(stack.slices))
    short = [part for stack in stacks if stack is not kept for part in stack.slices]
    return Chosen(kept.slices, (*warnings, *_named(short, "belongs to another scan"), *kept.warnings))


def _check_one_patient(slices: Slices) -> None:
    for other in slices[1:]:
        if other.file.patient_id != slices[0].file.patient_id:
            raise InvalidContent(f"{other.name} has another patient than {slices[0].name}")


def _without_strays(slices: Slices, *, settings: InputSettings) -> tuple[list[Slices], list[str]]:
    """Slices of one matrix, spacing and orientation together; warnings about those left out."""
    planes: list[Slices] = []
    for part in slices:
        own = next((plane for plane in planes if _difference(plane[0], part) is None), None)
        if own is None:
            planes.append([part])
        else:
            own.append(part)
    main = max(planes, key=len)
    is_main_axial = _is_axial(main[0], settings)
    kept, warnings = [main], []
    for plane in planes:
        if plane is main:
            continue
        reason = _difference(main[0], plane[0])
        is_stray = reason == "matrix" or _angle_deg(main[0], plane[0]) > settings.maximum_tilt_deg
        if len(plane) >= settings.minimum_slices and (_is_axial(plane[0], settings) or not is_main_axial):
            kept.append(plane)
        elif is_stray:
            warnings += _named(plane, f"has another {reason} than {main[0].name}")
        else:
            raise InvalidContent(f"{plane[0].name} has another {reason} than {main[0].name}")
    return kept, warnings


def _difference(first: Slice, other: Slice) -> str | None:
    """What keeps two slices from being of one volume, in words; ``None`` if nothing does."""
    if first.shape != other.shape:
        return "matrix"
    spacings = np.array(
        [other.row_spacing_mm - first.row_spacing_mm, other.column_spacing_mm - first.column_spacing_mm]
    )
    if np.abs(spacings).max() > 1e-3 * first.row_spacing_mm:
        return "pixel spacing"
    if min(first.row_direction @ other.row_direction, first.column_direction @ other.column_direction) < 1 - 1e-5:
        return "orientation"
    return None


def _angle_deg(first: Slice, other: Slice) -> float:
    return float(np.degrees(np.arccos(min(1.0, abs(float(first.normal @ other.normal))))))


def _check_axial(part: Slice, *, side: Side, settings: InputSettings) -> None:
    if not _is_axial(part, settings):
        tilt_deg = np.degrees(np.arccos(min(1.0, abs(float(part.normal[2])))))
        raise InvalidContent(
            f"{side}: the slices are tilted by {tilt_deg:.0f} degrees, axial slices within "
            f"{settings.maximum_tilt_deg:g} are needed"
        )


def _is_axial(part: Slice, settings: InputSettings) -> bool:
    return abs(float(part.normal[2])) >= math.cos(math.radians(settings.maximum_gantry_tilt_deg))


def _told_apart(slices: Slices, *, reader: PixelReader, settings: InputSettings) -> list[Chosen]:
    """One stack where the slices can be one; else one for every phase and kernel, its blocks joined."""
    ordered = sorted(slices, key=_height_mm)
    blocks = _blocks(ordered, settings=settings)
    if not _collide(ordered, settings) and not any(_overlap_mm(a, b) > 0 for a, b in _pairs(blocks)):
        return [Chosen(tuple(ordered), ())]
    ordered, warnings = _without_repeats(ordered, reader=reader, settings=settings)
    stacks = []
    for phase in _split(ordered, lambda part: part.acquisition.only(_telling(ordered, settings)).phase):
        stacks += _joined(phase, settings=settings)
    return [Chosen(stack.slices, (*warnings, *stack.warnings)) for stack in stacks]


def _joined(phase: Slices, *, settings: InputSettings) -> list[Chosen]:
    """Blocks of one phase and kernel: one stack, or several where they show the same region twice."""
    blocks = _blocks(phase, settings=settings)
    latest_first = sorted(blocks, key=lambda block: max(part.taken for part in block), reverse=True)
    stacks: list[Slices] = []
    dropped = 0
    for block in latest_first:
        onto = next((stack for stack in stacks if _continues(stack, block, settings)), None)
        if onto is None:
            stacks.append(block)
            continue
        rest = [part for part in block if _is_beyond(part, onto, settings)]
        dropped += len(block) - len(rest)
        onto.extend(rest)
    return [_without_repositioned(stack, dropped if stack is stacks[0] else 0, settings) for stack in stacks]


def _without_repositioned(stack: Slices, dropped: int, settings: InputSettings) -> Chosen:
    """The later of two slices at one position that no header tells apart."""
    kept: Slices = []
    tolerance_mm = _tolerance_mm(stack, settings)
    for part in sorted(stack, key=_height_mm):
        if kept and _height_mm(part) - _height_mm(kept[-1]) <= tolerance_mm:
            _check_not_beside(part, kept[-1], settings)
            dropped += 1
            kept[-1] = max(kept[-1], part, key=lambda each: each.taken)
        else:
            kept.append(part)
    if dropped > settings.smallest_block_share * len(kept):
        raise InvalidContent(
            f"{stack[0].name} and {len(stack) - 1} more slices show one region twice, and nothing in their headers "
            "tells the two scans apart"
        )
    plural = "s" if dropped > 1 else ""
    words = f"{dropped} slice{plural} taken again at the same place: the later wins, the earlier is left out"
    return Chosen(tuple(kept), (words,) if dropped else ())


def _check_not_beside(part: Slice, other: Slice, settings: InputSettings) -> None:
    step = part.position_mm - other.position_mm
    lateral_mm = float(np.linalg.norm(step - (step @ part.normal) * part.normal))
    if lateral_mm > settings.lateral_tolerance_px * part.row_spacing_mm:
        raise InvalidContent(f"{part.name} lies at the same height as {other.name}, but beside it")


def _blocks(slices: Slices, *, settings: InputSettings) -> list[Slices]:
    """Parts that were scanned one after the other, as their headers or their numbers say; each by rising position."""
    telling = _telling(slices, settings)
    blocks = _split(slices, lambda part: part.acquisition.only(telling))
    return _numbered_runs(blocks[0], settings=settings) if len(blocks) == 1 else blocks


def _telling(slices: Slices, settings: InputSettings) -> tuple[str, ...]:
    """Keywords that part ``slices`` into stacks; numbers that every slice has for its own tell nothing."""
    counts = {keyword: len({part.acquisition[keyword] for part in slices}) for keyword in KEYWORDS}
    most = max(2, len(slices) // settings.minimum_slices)
    return tuple(keyword for keyword, count in counts.items() if count <= most)


def _numbered_runs(slices: Slices, *, settings: InputSettings) -> list[Slices]:
    """Two to four runs in which the position goes on with the number, and which overlap by less than a scan."""
    numbers = [part.number for part in slices]
    if len(set(numbers)) < max(2, len(numbers)):
        return [slices]
    by_number = sorted(slices, key=lambda part: part.number)
    heights = np.array([_height_mm(part) for part in by_number])
    steps = np.diff(heights)
    back = np.sign(np.median(steps)) * steps <= 0
    ends = [0, *(np.nonzero(back)[0] + 1), len(by_number)]
    runs = [sorted(by_number[a:b], key=_height_mm) for a, b in pairwise(ends)]
    is_plausible = 2 <= len(runs) <= 4 and all(_continues(a, b, settings) for a, b in _pairs(runs))
    return runs if is_plausible else [slices]


def _continues(stack: Slices, block: Slices, settings: InputSettings) -> bool:
    """Whether ``block`` goes on where ``stack`` ends, instead of showing the same again."""
    smaller_mm = min(_height_mm(part[-1]) - _height_mm(part[0]) for part in (sorted(stack, key=_height_mm), block))
    return _overlap_mm(sorted(stack, key=_height_mm), block) < settings.smallest_block_share * max(smaller_mm, 1e-6)


def _is_beyond(part: Slice, stack: Slices, settings: InputSettings) -> bool:
    """Whether a slice lies outside ``stack``, and not so near its end that it would be an uneven step."""
    heights = [_height_mm(each) for each in stack]
    margin_mm = 0.5 * _typical_gap_mm(stack)
    return not min(heights) - margin_mm < _height_mm(part) < max(heights) + margin_mm


def _without_repeats(ordered: Slices, *, reader: PixelReader, settings: InputSettings) -> tuple[Slices, list[str]]:
    """Identical copies of a slice left out, whatever series they are filed in: the one of the longer series stays."""
    tolerance_mm = _tolerance_mm(ordered, settings)
    lengths = Counter(part.acquisition for part in ordered)
    candidates = zip(ordered, _near_another(ordered, tolerance_mm), strict=True)
    kept: Slices = []
    seen: dict[bytes, Slice] = {}
    warnings = []
    for part, is_near in sorted(candidates, key=lambda each: -lengths[each[0].acquisition]):
        if is_near:
            digest = _digest(part, reader)
            twin = seen.get(digest)
            if twin is not None and abs(_height_mm(part) - _height_mm(twin)) <= tolerance_mm:
                warnings.append(f"{part.name} repeats {twin.name} and was left out")
                continue
            seen[digest] = part
        kept.append(part)
    return sorted(kept, key=_height_mm), warnings


def _near_another(ordered: Slices, tolerance_mm: float) -> list[bool]:
    close = np.diff([_height_mm(part) for part in ordered]) <= tolerance_mm
    return [bool(near) for near in np.append(close, False) | np.append(False, close)]


def _digest(part: Slice, reader: PixelReader) -> bytes:
    return hashlib.sha256(read_pixels(reader.stored(part), part, inverted=False).hu.tobytes()).digest()


def _collide(ordered: Slices, settings: InputSettings) -> bool:
    heights = np.array([_height_mm(part) for part in ordered])
    return bool((np.diff(heights) <= _tolerance_mm(ordered, settings)).any())


def _tolerance_mm(slices: Slices, settings: InputSettings) -> float:
    return max(settings.duplicate_tolerance_mm, settings.duplicate_tolerance * _typical_gap_mm(slices))


def _typical_gap_mm(slices: Slices) -> float:
    gaps = np.diff(np.sort([_height_mm(part) for part in slices]))
    gaps = gaps[gaps > 1e-3]
    return float(np.median(gaps)) if len(gaps) else 0.0


def _overlap_mm(first: Slices, other: Slices) -> float:
    """Of two blocks by rising position; negative where there is a gap."""
    return min(_height_mm(first[-1]), _height_mm(other[-1])) - max(_height_mm(first[0]), _height_mm(other[0]))


def _height_mm(part: Slice) -> float:
    return float(part.position_mm @ part.normal)


def _split(slices: Slices, key: Callable[[Slice], object]) -> list[Slices]:
    parts: dict[object, Slices] = {}
    for part in slices:
        parts.setdefault(key(part), []).append(part)
    return list(parts.values())


def _pairs(blocks: Sequence[Slices]) -> Iterable[tuple[Slices, Slices]]:
    return ((a, b) for index, a in enumerate(blocks) for b in blocks[index + 1 :])


def _named(slices: Slices, reason: str) -> list[str]:
    return [f"{part.name} {reason} and was left out" for part in slices]


def _several(stacks: list[Chosen], side: Side) -> str:
    firsts = [stack.slices[0] for stack in stacks]
    differing = [keyword for keyword in KEYWORDS if len({first.acquisition[keyword] for first in firsts}) > 1]
    listed = [
        f"{len(stack.slices)} slices with {stack.slices[0].acquisition.named(differing)}"
        if differing
        else f"{len(stack.slices)} slices from {stack.slices[0].name}"
        for stack in stacks[:_MOST_LISTED]
    ]
    option = "ReferenceSelect" if side is Side.REFERENCE else "FloatingSelect"
    return f"{side} holds {len(stacks)} stacks ({'; '.join(listed)}): choose one with {option}"
