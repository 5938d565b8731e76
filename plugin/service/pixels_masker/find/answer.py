"""What ``detect`` answers: regions in the shape that ``MaskPixelData`` takes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ophtha_core.detection.box import Box
from ophtha_core.detection.finding import Detector, Finding
from plugin.service.jobs import JsonObject
from plugin.service.pixels_masker.find.look import Examined, NotExamined, Outcome


@dataclass(frozen=True)
class _Place:
    """What makes findings of several instances one region."""

    kind: str
    detector: Detector
    box: Box
    polygon: tuple[tuple[float, float], ...] | None
    keeps: bool
    frames: tuple[int, ...] | None
    identifying: bool | None
    fill: int
    text: str | None


def answer_of(outcomes: Sequence[Outcome], detectors: Sequence[Detector], *, with_text: bool) -> JsonObject:
    """The whole answer; what was read only where it is asked for."""
    return {
        "Regions": list(_regions(outcomes, with_text=with_text)),
        "Examined": sum(isinstance(each, Examined) for each in outcomes),
        "WithFindings": sum(isinstance(each, (Examined, NotExamined)) and bool(each.findings) for each in outcomes),
        "NotExamined": [
            {"ID": each.instance_id, "Reason": each.reason} for each in outcomes if isinstance(each, NotExamined)
        ],
        "Detectors": [{"Name": each.name, "Version": each.version} for each in detectors],
    }


def _regions(outcomes: Iterable[Outcome], *, with_text: bool) -> Iterator[JsonObject]:
    instances: dict[_Place, list[str]] = {}
    confidences: dict[_Place, list[float]] = {}
    for outcome in outcomes:
        if isinstance(outcome, (Examined, NotExamined)):
            for finding in outcome.findings:
                place = _place(finding, outcome.fill, with_text=with_text)
                instances.setdefault(place, []).append(outcome.instance_id)
                confidences.setdefault(place, []).append(finding.confidence)
    for place, ids in instances.items():
        yield _region(place, ids, min(confidences[place]))


def _place(finding: Finding, fill: int, *, with_text: bool) -> _Place:
    return _Place(
        kind=finding.kind,
        detector=finding.detector,
        box=finding.box,
        polygon=finding.polygon,
        keeps=finding.keeps,
        frames=finding.frames,
        identifying=finding.identifying,
        fill=fill if finding.fill is None else finding.fill,
        text=finding.text if with_text else None,
    )


def _region(place: _Place, instance_ids: Sequence[str], confidence: float) -> JsonObject:
    region: JsonObject = {
        "MaskType": "Fill",
        "FillValue": place.fill,
        **_shape(place),
        "TargetInstances": list(dict.fromkeys(instance_ids)),
        "Found": {
            "Kind": place.kind,
            "Detector": place.detector.name,
            "Version": place.detector.version,
            "Confidence": round(confidence, 3),
            "Identifying": place.identifying,
        },
    }
    if place.keeps:
        region["Keep"] = True
    if place.frames is not None:
        region["TargetFrames"] = [frame + 1 for frame in place.frames]
    if place.text is not None:
        region["Text"] = place.text
    return region


def _shape(place: _Place) -> JsonObject:
    if place.polygon is not None:
        return {"RegionType": "Polygon", "Points": [list(point) for point in place.polygon]}
    box = place.box
    return {"RegionType": "2D", "Origin": [box.left, box.top], "End": [box.right, box.bottom]}
