"""How many pixels of the largest level a pixel of another stands for."""

from typing import Final, NamedTuple

# Levels are rounded to whole pixels: aspect ratios differ by what rounding does to the smaller side.
_ASPECT_TOLERANCE_PX: Final = 2
_SPACING_TOLERANCE: Final = 0.05


class Size(NamedTuple):
    """Pixels."""

    width: int
    height: int


def factor_of(largest: Size, size: Size, *, tiles: tuple[Size, Size], spacing_ratio: float | None) -> int | None:
    """The factor of a level; None when it is no whole number.

    Some writers round the matrix of a level, the largest or another, up to whole tiles (``tiles`` are those of both):
    then ``spacing_ratio``, the pixel size of the level over that of the largest, tells the factor, or a power of two.
    """
    stated = _whole(spacing_ratio)
    if stated is not None and stated > 1 and _is_padded(largest, size, stated, tiles):
        return stated
    rounded = round(largest.width / size.width)
    if rounded > 0 and _is_whole(largest, size, rounded):
        return rounded
    halved = _power_of_two(largest.width / size.width)
    return halved if halved > 1 and _is_padded(largest, size, halved, tiles) else None


def is_alike(largest: Size, size: Size) -> bool:
    """Whether two sizes have the same shape."""
    difference = size.width * largest.height - size.height * largest.width
    return abs(difference) <= _ASPECT_TOLERANCE_PX * max(largest)


def _is_whole(largest: Size, size: Size, factor: int) -> bool:
    return all(side // factor <= part <= -(-side // factor) for side, part in zip(largest, size, strict=True))


def _is_padded(largest: Size, size: Size, factor: int, tiles: tuple[Size, Size]) -> bool:
    """Whether each side is what it should be, or one of both levels is filled up to whole tiles there."""
    return all(
        side // factor <= part <= -(-side // factor)
        or (part % tile == 0 and 0 < part * factor - side < (tile + 1) * factor)
        or (side % of_largest == 0 and 0 < side - part * factor < of_largest + factor)
        for side, part, of_largest, tile in zip(largest, size, *tiles, strict=True)
    )


def _whole(ratio: float | None) -> int | None:
    if ratio is None or ratio < 1 or abs(ratio - round(ratio)) > _SPACING_TOLERANCE * ratio:
        return None
    return round(ratio)


def _power_of_two(ratio: float) -> int:
    """The one next to a ratio, in halvings."""
    power = 1
    while power * 2**0.5 < ratio:
        power *= 2
    return power
