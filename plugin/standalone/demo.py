"""The demo archive: phantoms made by code, one for each thing the product does."""

import io
from collections.abc import Iterator

from pydicom.dataset import Dataset

from ophtha_core.phantoms.head_ct import FACE_HIGH_MM, FACE_LOW_MM, head_ct
from ophtha_core.phantoms.mr import head_mr
from ophtha_core.phantoms.oct import OctPhantom, disc_phantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from ophtha_core.phantoms.slide import SlidePhantom, slide_files
from ophtha_core.phantoms.ultrasound import ultrasound, ultrasound_jpeg
from plugin.standalone.settings import RunSettings

_MACULA = {"num_slices": 49, "columns": 384, "rows": 320}
_MACULA_SPACING = {
    "slice_spacing_mm": 6.0 / 49,
    "pixel_spacing_column_mm": 6.0 / 384,
    "pixel_spacing_row_mm": 0.00375,
}


def files() -> Iterator[bytes]:
    """DICOM files of every demo study."""
    for dataset in _datasets():
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        yield buffer.getvalue()


def _datasets() -> Iterator[Dataset]:
    yield from head_ct()
    yield from head_mr()
    yield ultrasound()
    yield ultrasound_jpeg()
    for right_eye in (True, False):
        anatomy = RetinaAnatomy(right_eye=right_eye)
        yield from _eye(OctPhantom(anatomy=anatomy, noise_seed=1, **_MACULA, **_MACULA_SPACING))  # type: ignore[arg-type]
        yield from _eye(disc_phantom(anatomy))
    yield from slide_files(SlidePhantom(width_px=4096, height_px=3072, levels=4))


def _eye(phantom: OctPhantom) -> Iterator[Dataset]:
    study = opt_study(phantom)
    yield study.volume
    yield study.localizer


def welcome(settings: RunSettings) -> str:
    """Where to look, and one command to try per capability."""
    base = f"http://localhost:{settings.http_port}"
    low, high = (list(corner) for corner in (FACE_LOW_MM, FACE_HIGH_MM))
    return f"""
Orthanc Explorer   {base}/app/explorer.html
Tools              {base}/plugins/ophtha/app/index.html
API                {base}/plugins/ophtha/docs

Mask the face of the head CT (the study's id comes first):
  STUDY=$(curl -s {base}/tools/find -d '{{"Level":"Study","Query":{{"PatientID":"*HEAD-CT*"}}}}' | tr -d '[]" \\n')
  curl {base}/plugins/pixels-masker/studies/$STUDY/modify -d '{{"Force":true,"Replace":{{"StudyDescription":"Masked"}},
    "MaskPixelData":{{"Regions":[{{"MaskType":"MeanFilter","FilterWidth":30,"RegionType":"3D","Origin":{low},"End":{high}}}]}}}}'
"""
