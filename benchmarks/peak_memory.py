"""How much memory a running product takes at most."""

import threading

from tests.kit.product import Product


class PeakMemory(threading.Thread):
    """Most memory that Orthanc, the service and the workers had together, shared pages counted once."""

    def __init__(self, product: Product, *, every_s: float = 0.05) -> None:
        super().__init__(daemon=True)
        service = product.service_process()
        orthanc = service.parent()
        assert orthanc is not None
        self._processes = [orthanc, *orthanc.children(recursive=True)]
        self._every_s = every_s
        self._ended = threading.Event()
        self.megabytes = 0.0

    def run(self) -> None:
        while not self._ended.wait(self._every_s):
            total = sum(each.memory_full_info().pss for each in self._processes if each.is_running())
            self.megabytes = max(self.megabytes, total / 2**20)

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def __enter__(self) -> "PeakMemory":
        self.start()
        return self
