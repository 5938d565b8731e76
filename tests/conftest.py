import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real test data; its tests skip where it is not there."""
    folder = Path(os.environ.get("OPHTHA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}; set OPHTHA_SHARED_DATA")
    return folder
