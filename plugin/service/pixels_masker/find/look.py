"""What is looked for in an image, and what came of it."""

from dataclasses import dataclass, replace

from pydicom.dataset import FileDataset

from ophtha_core.detection.darkest import darkest_value
from ophtha_core.detection.finding import Detector, Finder, Finding
from ophtha_core.detection.rules.matching import DETECTOR as RULES_DETECTOR
from ophtha_core.detection.rules.matching import RuleFindings, find_by_rules
from ophtha_core.detection.rules.rule import DeviceRule
from ophtha_core.detection.text_findings import TextWish, find_text_to_mask, text_detector
from ophtha_core.detection.ultrasound_regions import DETECTOR as REGIONS_DETECTOR
from ophtha_core.detection.ultrasound_regions import find_ultrasound_regions
from ophtha_core.dicom.layout import is_image, read_layout
from ophtha_core.dicom.reading import known_text, unreadable
from ophtha_core.errors import UnreadableImage
from plugin.service.pixels_masker.unmasked import exposure_of

_SHORTEST_LIMIT_S = 900.0
_SLOWEST_BYTES_PER_S = 20_000


@dataclass(frozen=True, kw_only=True)
class Examined:
    """An instance, and all that was found in it; ``fill`` is the stored value that it shows darkest."""

    instance_id: str
    findings: tuple[Finding, ...]
    fill: int


@dataclass(frozen=True, kw_only=True)
class NotExamined:
    """An instance that could not be looked at, or not wholly; what was found nevertheless counts."""

    instance_id: str
    reason: str
    findings: tuple[Finding, ...] = ()
    fill: int = 0


@dataclass(frozen=True)
class Nothing:
    """An object without pixels that shows nothing of a patient."""

    instance_id: str


Outcome = Examined | NotExamined | Nothing


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is looked for in every image, and how."""

    finders: tuple[Finder, ...]
    text: TextWish
    rules: tuple[DeviceRule, ...] = ()

    def at(self, instance_id: str, dataset: FileDataset) -> Outcome:
        """Look at an object read with its pixels."""
        try:
            with unreadable("the object"):
                return self._look(instance_id, dataset)
        except UnreadableImage as error:
            return NotExamined(instance_id=instance_id, reason=str(error))

    def _look(self, instance_id: str, dataset: FileDataset) -> Outcome:
        """Raises UnreadableImage when the object is none that could be looked at."""
        if not is_image(dataset):
            exposure = exposure_of(dataset)
            reason = f"{exposure}: what it says is not looked at"
            return Nothing(instance_id) if exposure is None else NotExamined(instance_id=instance_id, reason=reason)
        found: list[Finding] = []
        reasons: list[str] = []
        for finder in self.finders:
            try:
                with unreadable("the object"):
                    some = self._find(finder, dataset)
                found += some.findings
                reasons += some.reasons
            except UnreadableImage as error:
                reasons.append(str(error))
        fill = darkest_value(dataset, read_layout(dataset))
        if reasons:
            return NotExamined(instance_id=instance_id, reason="; ".join(reasons), findings=tuple(found), fill=fill)
        return Examined(instance_id=instance_id, findings=tuple(found), fill=fill)

    def detectors(self) -> list[Detector]:
        """Who looks."""
        known = {Finder.RULES: RULES_DETECTOR, Finder.ULTRASOUND_REGIONS: REGIONS_DETECTOR}
        return [text_detector() if finder is Finder.TEXT else known[finder] for finder in self.finders]

    def _find(self, finder: Finder, dataset: FileDataset) -> RuleFindings:
        """Raises UnreadableImage."""
        match finder:
            case Finder.TEXT:
                return RuleFindings(tuple(find_text_to_mask(dataset, self.text)))
            case Finder.RULES:
                return find_by_rules(dataset, self.rules)
            case Finder.ULTRASOUND_REGIONS if known_text(dataset, "Modality") in ("US", "IVUS"):
                return RuleFindings(tuple(find_ultrasound_regions(dataset)))
        return RuleFindings()


def look_limit_s(size_bytes: int) -> float:
    """How long a file of this size may take."""
    return _SHORTEST_LIMIT_S + size_bytes / _SLOWEST_BYTES_PER_S


def without_text(outcome: Outcome) -> Outcome:
    """An outcome fit for records: what was read stays where it was read."""
    if isinstance(outcome, Nothing):
        return outcome
    return replace(outcome, findings=tuple(replace(each, text=None) for each in outcome.findings))
