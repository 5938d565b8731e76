"""Examinations to report on, and what a report stored of them."""

from io import BytesIO

import pydicom
from pydicom.dataset import Dataset

from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_dicom import opt_study
from tests.kit.product import Product
from tests.plugin.service.oct.archive.conftest import Upload

SECTIONS = ["thickness_maps", "etdrs", "gcc", "hemispheres", "glaucoma", "pathologies", "odn", "rnfl"]
THICKNESS_MAP, REPORT, SEGMENTATION, HEIGHT_MAP = (
    f"1.2.840.10008.5.1.4.1.1.{suffix}" for suffix in ("81.1", "88.33", "66.4", "66.8")
)
Json = dict[str, object]


def stored_volume(product: Product, upload: Upload, phantom: OctPhantom, **changes: object) -> str:
    study = opt_study(phantom, **changes)  # type: ignore[arg-type]
    return upload([study.volume, study.localizer])[0]


def report(product: Product, instance: str, *, status: int = 200, **body: object) -> Json:
    answer = product.post(f"/plugins/oct/instances/{instance}/report", json=body)
    assert answer.status_code == status, answer.text
    content: Json = answer.json()
    return content


def load(product: Product, identifier: str) -> Dataset:
    return pydicom.dcmread(BytesIO(product.get(f"/instances/{identifier}/file").content))


def stored_as(product: Product, content: Json, sop_class: str) -> list[Dataset]:
    stored = content["stored"]
    assert isinstance(stored, list)
    return [load(product, each["ID"]) for each in stored if each["SOPClassUID"] == sop_class]


def documents(product: Product, content: Json) -> dict[str, Dataset]:
    return {str(each.ConceptNameCodeSequence[0].CodeValue): each for each in stored_as(product, content, REPORT)}
