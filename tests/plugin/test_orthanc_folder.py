"""Relative paths of the configuration start where Orthanc lets them start."""

from pathlib import Path

import pytest

from plugin.orthanc_folder import folder_of
from tests.kit.product import Product


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "."),
        (["--verbose"], "."),
        (["etc/orthanc.json"], "etc"),
        (["--verbose", "etc/orthanc.json", "--logdir=logs", ""], "etc"),
        (["etc"], "etc"),
        (["etc/"], "etc"),
        (["/srv/pacs/orthanc.json"], "/srv/pacs"),
    ],
)
def test_the_folder_is_that_of_the_file_or_the_folder_on_the_command_line(
    tmp_path: Path, arguments: list[str], expected: str
) -> None:
    (tmp_path / "etc").mkdir()
    assert folder_of(arguments, tmp_path) == tmp_path / expected


def test_records_lie_in_the_storage_folder_that_orthanc_resolves(orthanc_installed: None, tmp_path: Path) -> None:
    storage = {"StorageDirectory": "archive", "IndexDirectory": "archive"}
    settings = {"Storage": "archive/ours", "Workers": 1}
    with Product(tmp_path / "etc", settings=settings, orthanc=storage):
        assert (tmp_path / "etc" / "archive" / "index").exists()
        assert (tmp_path / "etc" / "archive" / "ours" / "records.db").exists()
