"""Codes of the surfaces between retinal layers (CID 4273), and how to know them by their labels."""

import re
from collections.abc import Sequence
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from ophtha_core.dicom.reading import items_of, known_text
from ophtha_core.oct.layer_surfaces import Surface

SURFACE_CODES: Final = {
    Surface.ILM: Code("280677004", "SCT", "ILM - Internal limiting membrane"),
    Surface.RNFL_OUTER: Code("128289", "DCM", "Outer surface of RNFL"),
    Surface.GCL_OUTER: Code("128290", "DCM", "Outer surface of GCL"),
    Surface.INL_INNER: Code("128291", "DCM", "Outer surface of IPL"),
    Surface.INL_OUTER: Code("128292", "DCM", "Outer surface of INL"),
    Surface.OPL_OUTER: Code("128293", "DCM", "Outer surface of OPL"),
    Surface.HFL_OUTER: Code("128294", "DCM", "Outer surface of HFL"),
    Surface.ELM: Code("76710003", "SCT", "ELM - External limiting membrane"),
    Surface.IS_OS: Code("128295", "DCM", "Surface between Inner and Outer Segments of the photoreceptors"),
    Surface.INTERDIGITATION: Code("128296", "DCM", "Surface of the interdigitating zone between retina and RPE"),
    Surface.RPE_INNER: Code("128297", "DCM", "Anterior surface of the RPE"),
    Surface.RPE_CENTRE: Code("128298", "DCM", "Surface of the center of the RPE"),
    Surface.RPE_OUTER: Code("128299", "DCM", "Posterior surface of the RPE"),
    Surface.BM: Code("128300", "DCM", "Outer surface of the BM"),
    Surface.CHOROID_OUTER: Code("128301", "DCM", "Surface of the choroid-sclera interface"),
    Surface.CC_OUTER: Code("128302", "DCM", "Outer surface of the CC"),
}

_BY_CODE: Final = {(code.scheme_designator, code.value): surface for surface, code in SURFACE_CODES.items()}


def coded_surface(types: Sequence[Dataset]) -> Surface | None:
    """The surface that a Segmented Property Type names; None for a code this library does not know."""
    for code in types:
        known = _BY_CODE.get((known_text(code, "CodingSchemeDesignator"), known_text(code, "CodeValue")))
        if known is not None:
            return known
    return None


def segment_surface(segment: Dataset) -> tuple[Surface | None, str]:
    """The surface of a segment by its code, and its label."""
    label = known_text(segment, "SegmentLabel") or f"segment {known_text(segment, 'SegmentNumber')}"
    surface = coded_surface(items_of(segment, "SegmentedPropertyTypeCodeSequence"))
    return surface, re.sub(r"\s+", " ", label).strip()
