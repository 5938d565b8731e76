"""What has been published against Orthanc, and in which version it is mended: a table with a date.

Sources: CVE-2023-33466 (NVD; DSA-5473-1 of Debian), VU#536588 of CERT/CC of 9 April 2026 (CVE-2026-5437 to 5445).
A distribution mends without taking over a new version: where the table does not know its package, the upstream version
decides, and what a newer package says wins.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

AS_OF = date(2026, 11, 30)


@dataclass(frozen=True)
class Vulnerability:
    """``mended_in`` is the version of Orthanc, ``mended_packages`` those of distributions, by upstream version."""

    name: str
    what: str
    mended_in: str
    mended_packages: tuple[str, ...] = ()


PUBLISHED = (
    Vulnerability(
        "CVE-2023-33466",
        "users of the REST API overwrite any file, and with it the configuration",
        "1.12.0",
        mended_packages=("1.9.2+really1.9.1+dfsg-1+deb11u1", "1.10.1+dfsg-2+deb12u1"),
    ),
    Vulnerability(
        "CVE-2026-5437 to CVE-2026-5445",
        "hostile files and requests exhaust memory, end the server or write beyond buffers",
        "1.12.11",
    ),
)


def known_against(version: str) -> Iterator[Vulnerability]:
    """What is not mended in a package of this version."""
    upstream = _parts(version.partition(":")[2] or version)
    for each in PUBLISHED:
        if upstream < _parts(each.mended_in) and not any(
            _is_mended(version, package) for package in each.mended_packages
        ):
            yield each


def _is_mended(version: str, package: str) -> bool:
    """Whether this is that package of a distribution, or a later one of the same upstream version."""
    same_upstream = version.partition("+")[0].rpartition(":")[2] == package.partition("+")[0]
    return same_upstream and _numbers(version.partition("+")[2]) >= _numbers(package.partition("+")[2])


def _parts(version: str) -> tuple[int, ...]:
    """The upstream version: what stands before the distribution's own part."""
    return _numbers(re.split(r"[-+~]", version)[0])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", text))
