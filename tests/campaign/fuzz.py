"""Calls made up from the description of the API, on both ports: right ones, wrong ones, and the objects of others."""

import itertools
import random
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import HypothesisException, NonInteractiveExampleWarning
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.campaign.answers import Answers
from tests.campaign.archive import Exhibit, fill
from tests.campaign.figures import Figures
from tests.campaign.hospital import Hospital, open_hospital
from tests.campaign.options import Options, Part
from tests.kit.annotation_service import ADMIN, AnnotationClient
from tests.kit.conditions import wait_until

_EXAMPLES = 8
"""Of one route at a time, at most: then it is another's turn."""
_SIGNED = ("/api/", "/session/", "/upload")
_OURS = frozenset({"authorization", "connection", "content-length", "host", "x-auth-secret", "x-auth-token"})
"""Headers that are the client's own affair."""
_OWN_OBJECTS = 0.7
"""Share of calls that name something that is there."""


def run(options: Options) -> Iterator[tuple[str, Figures]]:
    """Round after round over every route, until the seconds are over."""
    with open_hospital() as hospital:
        yield Part.FUZZ, against(hospital, seconds=options.seconds_of(Part.FUZZ), seed=options.seed)


def against(hospital: Hospital, *, seconds: float, seed: int, examples: int = _EXAMPLES) -> Figures:
    """Half the seconds at Orthanc's port, half at the API port."""
    figures = Figures()
    answers = Answers(figures)
    exhibits = fill(hospital, seed=seed)
    product = hospital.products[0]
    with (
        product.client() as orthanc,
        AnnotationClient(product.url, ADMIN) as signing,
        hospital.annotator() as annotator,
    ):
        description = orthanc.get("/plugins/ophtha/openapi.json").json()
        for client, signer in ((orthanc, signing), (annotator, annotator)):
            fuzz = _Fuzz(client, signer, answers, exhibits, random.Random(seed), examples)
            tried, rounds = fuzz.go_on(description, until=time.monotonic() + seconds / 2, seed=seed)
            figures.notes.append(f"{client.base_url}: {tried} calls to routes, {rounds} whole rounds")
            figures.memory_mb = max(figures.memory_mb, hospital.memory_mb())
        wait_until(lambda: hospital.answers(), what="the service", timeout_s=60)
        answers.ask(orthanc, "GET", "/system")
    return figures


class _Fuzz:
    """Made-up calls at one port; ``signer`` makes those that nobody answers without a signature."""

    def __init__(
        self,
        client: httpx.Client,
        signer: httpx.Client,
        answers: Answers,
        exhibits: list[Exhibit],
        chance: random.Random,
        examples: int,
    ) -> None:
        self._client = client
        self._signer = signer
        self._answers = answers
        self._exhibits = exhibits
        self._chance = chance
        self._examples = examples

    def go_on(self, description: Mapping[str, Any], *, until: float, seed: int) -> tuple[int, int]:
        """Operations called, and rounds over all of them."""
        schema = schemathesis.openapi.from_dict(dict(description))
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        self._chance.shuffle(operations)
        called = 0
        for number in itertools.count():
            for operation in operations:
                if time.monotonic() > until:
                    return called, number
                for mode in GenerationMode:
                    # Every route once before any route often.
                    self._call(
                        operation.as_strategy(generation_mode=mode), min(2**number, self._examples), seed + number
                    )
                called += 1
        raise AssertionError("counting does not end")

    def _call(self, strategy: Any, examples: int, seed: int) -> None:
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(strategy)
        def call(case: Any) -> None:
            self._send(case)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NonInteractiveExampleWarning)
            try:
                call()
            except HypothesisException:  # a description that allows nothing wrong (or nothing at all)
                return

    def _send(self, case: Any) -> None:
        if self._chance.random() < _OWN_OBJECTS:
            self._name_what_is_there(case)
        client = self._signer if case.path.startswith(_SIGNED) else self._client
        given = case.as_transport_kwargs(base_url=str(client.base_url).rstrip("/"))
        given.pop("cookies")
        given["headers"] = {name: value for name, value in given["headers"].items() if name.lower() not in _OURS}
        if isinstance(given.get("data"), bytes | str):
            given["content"] = given.pop("data")
        try:
            request = client.build_request(**given)
        except (ValueError, TypeError, httpx.InvalidURL):  # not to be said in HTTP
            return
        self._answers.send(client, request)

    def _name_what_is_there(self, case: Any) -> None:
        objects = self._chance.choice(self._exhibits).objects
        segments = case.path.split("/")
        for before, segment in itertools.pairwise(segments):
            name = segment.partition("}")[0].removeprefix("{")
            if segment.startswith("{") and before in objects and name in case.path_parameters:
                case.path_parameters[name] = objects[before]
