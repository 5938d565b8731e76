"""Jobs of every kind while machines die, and the books balanced after each round."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx
import psutil

from tests.campaign.answers import Answers
from tests.campaign.faults import Fault, faults_of
from tests.campaign.figures import Figures
from tests.campaign.hospital import Hospital, Plan, Records, clock_missing, open_hospital, start
from tests.campaign.options import Options, Part
from tests.campaign.orders import ExportOrder, MaskingOrder, Order, RegistrationOrder
from tests.campaign.orders.order import JobView
from tests.kit.conditions import wait_until

PLANS = (
    Plan(moves_clock=True),
    Plan(records=Records.POSTGRESQL, moves_clock=True),
    Plan(services=2),
    Plan(services=2, records=Records.POSTGRESQL, moves_clock=True),
    Plan(disk_mb=420),
)
_STUCK_AFTER_S = 180.0
"""A job that shows no change for so long does not go on by itself."""
_ROUND_S = 1800.0
_LATE_S = 150.0
"""A stopped service that goes on may still store what its lease allowed; it is swept by then."""
_SWEPT_AFTER_S = 60.0
_FINAL = ("Success", "Failure")


def run(options: Options) -> Iterator[tuple[str, Figures]]:
    """Every hospital for its share of the seconds."""
    for number, plan in enumerate(PLANS):
        figures = Figures()
        why = plan.missing()
        if why is None:
            try:
                at(plan, figures, seconds=options.seconds_of(Part.CHAOS) / len(PLANS), seed=options.seed + number)
            except (AssertionError, httpx.HTTPError, psutil.Error) as error:  # the other hospitals are still to be seen
                figures.errors.append(f"it could not go on: {error}")
        else:
            figures.not_done.append(why)
        yield f"{Part.CHAOS}, {plan}", figures


def at(plan: Plan, figures: Figures, *, seconds: float, seed: int, faults: Sequence[Fault] | None = None) -> None:
    """Rounds at one hospital until the seconds are over, one at least."""
    if plan.moves_clock and clock_missing():
        figures.not_done.append(f"clock jumps: {clock_missing()}")
    struck: Counter[str] = Counter()
    with open_hospital(plan) as hospital:
        campaign = Chaos(
            hospital, figures, random.Random(seed), list(faults if faults is not None else faults_of(plan)), struck
        )
        deadline = time.monotonic() + seconds
        rounds = 0
        while rounds == 0 or (time.monotonic() < deadline and not figures.stuck):
            campaign.round(rounds)
            rounds += 1
        _stop(hospital, figures, orthanc_was_killed=bool(struck["kill Orthanc"]))
    blows = ", ".join(f"{name} {count}" for name, count in sorted(struck.items()))
    figures.notes.append(f"{rounds} rounds; {blows}")


@dataclass
class Chaos:
    """One hospital under fire."""

    hospital: Hospital
    figures: Figures
    chance: random.Random
    faults: list[Fault]
    struck: Counter[str]

    def round(self, number: int) -> None:
        """Give orders, strike, wait for the end of everything, and look whether all is as planned."""
        answers = Answers(self.figures)
        self.hospital.move_clock(0)  # signatures are dated
        orders = list(self._orders(number))
        self.figures.jobs += len(orders)
        with _watched(self.hospital, answers):
            for fault in self.chance.sample(self.faults, min(2, len(self.faults))):
                threading.Event().wait(self.chance.uniform(0.0, 1.5))
                with answers.disturbed():
                    fault.strike(self.hospital, self.chance.choice(self.hospital.products), self.chance)
                    self.struck[fault.name] += 1
                    self.figures.kills += 1
                    if fault.name == "fill the disk":
                        for order in orders:
                            order.may_fail = True
            with answers.disturbed():
                self._balance(orders)
        self._clear()

    def _orders(self, number: int) -> Iterator[Order]:
        products = self.hospital.products
        for keep_source in (False, True):
            yield MaskingOrder.give(
                self.chance.choice(products),
                name=f"{number} {keep_source}",
                count=30,
                keep_source=keep_source,
                seed=number,
            )
        yield RegistrationOrder.give(self.chance.choice(products), name=f"{number} registration")
        place = self.chance.randrange(len(products))
        annotator = self.hospital.annotator(place)
        yield ExportOrder.give(products[place], annotator, name=f"{number} export", annotations=200)

    def _balance(self, orders: list[Order]) -> None:
        views = self._views(orders)
        planned: set[str] = set()
        product = self.hospital.products[0]
        for order, view in zip(orders, views, strict=True):
            if view is None:
                self.figures.stuck += 1
                continue
            outcome = order.outcome(product, view)
            planned |= outcome.planned
            self.figures.lost += outcome.missing
            self.figures.unmasked += len(outcome.unmasked)
            self.figures.errors.extend(f"{view['Type']}: {fault}" for fault in outcome.faults)
            if view["State"] == "Failure" and not order.may_fail:
                self.figures.failed += 1
                self.figures.notes.append(f"{view['Type']} failed: {view['ErrorDetails']}")
        if None not in views:
            with suppress(AssertionError):
                wait_until(lambda: self.hospital.instances() == planned, what="balance", timeout_s=_LATE_S)
            there = self.hospital.instances()
            self.figures.lost += len(planned - there)
            self.figures.leaked += len(there - planned)

    def _views(self, orders: list[Order]) -> list[JobView | None]:
        """The last view of each job; None of one that does not end."""
        seen: dict[str, JobView] = {}
        changed = time.monotonic()

        def ended_or_stuck() -> bool:
            nonlocal changed
            for order in orders:
                view = _view(self.hospital, order.job)
                if view is not None and _stage(view) != _stage(seen.get(order.job, {})):
                    seen[order.job] = view
                    changed = time.monotonic()
            self.figures.memory_mb = max(self.figures.memory_mb, self.hospital.memory_mb())
            ended = len(seen) == len(orders) and all(view["State"] in _FINAL for view in seen.values())
            return (ended and self.hospital.answers()) or time.monotonic() - changed > _STUCK_AFTER_S

        wait_until(ended_or_stuck, what="end of jobs", timeout_s=_ROUND_S)
        for view in seen.values():
            if view["State"] not in _FINAL:
                self.figures.notes.append(f"stuck: {view['Type']}, {view['State']}, {view['Progress']} %")
        views = [seen.get(order.job) for order in orders]
        return [view if view is not None and view["State"] in _FINAL else None for view in views]

    def _clear(self) -> None:
        with suppress(httpx.HTTPStatusError):
            self.hospital.products[0].clear()


def _stage(view: JobView) -> tuple[object, object]:
    return view.get("State"), view.get("Progress")


def _view(hospital: Hospital, job: str) -> JobView | None:
    with suppress(httpx.TransportError):
        answer = hospital.products[0].get(f"/jobs/{job}")
        if answer.status_code == 200:
            view: JobView = answer.json()
            return view
    return None


@contextmanager
def _watched(hospital: Hospital, answers: Answers) -> Iterator[None]:
    """Somebody asks every Orthanc all the while."""
    over = threading.Event()

    def ask() -> None:
        with httpx.Client() as client:
            while not over.wait(0.2):
                for product in hospital.products:
                    answers.ask(client, "GET", f"{product.url}/system")

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield
    finally:
        over.set()
        asker.join()


def _stop(hospital: Hospital, figures: Figures, *, orthanc_was_killed: bool) -> None:
    """End the products and compare the folder with the index."""
    if hospital.left_behind():  # what died with a service is swept when one starts
        hospital.products[0].stop()
        start(hospital.products[0])
        with suppress(AssertionError):
            wait_until(lambda: not hospital.left_behind(), what="sweeping", timeout_s=_SWEPT_AFTER_S)
    for product in hospital.products:
        product.stop()
    files, indexed = hospital.files(), hospital.indexed_files()
    figures.lost += len(indexed - files)
    if orthanc_was_killed:  # Orthanc writes a file before it writes its index
        figures.notes.append(f"{len(files - indexed)} files that Orthanc had written and not yet indexed when killed")
    else:
        figures.leaked += len(files - indexed)
    remains = hospital.left_behind()
    figures.leaked += len(remains)
    figures.notes.extend(f"left behind: {path}" for path in sorted(remains)[:5])
