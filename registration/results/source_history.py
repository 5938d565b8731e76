"""What an image made from a CT must still say of that CT: its losses, its contrast agent, the trial it is part of."""

from collections.abc import Iterable

from pydicom import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.derived_header import copied
from ophtha_core.dicom.reading import known_text
from ophtha_core.dicom.syntax import coding_of, is_always_lossy
from ophtha_core.dicom.transcoding import LOSSY_METHODS
from registration.slices import Slice

_LOSSES = ("LossyImageCompressionRatio", "LossyImageCompressionMethod")
_CONTRAST = (
    "ContrastBolusAgent",
    "ContrastBolusAgentSequence",
    "ContrastBolusRoute",
    "ContrastBolusAdministrationRouteSequence",
    "ContrastBolusVolume",
    "ContrastBolusStartTime",
    "ContrastBolusStopTime",
    "ContrastBolusTotalDose",
    "ContrastFlowRate",
    "ContrastFlowDuration",
    "ContrastBolusIngredient",
    "ContrastBolusIngredientConcentration",
)
"""Contrast/Bolus module, PS3.3 C.7.6.4: what was in the vessels then is in the picture now."""
_SERIES = ("BodyPartExamined", "AnatomicRegionSequence", "ClinicalTrialCoordinatingCenterName")


def carry_history(dataset: Dataset, sources: tuple[Slice, ...]) -> None:
    """Add to ``dataset`` what the headers of ``sources``, slices of one series, say of it."""
    dataset.BodyPartExamined = "CHEST"
    for element in copied(sources[0].header, (*_CONTRAST, *_SERIES)):
        dataset[element.tag] = element
    lossy = next((part.header for part in sources if _is_lossy(part.header)), None)
    dataset.LossyImageCompression = "00" if lossy is None else "01"
    if lossy is not None:
        _carry_losses(dataset, lossy)


def _is_lossy(header: Dataset) -> bool:
    return known_text(header, "LossyImageCompression") == "01" or is_always_lossy(_syntax(header))


def _carry_losses(dataset: Dataset, source: Dataset) -> None:
    """Ratio and method stand or fall together (PS3.3 C.7.6.1.1.5)."""
    stated: Iterable[str] = [keyword for keyword in _LOSSES if known_text(source, keyword)]
    for element in copied(source, stated):
        dataset[element.tag] = element
    if "LossyImageCompressionMethod" not in dataset and is_always_lossy(_syntax(source)):
        dataset.LossyImageCompressionMethod = LOSSY_METHODS[coding_of(_syntax(source))]


def _syntax(header: Dataset) -> UID:
    return UID(header.file_meta.TransferSyntaxUID)
