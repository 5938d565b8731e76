"""Folders of sockets: one lives as long as its owner, and the next owner takes away what is left."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from plugin.socket_folder import PREFIX, SocketFolder, sweep
from tests.kit.conditions import wait_until
from tests.kit.product import Product


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_goes_with_its_socket(temporary: Path) -> None:
    folder = SocketFolder()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.socket.touch()
    folder.remove()
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_living_owner_stays_and_that_of_a_killed_one_goes(temporary: Path) -> None:
    own = SocketFolder()
    program = "from plugin.socket_folder import SocketFolder as S; f = S(); f.socket.touch(); print(f.path); input()"
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        sweep(temporary)
        assert left.exists()
        other.kill()
    assert left.exists()
    SocketFolder().remove()
    assert list(temporary.iterdir()) == [own.path]
    own.remove()


def test_the_folder_of_a_service_that_locks_nothing_stays_while_somebody_listens(temporary: Path) -> None:
    older = temporary / f"{PREFIX}older"
    older.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(older / "service.sock"))
        listening.listen()
        sweep(temporary)
        assert (older / "service.sock").exists()
    sweep(temporary)
    assert not older.exists()


def test_a_folder_that_was_cleaned_away_is_made_again_for_the_next_service(temporary: Path) -> None:
    folder = SocketFolder()
    folder.path.rmdir()
    folder.keep()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.socket.touch()
    folder.keep()
    assert list(folder.path.iterdir()) == []
    sweep(temporary)
    assert folder.path.exists()
    folder.remove()


def test_what_only_looks_like_one_stays(temporary: Path) -> None:
    (temporary / f"{PREFIX}file").touch()
    (temporary / f"{PREFIX}full").mkdir()
    (temporary / f"{PREFIX}full" / "notes").touch()
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    before = sorted(temporary.iterdir())
    SocketFolder().remove()
    assert sorted(temporary.iterdir()) == before


def test_nothing_is_left_of_products_that_were_killed_whole(orthanc_installed: None, temporary: Path) -> None:
    folders = temporary / "folders"
    folders.mkdir()
    product = Product(temporary / "product", environment={"TMPDIR": str(folders)}, settings={"Workers": 1})
    scratch = temporary / "product" / "ophtha" / "dask" / "dask-scratch-space"
    for _ in range(2):
        product.start()
        product.wait_for_workers()
        product.kill_everything()
    with product:
        product.wait_for_workers()
        assert len(list(folders.glob(f"{PREFIX}*"))) == 1
        assert len([each for each in scratch.iterdir() if each.is_dir()]) == 1
        service = product.service_process()
        service.terminate()
        wait_until(lambda: not service.is_running(), what="end of the service")
        wait_until(lambda: product.get("/plugins/ophtha/status").status_code == 200, what="restart of the service")
    assert list(folders.glob(f"{PREFIX}*")) == []
