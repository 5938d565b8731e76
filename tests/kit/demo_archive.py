"""Phantoms as Orthanc holds them: one small study for each page."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from ophtha_core.phantoms.head_ct import head_ct
from ophtha_core.phantoms.oct import OctPhantom, disc_phantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from ophtha_core.phantoms.slide import SlidePhantom, slide_files
from ophtha_core.phantoms.ultrasound import ultrasound
from tests.kit.chest_series import ChestSeries
from tests.kit.product import Product

SLIDE_SIZE = (1500, 1100)
MACULA_SLICES = 25


def phantom_eyes() -> Iterator[OctPhantom]:
    """Macula and disc of the right eye, macula of the left."""
    for right_eye in (True, False):
        yield OctPhantom(
            anatomy=RetinaAnatomy(right_eye=right_eye),
            num_slices=MACULA_SLICES,
            columns=192,
            rows=160,
            slice_spacing_mm=6.0 / MACULA_SLICES,
            pixel_spacing_column_mm=6.0 / 192,
            pixel_spacing_row_mm=0.0075,
        )
    yield disc_phantom(RetinaAnatomy(right_eye=True))


@dataclass(frozen=True)
class DemoArchive:
    """Finds the phantoms by what they show."""

    product: Product

    @classmethod
    def fill(cls, product: Product) -> "DemoArchive":
        """Store the phantoms, and the segmentations of the eyes."""
        product.upload(_files(list(_datasets())))
        product.upload(ChestSeries(name="reference").files())
        product.upload(ChestSeries(name="floating", shift_mm=(6.0, -4.0, 0.0)).files())
        archive = cls(product)
        for phantom in phantom_eyes():
            archive.keep_segmentation(phantom)
        return archive

    def keep_segmentation(self, phantom: OctPhantom) -> None:
        body = {"layers": phantom.layers(), "landmarks": phantom.nerve_landmarks()}
        path = f"/plugins/oct/instances/{self.volume_of(phantom)}/segmentation"
        with self.product.client() as client:
            client.put(path, content=json.dumps(body)).raise_for_status()

    def volume_of(self, phantom: OctPhantom) -> str:
        """Orthanc's identifier of a phantom's volume."""
        uid = str(opt_study(phantom).volume.SOPInstanceUID)
        found = self.product.post("/tools/lookup", content=uid.encode()).json()
        identifier: str = found[0]["ID"]
        return identifier

    def find(self, **tags: str) -> list[str]:
        """Series with these tags, in no particular order."""
        found: list[str] = self.product.post("/tools/find", json={"Level": "Series", "Query": tags}).json()
        return found

    def series(self, modality: str) -> str:
        """The series of a modality; of several CTs that of the head, of several OCTs any."""
        tags = {"Modality": modality, **({"SeriesDescription": "Axial head"} if modality == "CT" else {})}
        return sorted(self.find(**tags))[0]

    def chest_pair(self) -> tuple[str, str]:
        """Reference and floating series."""
        reference, floating = (
            self.find(SeriesInstanceUID=str(ChestSeries(name=name).series_uid))[0] for name in ("reference", "floating")
        )
        return reference, floating

    def study_of(self, series: str) -> str:
        found: str = self.product.get(f"/series/{series}").json()["ParentStudy"]
        return found


def _datasets() -> Iterator[Dataset]:
    yield from head_ct()
    yield ultrasound()
    for phantom in phantom_eyes():
        study = opt_study(phantom)
        yield study.volume
        yield study.localizer
    yield from slide_files(SlidePhantom(width_px=SLIDE_SIZE[0], height_px=SLIDE_SIZE[1], levels=3))


def _files(datasets: list[Dataset]) -> Iterator[bytes]:
    for dataset in datasets:
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        yield buffer.getvalue()
