"""Say once, at the end of ``make test``, what was not tested and why: ``python -m tests.skips RESULTS.xml…``."""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path


def reasons(results: Path) -> Iterator[str]:
    """Why each skipped test of one run was skipped, from what pytest wrote with ``--junitxml``."""
    for skipped in ElementTree.parse(results).iter("skipped"):
        yield " ".join(skipped.get("message", "").split())


def summary(results: Iterable[Path]) -> str:
    """Each reason once with its number, the most frequent first."""
    counted = Counter(reason for path in results if path.exists() for reason in reasons(path))
    lines = [f"{number:5}  {reason}" for reason, number in counted.most_common()]
    return "\n".join([f"Skipped: {counted.total()} tests", *lines])


if __name__ == "__main__":
    sys.stdout.write(summary(map(Path, sys.argv[1:])) + "\n")
