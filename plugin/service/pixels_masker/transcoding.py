"""``Transcode``, as far as the core does it: without loss, before anything is masked.

Its route of an instance knows the option when modifying, but not everywhere when anonymizing. What it cannot transcode
keeps its transfer syntax, as in the core's own job; the caller then does it with codecs of its own.
"""

from collections.abc import Mapping

from pydantic import JsonValue
from pydicom.dataset import FileDataset
from pydicom.tag import Tag
from pydicom.uid import UID

from ophtha_core.dicom.reading import read_dataset
from ophtha_core.errors import UnreadableImage
from plugin.service.pacs.answer import OrthancAnswer, as_json
from plugin.service.pacs.connection import OrthancConnection
from plugin.service.pixels_masker.payload import Action
from plugin.service.readers.calling import CallReader, in_this_process

_HIERARCHY = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_PIXEL_TAGS = tuple(
    Tag(keyword)
    for keyword in (
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "PlanarConfiguration",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
        "LossyImageCompression",
        "LossyImageCompressionRatio",
        "LossyImageCompressionMethod",
        "FloatPixelData",
        "DoubleFloatPixelData",
        "PixelData",
    )
)
"""What transcoding changes of an image (PS3.3 C.7.6.3, C.7.6.1.1.5)."""


def core_copy(
    orthanc: OrthancConnection,
    instance_id: str,
    action: Action,
    payload: Mapping[str, JsonValue],
    transcode: str | None,
) -> FileDataset:
    """The core's modified copy of an instance, stored nowhere. Raises UnreadableImage, OrthancAway."""
    path = f"/instances/{instance_id}"
    if transcode is not None:
        answer = orthanc.repeatable("POST", f"{path}/{action}", as_json({**payload, "Transcode": transcode}))
        if answer.is_ok:
            copy = read_dataset(answer.body)
            if copy.file_meta.TransferSyntaxUID == transcode or action is Action.MODIFY:
                return copy
            return _with_pixels(copy, _transcoded(orthanc, path, transcode))
    answer = orthanc.repeatable("POST", f"{path}/{action}", as_json(payload))
    if is_unknown_syntax(answer):
        raise unknown_syntax(orthanc, instance_id, in_this_process)
    return read_dataset(body_of(answer))


def body_of(answer: OrthancAnswer) -> bytes:
    """Body of an answer about an instance. Raises UnreadableImage when it is an error."""
    if not answer.is_ok:
        raise UnreadableImage(f"Orthanc: {answer.reason}")
    return answer.body


def is_unknown_syntax(answer: OrthancAnswer) -> bool:
    """Whether this is how Orthanc says that it cannot write a modified instance: 400, and no word why."""
    return answer.status == 400 and not answer.body


def unknown_syntax(orthanc: OrthancConnection, instance_id: str, read: CallReader) -> UnreadableImage:
    """The reason that Orthanc does not give."""
    file = body_of(orthanc.get(f"/instances/{instance_id}/file"))
    syntax = read(f"Instance {instance_id}", _syntax_name, file)
    return UnreadableImage(f"this Orthanc cannot modify images in the transfer syntax {syntax}")


def _syntax_name(file: bytes) -> str:
    return UID(read_dataset(file, headers_only=True).file_meta.TransferSyntaxUID).name


def _transcoded(orthanc: OrthancConnection, path: str, transcode: str) -> FileDataset | None:
    """The source in the other transfer syntax; None when the core cannot do that."""
    request: dict[str, JsonValue] = {"Transcode": transcode, "Keep": list(_HIERARCHY), "Force": True}
    answer = orthanc.repeatable("POST", f"{path}/modify", as_json(request))
    return read_dataset(answer.body) if answer.is_ok else None


def _with_pixels(copy: FileDataset, transcoded: FileDataset | None) -> FileDataset:
    if transcoded is None:
        return copy
    for tag in _PIXEL_TAGS:
        if tag in transcoded and (tag in copy or (tag.group == 0x0028 and "PixelData" in copy)):
            copy[tag] = transcoded[tag]
        elif tag in copy and tag not in transcoded:
            del copy[tag]
    copy.file_meta.TransferSyntaxUID = UID(transcoded.file_meta.TransferSyntaxUID)
    return copy
