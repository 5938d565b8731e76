"""What all DICOM results share: whose they are, codes, references."""

from datetime import datetime

from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from ophtha_core.dicom import derived_header
from registration.slices import Slice
from registration.volume import CheckedVolume

MODEL_NAME = "Ophtha registration"


def new_object(
    floating: CheckedVolume,
    *,
    sop_class: UID,
    sop_instance: UID,
    modality: str,
    series_instance: UID,
    series_number: int,
    instance_number: int,
    created: datetime,
) -> Dataset:
    """A dataset with the floating image's patient and study and with our equipment; nothing else is taken over."""
    dataset = derived_header.new_object(
        floating.header,
        sop_class=sop_class,
        sop_instance=sop_instance,
        modality=modality,
        series_instance=series_instance,
        series_number=series_number,
        instance_number=instance_number,
        model_name=MODEL_NAME,
        created=created,
    )
    dataset.SeriesDate, dataset.SeriesTime = dataset.ContentDate, dataset.ContentTime
    return dataset


def image_reference(source: Slice) -> Dataset:
    """An item that names the instance (and frame) of ``source``."""
    item = Dataset()
    item.ReferencedSOPClassUID = source.file.sop_class_uid
    item.ReferencedSOPInstanceUID = source.file.sop_instance_uid
    if source.file.is_multi_frame:
        item.ReferencedFrameNumber = source.frame + 1
    return item


def instance_references(volume: CheckedVolume) -> Sequence:
    """One item per instance of ``volume``, however many of its frames were used."""
    items: dict[str, Dataset] = {}
    for source in volume.files:
        item = Dataset()
        item.ReferencedSOPClassUID = source.file.sop_class_uid
        item.ReferencedSOPInstanceUID = source.file.sop_instance_uid
        items.setdefault(source.file.sop_instance_uid, item)
    return Sequence(items.values())
