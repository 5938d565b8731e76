"""The corpus is large, always the same, and reaches every route that reads files."""

import itertools

import pytest

from tests.campaign.hostile import HostileFile, hostile_files
from tests.campaign.routes import IMAGES, LEVELS, readings, unknown_places
from tests.plugin.service.test_openapi import app


@pytest.fixture(scope="module")
def corpus() -> list[HostileFile]:
    return list(hostile_files(seed=1))


def test_the_corpus_is_large_and_no_file_is_there_twice(corpus: list[HostileFile]) -> None:
    assert len(corpus) >= 400
    assert len({file.name for file in corpus}) == len(corpus)
    assert len({file.content for file in corpus}) == len(corpus)


def test_a_seed_makes_the_same_files_again(corpus: list[HostileFile]) -> None:
    some = itertools.islice(hostile_files(seed=1), 50)
    assert all(made == known for made, known in zip(some, corpus, strict=False))


def test_every_place_in_a_path_is_filled_by_a_file_or_known_to_be_something_else() -> None:
    assert unknown_places(app().openapi()) == set(), "add the word before the place to tests/campaign/routes.py"


def test_routes_are_asked_at_every_level() -> None:
    objects = {word: f"the-{word}" for word in (*LEVELS, *IMAGES, "annotation", "userannotation", "project")}
    asked = [reading.path for reading in readings(app().openapi(), objects)]
    for word in objects:
        assert any(f"the-{word}" in path for path in asked), word
    assert "/plugins/oct/series/the-series/geometry" in asked
    assert not [path for path in asked if "{" in path]
