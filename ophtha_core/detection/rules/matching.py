"""Which rules apply to an image, and what they mask in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pydicom.dataset import FileDataset

from ophtha_core import __version__
from ophtha_core.detection.box import Box
from ophtha_core.detection.finding import Detector, Finding
from ophtha_core.detection.rules.condition import holds, names_a_device
from ophtha_core.detection.rules.painting import painted
from ophtha_core.detection.rules.rule import Area, DeviceRule
from ophtha_core.detection.ultrasound_regions import find_ultrasound_regions, stated_boxes
from ophtha_core.dicom.layout import PixelLayout, read_layout

DETECTOR: Final = Detector("Rules", __version__)


@dataclass(frozen=True, slots=True)
class RuleFindings:
    """What rules mask in an image, and why nobody may rely on that alone."""

    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()


def find_by_rules(dataset: FileDataset, rules: Iterable[DeviceRule]) -> RuleFindings:
    """The areas of the rules that apply, in their order.

    Of rules of their own the first that applies wins; of a recipe all do. An image whose device is known, but not at
    this size, is reported as such. Raises UnreadableImage.
    """
    layout = read_layout(dataset)
    ordered = sorted(rules, key=lambda each: (each.order, each.name))
    own = [each for each in ordered if each.part is None]
    found = [_first(dataset, layout, own)]
    recipes = sorted((each for each in ordered if each.part is not None), key=_recipe)  # the order within stays
    found += [_together(dataset, layout, list(parts)) for _, parts in groupby(recipes, key=_recipe)]
    return RuleFindings(
        tuple(finding for each in found for finding in each.findings),
        tuple(reason for each in found for reason in each.reasons),
    )


def _recipe(rule: DeviceRule) -> str:
    return "" if rule.part is None else rule.part.recipe


def _first(dataset: FileDataset, layout: PixelLayout, rules: Sequence[DeviceRule]) -> RuleFindings:
    for rule in rules:
        if _applies(rule, dataset, layout):
            return RuleFindings(tuple(finding for area in rule.areas for finding in _findings(area, dataset, layout)))
    return RuleFindings(reasons=_unknown_size(dataset, layout, rules))


def _together(dataset: FileDataset, layout: PixelLayout, rules: Sequence[DeviceRule]) -> RuleFindings:
    applying = [rule for rule in rules if _applies(rule, dataset, layout)]
    areas = [area for rule in applying for area in _placed(rule.areas, dataset)]
    whole = Box(0, 0, layout.columns, layout.rows)
    boxes = painted([(area.box, not area.keeps) for area in areas if area.box is not None], whole)
    if areas:
        return RuleFindings(tuple(_finding(box=box) for box in boxes))
    flags = tuple(f"flagged by {rule.name}" for rule in applying if rule.part is not None and not rule.part.spares)
    return RuleFindings(reasons=flags[:1] or (() if applying else _unknown_size(dataset, layout, rules)))


def _applies(rule: DeviceRule, dataset: FileDataset, layout: PixelLayout) -> bool:
    fits = rule.rows in (None, layout.rows) and rule.columns in (None, layout.columns)
    return fits and holds(rule.when, dataset) is True


def _unknown_size(dataset: FileDataset, layout: PixelLayout, rules: Iterable[DeviceRule]) -> tuple[str, ...]:
    """What to say of a device that a rule knows at another size only."""
    for rule in rules:
        if names_a_device(rule.when) and holds(rule.when, dataset, size_counts=False) is not False:
            return (f"UnknownSize: {rule.name}, {layout.rows} × {layout.columns}",)  # noqa: RUF001 - as it is printed
    return ()


def _findings(area: Area, dataset: FileDataset, layout: PixelLayout) -> Iterable[Finding]:
    if area.polygon is not None:
        x, y = zip(*area.polygon, strict=True)
        around = Box(int(min(x)), int(min(y)), int(max(x)) + 1, int(max(y)) + 1)
        yield _finding(box=around, polygon=area.polygon, keeps=area.keeps, fill=area.fill)
    elif area.box is None:
        yield from find_ultrasound_regions(dataset)
    elif (box := area.box.within(rows=layout.rows, columns=layout.columns)).width > 0 and box.height > 0:
        yield _finding(box=box, keeps=area.keeps, fill=area.fill)


def _placed(areas: Iterable[Area], dataset: FileDataset) -> Iterable[Area]:
    """The areas with a box each; without those that depend on ultrasound regions where none are stated."""
    for area in areas:
        if area.box is not None:
            yield area
        elif area.polygon is None:
            yield from (Area(box=box, keeps=area.keeps) for box in stated_boxes(dataset))


def _finding(
    *,
    box: Box,
    polygon: tuple[tuple[float, float], ...] | None = None,
    keeps: bool = False,
    fill: int | None = None,
) -> Finding:
    return Finding(kind="Rule", detector=DETECTOR, box=box, polygon=polygon, keeps=keeps, fill=fill, confidence=1.0)
