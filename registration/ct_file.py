"""One CT file: what its header says of all its frames, and its pixels."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import UID, CTImageStorage, EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.layout import PixelLayout, read_layout
from ophtha_core.dicom.reading import read_dataset, unreadable, value_of
from ophtha_core.errors import UnreadableImage
from registration.errors import InvalidContent, NotCt, UndecodableFile

_MULTI_FRAME = (EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage)
_NEEDED_KEYWORDS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
)
_MOST_BITS = 31
"""Of unsigned values; stored values are handed out as int32."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CtFile:
    """A CT Image or an Enhanced CT Image.

    ``name`` is what errors call it. ``header`` has no pixel data. ``padding`` are the lowest and the highest stored
    value that stand for no measurement.
    """

    name: str
    content: Path | bytes
    header: Dataset
    layout: PixelLayout
    sop_class_uid: UID
    sop_instance_uid: UID
    series_instance_uid: UID
    study_instance_uid: UID
    frame_of_reference_uid: UID | None
    patient_id: str
    padding: tuple[int, int] | None

    @property
    def is_multi_frame(self) -> bool:
        return self.sop_class_uid in _MULTI_FRAME


def read_header(content: Path | bytes, *, name: str) -> CtFile:
    """Read the header of a file. Raises :class:`UndecodableFile`, :class:`NotCt`, :class:`InvalidContent`."""
    with undecodable(name):
        header = read_dataset(_bytes_of(content, name=name), headers_only=True)
        _check_is_ct(header, name=name)
        layout = read_layout(header)
        if not layout.is_integer or (layout.bits_stored > _MOST_BITS and not layout.signed):
            raise InvalidContent(f"{name}: its pixels are no whole numbers of at most {_MOST_BITS} bits")
        return CtFile(
            name=name,
            content=content,
            header=header,
            layout=layout,
            sop_class_uid=_uid(header, "SOPClassUID", name=name),
            sop_instance_uid=_uid(header, "SOPInstanceUID", name=name),
            series_instance_uid=_uid(header, "SeriesInstanceUID", name=name),
            study_instance_uid=_uid(header, "StudyInstanceUID", name=name),
            frame_of_reference_uid=_uid(header, "FrameOfReferenceUID", name=name) or None,
            patient_id=_text(header, "PatientID"),
            padding=_padding(header, layout),
        )


def read_frames(file: CtFile) -> ImageFrames:
    """The frames of a file, decoded when they are asked for. Raises UnreadableImage."""
    frames = ImageFrames.of(read_dataset(_bytes_of(file.content, name=file.name)))
    if frames.layout != file.layout:
        raise UnreadableImage("there is more than one kind of pixel data, or the file has changed")
    return frames


@contextmanager
def undecodable(name: str) -> Iterator[None]:
    """Turn whatever cannot be read inside the block into :class:`UndecodableFile`, which names the file."""
    try:
        with unreadable("the header"):
            yield
    except UnreadableImage as error:
        raise UndecodableFile(f"{name}: {error}") from error


def _bytes_of(content: Path | bytes, *, name: str) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return content.read_bytes()
    except OSError as error:
        raise UndecodableFile(f"{name} cannot be read") from error


def _check_is_ct(header: Dataset, *, name: str) -> None:
    sop_class = UID(_text(header, "SOPClassUID"))
    if sop_class not in (CTImageStorage, *_MULTI_FRAME):
        raise NotCt(f"{name} is no CT image but {sop_class.name or 'of an unknown kind'}")
    if value_of(header, "SamplesPerPixel") not in (None, 1):
        raise NotCt(f"{name} is a colour image")
    missing = [keyword for keyword in _NEEDED_KEYWORDS if value_of(header, keyword) is None]
    if missing:
        raise InvalidContent(f"{name}: {', '.join(missing)} missing")


def _text(header: Dataset, keyword: str) -> str:
    value = value_of(header, keyword)
    return "" if value is None else str(value)


def _uid(header: Dataset, keyword: str, *, name: str) -> UID:
    """Empty where there is none."""
    value = value_of(header, keyword)
    if not isinstance(value, (str, type(None))):
        raise InvalidContent(f"{name}: {keyword} is no identifier")
    return UID(value or "")


def _padding(header: Dataset, layout: PixelLayout) -> tuple[int, int] | None:
    """PS3.3 C.7.5.1.1.2: one value, or the range between value and limit."""
    value = _signed_as_stored(value_of(header, "PixelPaddingValue"), layout)
    if value is None:
        return None
    limit = _signed_as_stored(value_of(header, "PixelPaddingRangeLimit"), layout)
    limit = value if limit is None else limit
    return min(value, limit), max(value, limit)


def _signed_as_stored(value: object, layout: PixelLayout) -> int | None:
    if not isinstance(value, int):
        return None
    # pydicom may read the value as unsigned while the pixels are signed.
    return value - (1 << 16) if layout.signed and value >= 1 << 15 else value
