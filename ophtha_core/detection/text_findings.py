"""Lines of text of an image as findings: which stay, and which say who the patient is."""

from dataclasses import dataclass
from enum import StrEnum

from pydicom.dataset import Dataset, FileDataset

from ophtha_core.detection.concealed import MaskOfFrame
from ophtha_core.detection.finding import Detector, Finding
from ophtha_core.detection.identifying import IdentifyingValues
from ophtha_core.detection.image_text import ImageText, find_image_text
from ophtha_core.detection.measurements import is_measurement
from ophtha_core.detection.networks import networks_version


class KeepText(StrEnum):
    """Which lines stay."""

    NONE = "none"
    MEASUREMENTS = "measurements"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWish:
    """``least_confidence``: from which confidence on a line counts as read, 0 to 1."""

    keep: KeepText = KeepText.NONE
    least_confidence: float = 0.9


def text_detector() -> Detector:
    return Detector("PP-OCRv6 small", networks_version())


def find_text_to_mask(
    dataset: FileDataset, wish: TextWish, *, said_by: Dataset | None = None, mask_of: MaskOfFrame | None = None
) -> list[Finding]:
    """The lines that do not stay, beside what the header of ``said_by``, or the image's own, says of the patient.

    What ``mask_of`` says was masked is passed over. Raises UnreadableImage, NetworksMissing.
    """
    values = IdentifyingValues.of(dataset if said_by is None else said_by)
    detector = text_detector()
    return [
        Finding(
            kind="Text",
            detector=detector,
            box=line.box,
            frames=line.frames,
            confidence=line.reading.confidence,
            identifying=_is_identifying(line, values, wish),
            text=line.reading.text or None,
        )
        for line in find_image_text(dataset, mask_of=mask_of)
        if not _stays(line, values, wish)
    ]


def _is_identifying(line: ImageText, values: IdentifyingValues, wish: TextWish) -> bool | None:
    if line.reading.text and values.are_in(line.reading.text):
        return True
    return False if _is_read(line, wish) else None


def _is_read(line: ImageText, wish: TextWish) -> bool:
    return bool(line.reading.text) and line.reading.confidence >= wish.least_confidence


def _stays(line: ImageText, values: IdentifyingValues, wish: TextWish) -> bool:
    """An allow-list: what is not known to be harmless goes."""
    text = line.reading.text
    is_asked = wish.keep is KeepText.MEASUREMENTS
    return is_asked and _is_read(line, wish) and is_measurement(text) and not values.are_in(text)
