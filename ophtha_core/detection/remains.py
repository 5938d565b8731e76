"""A second look, at a masked image: what should be gone and is still there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset, FileDataset

from ophtha_core.detection.box import Box
from ophtha_core.detection.finding import Finding
from ophtha_core.detection.regions import regions_of_findings
from ophtha_core.detection.text_findings import TextWish, find_text_to_mask
from ophtha_core.dicom.layout import read_layout
from ophtha_core.masking.plan import MaskPlan, plan_regions
from ophtha_core.masking.region import Region


@dataclass(frozen=True, slots=True)
class Remains:
    """A place of one kind that was not masked, on a zero-based frame; ``box`` is around it."""

    kind: str
    frame: int
    box: Box

    def __str__(self) -> str:
        place = f"columns {self.box.left} to {self.box.right}, rows {self.box.top} to {self.box.bottom}"
        return f"{self.kind} on frame {self.frame + 1}, {place}"


def find_remains(
    copy: FileDataset, source: Dataset, regions: Sequence[Region], *, wish: TextWish, certain: Iterable[Finding]
) -> list[Remains]:
    """What a masked copy still shows that it must not: text, and what finders are ``certain`` of in the source.

    ``regions`` are all that were masked. Text is looked for in the copy's own pixels and overlays and judged beside the
    header of the ``source``, since that of the copy may name nobody any more; what lies wholly inside masked pixels
    does not count. Raises UnreadableImage, NetworksMissing.
    """
    plan = plan_regions(copy, read_layout(copy), regions)
    lines = find_text_to_mask(copy, wish, said_by=source, mask_of=plan.mask_of)
    text = [place for each in lines for place in _uncovered(each, plan)]
    return text + _spared(list(certain), plan, copy)


def _uncovered(finding: Finding, plan: MaskPlan) -> Iterable[Remains]:
    """The first frame on which a line is not wholly masked."""
    for frame in range(plan.layout.frames) if finding.frames is None else finding.frames:
        mask = plan.mask_of(frame)
        if mask is None or not mask[finding.box.slices].all():
            yield Remains(finding.kind, frame, finding.box)
            return


def _spared(findings: Sequence[Finding], plan: MaskPlan, copy: Dataset) -> list[Remains]:
    """The first frame on which something that the findings would mask was spared."""
    if not findings:
        return []
    wanted = plan_regions(copy, plan.layout, regions_of_findings(findings, fill=0))
    for frame in wanted.frames:
        asked, masked = wanted.mask_of(frame), plan.mask_of(frame)
        if asked is None:
            continue
        spared = asked if masked is None else asked & ~masked
        if spared.any():
            rows, columns = np.flatnonzero(spared.any(axis=1)), np.flatnonzero(spared.any(axis=0))
            box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
            return [Remains(findings[0].kind, frame, box)]
    return []
