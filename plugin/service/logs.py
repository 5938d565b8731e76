"""What the service, its readers and its workers write to the log: never a value of an image.

Libraries quote what they cannot parse: a birth date with dashes is in a warning of pydicom, a weight with a comma in
the ValueError of ``float``. A log is read by more people than an archive.
"""

import logging
import traceback
import warnings
from collections.abc import Iterator
from types import TracebackType

_LIBRARIES = ("pydicom", "highdicom", "PIL", "imagecodecs")

_ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Where an exception was raised and of which class it is, without its text."""

    def formatException(self, ei: _ExceptionInfo) -> str:  # noqa: N802  the base class names it
        return "\n".join(_told(error) for error in reversed(list(_chain(ei[1]))))


def start_log() -> None:
    """Write warnings and errors of this process to its standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    keep_values_out()


def keep_values_out() -> None:
    """Silence, in this process, what libraries say of the content they read."""
    warnings.simplefilter("ignore")
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__module__}.{type(error).__qualname__}"
