"""Lines of text written on pictures, of which every inked pixel is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ophtha_core.detection.box import Box

Picture = NDArray[np.uint8]

FONTS = Path("/usr/share/fonts/truetype")
SANS = FONTS / "dejavu/DejaVuSans.ttf"
LATIN_FONTS = tuple(
    path
    for name in (
        "dejavu/DejaVuSans.ttf",
        "dejavu/DejaVuSans-Bold.ttf",
        "dejavu/DejaVuSansMono.ttf",
        "dejavu/DejaVuSerif.ttf",
        "liberation/LiberationSans-Regular.ttf",
        "liberation/LiberationSansNarrow-Regular.ttf",
        "liberation/LiberationMono-Regular.ttf",
        "freefont/FreeSans.ttf",
    )
    if (path := FONTS / name).exists()
)
EAST_ASIAN_FONT = FONTS / "droid/DroidSansFallbackFull.ttf"
_INK = 24
"""Of 255: how much of a pixel a glyph must cover to be seen. Anti-aliasing spreads fainter traces."""
_NAMES = ("DOE JANE", "MÜLLER^HANS", "O'BRIEN Mary", "GARCIA LOPEZ, ANA", "Nguyen Van An", "SMITH", "Kowalska Zofia")
_OTHERS = (
    "1961-03-17",
    "ID 4711-0815",
    "12.07.2021 14:33:08",
    "St. Mary Hospital",
    "ACC 20210712001",
    "DOB 03/17/1961",
    "Dr. Weber",
    "F 058Y",
)
_MEASUREMENTS = ("1.24 cm", "MI 0.8", "15 Hz", "Gain 62 %", "Depth 16.0 cm", "D1 34.5 mm", "120 kV", "SL 2.5 mm", "L")
_SCRIPTS = ("Иванова Мария", "Παπαδόπουλος", "ПЕТРОВ И.И. 1961")
_EAST_ASIAN = ("王小明 男 58岁", "山田太郎", "東京病院 超音波", "患者姓名 李娜")


@dataclass(frozen=True, kw_only=True, eq=False)
class WrittenLine:
    """One line. ``ink`` is True where it shows (rows x columns of the picture), ``kind`` what it says."""

    text: str
    kind: str
    height_px: int
    contrast: int
    ink: NDArray[np.bool_]

    def covered(self, boxes: Sequence[Box]) -> float:
        """Share of the ink that lies in boxes."""
        inside = np.zeros(self.ink.shape, bool)
        for box in boxes:
            inside[box.slices] = True
        return float((self.ink & inside).sum() / self.ink.sum())


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How a line is written: font, size of an em in pixels, left upper corner, and grey level or colour."""

    font: Path
    size_px: int
    at: tuple[int, int]
    colour: tuple[int, int, int]


def write(picture: Picture, text: str, hand: Hand, *, kind: str = "identity") -> tuple[Picture, WrittenLine]:
    """The picture (rows x columns x 3) with a line on it, and the line."""
    plate = Image.new("L", (picture.shape[1], picture.shape[0]))
    ImageDraw.Draw(plate).text(hand.at, text, fill=255, font=ImageFont.truetype(str(hand.font), hand.size_px))
    cover = np.asarray(plate)
    ink = cover >= _INK
    if not ink.any():
        raise ValueError("the line lies outside the picture")
    share = cover[:, :, None] / 255
    written = np.rint(picture * (1 - share) + np.array(hand.colour) * share).astype(np.uint8)
    under = picture[ink].mean(axis=0)
    rows = np.flatnonzero(ink.any(axis=1))
    line = WrittenLine(
        text=text,
        kind=kind,
        height_px=int(rows[-1] - rows[0] + 1),
        contrast=int(np.abs(np.array(hand.colour) - under).max()),
        ink=ink,
    )
    return written, line


def write_many(
    picture: Picture, rng: np.random.Generator, *, count: int, sizes_px: tuple[int, int] = (10, 40)
) -> tuple[Picture, list[WrittenLine]]:
    """Lines of all kinds at places that do not touch, each readable where it is: light on dark or dark on light."""
    lines: list[WrittenLine] = []
    taken = np.zeros(picture.shape[:2], bool)
    for _ in range(20 * count):
        if len(lines) == count:
            break
        kind, text, font = _something(rng)
        hand = Hand(font=font, size_px=int(rng.integers(*sizes_px)), at=(0, 0), colour=(0, 0, 0))
        box = ImageFont.truetype(str(font), hand.size_px).getbbox(text)
        width, height = int(box[2]) + 2, int(box[3]) + 2
        if width >= picture.shape[1] - 8 or height >= picture.shape[0] - 8:
            continue
        x = int(rng.integers(2, picture.shape[1] - width - 2))
        y = int(rng.integers(2, picture.shape[0] - height - 2))
        place = slice(max(0, y - 8), y + height + 8), slice(max(0, x - 12), x + width + 12)
        if taken[place].any():
            continue
        colour = _readable_on(picture[y : y + height, x : x + width], rng)
        if colour is None:
            continue
        taken[place] = True
        picture, line = write(picture, text, replace(hand, at=(x, y), colour=colour), kind=kind)
        lines.append(line)
    return picture, lines


def _something(rng: np.random.Generator) -> tuple[str, str, Path]:
    choice = rng.random()
    if choice < 0.65:
        kind, texts = ("identity", (*_NAMES, *_OTHERS))
    elif choice < 0.85:
        kind, texts = ("measurement", _MEASUREMENTS)
    elif choice < 0.93 or not EAST_ASIAN_FONT.exists():
        return "script", str(rng.choice(_SCRIPTS)), SANS
    else:
        return "script", str(rng.choice(_EAST_ASIAN)), EAST_ASIAN_FONT
    return kind, str(rng.choice(texts)), LATIN_FONTS[int(rng.integers(len(LATIN_FONTS)))]


def _readable_on(patch: Picture, rng: np.random.Generator) -> tuple[int, int, int] | None:
    """A colour at least 60 levels from almost all of the ground, or None."""
    low, high = np.percentile(patch, (2, 98))
    grey = [(255,) * 3, (210,) * 3, (0,) * 3, (int(low + 110),) * 3, (int(low) + 70,) * 3]
    colours = [*grey, (255, 255, 0), (0, 255, 0), (255, 160, 0), (120, 200, 255)]
    fit = [each for each in colours if max(each) <= 255 and (max(each) - high >= 60 or low - max(each) >= 60)]
    return fit[int(rng.integers(len(fit)))] if fit else None
