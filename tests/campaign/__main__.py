"""``python -m tests.campaign --parts "fuzz chaos" --seconds 120 --seed 7``; ends with 1 when something was wrong."""

import os
import signal
import sys
from collections.abc import Callable, Iterator

from tests.campaign import chaos, files, fuzz, soak
from tests.campaign.figures import Figures
from tests.campaign.options import Options, Part, read_options
from tests.campaign.report import report, table
from tests.kit.product import orthanc_missing

_RUNS: dict[Part, Callable[[Options], Iterator[tuple[str, Figures]]]] = {
    Part.FUZZ: fuzz.run,
    Part.FILES: files.run,
    Part.CHAOS: chaos.run,
    Part.SOAK: soak.run,
}


def main() -> int:
    options = read_options(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it leaves no process behind either
    missing = orthanc_missing()
    if missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    if os.geteuid() != 0:
        sys.stdout.write("Without root: no small disk is mounted, so no disk is filled.\n")
    parts: dict[str, Figures] = {}
    for part in options.parts:
        _say(f"{part}: {options.seconds_of(part):.0f} s, seed {options.seed}")
        for name, figures in _RUNS[part](options):
            parts[name] = figures
            for line in report({name: figures}):
                _say(line)
    if len(parts) > 1:
        for line in table(parts):
            _say(line)
    return 1 if any(list(figures.violations()) for figures in parts.values()) else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
