"""Transfer syntaxes by their UID, as far as a request may name them."""

from pydicom.uid import UID, AllTransferSyntaxes


def is_known_syntax(uid: str) -> bool:
    """Whether DICOM defines this transfer syntax."""
    return UID(uid) in AllTransferSyntaxes
