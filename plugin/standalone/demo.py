"""The demo archive: phantoms made by code, one for each thing the product does."""

import io
import json
import re
from collections.abc import Iterator
from datetime import date

import httpx
from pydicom.dataset import Dataset

from ophtha_core.phantoms.chest_ct import Breathing, Chest, Geometry, Scan, SeriesIdentity, ct_instances, render
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


def store(orthanc: httpx.Client) -> None:
    """Store every demo study, and with the OCT volumes their segmentations. Raises httpx.HTTPError."""
    for file in _files():
        orthanc.post("/instances", content=file).raise_for_status()
    for sop_instance_uid, segmentation in _segmentations():
        found = orthanc.post("/tools/lookup", content=sop_instance_uid).raise_for_status().json()
        path = f"/plugins/oct/instances/{found[0]['ID']}/segmentation"
        orthanc.put(path, content=segmentation).raise_for_status()


def _files() -> Iterator[bytes]:
    """DICOM files of every demo study."""
    for dataset in _datasets():
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        yield buffer.getvalue()


def _segmentations() -> Iterator[tuple[str, bytes]]:
    """What a segmentation model would have found in each OCT volume: its SOPInstanceUID and the JSON to keep."""
    for phantom in _eyes():
        found = {"layers": phantom.layers(), "landmarks": phantom.nerve_landmarks()}
        # A hundredth of a pixel is enough, and a third of the bytes.
        text = re.sub(r"(\d+\.\d{2})\d+", r"\1", json.dumps(found))
        yield str(opt_study(phantom).volume.SOPInstanceUID), text.encode()


def _eyes() -> Iterator[OctPhantom]:
    for right_eye in (True, False):
        anatomy = RetinaAnatomy(right_eye=right_eye)
        yield OctPhantom(anatomy=anatomy, noise_seed=1, **_MACULA, **_MACULA_SPACING)  # type: ignore[arg-type]
        yield disc_phantom(anatomy)


def _datasets() -> Iterator[Dataset]:
    yield from head_ct()
    yield from head_mr()
    yield ultrasound()
    yield ultrasound_jpeg()
    for phantom in _eyes():
        yield from _eye(phantom)
    yield from _chest_pair()
    yield from slide_files(SlidePhantom(width_px=4096, height_px=3072, levels=4))


def _eye(phantom: OctPhantom) -> Iterator[Dataset]:
    study = opt_study(phantom)
    yield study.volume
    yield study.localizer


def _chest_pair() -> Iterator[Dataset]:
    """Two dates: the second with a deeper breath."""
    geometry = Geometry(columns=160, rows=120, slices=88, pixel_spacing_mm=2.4, slice_spacing_mm=3.0)
    scans = (("reference", date(2026, 1, 5), None), ("follow-up", date(2026, 7, 6), Breathing(depth_mm=18)))
    for seed, (study, day, motion) in enumerate(scans):
        volume = render(Chest(), geometry, motion=motion, scan=Scan(noise_hu=12, seed=seed))
        yield from ct_instances(volume, geometry, SeriesIdentity(patient_id="CHEST-1", study=study, study_date=day))


def welcome(settings: RunSettings) -> str:
    """Where to look, and one command to try per capability."""
    low, high = (",".join(f"{value:g}" for value in corner) for corner in (FACE_LOW_MM, FACE_HIGH_MM))
    return _WELCOME.format(base=f"http://localhost:{settings.http_port}", low=low, high=high)


_WELCOME = """
Orthanc Explorer   {base}/app/explorer.html
Tools              {base}/plugins/ophtha/app/index.html
API                {base}/plugins/ophtha/docs

  find_id() {{ curl -s {base}/tools/find -d '{{"Level":"'$1'","Limit":1,"Query":'"$2"'}}' | tr -d '[]" \\n'; }}

Mask the face of the head CT:
  curl {base}/plugins/pixels-masker/studies/$(find_id Study '{{"StudyDescription":"Head CT*"}}')/modify \\
    -d '{{"MaskPixelData":{{"Regions":[{{"MaskType":"MeanFilter","FilterWidth":30,"RegionType":"3D",
         "Origin":[{low}],"End":[{high}]}}]}}}}'

Geometry of an OCT volume, as the analyses take it:
  curl {base}/plugins/oct/series/$(find_id Series '{{"Modality":"OPT"}}')/geometry

Register the follow-up CT of the chest onto the first one (the job is at {base}/jobs/<RequestId>):
  curl {base}/plugins/registration/ -d Action=RunCTRegistration -d DataFormat=DICOM -d DataSourceType=ORTHANC \\
    -d OrgId=1 -d OrgName=Demo \\
    -d ReferenceSeries=$(find_id Series '{{"PatientID":"CHEST-1","StudyDate":"20260105"}}') \\
    -d FloatingSeries=$(find_id Series '{{"PatientID":"CHEST-1","StudyDate":"20260706"}}')

Projects of the annotation platform (with the keys of a user in OPHTHA_USERS):
  curl {base}/api/project.json -H "X-Auth-Token: $PUBLIC_KEY" -H "X-Auth-Secret: $PRIVATE_KEY"
"""
