"""Nothing of the product is there for its tests alone."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("plugin", "ophtha_core", "registration")
PHANTOMS: Final = ("ophtha_core", "phantoms")
CALLED_BY_OTHERS: Final = frozenset({"capture_signals", "formatException", "send_400_response", "writable"})
"""Methods that a base class of the standard library or of uvicorn calls."""
READERS: Final = {
    "canonical_cube": "pixels of a volume in the frame of its maps",
    "canonical_en_face": "the fundus as the volume shows it",
    "declarations": "the other half of a route's declaration",
    "features_of_collection": "reads what an export wrote",
    "find_image_text": "of the library",
    "from_canonical": "inverse of to_canonical",
    "networks_version": "of the library",
    "read_measurements": "reads what a report stored",
    "read_pyramid": "the plane of a slide that has one",
}
"""What whoever uses the libraries needs to read back what they wrote. The list only gets shorter."""


@cache
def sources() -> dict[Path, str]:
    files = (
        file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if "node_modules" not in file.parts
    )
    return {file: file.read_text(encoding="utf-8") for file in files if "versions" not in file.parts}


def defined(text: str) -> Iterator[str]:
    """Names of functions, methods and classes; those with a decorator that registers them are called by it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            registered = any(re.search(r"\.|validator", ast.unparse(each)) for each in node.decorator_list)
            if not node.name.startswith("__") and not registered:
                yield node.name


def uncalled(texts: dict[Path, str]) -> set[str]:
    """Names that occur nowhere but where they are defined."""
    words = Counter(word for text in texts.values() for word in re.findall(r"[A-Za-z_]\w*", text))
    return {
        name
        for file, text in texts.items()
        if file.relative_to(ROOT).parts[:2] != PHANTOMS
        for name in defined(text)
        if words[name] == 1
    }


def test_every_function_and_class_is_used_by_the_product() -> None:
    assert uncalled(sources()) - CALLED_BY_OTHERS - READERS.keys() == set()


def test_a_function_that_nobody_calls_is_seen() -> None:
    planted = {**sources(), ROOT / "plugin" / "planted.py": "def nobody_calls_this() -> None: ..."}
    assert "nobody_calls_this" in uncalled(planted)
