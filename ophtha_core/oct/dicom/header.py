"""What objects derived from an OCT volume have in common: their maker, and identities of their own.

Identifiers follow from the source and the content, so that writing the same result twice gives the same object.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code
from pydicom.uid import UID

from ophtha_core.dicom.derived_header import derived_uid, new_object
from ophtha_core.oct.dicom.bscans import BScan

MODEL_NAME: Final = "Ophtha OCT analytics"
DEVICE_UID: Final = UID("2.25.314159001729650481190275402316071849027")


class Scanned(Protocol):
    """B-scans that something is derived from."""

    @property
    def bscans(self) -> tuple[BScan, ...]: ...

    @property
    def source(self) -> Dataset: ...


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Series and instance of a derived object, and its number in the series."""

    series_uid: UID
    instance_uid: UID
    series_number: int
    instance_number: int


def derived_identity(
    volume: Scanned, *, kind: str, content: Iterable[bytes], series_number: int, instance_number: int
) -> Identity:
    """Identity of what ``kind`` makes of ``content`` and of the volume; one series per kind and source series."""
    sources = sorted({str(bscan.source.SOPInstanceUID) for bscan in volume.bscans})
    digest = hashlib.sha256("\n".join([kind, *sources]).encode())
    for part in content:
        digest.update(len(part).to_bytes(8, "little") + part)
    return Identity(
        series_uid=derived_uid(f"series {volume.source.SeriesInstanceUID} {kind}"),
        instance_uid=derived_uid(f"instance {digest.hexdigest()}"),
        series_number=series_number,
        instance_number=instance_number,
    )


def derived_object(volume: Scanned, *, sop_class: UID, modality: str, identity: Identity) -> Dataset:
    """A new object of the volume's study with its patient, study, series, equipment and SOP common modules."""
    return new_object(
        volume.source,
        sop_class=sop_class,
        sop_instance=identity.instance_uid,
        modality=modality,
        series_instance=identity.series_uid,
        series_number=identity.series_number,
        instance_number=identity.instance_number,
        model_name=MODEL_NAME,
        created=datetime.now(UTC),
    )


def codes(*values: Code) -> DicomSequence:
    """A code sequence."""
    items = []
    for value in values:
        item = Dataset()
        item.CodeValue = value.value
        item.CodingSchemeDesignator = value.scheme_designator
        item.CodeMeaning = value.meaning
        items.append(item)
    return DicomSequence(items)
