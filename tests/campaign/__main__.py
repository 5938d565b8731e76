"""``python -m tests.campaign --parts "fuzz chaos" --seconds 120 --seed 7``; ends with 1 when something was wrong."""

import os
import sys
from collections.abc import Callable

from tests.campaign import chaos, files, fuzz, soak
from tests.campaign.figures import Figures
from tests.campaign.options import Options, Part, read_options
from tests.campaign.report import report
from tests.kit.product import orthanc_missing

_RUNS: dict[Part, Callable[[Options], Figures]] = {
    Part.FUZZ: fuzz.run,
    Part.FILES: files.run,
    Part.CHAOS: chaos.run,
    Part.SOAK: soak.run,
}


def main() -> int:
    options = read_options(sys.argv[1:])
    missing = orthanc_missing()
    if missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    if os.geteuid() != 0:
        sys.stdout.write("Without root: no small disk is mounted, so no disk is filled.\n")
    parts: dict[str, Figures] = {}
    for part in options.parts:
        sys.stdout.write(f"{part}, {options.seconds_of(part):.0f} s at most, seed {options.seed}\n")
        sys.stdout.flush()
        parts[part] = _RUNS[part](options)
    sys.stdout.writelines(f"{line}\n" for line in report(parts))
    return 1 if any(list(figures.violations()) for figures in parts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
