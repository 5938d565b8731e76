"""How long Orthanc takes to answer ``/system`` amid a crowd on our routes, and amid the same crowd on stock routes.

    PYTHONPATH=. .venv/bin/python benchmarks/crowd.py [--threads 50] [--clients 200] [--seconds 10]

The goal: p99 at most twice that of the stock routes. Both crowds take turns, so that other work on the machine hits
either; the load is printed with them.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.kit.crowd import Archive, Call, crowd, seconds_of
from tests.kit.product import Product

TURNS = 3
SYSTEM = Call("GET", "/system")


def stock_calls(archive: Archive) -> list[Call]:
    """What the core has for what our routes do."""
    copied = {"Replace": {"StudyDescription": "copy"}}
    study, series, instance = f"/studies/{archive.study}", f"/series/{archive.series}", f"/instances/{archive.instance}"
    return [
        Call("POST", f"{study}/modify", copied),
        Call("POST", f"{study}/modify", {**copied, "Asynchronous": True}),
        Call("POST", f"{instance}/modify", copied),
        Call("GET", f"{series}/instances-tags?simplify"),
        Call("GET", f"{instance}/preview"),
        Call("GET", f"{series}/instances"),
        Call("GET", series),
        Call("GET", f"/series/{archive.slide}"),
        Call("GET", f"{instance}/file"),
        Call("GET", "/studies?expand"),
        Call("GET", "/system"),
        Call("GET", "/jobs?expand"),
    ]


def measure(
    product: Product, calls: Sequence[Call], *, clients: int, seconds: float
) -> tuple[list[float], Counter[int]]:
    """Seconds of each ``/system`` amid the crowd, and what the crowd was answered."""
    with crowd(product, calls, clients=clients) as outcome:
        ends_at = time.monotonic() + seconds
        taken: list[float] = []
        while time.monotonic() < ends_at:
            taken += seconds_of(product, SYSTEM, times=1)
            time.sleep(0.01)
    return taken, outcome.statuses()


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=50)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    wish = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Product(Path(folder) / "product", orthanc={"HttpThreadsCount": wish.threads}) as product,
    ):
        product.wait_for_workers()
        archive = Archive.fill(product)
        taken: dict[str, list[float]] = {"stock": [], "ours": []}
        answered: dict[str, Counter[int]] = {"stock": Counter(), "ours": Counter()}
        for _ in range(TURNS):
            for name, calls in (("stock", stock_calls(archive)), ("ours", archive.calls())):
                seconds, statuses = measure(product, calls, clients=wish.clients, seconds=wish.seconds)
                taken[name] += seconds
                answered[name] += statuses
                product.get("/system")
        for name, seconds in taken.items():
            p50, p99 = (percentile(seconds, share) * 1e3 for share in (0.5, 0.99))
            print(f"{name:6} /system p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  of {len(seconds)}; {dict(answered[name])}")
        ratio = percentile(taken["ours"], 0.99) / percentile(taken["stock"], 0.99)
        print(f"ours / stock p99: {ratio:.2f}   load {os.getloadavg()[0]:.1f}, {wish.threads} threads")


if __name__ == "__main__":
    main()
