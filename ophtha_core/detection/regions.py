"""Findings as regions to mask."""

from collections.abc import Iterable, Sequence
from typing import Final

from ophtha_core.detection.finding import Finding
from ophtha_core.masking.region import Fill, Paint, PolygonRegion, Region, Region2D

_FIELD: Final = "MaskPixelData.Detect"


def regions_of_findings(findings: Iterable[Finding], *, fill: int, given: Sequence[Region] = ()) -> tuple[Region, ...]:
    """Regions filled with the stored value ``fill``, one for each finding.

    What is to be kept leaves the rest to the paint of the ``given`` regions to keep, where there are any: an image has
    one rest, and it can be painted in one way.
    """
    rest: Paint | None = next((each.paint for each in given if each.keep), None)
    return tuple(_region(each, _paint(each, fill, rest)) for each in findings)


def _paint(finding: Finding, fill: int, rest: Paint | None) -> Paint:
    own = Fill(value=fill if finding.fill is None else finding.fill)
    return rest or own if finding.keeps else own


def _region(finding: Finding, paint: Paint) -> Region:
    frames = frozenset(finding.frames or ())
    if finding.polygon is not None:
        return PolygonRegion(points_px=finding.polygon, paint=paint, frames=frames, keep=finding.keeps, field=_FIELD)
    box = finding.box
    return Region2D(
        origin_px=(box.left, box.top),
        end_px=(box.right, box.bottom),
        paint=paint,
        frames=frames,
        keep=finding.keeps,
        field=_FIELD,
    )
