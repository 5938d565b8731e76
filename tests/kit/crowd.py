"""Many clients at once, each asking something else, while somebody watches whether Orthanc still answers."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from ophtha_core.phantoms.slide import SlidePhantom, slide_files
from tests.kit.masked import file_of
from tests.kit.product import Product

_MASK = {"Regions": [{"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [8, 8]}]}
_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Call:
    """A request."""

    method: str
    path: str
    body: object = None


@dataclass(frozen=True)
class Archive:
    """What lies in Orthanc; Orthanc's identifiers."""

    study: str
    series: str
    instance: str
    slide: str

    @classmethod
    def fill(cls, product: Product) -> "Archive":
        instance = product.upload(map(file_of, head_ct(HeadCt(pixels=32, slices=4, slice_spacing_mm=30))))[0]
        tile = product.upload(map(file_of, slide_files(SlidePhantom())))[0]
        series = product.get(f"/instances/{instance}").json()["ParentSeries"]
        return cls(
            study=product.get(f"/instances/{instance}/study").json()["ID"],
            series=series,
            instance=instance,
            slide=product.get(f"/instances/{tile}").json()["ParentSeries"],
        )

    def calls(self) -> list[Call]:
        """One of every kind of route."""
        mask = f"/plugins/pixels-masker/studies/{self.study}/modify"
        frame = f"/plugins/ophtha/instances/{self.instance}/frames/0"
        return [
            Call("POST", mask, {"MaskPixelData": _MASK}),
            Call("POST", mask, {"MaskPixelData": _MASK, "Asynchronous": True}),
            Call("POST", f"/plugins/pixels-masker/instances/{self.instance}/anonymize", {"MaskPixelData": _MASK}),
            Call("POST", f"/plugins/pixels-masker/series/{self.series}/hits", {"MaskPixelData": _MASK}),
            Call("GET", f"{frame}/image"),
            Call("GET", f"/plugins/ophtha/series/{self.series}/frames"),
            Call("GET", f"/plugins/ophtha/series/{self.series}"),
            Call("GET", f"/plugins/ophtha/series/{self.slide}/slide"),
            Call("GET", f"/plugins/ophtha/series/{self.slide}/slide/tiles/0/0/0"),
            Call("POST", "/plugins/ophtha/studies/find", {}),
            Call("GET", "/plugins/ophtha/status"),
            Call("GET", "/jobs?expand"),
        ]


@dataclass
class Outcome:
    """What came of the calls."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often a path was answered with a status."""
    failures: list[str] = field(default_factory=list)
    """Calls that were not answered at all."""

    def statuses(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for (_, status), times in self.answers.items():
            found[status] += times
        return found


@contextmanager
def crowd(product: Product, calls: Sequence[Call], *, clients: int) -> Iterator[Outcome]:
    """So many clients who ask again and again, each a kind of its own, as long as the context lasts."""
    outcome = Outcome()
    over = threading.Event()
    threads = [
        threading.Thread(target=_ask, args=(product, calls[number % len(calls)], outcome, over), daemon=True)
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield outcome
    finally:
        over.set()
        for thread in threads:
            thread.join(_TIMEOUT_S)


def ask(product: Product, call: Call, *, timeout_s: float = _TIMEOUT_S) -> int:
    """Status of an answer, over a connection of its own. Raises OSError, HTTPException."""
    connection = http.client.HTTPConnection("localhost", product.port, timeout=timeout_s)
    try:
        body = None if call.body is None else json.dumps(call.body)
        connection.request(call.method, call.path, body, headers={"Connection": "close"})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _ask(product: Product, call: Call, outcome: Outcome, over: threading.Event) -> None:
    while not over.is_set():
        try:
            status = ask(product, call)
        except (OSError, http.client.HTTPException) as error:
            outcome.failures.append(f"{call.method} {call.path}: {type(error).__name__}")
            over.wait(0.5)
            continue
        outcome.answers[call.path, status] += 1
        if status != http.HTTPStatus.OK:
            over.wait(0.5)  # as the answer asks, if not as long


def seconds_of(product: Product, call: Call, *, times: int) -> list[float]:
    """How long a call took, each time."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        ask(product, call)
        taken.append(time.perf_counter() - begun)
    return taken
