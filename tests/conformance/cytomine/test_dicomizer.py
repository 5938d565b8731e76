"""Debian's orthanc-wsi, an independent C++ client of the protocol, imports a slide through the service."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from ophtha_core.slides.frames import FrameCache
from ophtha_core.slides.pyramid import InstanceHeader, read_pyramid
from ophtha_core.slides.window import Window, read_window
from tests.kit.annotation_service import ADMIN, AnnotationDoor


def test_the_dicomizer_imports_the_pixels_of_a_slide(
    service: AnnotationDoor, slide_series: str, tmp_path: Path
) -> None:
    """Version 1.1 asks for JPEG whatever it is told: nothing more exact than JPEG can be expected."""
    if shutil.which("OrthancWSIDicomizer") is None:
        pytest.skip("Debian's package orthanc-wsi is not installed")
    with service.client() as client:
        project = client.add("project", name=f"dicomizer {service.url}")
        added = client.post(f"/api/project/{project['id']}/orthanc.json", json={"Resources": [slide_series]})
        image = added.json()["collection"][0]
        truth = client.get(f"/api/imageinstance/{image['id']}/window-0-0-1000-700.png").content
    command = ["OrthancWSIDicomizer", "--cytomine-url", service.url, "--cytomine-public-key", ADMIN.public_key]
    command += ["--cytomine-private-key", ADMIN.private_key.get_secret_value(), "--cytomine-image", str(image["id"])]
    command += ["--cytomine-compression", "png", "--compression", "none", "--folder", str(tmp_path)]
    done = subprocess.run([*command, "--tile-width", "256", "--tile-height", "256"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    difference = np.abs(imported(tmp_path) - np.asarray(Image.open(BytesIO(truth))).astype(int))
    assert difference.max() <= 4
    assert difference.mean() < 0.5


def imported(folder: Path) -> np.ndarray:
    """Full-resolution pixels of the DICOM files the tool wrote."""
    datasets = {path.name: dcmread(path) for path in sorted(folder.glob("*.dcm"))}
    headers = [InstanceHeader(name, each, each.file_meta.TransferSyntaxUID) for name, each in datasets.items()]
    pyramid = read_pyramid(headers)

    def read(key: str, frame: int) -> bytes:
        size = len(datasets[key].PixelData) // int(datasets[key].NumberOfFrames)
        return bytes(datasets[key].PixelData[frame * size : (frame + 1) * size])

    whole = Window(0, 0, pyramid.width_px, pyramid.height_px)
    return read_window(pyramid, whole, zoom=0, read=read, cache=FrameCache()).astype(int)
