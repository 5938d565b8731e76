"""``alibabacloud-imageprocess20200320``, unmodified, registers on both ports."""

from collections.abc import Callable
from typing import cast

import pytest

from tests.kit.product import Product
from tests.kit.registration import Chest

Drive = Callable[..., dict[str, object]]
_ALICE = {"key": "alice-key", "secret": "alice-secret"}


def check_success(answer: dict[str, object], base: str) -> None:
    assert answer.get("Status") == "PROCESS_SUCCESS", answer
    assert answer["status"] == 200
    assert "asynchronous" in str(answer["message"])
    assert answer["JobId"] == answer["job_id"]
    links = cast("dict[str, str]", answer["links"])
    assert sorted(links) == ["DUrl", "NUrl"]
    assert all(link.startswith(f"http://{base}/plugins/registration/results/") for link in links.values())
    assert min(cast("dict[str, int]", answer["sizes"]).values()) > 10_000


def test_the_sdk_registers_two_series_on_orthancs_port(drive: Drive, registering: Product, chest: Chest) -> None:
    host = f"localhost:{registering.port}"
    answer = drive(chest.reference, chest.floating, endpoint=f"{host}/plugins/registration", **_ALICE)
    check_success(answer, host)


@pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SHA256", "v2"])
def test_the_sdk_registers_on_the_api_port(drive: Drive, api_host: str, chest: Chest, algorithm: str) -> None:
    endpoint = f"{api_host}/plugins/registration"
    answer = drive(chest.reference, chest.reference, endpoint=endpoint, algorithm=algorithm, **_ALICE)
    check_success(answer, api_host)


def test_the_classic_signature_of_the_sdk_works_on_orthancs_port(
    drive: Drive, registering: Product, chest: Chest
) -> None:
    host = f"localhost:{registering.port}"
    endpoint = f"{host}/plugins/registration"
    answer = drive(chest.reference, chest.reference, endpoint=endpoint, algorithm="v2", **_ALICE)
    check_success(answer, host)


@pytest.mark.parametrize("port", ["orthanc", "api"])
def test_the_sdk_hears_that_its_secret_is_wrong(
    drive: Drive, registering: Product, api_host: str, chest: Chest, port: str
) -> None:
    host = api_host if port == "api" else f"localhost:{registering.port}"
    endpoint = f"{host}/plugins/registration"
    answer = drive(chest.reference, chest.reference, endpoint=endpoint, key="alice-key", secret="wrong-secret")
    assert answer["code"] == "AuthFailed"
    assert "403" in str(answer["error"])


def test_the_sdk_hears_what_is_wrong_with_its_files(drive: Drive, registering: Product, chest: Chest) -> None:
    endpoint = f"localhost:{registering.port}/plugins/registration"
    answer = drive(chest.reference[:7], chest.floating, endpoint=endpoint, **_ALICE)
    assert (answer["Status"], answer["ErrorCode"]) == ("PROCESS_FAILED", "InvalidFile.Content")
    assert "ReferenceList" in str(answer["ErrorMessage"])
