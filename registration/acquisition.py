"""What tells one acquisition from another in a list of slices, and the choice of one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from pydicom import Dataset
from pydicom.multival import MultiValue

from ophtha_core.dicom.reading import first_item, known_value

KEYWORDS = (
    "SeriesInstanceUID",
    "AcquisitionNumber",
    "TemporalPositionIndex",
    "TriggerTime",
    "ConvolutionKernel",
    "Rows",
    "Columns",
)
"""By which slices at one position are told apart, and by which one stack can be chosen."""

_PHASE_KEYWORDS = ("TemporalPositionIndex", "TriggerTime", "ConvolutionKernel", "Rows", "Columns")
"""Blocks that agree in these show the same thing."""

_FRAME_GROUPS = {
    "AcquisitionNumber": ("FrameContentSequence", "FrameAcquisitionNumber"),
    "TemporalPositionIndex": ("FrameContentSequence", "TemporalPositionIndex"),
    "TriggerTime": ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"),
    "ConvolutionKernel": ("CTReconstructionSequence", "ConvolutionKernel"),
}
"""Where a frame of an Enhanced CT Image says it (PS3.3 C.7.6.16.2 and C.8.15.3)."""


@dataclass(frozen=True)
class Acquisition:
    """Values of ``KEYWORDS`` as text, empty where the header says nothing."""

    values: tuple[str, ...]

    @classmethod
    def of_image(cls, header: Dataset) -> Self:
        """Of a CT Image."""
        return cls(tuple(_text(header, keyword) for keyword in KEYWORDS))

    @classmethod
    def of_frame(cls, header: Dataset, groups: Iterable[Dataset]) -> Self:
        """Of a frame that the functional ``groups`` describe, its own before the shared ones."""
        groups = tuple(groups)

        def value(keyword: str) -> str:
            if keyword not in _FRAME_GROUPS:
                return _text(header, keyword)
            sequence, name = _FRAME_GROUPS[keyword]
            item = first_item(groups, sequence)
            return "" if item is None else _text(item, name)

        return cls(tuple(value(keyword) for keyword in KEYWORDS))

    def __getitem__(self, keyword: str) -> str:
        return self.values[KEYWORDS.index(keyword)]

    def only(self, keywords: Iterable[str]) -> "Acquisition":
        """The same without what is not in ``keywords``."""
        kept = set(keywords)
        return Acquisition(tuple(v if k in kept else "" for k, v in zip(KEYWORDS, self.values, strict=True)))

    @property
    def phase(self) -> "Acquisition":
        """What it shows, whichever series or acquisition it was filed under."""
        return self.only(_PHASE_KEYWORDS)

    def named(self, keywords: Iterable[str]) -> str:
        """``keywords`` with their values, in words."""
        return ", ".join(f"{keyword} {self[keyword] or 'empty'}" for keyword in keywords)


class UnknownKeyword(ValueError):
    """A keyword by which no stack can be chosen."""

    def __init__(self, keyword: str) -> None:
        super().__init__(keyword)
        self.keyword = keyword


@dataclass(frozen=True)
class Selection:
    """The slices wanted of a list that holds several stacks: keyword of ``KEYWORDS`` to value."""

    wanted: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, wanted: Mapping[str, str]) -> Self:
        """Keywords in any case. Raises :class:`UnknownKeyword`."""
        known = {keyword.lower(): keyword for keyword in KEYWORDS}
        for keyword in wanted:
            if keyword.lower() not in known:
                raise UnknownKeyword(keyword[:64])
        return cls(tuple((known[keyword.lower()], " ".join(value.split())) for keyword, value in wanted.items()))

    def takes(self, acquisition: Acquisition) -> bool:
        return all(acquisition[keyword] == value for keyword, value in self.wanted)


EVERY_STACK = Selection()


def _text(dataset: Dataset, keyword: str) -> str:
    value = known_value(dataset, keyword)
    values = value if isinstance(value, MultiValue) else [] if value is None else [value]
    return "\\".join(" ".join(str(each).split()) for each in values)
