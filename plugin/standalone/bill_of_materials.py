"""``make sbom``: what the product consists of, as CycloneDX 1.6, and the licence of each part."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from uuid import uuid4

from ophtha_core import __version__

_REPOSITORY = Path(__file__).resolve().parents[2]
_LOCK = _REPOSITORY / "requirements" / "runtime.lock"
_WEB_LOCK = _REPOSITORY / "plugin" / "service" / "ui" / "web" / "package-lock.json"
_LICENCE = "License :: OSI Approved :: "
_LONGEST_NAME = 80
"""Some packages give the whole text of their licence where its name belongs."""


@dataclass(frozen=True)
class Part:
    """A package that is installed or bundled."""

    ecosystem: str
    name: str
    version: str
    licence: str

    def to_json(self) -> dict[str, object]:
        purl = f"pkg:{self.ecosystem}/{self.name.replace('@', '%40')}@{self.version}"
        licences = [{"license": {"name": self.licence}}] if self.licence else []
        return {
            "type": "library",
            "bom-ref": purl,
            "name": self.name,
            "version": self.version,
            "purl": purl,
            "licenses": licences,
        }


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    parts = sorted({*python_parts(), *web_parts()}, key=lambda part: (part.ecosystem, part.name.lower()))
    (folder / "sbom.cdx.json").write_text(json.dumps(bill(parts), indent=2) + "\n", encoding="utf-8")
    lines = [f"{part.name} {part.version}: {part.licence or 'not stated'}\n" for part in parts]
    (folder / "licences.txt").write_text("".join(lines), encoding="utf-8")
    return 0


def bill(parts: list[Part]) -> dict[str, object]:
    """The document."""
    product = {"type": "application", "bom-ref": "ophtha", "name": "ophtha", "version": __version__}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": {**product, "licenses": [{"license": {"id": "Apache-2.0"}}]},
        },
        "components": [part.to_json() for part in parts],
    }


def python_parts() -> Iterator[Part]:
    """What the service imports, of what is locked for this version of Python."""
    for line in _LOCK.read_text(encoding="utf-8").splitlines():
        name = re.match(r"[A-Za-z0-9._-]+", line)
        if name is None:
            continue
        try:
            found = metadata(name[0])
        except PackageNotFoundError:  # of another version of Python
            continue
        yield Part("pypi", found["Name"], found["Version"], _licence(found))


def web_parts() -> Iterator[Part]:
    """What is bundled into the pages."""
    packages = json.loads(_WEB_LOCK.read_text(encoding="utf-8"))["packages"]
    for path, package in packages.items():
        if path and not package.get("dev"):
            yield Part("npm", path.rpartition("node_modules/")[2], package["version"], package.get("license", ""))


def _licence(found: PackageMetadata) -> str:
    stated = next((found[name] for name in ("License-Expression", "License") if name in found), "")
    if stated and len(stated) <= _LONGEST_NAME:
        return stated
    classifiers = found.get_all("Classifier") or []
    named = [each.removeprefix(_LICENCE) for each in classifiers if each.startswith(_LICENCE)]
    return " AND ".join(named) or stated.partition("\n")[0][:_LONGEST_NAME]


if __name__ == "__main__":
    sys.exit(main())
