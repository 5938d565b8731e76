"""How many threads may compute."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Matrix products on one thread.

    The order of their sums would depend on the machine otherwise, and on small matrices threads wait for each other.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
