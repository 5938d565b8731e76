from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

import ophtha_core
import plugin.service
from ophtha_core.errors import InvalidInput, OphthaError, PackageMissing, UnreadableImage
from plugin.service.errors import MAX_DETAILS, NotFound, ServiceError, Unavailable, install_error_handlers
from tests.kit.in_process import InProcessClient


class Body(BaseModel):
    numbers: list[int]


@pytest.fixture
def client() -> InProcessClient:
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/echo")
    def echo(body: Body) -> int:
        return len(body.numbers)

    @app.get("/fails/{how}")
    def fails(how: str) -> None:
        raise {
            "field": InvalidInput("Regions[1].End", "has two numbers"),
            "image": UnreadableImage("no rows"),
            "package": PackageMissing("the package eyepy is not installed"),
            "missing": NotFound("There is no such thing"),
            "away": Unavailable("Orthanc does not answer"),
            "unforeseen": RuntimeError("Doe^John"),
        }[how]

    return InProcessClient(app)


def test_an_invalid_body_names_the_field_and_never_shows_the_value(client: InProcessClient) -> None:
    answer = client.post("/echo", json={"numbers": [1, "Doe^John"]})
    assert answer.status_code == 422
    assert answer.json()["HttpStatus"] == 422
    assert answer.json()["Details"][0]["loc"] == ["body", "numbers", 1]
    assert "Doe" not in answer.text


def test_at_most_twenty_details_are_told(client: InProcessClient) -> None:
    answer = client.post("/echo", json={"numbers": ["x"] * 100})
    assert len(answer.json()["Details"]) == MAX_DETAILS


def test_a_field_of_the_library_is_named_as_a_path(client: InProcessClient) -> None:
    answer = client.get("/fails/field")
    assert answer.status_code == 422
    assert answer.json()["Details"] == [{"loc": ["body", "Regions", 1, "End"], "msg": "has two numbers"}]


@pytest.mark.parametrize(
    ("how", "status"), [("image", 422), ("package", 501), ("missing", 404), ("away", 503), ("unforeseen", 500)]
)
def test_every_error_has_the_one_shape(client: InProcessClient, how: str, status: int) -> None:
    answer = client.get(f"/fails/{how}")
    assert answer.status_code == status
    assert set(answer.json()) == {"HttpStatus", "HttpError", "Message", "Details"}
    assert answer.json()["HttpStatus"] == status
    assert "Doe" not in answer.text
    assert "Traceback" not in answer.text


def test_a_client_of_a_part_that_is_away_is_told_when_to_come_back(client: InProcessClient) -> None:
    assert client.get("/fails/away").headers["Retry-After"] == "2"


def subclasses(base: type[Exception]) -> Iterator[type[Exception]]:
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def test_every_error_class_of_the_library_and_the_service_is_mapped_to_a_status() -> None:
    for package in (ophtha_core, plugin.service):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                import_module(module.name)
    app = FastAPI()
    install_error_handlers(app)
    mapped = [handled for handled in app.exception_handlers if isinstance(handled, type) and handled is not Exception]
    for error in [*subclasses(OphthaError), *subclasses(ServiceError)]:
        assert any(issubclass(error, handled) for handled in mapped), f"{error.__qualname__} would be a bare 500"
