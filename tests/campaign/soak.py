"""Mixed clients, all at once, for as long as it takes."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.campaign.answers import Answers
from tests.campaign.archive import Exhibit, fill
from tests.campaign.clients import TURNS, Clients
from tests.campaign.figures import Figures
from tests.campaign.hospital import Hospital, open_hospital
from tests.campaign.options import Options, Part
from tests.kit.conditions import wait_until

_CLIENTS = 32
_MEMORY_LIMIT_MB = 4096.0


def run(options: Options) -> Iterator[tuple[str, Figures]]:
    """32 clients at one product."""
    with open_hospital() as hospital:
        yield Part.SOAK, against(hospital, seconds=options.seconds_of(Part.SOAK), seed=options.seed)


def against(hospital: Hospital, *, seconds: float, seed: int, clients: int = _CLIENTS) -> Figures:
    """Each client takes turn after turn of one kind."""
    figures = Figures()
    answers = Answers(figures)
    exhibits = {each.kind: each for each in fill(hospital, seed=seed)}
    before = hospital.instances()
    service = hospital.products[0].service_process()
    figures.memory_mb = first_mb = hospital.memory_mb()
    until = time.monotonic() + seconds
    over = threading.Event()
    meter = threading.Thread(target=lambda: _measure(hospital, figures, over))
    meter.start()
    try:
        with ThreadPoolExecutor(clients) as pool:
            for failed in pool.map(
                lambda number: _work(hospital, answers, exhibits, number=number, until=until, seed=seed),
                range(clients),
            ):
                assert failed is None
    finally:
        over.set()
        meter.join()
    if not service.is_running():
        figures.errors.append("the service ended")
    wait_until(hospital.answers, what="the service", timeout_s=60)
    after = hospital.instances()
    figures.lost += len(before - after)
    figures.leaked += len(after - before)
    last_mb = hospital.memory_mb()
    figures.notes.append(f"{clients} clients; memory {first_mb:.0f} MB before, {last_mb:.0f} MB after")
    if figures.memory_mb > _MEMORY_LIMIT_MB:
        figures.errors.append(f"the service and its workers took {figures.memory_mb:.0f} MB")
    return figures


def _work(
    hospital: Hospital, answers: Answers, exhibits: dict[str, Exhibit], *, number: int, until: float, seed: int
) -> None:
    with hospital.products[0].client() as orthanc, hospital.annotator() as annotator:
        clients = Clients(orthanc, annotator, answers, exhibits, random.Random(seed * 1000 + number))
        turn = TURNS[number % len(TURNS)]
        while time.monotonic() < until:
            turn(clients)


def _measure(hospital: Hospital, figures: Figures, over: threading.Event) -> None:
    while not over.wait(2.0):
        figures.memory_mb = max(figures.memory_mb, hospital.memory_mb())
