"""An A4 page of both eyes: map, sectors, the B-scan through the fovea with its layers, the circle around the disc.

Everything that decides how far to trust a number stands beside it: where layers and centre come from, what was not
measured, what is assumed.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ophtha_core.display.oct_map import Legend, draw_sectors, draw_thickness
from ophtha_core.oct.circles import Circle
from ophtha_core.oct.thickness import ThicknessMap

Floats = NDArray[np.float64]

DPI: Final = 150
_PAGE_PX: Final = (1240, 1754)
_MARGIN: Final = 60
_GUTTER: Final = 40
_INK: Final = (25, 28, 33)
_QUIET: Final = (95, 100, 108)
_WARNING: Final = (150, 40, 20)
_LINES: Final = ((0, 200, 255), (255, 180, 0), (120, 220, 120), (255, 90, 90))
_TITLES: Final = {"R": "OD (right eye)", "L": "OS (left eye)"}
_NOTICE: Final = "For research, not a diagnosis"


@dataclass(frozen=True, kw_only=True, eq=False)
class EyeSheet:
    """What the page shows of one eye; parts that are not known are None.

    ``bscan`` is grey (rows, columns), ``surfaces`` rows of it by name, ``tsnit_um`` the profile from temporal on.
    """

    eye: str
    thickness: ThicknessMap | None = None
    legend: Legend | None = None
    circle: Circle | None = None
    bscan: NDArray[np.uint8] | None = None
    surfaces: Mapping[str, Floats] = field(default_factory=dict)
    tsnit_um: Sequence[float | None] | None = None
    facts: Sequence[str] = ()
    warnings: Sequence[str] = ()


def draw_page(title: str, subtitle: str, eyes: Sequence[EyeSheet]) -> bytes:
    """PDF of one A4 page; right eye left, as one looks at the patient."""
    page = Image.new("RGB", _PAGE_PX, (255, 255, 255))
    pen = ImageDraw.Draw(page)
    pen.text((_MARGIN, 44), title, font=_font(30), fill=_INK)
    pen.text((_MARGIN, 84), subtitle, font=_font(18), fill=_QUIET)
    pen.line((_MARGIN, 118, _PAGE_PX[0] - _MARGIN, 118), fill=_QUIET, width=1)
    width = (_PAGE_PX[0] - 2 * _MARGIN - _GUTTER) // 2
    for sheet in eyes:
        left = _MARGIN if sheet.eye == "R" else _MARGIN + width + _GUTTER
        _draw_eye(page, pen, sheet, left=left, width=width)
    pen.text((_PAGE_PX[0] / 2, _PAGE_PX[1] - 40), _NOTICE, font=_font(16), fill=_QUIET, anchor="ma")
    buffer = BytesIO()
    # No dates of its own: the same page is the same file.
    epoch = time.gmtime(0)
    page.save(buffer, format="PDF", resolution=DPI, creationDate=epoch, modDate=epoch)
    return buffer.getvalue()


def _draw_eye(page: Image.Image, pen: ImageDraw.ImageDraw, sheet: EyeSheet, *, left: int, width: int) -> None:
    pen.text((left, 130), _TITLES.get(sheet.eye, sheet.eye), font=_font(24), fill=_INK)
    top = 170
    if sheet.thickness is not None and sheet.legend is not None and sheet.circle is not None:
        for draw in (draw_thickness, draw_sectors):
            picture = _opened(draw(sheet.thickness, sheet.legend, sheet.circle, width_px=2 * width))
            height = round(width * picture.height / picture.width * 0.9)
            picture = picture.resize((round(height * picture.width / picture.height), height))
            page.paste(picture, (left, top))
            top += height + 6
    else:
        pen.text((left, top), "No layers are stored for this eye", font=_font(18), fill=_WARNING)
        top += 40
    if sheet.bscan is not None:
        top = _draw_bscan(page, pen, sheet, left=left, top=top, width=width)
    if sheet.tsnit_um is not None:
        top = _draw_tsnit(pen, sheet.tsnit_um, left=left, top=top, width=width)
    for text, ink in [*((fact, _INK) for fact in sheet.facts), *((each, _WARNING) for each in sheet.warnings)]:
        for line in _wrapped(text, width=width):
            pen.text((left, top), line, font=_font(16), fill=ink)
            top += 21


def _draw_bscan(
    page: Image.Image, pen: ImageDraw.ImageDraw, sheet: EyeSheet, *, left: int, top: int, width: int
) -> int:
    assert sheet.bscan is not None
    rows, columns = sheet.bscan.shape
    height = 210
    page.paste(Image.fromarray(sheet.bscan).resize((width, height)).convert("RGB"), (left, top))
    for number, (name, surface) in enumerate(sheet.surfaces.items()):
        ink = _LINES[number % len(_LINES)]
        x = left + (np.arange(columns) + 0.5) * (width / columns)
        y = top + (surface + 0.5) * (height / rows)
        for run in np.split(np.arange(columns), np.flatnonzero(~np.isfinite(surface))):
            known = run[np.isfinite(surface[run])]
            if len(known) > 1:
                pen.line([(float(x[at]), float(y[at])) for at in known], fill=ink, width=1)
        pen.text((left + 6 + 130 * number, top + height + 2), name, font=_font(14), fill=ink, stroke_width=0)
    return top + height + 26


def _draw_tsnit(
    pen: ImageDraw.ImageDraw, profile_um: Sequence[float | None], *, left: int, top: int, width: int
) -> int:
    height, highest = 120, 250.0
    pen.rectangle((left, top, left + width, top + height), outline=_QUIET)
    values = np.array([np.nan if value is None else value for value in profile_um])
    x = left + (np.arange(len(values)) + 0.5) * (width / len(values))
    y = top + height * (1 - np.clip(values, 0, highest) / highest)
    for start in range(len(values) - 1):
        if np.isfinite(values[start : start + 2]).all():
            pen.line((x[start], y[start], x[start + 1], y[start + 1]), fill=_INK, width=2)
    for number, name in enumerate("TSNIT"):
        pen.text((left + width * number / 4, top + height + 3), name, font=_font(14), fill=_QUIET, anchor="ma")
    pen.text((left + 4, top + 2), "RNFL, 0 to 250 um", font=_font(14), fill=_QUIET)
    return top + height + 26


def _opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png)).convert("RGB")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _wrapped(text: str, *, width: int) -> list[str]:
    """Lines of about the width of the page's half."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if len(longer) * 7.6 > width and line:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line] if line else lines
