"""What was made lately and may be used again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """The values of the last few keys. Safe to share between threads."""

    def __init__(self, limit: int, *, trusted_s: float) -> None:
        """A value is ``trusted`` for that long after it was kept; then whoever uses it looks whether it holds."""
        self._limit = limit
        self._trusted_s = trusted_s
        self._values: OrderedDict[_Key, tuple[float, _Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key) -> _Value | None:
        with self._lock:
            known = self._values.get(key)
        return None if known is None else known[1]

    def trusted(self, key: _Key) -> _Value | None:
        """The value, if it is so young that nobody needs to look."""
        with self._lock:
            known = self._values.get(key)
        return known[1] if known is not None and time.monotonic() - known[0] < self._trusted_s else None

    def keep(self, key: _Key, value: _Value) -> None:
        with self._lock:
            self._values[key] = time.monotonic(), value
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
