"""Coded concepts of ophthalmic results (PS3.16 CIDs 247, 4209, 4261-4264, 4267, 4282, 4283, 4285; LOINC; SNOMED CT)."""

from enum import Enum
from typing import Final

from pydicom.sr.coding import Code

from ophtha_core.oct.enface import Laterality

EYE: Final = Code("81745001", "SCT", "Eye")
RETINA: Final = Code("5665001", "SCT", "Retina")
FOVEA: Final = Code("67046006", "SCT", "Fovea centralis")
LATERALITY: Final = Code("272741003", "SCT", "Laterality")
FINDING_SITE: Final = Code("363698007", "SCT", "Finding Site")
MEASUREMENT_METHOD: Final = Code("370129005", "SCT", "Measurement Method")
SIDES: Final = {
    Laterality.RIGHT: Code("24028007", "SCT", "Right"),
    Laterality.LEFT: Code("7771000", "SCT", "Left"),
}
MICROMETER: Final = Code("um", "UCUM", "micrometer")
MICROLITER: Final = Code("uL", "UCUM", "microliter")
VALUE_UNKNOWN: Final = Code("114010", "DCM", "Value unknown")

SPECTRAL_DOMAIN: Final = Code("111921", "DCM", "Spectral domain")
ABSOLUTE_THICKNESS: Final = Code("111930", "DCM", "Absolute ophthalmic thickness")
LOCALIZER: Final = Code("121311", "DCM", "Localizer")
SOURCE_IMAGE: Final = Code("121322", "DCM", "Source image for image processing operation")

MACULAR_REPORT: Final = Code("131243", "DCM", "Macular Thickness Key Measurements")
RNFL_REPORT: Final = Code("131242", "DCM", "Circumpapillary Retinal Nerve Fiber Layer Key Measurements")
MEASUREMENT_GROUP: Final = Code("125007", "DCM", "Measurement Group")
COMMENT: Final = Code("121106", "DCM", "Comment")
QUADRANT_SECTORS: Final = Code("131302", "DCM", "Quadrant sectors")

CENTRE_POINT: Final = Code("57108-3", "LN", "Macular grid.center point thickness by OCT")
CENTRE_SUBFIELD: Final = Code("57109-1", "LN", "Macular grid.center subfield thickness by OCT")
TOTAL_VOLUME: Final = Code("57118-2", "LN", "Macular grid.total volume by OCT")
AVERAGE_MACULAR: Final = Code("131255", "DCM", "Average macular thickness")
SUBFIELDS: Final = {
    "inner superior": Code("57110-9", "LN", "Macular grid.inner superior subfield thickness by OCT"),
    "inner nasal": Code("57111-7", "LN", "Macular grid.inner nasal subfield thickness by OCT"),
    "inner inferior": Code("57112-5", "LN", "Macular grid.inner inferior subfield thickness by OCT"),
    "inner temporal": Code("57113-3", "LN", "Macular grid.inner temporal subfield thickness by OCT"),
    "outer superior": Code("57114-1", "LN", "Macular grid.outer superior subfield thickness by OCT"),
    "outer nasal": Code("57115-8", "LN", "Macular grid.outer nasal subfield thickness by OCT"),
    "outer inferior": Code("57116-6", "LN", "Macular grid.outer inferior subfield thickness by OCT"),
    "outer temporal": Code("57117-4", "LN", "Macular grid.outer temporal subfield thickness by OCT"),
}

ROI_WIDTH: Final = Code("131274", "DCM", "Retinal ROI width")
RNFL_AVERAGE: Final = Code("131264", "DCM", "RNFL average thickness")
RNFL_SECTORS: Final = {
    "inferior": Code("131265", "DCM", "RNFL inferior sector thickness"),
    "superior": Code("131266", "DCM", "RNFL superior sector thickness"),
    "temporal": Code("131267", "DCM", "RNFL temporal sector thickness"),
    "nasal": Code("131268", "DCM", "RNFL nasal sector thickness"),
}

ABNORMAL_STRUCTURE: Final = Code("49755003", "SCT", "Morphologically Abnormal Structure")
LESION: Final = Code("52988006", "SCT", "Lesion")
_MORPHOLOGIES: Final = {
    "cyst": Code("367643001", "SCT", "Cyst"),
    "fluid": Code("32457005", "SCT", "Body fluid"),
    "edema": Code("79654002", "SCT", "Edema"),
    "atrophy": Code("13331008", "SCT", "Atrophy"),
    "hemorrhage": Code("50960005", "SCT", "Hemorrhage"),
}


class RetinalThickness(Enum):
    """What a thickness map measures (CID 4262)."""

    RNFL = Code("111925", "DCM", "Retinal nerve fiber layer thickness")
    GANGLION_CELL_COMPLEX = Code("111926", "DCM", "Ganglion cell complex thickness")
    ILM_TO_RPE = Code("111928", "DCM", "Total retinal thickness (ILM to RPE)")
    ILM_TO_BM = Code("111929", "DCM", "Total retinal thickness (ILM to BM)")


def pathology_code(name: str) -> Code:
    """Morphology of a pathology class by the words of its name; a lesion where none of them is known."""
    words = name.lower().replace("oedema", "edema").replace("haemorrhage", "hemorrhage")
    return next((code for word, code in _MORPHOLOGIES.items() if word in words), LESION)
