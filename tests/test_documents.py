"""What README, CONTRIBUTING and the guides name is there: files, targets, modules, settings, routes, extras."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from plugin.service.config import Settings

ROOT: Final = Path(__file__).parents[1]
DOCUMENTS: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_SPAN: Final = re.compile(r"`([^`\n]+)`")
_LINK: Final = re.compile(r"\]\((?!https?:)([^)#]+)\)")
_CALL: Final = re.compile(r"https?://localhost:\d+(/(?:plugins|api|session|server)/[^\s?'\"]+)")
_FILE: Final = re.compile(r"[\w./-]*\w\.(py|md|toml|lock|tsx?|css)|([\w.-]+/)+[\w.-]*")
_ROUTE: Final = re.compile(r"(?:(GET|POST|PUT|DELETE) )?(/(?:plugins|api|session|server|upload)\b[^\s,]*)")
_ENDPOINT: Final = re.compile(r"(?:get|extract|analyze|compare)_[a-z_]+")
_PLACEHOLDER: Final = re.compile(r"<\w[\w ]*>|\$\w+|\{\w+\}")
_PARTS: Final = ["Context", "Decision", "Consequences"]
_HIDDEN: Final = {"/plugins/ophtha/app", "/plugins/ophtha/docs", "/plugins/ophtha/openapi.json", "/plugins/oct/x"}
"""Routes that the description leaves out: pages, and `/plugins/oct/<endpoint>` as a kind."""
_BEGINNINGS: Final = ("plugin/", "ophtha_core/", "registration/", "tests/", "docs/", "benchmarks/", "requirements/")


@cache
def file_names() -> frozenset[str]:
    """Of every file of the repository, without its folder."""
    left_out = {".git", ".venv", "build", "node_modules", "dist", "__pycache__", "var"}
    found: set[str] = set()
    for _, folders, files in os.walk(ROOT):
        folders[:] = [each for each in folders if each not in left_out]
        found.update(files)
    return frozenset(found)


@cache
def described() -> dict[str, frozenset[str]]:
    """Methods of every path of the API, with `x` in the place of each parameter."""
    golden = json.loads((ROOT / "tests/plugin/service/openapi.json").read_text(encoding="utf-8"))
    found: dict[str, frozenset[str]] = {}
    for path, methods in golden["paths"].items():
        plain = re.sub(r"\{\w+\}", "x", path)
        found[plain] = found.get(plain, frozenset()) | {each.upper() for each in methods}
    return found


def stale(text: str) -> Iterator[str]:
    """What a document names and nobody finds."""
    spans = _SPAN.findall(text)
    routes = [match.groups() for each in spans if (match := _ROUTE.fullmatch(each))]
    routes += [(None, path) for path in _CALL.findall(text)]
    for method, path in routes:
        if not any(_answers(method, each) for each in _expanded(path)):
            yield f"{method or ''} {path}".strip()
    yield from (each for each in spans if not _is_there(each))


def _is_there(span: str) -> bool:
    """Whether something of the repository has this name; what looks like no such name is."""
    if match := re.fullmatch(r"make ([a-z-]+)\b.*", span):
        return re.search(rf"^{match[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M) is not None
    if match := re.match(r"python -m (\S+)", span):
        return find_spec(match[1]) is not None
    if match := re.fullmatch(r"OPHTHA_([A-Z_]+)", span):
        return {match[1].lower(), match[1].removesuffix("_FILE").lower()} & Settings.model_fields.keys() != set()
    if match := re.fullmatch(r"Ophtha\.(\w+)", span):
        return match[1] in {re.sub(r"(^|_)(\w)", lambda part: part[2].upper(), name) for name in Settings.model_fields}
    if match := re.fullmatch(r"ophtha\[(\w+)\]", span):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return match[1] in project.get("optional-dependencies", {})
    if _ENDPOINT.fullmatch(span):
        return f"/plugins/oct/{span}" in described()
    if span.startswith(_BEGINNINGS) and _FILE.fullmatch(span):
        return (ROOT / span).exists()
    if re.fullmatch(r"[\w-]+\.(py|md|toml|lock|tsx?|css)", span):
        return span in file_names()
    return True


def _expanded(path: str) -> Iterator[str]:
    """`/a/{b|c}/<id>` as `/a/b/x` and `/a/c/x`."""
    choices = [each.split("|") for each in re.findall(r"\{([^{}]*\|[^{}]*)\}", path.replace("\\|", "|"))]
    frame = re.sub(r"\{[^{}]*\|[^{}]*\}", "\0", path.replace("\\|", "|"))
    for chosen in product(*choices):
        filled = frame
        for each in chosen:
            filled = filled.replace("\0", each, 1)
        yield _PLACEHOLDER.sub("x", filled).rstrip(".")


def _answers(method: str | None, path: str) -> bool:
    """Whether a path of the API has this form; a parameter of it may stand for what the document names."""
    if path in _HIDDEN or path.startswith("/plugins/ophtha/app/"):
        return True
    for known, methods in described().items():
        form = "/".join("[^/]+" if part == "x" else re.escape(part) for part in known.split("/"))
        if re.fullmatch(form.replace("x\\.", "[^/]+\\."), path) and method in (None, *methods):
            return True
    return False


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_nothing_that_is_not_there(document: Path) -> None:
    assert list(stale(document.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_somewhere(document: Path) -> None:
    links = _LINK.findall(document.read_text(encoding="utf-8"))
    assert [each for each in links if not (document.parent / each).exists()] == []


def test_decisions_are_numbered_without_gaps_and_have_one_form() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [each.name[:4] for each in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for number, each in enumerate(decisions, start=1):
        text = each.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. "), each.name
        parts = [part for part in re.findall(r"^## (.+)$", text, re.M) if part in _PARTS]
        assert parts == _PARTS, each.name


@pytest.mark.parametrize(
    "claim",
    [
        "`make tests`",
        "`python -m benchmarks.nothing`",
        "`OPHTHA_WORKER`",
        "`Ophtha.Worker`",
        "`ophtha[all]`",
        "`get_etdr`",
        "`plugin/service/frames/nowhere.py`",
        "`nowhere.py`",
        "`DELETE /plugins/oct/get_etdrs`",
        "`GET /plugins/oct/{instances|studies}/{id}/geometries`",
        "curl http://localhost:8042/plugins/registrations/",
    ],
)
def test_a_stale_claim_is_seen(claim: str) -> None:
    assert list(stale(claim))
