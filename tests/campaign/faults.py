"""What happens to a hospital's machines, at any moment."""

import random
import shutil
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx
import psutil

from tests.campaign.hospital import Hospital, Plan, clock_missing, is_up, start
from tests.kit.conditions import wait_until
from tests.kit.product import Product

_START_S = 180.0
_DISK_BLOCK = bytes(2**18)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong at one of the products. ``strike`` returns when the blow is over, not its effect."""

    name: str
    strike: Callable[[Hospital, Product, random.Random], None]


def faults_of(plan: Plan) -> list[Fault]:
    """Those that can be done to a hospital."""
    some = [
        Fault("kill a worker", _kill_worker),
        Fault("kill the service", _kill_service),
        Fault("kill Orthanc", _kill_orthanc),
        Fault("restart Orthanc", _restart_orthanc),
        Fault("reset Orthanc", _reset),
        Fault("stop the service", _stop_service),
        Fault("stop a worker", _stop_worker),
    ]
    if plan.disk_mb:
        some.append(Fault("fill the disk", _fill_disk))
    if plan.moves_clock and clock_missing() is None:
        some.append(Fault("move the clock", _move_clock))
    return some


def _kill_worker(_hospital: Hospital, product: Product, chance: random.Random) -> None:
    with suppress(psutil.Error, IndexError):
        chance.choice(product.worker_processes()).kill()


def _kill_service(_hospital: Hospital, product: Product, _chance: random.Random) -> None:
    service = product.service_process()
    with suppress(psutil.Error):
        service.kill()
    psutil.wait_procs([service], timeout=20)


def _kill_orthanc(_hospital: Hospital, product: Product, _chance: random.Random) -> None:
    product.kill()
    start(product)


def _restart_orthanc(_hospital: Hospital, product: Product, _chance: random.Random) -> None:
    product.stop()
    start(product)


def _reset(_hospital: Hospital, product: Product, _chance: random.Random) -> None:
    with suppress(httpx.TransportError):
        product.post("/tools/reset", content=b"")
    wait_until(lambda: is_up(product), what="restart of Orthanc", timeout_s=_START_S)


def _stop_service(_hospital: Hospital, product: Product, chance: random.Random) -> None:
    # Longer than the 30 s after which another service may take its jobs over, or much shorter.
    _stopped(product.service_process(), chance.choice((1.0, 5.0, 40.0)))


def _stop_worker(_hospital: Hospital, product: Product, chance: random.Random) -> None:
    with suppress(psutil.Error, IndexError):
        _stopped(chance.choice(product.worker_processes()), chance.choice((1.0, 5.0)))


def _fill_disk(hospital: Hospital, _product: Product, chance: random.Random) -> None:
    path = hospital.folder / "disk" / "taken"
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while shutil.disk_usage(path).free > 0:
            file.write(_DISK_BLOCK)
    threading.Event().wait(chance.uniform(1.0, 5.0))
    path.unlink()


def _move_clock(hospital: Hospital, _product: Product, chance: random.Random) -> None:
    hospital.move_clock(chance.choice((-86400.0, -600.0, 600.0, 7200.0, 0.0)))


def _stopped(process: psutil.Process, seconds: float) -> None:
    process.send_signal(signal.SIGSTOP)
    try:
        threading.Event().wait(seconds)
    finally:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGCONT)
