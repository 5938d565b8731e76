"""What an image must say when its pixels were changed (PS3.3 sections C.7.6.1.1.2, C.7.6.1.1.3, C.7.6.16.2)."""

from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ophtha_core.dicom.reading import items_of, value_of

LARGEST_SHORT_TEXT: Final = 1024
"""Characters of a value with VR ST (PS3.5 section 6.2)."""

_FRAME_TYPE_GROUPS: Final = (
    "CTImageFrameTypeSequence",
    "MRImageFrameTypeSequence",
    "PETFrameTypeSequence",
    "XRay3DFrameTypeSequence",
    "XAXRFFrameCharacteristicsSequence",
)
_STALE_AFTER_CHANGE: Final = (
    "DigitalSignaturesSequence",
    "HistogramSequence",
    "IconImageSequence",
    "LargestPixelValueInSeries",
    "MACParametersSequence",
    "SmallestPixelValueInSeries",
)
"""They show, sign or count the pixels as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A coded concept of the DICOM Controlled Terminology (PS3.16 annex D)."""

    value: str
    meaning: str

    def as_item(self) -> Dataset:
        item = Dataset()
        item.CodeValue = self.value
        item.CodingSchemeDesignator = "DCM"
        item.CodeMeaning = self.meaning
        return item


def record_derivation(dataset: Dataset, *, description: str, codes: tuple[Code, ...]) -> None:
    """Mark the image as derived, say how, and remove what no longer fits its pixels.

    No reference to the source image is added: in a de-identified copy it would lead back to the patient.
    """
    image_type = _type_values(dataset, "ImageType") or ["", "SECONDARY"]
    dataset.ImageType = ["DERIVED", *image_type[1:]]
    for groups in [
        *items_of(dataset, "SharedFunctionalGroupsSequence"),
        *items_of(dataset, "PerFrameFunctionalGroupsSequence"),
    ]:
        for keyword in _FRAME_TYPE_GROUPS:
            for item in items_of(groups, keyword):
                if frame_type := _type_values(item, "FrameType"):
                    item.FrameType = ["DERIVED", *frame_type[1:]]
    dataset.DerivationDescription = appended_text(str(value_of(dataset, "DerivationDescription") or ""), description)
    append_codes(dataset, "DerivationCodeSequence", codes)
    for keyword in _STALE_AFTER_CHANGE:
        if keyword in dataset:
            delattr(dataset, keyword)


def append_codes(dataset: Dataset, keyword: str, codes: tuple[Code, ...]) -> None:
    """Add codes to a sequence, each once."""
    items = items_of(dataset, keyword)
    present = {(value_of(item, "CodeValue"), value_of(item, "CodingSchemeDesignator")) for item in items}
    items += [code.as_item() for code in codes if (code.value, "DCM") not in present]
    setattr(dataset, keyword, Sequence(items))


def appended_text(existing: str, addition: str) -> str:
    """Both texts, the addition whole and the existing one cut where they exceed an ST value."""
    separator = "; "
    addition = addition[:LARGEST_SHORT_TEXT]
    room = LARGEST_SHORT_TEXT - len(addition) - len(separator)
    kept = existing[: max(room, 0)].rstrip()
    return f"{kept}{separator}{addition}" if kept else addition


def _type_values(dataset: Dataset, keyword: str) -> list[str]:
    value = value_of(dataset, keyword)
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(v) for v in value]  # type: ignore[attr-defined]
