"""The figures of a run as people read them."""

from collections.abc import Iterator, Mapping

from tests.campaign.figures import Figures

_COLUMNS = (
    "part", "calls", "served", "busy", "jobs", "kills", "failed", "lost", "leaked", "unmasked", "stuck", "errors",
    "p50 ms", "p99 ms", "memory MB",
)  # fmt: skip
_LINES_SHOWN = 20


def report(parts: Mapping[str, Figures]) -> Iterator[str]:
    """The table, then what went wrong, what was not done, and what else is worth a word."""
    yield from table(parts)
    for name, figures in parts.items():
        for heading, lines in (
            ("wrong", list(figures.violations())),
            ("not done", figures.not_done),
            ("note", figures.notes),
        ):
            for line in lines[:_LINES_SHOWN]:
                yield f"{name}: {heading}: {line}"
            if len(lines) > _LINES_SHOWN:
                yield f"{name}: {heading}: and {len(lines) - _LINES_SHOWN} more"


def table(parts: Mapping[str, Figures]) -> Iterator[str]:
    """A Markdown table, a row for each part."""
    yield "| " + " | ".join(_COLUMNS) + " |"
    yield "|" + "---|" * len(_COLUMNS)
    for name, figures in parts.items():
        yield "| " + " | ".join(_row(name, figures)) + " |"


def _row(name: str, figures: Figures) -> Iterator[str]:
    yield name
    for count in ("calls", "served", "busy", "jobs", "kills", "failed", "lost", "leaked", "unmasked", "stuck"):
        yield str(getattr(figures, count))
    yield str(len(figures.errors))
    for share in (0.5, 0.99):
        yield f"{1000 * figures.quantile_s(share):.0f}" if figures.durations_s else "-"
    yield f"{figures.memory_mb:.0f}"
