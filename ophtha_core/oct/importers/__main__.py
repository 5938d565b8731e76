"""``python -m ophtha_core.oct.importers FILE``: the JSON request on standard output."""

import json
import sys
from pathlib import Path

from ophtha_core.errors import OphthaError
from ophtha_core.oct.importers.heyex import read_heyex
from ophtha_core.oct.importers.iowa import read_iowa_surfaces
from ophtha_core.oct.importers.surfaces import ImportedScan


def read_any(path: Path) -> ImportedScan:
    """By content: surfaces of the Iowa Reference Algorithms, else a HEYEX export."""
    if path.is_file() and path.suffix.lower() == ".xml" and b"<surfaces>" in path.read_bytes()[:4096]:
        return read_iowa_surfaces(path)
    return read_heyex(path)


def main() -> int:
    """Exit status 2 and one line on standard error where the file cannot be imported."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m ophtha_core.oct.importers FILE\n")
        return 2
    try:
        request = read_any(Path(sys.argv[1])).layer_request()
    except OphthaError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    json.dump(request, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
