"""What the platform keeps, one kind of object a file: its table, its bodies, its routes.

A new kind is a file here with a ``router``, and a migration.
"""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def routers() -> dict[str, APIRouter]:
    """The routes of every kind, by the names of the files."""
    names = sorted(module.name for module in iter_modules(__path__))
    modules = {name: import_module(f"{__name__}.{name}") for name in names}
    return {name: module.router for name, module in modules.items() if hasattr(module, "router")}
