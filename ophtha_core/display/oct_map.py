"""Pictures of a thickness map: the coloured map with the ETDRS circle, and the circle with its numbers.

The colour scale is fixed for each kind of thickness, so that two eyes and two visits can be compared by eye. What was
not scanned is hatched, never coloured. Nasal and temporal are named where the eye is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ophtha_core.oct.circles import Circle, Ring, SectorStatistics, sector_statistics
from ophtha_core.oct.enface import Laterality
from ophtha_core.oct.rnfl import bilinear
from ophtha_core.oct.thickness import ThicknessMap

Floats = NDArray[np.float64]
Colour = tuple[int, int, int]
_PAPER: Final[Colour] = (255, 255, 255)
_INK: Final[Colour] = (25, 28, 33)
_QUIET: Final[Colour] = (95, 100, 108)
_HATCH: Final[tuple[Colour, Colour]] = ((226, 228, 231), (196, 199, 204))
_OVERSAMPLING: Final = 2
_LEAST_COVERAGE: Final = 0.5
_FULL_COVERAGE: Final = 0.995
_NOTICE: Final = "For research, not a diagnosis"
_EYES: Final = {Laterality.RIGHT: "OD (right eye)", Laterality.LEFT: "OS (left eye)"}


@dataclass(frozen=True, kw_only=True)
class Legend:
    """Title and fixed colour scale of one kind of thickness, µm."""

    title: str
    low_um: float
    high_um: float
    step_um: float


@dataclass(frozen=True, kw_only=True)
class _Page:
    """Where things are, in pixels of the oversampled drawing."""

    unit: float
    left: float
    top: float
    side: float

    def px(self, value: float) -> int:
        return round(value * self.unit)


def draw_thickness(thickness: ThicknessMap, legend: Legend, circle: Circle, *, width_px: int) -> bytes:
    """PNG of the map with the outlines of the circle about its centre; true to scale."""
    page, image, draw = _sheet(thickness, legend, width_px)
    grid = thickness.grid
    extent_mm = max(grid.width_mm, grid.height_mm)
    scale = page.side / extent_mm
    width, height = round(grid.width_mm * scale), round(grid.height_mm * scale)
    left, top = round(page.left + (page.side - width) / 2), round(page.top + (page.side - height) / 2)
    image.paste(_coloured_map(thickness, legend, width=width, height=height), (left, top))
    centre = grid.centre_point
    middle = (
        left + (centre.column + 0.5) * grid.column_spacing_mm * scale,
        top + (centre.row + 0.5) * grid.row_spacing_mm * scale,
    )
    frame = (left, top, left + width, top + height)
    overlay = image.crop(frame)
    pen = ImageDraw.Draw(overlay)
    _outlines(pen, circle, (middle[0] - left, middle[1] - top), scale, page)
    image.paste(overlay, frame[:2])
    draw.rectangle(frame, outline=_INK, width=page.px(1))
    _orientation(draw, page, grid.laterality, frame)
    _millimetre_bar(draw, page, (left, top + height), scale)
    _colour_bar(image, draw, page, legend)
    return _png(image)


def draw_sectors(thickness: ThicknessMap, legend: Legend, circle: Circle, *, width_px: int) -> bytes:
    """PNG of the circle's sectors, each with its mean in µm and, where it is not whole, how much of it was scanned."""
    page, image, draw = _sheet(thickness, legend, width_px)
    rings = sector_statistics(thickness.grid, thickness.values, circle=circle)
    radius_mm = circle.rings[-1].outer_radius_mm
    scale = page.side / 2 / radius_mm
    middle = (page.left + page.side / 2, page.top + page.side / 2)
    for ring, sectors in reversed(list(zip(circle.rings, rings, strict=True))):
        for number, sector in enumerate(sectors):
            _fill_sector(image, draw, ring, number, sector, legend, middle, scale)
    _outlines(draw, circle, middle, scale, page, colour=_INK)
    for ring, sectors in zip(circle.rings, rings, strict=True):
        for number, sector in enumerate(sectors):
            _write_sector(draw, page, ring, number, sector, legend, middle, scale)
    frame = (page.left, page.top, page.left + page.side, page.top + page.side)
    _orientation(draw, page, thickness.grid.laterality, frame)
    _colour_bar(image, draw, page, legend)
    diameters = ", ".join(f"{2 * ring.outer_radius_mm:g}" for ring in circle.rings)
    draw.text((page.left, page.px(802)), f"Circles of {diameters} mm", font=_font(page.px(15)), fill=_QUIET)
    return _png(image)


