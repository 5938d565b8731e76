"""``python -m plugin.service check FOLDER``: is the audit log whole, and what is known against this Orthanc."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from plugin.service.audit_chain import verify
from plugin.service.vulnerabilities import AS_OF, known_against

_PACKAGE = "orthanc"


def check_installation(storage: Path) -> int:
    """1 when something is wrong, with a line for each."""
    log = storage / "audit.jsonl"
    if not log.exists():
        sys.stdout.write(f"There is no audit log in {storage}\n")
        return 1
    broken = [f"{each.file}, line {each.line}: {each.reason}" for each in verify(log)]
    findings = [*broken, *_vulnerabilities(installed_version())]
    sys.stdout.writelines(f"{each}\n" for each in findings)
    if not broken:
        sys.stdout.write("The audit log is whole\n")
    return 1 if findings else 0


def installed_version() -> str | None:
    """Of the package of Orthanc, which tells what a distribution has mended; None where it is no package."""
    question = ["dpkg-query", "--show", "--showformat=${Version}", _PACKAGE]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def _vulnerabilities(version: str | None) -> Iterator[str]:
    if version is None:
        sys.stdout.write("Orthanc is no package of this machine: compare its version yourself\n")
        return
    for each in known_against(version):
        yield f"Orthanc {version}: {each.name}, {each.what}; mended in {each.mended_in} (as of {AS_OF:%d %B %Y})"
