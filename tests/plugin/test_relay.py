import httpx

from tests.kit.product import Product


def test_an_unknown_route_answers_404_in_the_one_error_shape(product: Product) -> None:
    answer = product.get("/plugins/ophtha/no-such-thing")
    assert answer.status_code == 404
    assert answer.json() == {"HttpStatus": 404, "HttpError": "Not Found", "Message": "Not Found", "Details": []}


def test_a_wrong_method_answers_405_and_names_the_right_one(product: Product) -> None:
    answer = product.post("/plugins/ophtha/status", json={})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"


def test_openapi_describes_the_routes(product: Product) -> None:
    paths = product.get("/plugins/ophtha/openapi.json").json()["paths"]
    assert "/plugins/ophtha/status" in paths


def test_a_body_of_100_megabytes_arrives_whole(product: Product) -> None:
    body = b'{"x": "' + b"a" * (100 * 2**20) + b'"}'
    answer = product.post("/plugins/oct/get_distance_between_two_points", content=body)
    assert answer.status_code == 422
    assert len(answer.content) < 10_000


def test_a_request_of_another_site_changes_nothing(product: Product) -> None:
    with product.client() as client:
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = client.post("/plugins/ophtha/jobs/0/cancel", headers=headers)
            assert answer.status_code == 403


def test_a_page_of_this_orthanc_may_post(product: Product) -> None:
    headers = {"Origin": product.url, "Sec-Fetch-Site": "same-origin"}
    with product.client() as client:
        assert client.post("/plugins/ophtha/jobs/0/cancel", headers=headers).status_code == 404


def test_many_clients_at_once_are_all_answered(product: Product) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def ask(_: int) -> int:
        return httpx.get(product.url + "/plugins/ophtha/jobs", timeout=60).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(200))) == {200}
