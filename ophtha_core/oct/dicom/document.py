"""A page about a study as Encapsulated PDF (PS3.3 A.45.1) in that study."""

from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import EncapsulatedPDFStorage

from ophtha_core.oct.dicom.header import Scanned, derived_identity, derived_object

SERIES_NUMBER: Final = 9105


def write_document(scan: Scanned, pdf: bytes, *, title: str) -> Dataset:
    """The PDF as an object in the study of the scan; the same page is the same object."""
    identity = derived_identity(scan, kind="PDF", content=[pdf], series_number=SERIES_NUMBER, instance_number=1)
    document = derived_object(scan, sop_class=EncapsulatedPDFStorage, modality="DOC", identity=identity)
    document.SeriesDescription = "OCT printout (research)"
    document.ConversionType = "SYN"
    document.AcquisitionDateTime = None
    document.BurnedInAnnotation = "YES"
    document.DocumentTitle = title
    document.ConceptNameCodeSequence = DicomSequence()
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocumentLength = len(pdf)
    document.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return document
