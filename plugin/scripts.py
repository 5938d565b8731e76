"""Loads the administrator's own Python scripts beside the product: Orthanc itself loads one."""

import json
import sys
from collections.abc import Iterable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_VARIABLE = "OPHTHA_SCRIPTS"


class UnusableScript(Exception):
    """A script that cannot be loaded; the text names it."""


def scripts_of(configuration: Mapping[str, object], environment: Mapping[str, str], folder: Path) -> list[Path]:
    """The setting ``Scripts`` or ``OPHTHA_SCRIPTS``; relative paths start from ``folder``. Raises UnusableScript."""
    section = configuration.get("Ophtha", {})
    named = section.get("Scripts", []) if isinstance(section, dict) else []
    if _VARIABLE in environment:
        try:
            named = json.loads(environment[_VARIABLE])
        except json.JSONDecodeError:
            raise UnusableScript(f"{_VARIABLE} is no valid JSON") from None
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise UnusableScript('Ophtha.Scripts: give a list of paths, such as ["/etc/orthanc/automation.py"]')
    return [folder / each for each in named]


def load_scripts(paths: Iterable[Path]) -> None:
    """Run each as Orthanc would, under the name of its file, with its folder among those that are searched.

    Raises UnusableScript, and what a script raises.
    """
    for path in paths:
        if not path.is_file():
            raise UnusableScript(f"Ophtha.Scripts: there is no file {path}")
        if path.stem in sys.modules:
            raise UnusableScript(f"Ophtha.Scripts: {path} has the name of a module that is loaded already; rename it")
        specification = spec_from_file_location(path.stem, path)
        if specification is None or specification.loader is None:
            raise UnusableScript(f"Ophtha.Scripts: {path} is no Python script")
        # Behind all others, so that no file beside it can stand in for a module of the standard library.
        if str(path.parent) not in sys.path:
            sys.path.append(str(path.parent))
        module = module_from_spec(specification)
        sys.modules[path.stem] = module
        specification.loader.exec_module(module)
