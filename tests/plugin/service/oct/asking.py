"""Ask an endpoint and get the answer, or the fields it refused."""

import json

import pytest

from tests.plugin.service.oct.conftest import Client
from tests.plugin.service.oct.samples import PREFIX, SAMPLES

Json = dict[str, object]


def post(client: Client, endpoint: str, **body: object) -> Json:
    """The answer; it must hold finite numbers only."""
    response = client.post(PREFIX + endpoint, json=body)
    assert response.status_code == 200, response.text
    answer: Json = json.loads(response.text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    return answer


def sample(client: Client, endpoint: str, **changes: object) -> Json:
    """The answer to the endpoint's sample with some parameters changed."""
    return post(client, endpoint, **{**SAMPLES[endpoint], **changes})


def refused(client: Client, endpoint: str, *, body: bytes | None = None, **changes: object) -> list[str]:
    """Dotted paths of the fields a changed sample is refused for; the answer must be 422 without values."""
    if body is None:
        body = json.dumps({**SAMPLES[endpoint], **changes}).encode()
    response = client.post(PREFIX + endpoint, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422, response.text
    answer = response.json()
    assert set(answer) == {"HttpStatus", "HttpError", "Message", "Details"}
    assert "Traceback" not in response.text
    return [".".join(map(str, detail["loc"][1:])) for detail in answer["Details"]]
