"""How much memory a running product takes at most."""

import threading

import psutil

from tests.kit.product import Product


class PeakMemory(threading.Thread):
    """Most memory that Orthanc, the service and the workers had together, shared pages counted once.

    ``added_megabytes`` is the most that the service and the workers had: what the product adds to an Orthanc.
    """

    def __init__(self, product: Product, *, every_s: float = 0.05) -> None:
        super().__init__(daemon=True)
        service = product.service_process()
        orthanc = service.parent()
        assert orthanc is not None
        self._orthanc = orthanc
        self._added = orthanc.children(recursive=True)
        self._every_s = every_s
        self._ended = threading.Event()
        self.megabytes = 0.0
        self.added_megabytes = 0.0

    def run(self) -> None:
        while not self._ended.wait(self._every_s):
            added = sum(_megabytes(each) for each in self._added)
            self.added_megabytes = max(self.added_megabytes, added)
            self.megabytes = max(self.megabytes, added + _megabytes(self._orthanc))

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def __enter__(self) -> "PeakMemory":
        self.start()
        return self


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss / 2**20) if process.is_running() else 0.0
