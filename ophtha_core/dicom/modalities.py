"""What the modality of a series tells of its objects (PS3.3 C.7.3.1.1.1)."""

from typing import Final

WITHOUT_PICTURES: Final = frozenset(
    {
        "ANN",
        "AU",
        "DOC",
        "ECG",
        "FID",
        "HD",
        "KO",
        "M3D",
        "PLAN",
        "PR",
        "REG",
        "RTPLAN",
        "RTRECORD",
        "RTSTRUCT",
        "SEG",
        "SR",
    }
)
"""Documents, plans, signals, and what only refers to pictures of other series."""
