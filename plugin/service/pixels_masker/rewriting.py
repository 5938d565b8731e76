"""Gives the core's modified instance the identifiers of the job.

The core invents new values on every call. Source and result are walked side by side: what the core changed becomes the
job's own value of the same source, and references to what the job renews follow, also where the core leaves them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from ophtha_core.dicom.reading import unreadable
from plugin.service.pixels_masker.identity import Identity

_SOP_INSTANCE_UID = Tag("SOPInstanceUID")
_SERIES_INSTANCE_UID = Tag("SeriesInstanceUID")
_STUDY_INSTANCE_UID = Tag("StudyInstanceUID")
_HIERARCHY = frozenset({_STUDY_INSTANCE_UID, _SERIES_INSTANCE_UID, _SOP_INSTANCE_UID})
_PATIENT_ID = Tag("PatientID")
_PATIENT_NAME = Tag("PatientName")
_NOT_INSTANCES = frozenset({Tag("SOPClassUID"), Tag("ReferencedSOPClassUID")})


@dataclass(frozen=True, kw_only=True)
class SourceIds:
    """Identifiers of a source instance."""

    study_uid: str
    series_uid: str
    sop_uid: str

    def of(self, tag: BaseTag) -> str:
        return {_STUDY_INSTANCE_UID: self.study_uid, _SERIES_INSTANCE_UID: self.series_uid}.get(tag, self.sop_uid)


@dataclass(frozen=True, kw_only=True)
class Rewriting:
    """What a job does to the identifiers of each of its instances; the same for all of them."""

    identity: Identity
    anonymizes: bool
    chosen: frozenset[str] = frozenset()
    """Values that the client asked for (``Replace``): they stay."""
    kept: frozenset[int] = frozenset()
    """Tags that the client asked to keep."""

    def apply(self, result: FileDataset, source: Dataset | None, ids: SourceIds) -> None:
        """Change ``result``, the core's answer, in place.

        ``source`` is the instance it was made of; without it the core is trusted to have changed no nested UID.
        Raises UnreadableImage.
        """
        with unreadable("the modified instance"):
            for tag in _HIERARCHY:
                self._renew(result, tag, ids.of(tag))
            self._walk(result, source, is_top=True)
            result.file_meta.MediaStorageSOPInstanceUID = UID(_text(result, _SOP_INSTANCE_UID) or "", IGNORE)

    def renew_instance(self, result: FileDataset, old: str) -> None:
        """Make ``result`` an instance of its own."""
        _set(result, _SOP_INSTANCE_UID, "UI", self.identity.key.uid(old))
        result.file_meta.MediaStorageSOPInstanceUID = UID(self.identity.key.uid(old), IGNORE)

    def _renew(self, result: Dataset, tag: BaseTag, old: str) -> None:
        now = _text(result, tag)
        new = self.identity.reference(old) or old
        if now != new and now not in self.chosen:
            _set(result, tag, "UI", new)

    def _walk(self, result: Dataset, source: Dataset | None, *, is_top: bool) -> None:
        for tag in list(result.keys()):
            vr = _vr(result, tag)
            if vr == "SQ":
                for item, old_item in _pairs(result, source, tag):
                    self._walk(item, old_item, is_top=False)
            elif vr == "UI" and not (is_top and tag in _HIERARCHY) and tag not in _NOT_INSTANCES:
                self._follow(result, source, tag)
            elif self.anonymizes and tag in (_PATIENT_ID, _PATIENT_NAME):
                self._hide_patient(result, source, tag)

    def _follow(self, result: Dataset, source: Dataset | None, tag: BaseTag) -> None:
        now = _text(result, tag)
        old = now if source is None else _text(source, tag)
        if now is None or old is None or now in self.chosen:
            return
        new = None if now == old and tag in self.kept else self.identity.reference(old)
        if new is None and now != old:
            new = self.identity.key.uid(old)
        if new is not None and new != now:
            _set(result, tag, "UI", new)

    def _hide_patient(self, result: Dataset, source: Dataset | None, tag: BaseTag) -> None:
        now = _text(result, tag)
        old = None if source is None else _text(source, tag)
        if not now or old is None or now == old or now in self.chosen:
            return
        if tag == _PATIENT_ID:
            _set(result, tag, "LO", self.identity.key.patient_id(old))
        elif self.identity.patient_name is not None:
            _set(result, tag, "PN", self.identity.patient_name)


def _pairs(result: Dataset, source: Dataset | None, tag: BaseTag) -> Iterator[tuple[Dataset, Dataset | None]]:
    is_in_source = source is not None and tag in source and _vr(source, tag) == "SQ"
    old_items = list(source[tag].value or []) if source is not None and is_in_source else []
    for index, item in enumerate(result[tag].value or []):
        yield item, old_items[index] if index < len(old_items) else None


def _vr(dataset: Dataset, tag: BaseTag) -> str:
    """VR of an element without decoding it; implicit and unknown ones by the dictionary."""
    vr = dataset.get_item(tag).VR
    if vr not in (None, "UN"):
        return str(vr)
    if tag.is_private:
        return "UN"
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"


def _text(dataset: Dataset, tag: BaseTag) -> str | None:
    """Text of an element as it is stored, several values as one; None when the element is absent."""
    if tag not in dataset:
        return None
    element = dataset.get_item(tag)
    value = element.value
    if isinstance(element, RawDataElement):
        return (value or b"").decode("latin-1").rstrip("\0 ").lstrip(" ")
    several = isinstance(value, MultiValue)
    return "\\".join(map(str, value)) if several else str(value or "").strip("\0 ")


def _set(dataset: Dataset, tag: BaseTag, vr: str, value: str) -> None:
    dataset[tag] = DataElement(tag, vr, value, validation_mode=IGNORE)
