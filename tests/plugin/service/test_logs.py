import io
import logging

import pytest

from plugin.service.logs import DiscreetFormatter


@pytest.fixture
def log():
    """A logger and what it has written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(DiscreetFormatter("%(levelname)s %(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, written


def test_the_log_tells_where_and_what_but_no_value(log):
    logger, written = log
    try:
        try:
            float("1,75 of Doe^Jane")
        except ValueError as error:
            raise LookupError("Doe^Jane") from error
    except LookupError:
        logger.exception("a request failed")
    text = written.getvalue()
    assert text.startswith("ERROR a request failed\nTraceback")
    assert "test_logs.py" in text
    assert text.index("builtins.ValueError") < text.index("builtins.LookupError")
    assert 'float("1,75' in text  # the line of this file
    assert "could not convert" not in text
    assert "LookupError: " not in text


def test_a_hidden_context_stays_hidden(log):
    logger, written = log
    try:
        try:
            raise KeyError("secret")
        except KeyError:
            raise LookupError from None
    except LookupError:
        logger.exception("failed")
    assert "KeyError" not in written.getvalue().replace('raise KeyError("secret")', "")
