"""What Orthanc answers while all that may be relayed is being relayed."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from tests.kit.conditions import wait_until
from tests.kit.masked import file_of
from tests.kit.product import Product

_MASK = {"Regions": [{"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [8, 8]}]}
_JOB = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def four_threads(orthanc_installed: None, tmp_path: Path) -> Iterator[Product]:
    """The product in an Orthanc of four HTTP threads: two requests are relayed at once, one of them for long."""
    with Product(tmp_path / "product", orthanc={"HttpThreadsCount": 4}) as running:
        running.wait_for_workers()
        yield running


@contextmanager
def asking(product: Product, *paths: str, accept: str = "*/*") -> Iterator[list[Future[httpx.Response]]]:
    """Requests under way."""
    with product.client() as client, ThreadPoolExecutor(len(paths)) as threads:
        yield [threads.submit(client.get, path, headers={"Accept": accept}) for path in paths]


def refused_at_once(asked: list[Future[httpx.Response]]) -> list[httpx.Response]:
    """The refusals among the answers that are there."""
    refusals = [each.result() for each in asked if each.done()]
    for answer in refusals:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "2"
        assert asks_again(answer) or answer.json()["HttpStatus"] == 503
    return refusals


def asks_again(answer: httpx.Response) -> bool:
    """Whether the answer is the page that loads itself again, for people."""
    return answer.headers["Content-Type"] == "text/html; charset=utf-8" and 'http-equiv="refresh"' in answer.text


def test_beyond_the_limit_requests_get_503_orthanc_answers_and_nobody_waits_longer_than_half_a_minute(
    four_threads: Product,
) -> None:
    service = four_threads.service_process()
    service.suspend()
    try:
        with asking(four_threads, *["/plugins/ophtha/tools"] * 3) as work:
            wait_until(lambda: len(refused_at_once(work)) == 2, what="refusal of all work but one")
            with asking(four_threads, *["/plugins/ophtha/status"] * 3, accept="text/html") as questions:
                wait_until(lambda: len(refused_at_once(questions)) == 2, what="refusal of all questions but one")
                # Neither is left to the core, which would say that there is no such job.
                for path in ("/jobs", f"/jobs/{_JOB}"):
                    assert four_threads.get(path).status_code == 503
                assert four_threads.get("/system").status_code == 200
        late, late_page = (each.result() for each in (*work, *questions) if each.result().status_code != 503)
        assert (late.status_code, late_page.status_code) == (504, 504)
        assert late.json()["HttpError"] == "Gateway Timeout"
        assert asks_again(late_page)
    finally:
        service.resume()
    wait_until(lambda: four_threads.get("/plugins/ophtha/status").status_code == 200, what="answer of the service")
    assert four_threads.get(f"/jobs/{_JOB}").status_code == 404
    assert "Error in the REST callback" not in four_threads.log()


def test_while_the_service_is_away_nobody_says_that_a_job_does_not_exist(fragile_product: Product) -> None:
    with fragile_product.without_service():
        assert fragile_product.get(f"/jobs/{_JOB}").status_code == 503


@pytest.mark.parametrize("end", ["stop", "reset"])
def test_orthanc_ends_although_maskings_are_under_way(own_product: Product, end: str) -> None:
    instances = own_product.upload(map(file_of, head_ct(HeadCt(pixels=64, slices=60, slice_spacing_mm=2))))
    study = own_product.get(f"/instances/{instances[0]}/study").json()["ID"]
    mask = {"MaskPixelData": _MASK}

    def masked() -> httpx.Response:
        return own_product.post(f"/plugins/pixels-masker/studies/{study}/modify", json=mask)

    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(masked) for _ in range(8)]
        wait_until(lambda: len(own_product.get("/jobs").json()) == len(answers), what="start of the maskings")
        before = own_product.service_process()
        if end == "stop":
            own_product.stop()  # fails when it takes long
        else:
            own_product.post("/tools/reset", content=b"")
            wait_until(lambda: not before.is_running(), what="end of the service")
        assert {answer.result().status_code for answer in answers} <= {200, 503}
