"""What an independent validator says of an object."""

import shutil
import subprocess
from pathlib import Path

import pytest
from pydicom.dataset import Dataset


def dciodvfy_errors(dataset: Dataset, folder: Path) -> list[str]:
    """Errors (not warnings) of dicom3tools' dciodvfy; the test skips where it is not installed."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy is not installed (Debian package dicom3tools)")
    path = folder / "object.dcm"
    dataset.save_as(path, enforce_file_format=True)
    answer = subprocess.run([program, path], capture_output=True, text=True, check=False)
    lines = (answer.stdout + answer.stderr).splitlines()
    assert lines
    return [line for line in lines if "Error" in line or "Abort" in line]
