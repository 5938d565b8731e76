"""Line coverage of every module by the tests of its room: ``make coverage``, ``make coverage ROOMS=ophtha_core/oct``.

What only a whole product reaches counts too: the service's processes are measured as they are started by Orthanc.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
LEAST_PERCENT: Final = 85.0
SEEN_ELSEWHERE: Final[dict[str, str]] = {}
"""Modules below the limit, and why: a run names them, whoever looks at it explains them here or tests them."""
_SETTINGS: Final = "[run]\nsource = {room}\nparallel = true\nsigterm = true\npatch = subprocess\ndata_file = {data}\n"


def rooms() -> list[str]:
    """Folders of modules that have a folder of tests of the same name."""
    folders = [ROOT / "registration", *(ROOT / "ophtha_core").iterdir(), *(ROOT / "plugin" / "service").iterdir()]
    names = [each.relative_to(ROOT).as_posix() for each in folders if (each / "__init__.py").exists()]
    return sorted(each for each in names if (ROOT / "tests" / each).is_dir())


def measured(room: str) -> dict[str, float]:
    """Percent of the lines of each module of a room that its tests run."""
    with tempfile.TemporaryDirectory() as folder:
        settings, report = Path(folder, "settings"), Path(folder, "report.json")
        settings.write_text(_SETTINGS.format(room=room, data=Path(folder, "data")))
        coverage = [sys.executable, "-m", "coverage"]
        known = ["--rcfile", str(settings)]
        environment = {**os.environ, "COVERAGE_PROCESS_START": str(settings)}
        subprocess.run(
            [*coverage, "run", *known, "-m", "pytest", "-q", f"tests/{room}"], cwd=ROOT, env=environment, check=True
        )
        subprocess.run([*coverage, "combine", "-q", *known], cwd=ROOT, check=True)
        subprocess.run([*coverage, "json", "-q", *known, "-o", str(report)], cwd=ROOT, check=True)
        files = json.loads(report.read_text())["files"]
    return {name: each["summary"]["percent_covered"] for name, each in files.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", default=rooms())
    low: dict[str, float] = {}
    for room in parser.parse_args().rooms:
        found = measured(room)
        below = {name: percent for name, percent in found.items() if percent < LEAST_PERCENT}
        sys.stdout.write(f"{room}: {len(found)} modules, least {min(found.values()):.0f} %\n")
        low |= {name: percent for name, percent in below.items() if name not in SEEN_ELSEWHERE}
    for name, percent in sorted(low.items()):
        sys.stdout.write(f"{name}: {percent:.0f} % of the lines, {LEAST_PERCENT:.0f} % are asked for\n")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