def _sheet(thickness: ThicknessMap, legend: Legend, width_px: int) -> tuple[_Page, Image.Image, ImageDraw.ImageDraw]:
    unit = width_px * _OVERSAMPLING / 900
    page = _Page(unit=unit, left=70 * unit, top=110 * unit, side=640 * unit)
    image = Image.new("RGB", (round(900 * unit), round(830 * unit)), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((page.left, page.px(24)), legend.title, font=_font(page.px(27)), fill=_INK)
    eye = "eye unknown" if thickness.grid.laterality is None else _EYES[thickness.grid.laterality]
    draw.text((page.px(870), page.px(27)), eye, font=_font(page.px(23)), fill=_INK, anchor="ra")
    draw.text((page.px(870), page.px(802)), _NOTICE, font=_font(page.px(15)), fill=_QUIET, anchor="ra")
    return page, image, draw


def _png(image: Image.Image) -> bytes:
    size = (image.width // _OVERSAMPLING, image.height // _OVERSAMPLING)
    buffer = BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(size, 6))


@lru_cache(maxsize=1)
def _cividis() -> NDArray[np.uint8]:
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_CIVIDIS)
    return np.ascontiguousarray(np.asarray(table, dtype=np.uint8)[:, 0, ::-1])


def _colours(values_um: Floats, legend: Legend) -> NDArray[np.uint8]:
    """RGB of values; beyond the scale its ends."""
    share = (values_um - legend.low_um) / (legend.high_um - legend.low_um)
    return _cividis()[np.clip(np.rint(np.nan_to_num(share) * 255), 0, 255).astype(np.int64)]


def _colour(value_um: float, legend: Legend) -> Colour:
    red, green, blue = (int(channel) for channel in _colours(np.array([value_um]), legend)[0])
    return red, green, blue


