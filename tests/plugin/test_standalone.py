import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from plugin.standalone.settings import RunSettings, read_commented_json
from tests.kit.conditions import wait_until
from tests.kit.product import Product, free_port

_REPOSITORY = Path(__file__).parents[2]


@contextmanager
def running(storage: Path, **variables: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """``make run`` without the installation; the process and its URL once it answers."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OPHTHA_")},
        "PORT": str(port),
        "DICOM_PORT": str(free_port()),
        "STORAGE": str(storage),
        **variables,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "plugin.standalone.run"],
        cwd=_REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process, f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def said(process: "subprocess.Popen[str]", words: str) -> str:
    """Everything printed up to the line with these words."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"never said {words!r}, but:\n{''.join(lines)}")


def run_as_shown(welcome: str) -> list[dict[str, object]]:
    """Run the commands as a newcomer would paste them; the JSON answers of all but the last, which needs keys."""
    commands = [line for line in welcome.splitlines() if line.startswith("  ")]
    script = "\n".join(commands).replace("\n  curl", "\necho\n  curl")
    done = subprocess.run(
        ["bash", "-euc", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PUBLIC_KEY": "none", "PRIVATE_KEY": "none"},
    )
    decoder, answers, rest = json.JSONDecoder(), [], done.stdout.strip()
    while rest and len(answers) < 3:
        answer, end = decoder.raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    return answers


@pytest.mark.usefixtures("orthanc_installed")
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_in_the_foreground_and_leaves_no_process_behind(tmp_path: Path, signal_number: signal.Signals) -> None:
    with running(tmp_path / "storage", DEMO="0") as (process, url):
        said(process, url)
        assert httpx.get(url + "/plugins/ophtha/status").json()["service"] == "ready"
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        process.send_signal(signal_number)
        assert process.wait(30) == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []


@pytest.mark.usefixtures("orthanc_installed")
def test_everything_is_stored_in_the_folder_named_by_storage(tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    with running(storage, DEMO="0") as (process, url):
        said(process, url)
    assert {path.name for path in storage.iterdir()} >= {"orthanc", "ophtha", "orthanc.json"}
    assert (storage / "ophtha" / "records.db").exists()
    assert (storage / "orthanc.json").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("orthanc_installed")
def test_the_first_start_stores_one_demo_study_for_each_capability_and_the_second_none(tmp_path: Path) -> None:
    modalities = {"CT", "US", "MR", "OPT", "SM"}

    def stored(url: str) -> list[str]:
        series = httpx.get(url + "/series?expand", timeout=60).json()
        return [each["MainDicomTags"]["Modality"] for each in series]

    with running(tmp_path) as (process, url):
        welcome = said(process, "/api/project.json")
        found = stored(url)
        assert set(found) >= modalities
        assert welcome.count("curl ") >= 4
        volumes = httpx.post(url + "/tools/find", json={"Level": "Instance", "Query": {"Modality": "OPT"}}).json()
        kept = [httpx.get(f"{url}/plugins/oct/instances/{volume}/segmentation") for volume in volumes]
        assert [answer.status_code for answer in kept] == [200] * 4
        answers = run_as_shown(welcome)
        assert answers[0]["Type"] == "Study"
        assert answers[0]["InstancesCount"] == 80
        assert answers[1]["scan_protocol"] == "HORIZONTAL_3D"
        assert set(answers[2]) == {"RequestId", "Message", "Data"}
        process.send_signal(signal.SIGINT)
        process.wait(30)
    with running(tmp_path) as (process, url):
        assert "Making the demo studies" not in said(process, "/api/project.json")
        assert stored(url).count("MR") == found.count("MR")


def test_a_wrong_port_is_named() -> None:
    with pytest.raises(ValueError, match="DICOM_PORT"):
        RunSettings.from_environment({"DICOM_PORT": "dicom"})


def test_empty_variables_count_as_unset() -> None:
    settings = RunSettings.from_environment({"PORT": "", "DEMO": "", "STORAGE": "", "API_PORT": ""})
    assert (settings.http_port, settings.dicom_port, settings.api_port, settings.demo) == (8042, 4242, None, True)


def test_comments_in_orthanc_json_do_not_touch_urls_in_strings(tmp_path: Path) -> None:
    path = tmp_path / "orthanc.json"
    path.write_text('{ // a comment\n "Url": "http://host/x", /* another */ "Port": 1 }')
    assert read_commented_json(path) == {"Url": "http://host/x", "Port": 1}


def test_a_port_that_is_taken_ends_the_start_with_an_error(tmp_path: Path, orthanc_installed: None) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        with running(tmp_path, DEMO="0", PORT=str(taken.getsockname()[1])) as (process, _):
            wait_until(lambda: process.poll() is not None, what="end of the start")
            assert process.returncode != 0


@pytest.mark.usefixtures("orthanc_installed")
def test_a_newcomer_annotates_at_once_and_only_from_this_machine(tmp_path: Path) -> None:
    with running(tmp_path, DEMO="0") as (process, url):
        said(process, url)
        assert httpx.get(url + "/api/user/current.json").json()["username"] == "demo"
        assert httpx.get(url + "/server/ping").json()["needsNoKeys"] is True
        assert httpx.post(url + "/api/ontology.json", json={"name": "first"}).status_code == 200
        for header in ("X-Forwarded-For", "Forwarded", "Via"):
            assert httpx.get(url + "/api/user/current.json", headers={header: "192.0.2.1"}).status_code == 401


@pytest.mark.usefixtures("orthanc_installed")
def test_with_users_of_its_own_nobody_is_the_newcomer(tmp_path: Path) -> None:
    users = '[{"name": "a", "public_key": "k", "private_key": "a secret"}]'
    with running(tmp_path, DEMO="0", OPHTHA_USERS=users) as (process, url):
        said(process, url)
        assert httpx.get(url + "/api/user/current.json").status_code == 401


def test_no_other_way_of_starting_the_product_knows_the_newcomer(product: Product) -> None:
    assert product.get("/api/user/current.json").status_code == 401
    assert product.get("/server/ping").json()["needsNoKeys"] is False