def _hatching(width: int, height: int) -> NDArray[np.uint8]:
    row, column = np.indices((height, width))
    light, dark = (np.array(colour, dtype=np.uint8) for colour in _HATCH)
    return np.where(((row + column) // 7 % 3 == 0)[..., None], dark, light)


def _coloured_map(thickness: ThicknessMap, legend: Legend, *, width: int, height: int) -> Image.Image:
    grid = thickness.grid
    columns = (np.arange(width) + 0.5) / width * grid.columns - 0.5
    rows = (np.arange(height) + 0.5) / height * grid.rows - 0.5
    at_row, at_column = np.meshgrid(rows, columns, indexing="ij")
    values = bilinear(thickness.values, columns=at_column, rows=at_row)
    missing = np.isnan(values)
    picture = np.where(missing[..., None], _hatching(width, height), _colours(values, legend))
    return Image.fromarray(np.ascontiguousarray(picture))


def _outlines(
    draw: ImageDraw.ImageDraw,
    circle: Circle,
    middle: tuple[float, float],
    scale: float,
    page: _Page,
    *,
    colour: Colour = _PAPER,
) -> None:
    """Circles and spokes; light lines on a map get a dark rim, so that they show on every colour."""
    pens = [(colour, 1.6)] if colour == _INK else [(_INK, 3.6), (colour, 1.6)]
    for ink, width in pens:
        for ring in circle.rings:
            # A pen of Pillow's draws inwards from the box.
            radius = ring.outer_radius_mm * scale + page.px(width) / 2
            box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
            draw.ellipse(box, outline=ink, width=max(1, page.px(width)))
            for number in range(ring.sectors if ring.sectors > 1 else 0):
                angle = np.radians(ring.start_deg + number * 360.0 / ring.sectors)
                ray = np.array([np.cos(angle), np.sin(angle)]) * scale
                ends = [tuple(np.array(middle) + ray * edge) for edge in (ring.inner_radius_mm, ring.outer_radius_mm)]
                draw.line(ends, fill=ink, width=max(1, page.px(width)))


def _fill_sector(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    ring: Ring,
    number: int,
    sector: SectorStatistics,
    legend: Legend,
    middle: tuple[float, float],
    scale: float,
) -> None:
    radius = ring.outer_radius_mm * scale
    box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
    step = 360.0 / ring.sectors
    start = ring.start_deg + number * step
    if _is_known(sector):
        assert sector.mean is not None
        draw.pieslice(box, start, start + step, fill=_colour(sector.mean, legend))
        return
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).pieslice(box, start, start + step, fill=255)
    image.paste(Image.fromarray(_hatching(*image.size)), (0, 0), mask)


def _write_sector(
    draw: ImageDraw.ImageDraw,
    page: _Page,
    ring: Ring,
    number: int,
    sector: SectorStatistics,
    legend: Legend,
    middle: tuple[float, float],
    scale: float,
) -> None:
    angle = np.radians(ring.start_deg + (number + 0.5) * 360.0 / ring.sectors)
    reach = 0.0 if ring.sectors == 1 else (ring.inner_radius_mm + ring.outer_radius_mm) / 2 * scale
    place = (middle[0] + reach * np.cos(angle), middle[1] + reach * np.sin(angle))
    known = _is_known(sector)
    ink = _text_colour(_colour(sector.mean, legend)) if known and sector.mean is not None else _INK
    text = f"{sector.mean:.0f}" if known and sector.mean is not None else "n/a"
    draw.text(place, text, font=_font(page.px(31)), fill=ink, anchor="mm")
    if sector.coverage < _FULL_COVERAGE:
        below = (place[0], place[1] + page.px(28))
        draw.text(below, f"{sector.coverage:.0%} scanned", font=_font(page.px(13)), fill=ink, anchor="mm")


def _is_known(sector: SectorStatistics) -> bool:
    return sector.mean is not None and sector.coverage >= _LEAST_COVERAGE


def _text_colour(background: Colour) -> Colour:
    red, green, blue = background
    return _INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else _PAPER


def _orientation(draw: ImageDraw.ImageDraw, page: _Page, laterality: Laterality | None, frame: Sequence[float]) -> None:
    left, top, right, bottom = frame
    sides = {Laterality.RIGHT: ("T", "N"), Laterality.LEFT: ("N", "T"), None: ("L", "R")}[laterality]
    font, gap = _font(page.px(25)), page.px(22)
    for text, place in (
        ("S", ((left + right) / 2, top - gap)),
        ("I", ((left + right) / 2, bottom + gap)),
        (sides[0], (left - gap, (top + bottom) / 2)),
        (sides[1], (right + gap, (top + bottom) / 2)),
    ):
        draw.text(place, text, font=font, fill=_INK, anchor="mm")


def _millimetre_bar(draw: ImageDraw.ImageDraw, page: _Page, corner: tuple[float, float], scale: float) -> None:
    left, bottom = corner
    level = bottom + page.px(26)
    draw.line([(left, level), (left + scale, level)], fill=_INK, width=page.px(4))
    draw.text((left + scale + page.px(8), level), "1 mm", font=_font(page.px(16)), fill=_INK, anchor="lm")


def _colour_bar(image: Image.Image, draw: ImageDraw.ImageDraw, page: _Page, legend: Legend) -> None:
    left, width = page.px(770), page.px(26)
    top, height = round(page.top), round(page.side)
    ramp = np.linspace(legend.high_um, legend.low_um, height)
    bar = np.broadcast_to(_colours(ramp, legend)[:, None], (height, width, 3))
    image.paste(Image.fromarray(np.ascontiguousarray(bar)), (left, top))
    draw.rectangle((left, top, left + width, top + height), outline=_INK, width=page.px(1))
    font = _font(page.px(17))
    for value in np.arange(legend.low_um, legend.high_um + 1e-9, legend.step_um):
        level = top + height * (legend.high_um - value) / (legend.high_um - legend.low_um)
        draw.line([(left + width, level), (left + width + page.px(6), level)], fill=_INK, width=page.px(1))
        draw.text((left + width + page.px(11), level), f"{value:.0f}", font=font, fill=_INK, anchor="lm")
    _micrometres(draw, page, (left, top - page.px(14)))


def _micrometres(draw: ImageDraw.ImageDraw, page: _Page, baseline: tuple[float, float]) -> None:
    """The unit; Pillow's own font has no letter mu, so its u gets the missing stem."""
    size = page.px(20)
    font = _font(size)
    draw.text(baseline, "um", font=font, fill=_INK, anchor="ls")
    left, top, _, _ = draw.textbbox(baseline, "u", font=font, anchor="ls")
    stem, left = max(2, round(size * 0.095)), left + round(size * 0.075)
    draw.rectangle((left, top, left + stem - 1, baseline[1] + size * 0.24), fill=_INK)
