"""The rules of the architecture hold, and each of them breaks when it is broken.

Layers and independence are import-linter's (``pyproject.toml``); what it cannot say is said here.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("plugin", "ophtha_core", "registration")
OWN_ENVIRONMENT = ("service", "standalone")
"""Of ``plugin``: what runs in a Python of its own, with third-party packages."""

ROUTES_THAT_IMPORT_ROUTES = {
    "plugin/service/annotations/export_routes.py: plugin.service.annotations.image_routes",
}
"""Still there; the list only gets shorter."""

CIRCLES = {("plugin.service.annotations.callers", "plugin.service.annotations.state")}
"""Files that need each other, if only for their types; the list only gets shorter."""
_RELATED = ("plugin.service.annotations.kinds.", "plugin.service.annotations.measures")
"""Tables that refer to each other, as the tables of a database do, and what is counted in them."""

PLANTED = {
    "ophtha_core/oct/zone.py": "import plugin.origins",
    "registration/pleura.py": "import ophtha_core.masking.plan",
    "ophtha_core/dicom/layout.py": "import ophtha_core.errors, ophtha_core.oct.zone",
    "registration/lungs.py": "import httpx",
    "plugin/service/disk.py": "import orthanc",
    "plugin/service/pixels_masker/plan.py": "import plugin.service.annotations.store",
    "plugin/service/jobs/view.py": "import plugin.service.ct_registration.files",
}
"""An import that is forbidden, once for each contract of import-linter."""


def imported(module: Path) -> Iterator[str]:
    """Full names of what a module imports, wherever in it; ``from a import b`` may be ``a`` or ``a.b``."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside_orthanc(root: Path) -> list[Path]:
    """Modules that Orthanc's own interpreter loads."""
    files = (root / "plugin").rglob("*.py")
    return sorted(file for file in files if file.relative_to(root).parts[1] not in OWN_ENVIRONMENT)


def foreign_imports(root: Path) -> set[str]:
    """What those modules import beside the standard library and each other."""
    inside = inside_orthanc(root)
    own = {".".join(file.relative_to(root).with_suffix("").parts) for file in inside} | {"plugin"}
    found = set()
    for file in inside:
        may = own | {"orthanc"} if file.name == "orthanc_main.py" else own
        for name in imported(file):
            if name.split(".")[0] not in sys.stdlib_module_names and not {name, name.rpartition(".")[0]} & may:
                found.add(f"{file.relative_to(root)}: {name}")
    return found


def routes_that_import_routes(root: Path) -> set[str]:
    files = [file for file in (root / "plugin" / "service").rglob("*.py") if file.stem.endswith("routes")]
    modules = {".".join(file.relative_to(root).with_suffix("").parts) for file in files}
    return {f"{file.relative_to(root)}: {name}" for file in files for name in imported(file) if name in modules}


def circles(root: Path) -> set[tuple[str, ...]]:
    """Groups of modules each of which needs all others of its group."""
    files = [
        file for package in PACKAGES for file in (root / package).rglob("*.py") if "node_modules" not in file.parts
    ]
    modules = {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}
    needs = {
        name: {each for each in imported(file) if each in modules and each != name and not name.startswith(each + ".")}
        for name, file in modules.items()
        if file.name != "__init__.py"
    }
    reached = {name: _reached(name, needs) for name in needs}
    groups = {tuple(sorted(each for each in reached[name] if name in reached.get(each, ()))) for name in reached}
    return {group for group in groups if len(group) > 1 and not all(each.startswith(_RELATED) for each in group)}


def _reached(start: str, needs: dict[str, set[str]]) -> set[str]:
    """All that a module needs, directly or through others."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = needs.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, root / package, ignore=shutil.ignore_patterns("web", "dist", "node_modules", "__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def plant(module: Path, statement: str) -> None:
    """Put an import where a function might hide it: at the end, indented."""
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\n\ndef planted() -> None:\n    {statement}\n")


def test_orthancs_interpreter_gets_nothing_but_the_standard_library() -> None:
    assert len(inside_orthanc(ROOT)) > 5
    assert foreign_imports(ROOT) == set()


@pytest.mark.parametrize("statement", ["import numpy", "import orthanc", "from plugin.service import errors"])
def test_a_foreign_import_in_orthancs_interpreter_is_seen(copy: Path, statement: str) -> None:
    module = copy / "plugin" / "origins.py"
    before = module.read_bytes()
    plant(module, statement)
    assert foreign_imports(copy)
    module.write_bytes(before)


def test_route_modules_do_not_import_each_other() -> None:
    assert routes_that_import_routes(ROOT) == ROUTES_THAT_IMPORT_ROUTES


def test_a_route_module_that_imports_another_is_seen(copy: Path) -> None:
    module = copy / "plugin" / "service" / "jobs" / "routes.py"
    before = module.read_bytes()
    plant(module, "from plugin.service.ui import routes")
    assert routes_that_import_routes(copy) > ROUTES_THAT_IMPORT_ROUTES
    module.write_bytes(before)


def test_no_two_files_need_each_other() -> None:
    assert circles(ROOT) <= CIRCLES


def test_a_circle_of_files_is_seen(copy: Path) -> None:
    module = copy / "plugin" / "service" / "jobs" / "record.py"
    before = module.read_bytes()
    plant(module, "from plugin.service.jobs.failures import JobFailed")
    assert ("plugin.service.jobs.failures", "plugin.service.jobs.record") in circles(copy)
    module.write_bytes(before)


def test_every_contract_breaks_when_it_is_broken(copy: Path) -> None:
    for module, statement in PLANTED.items():
        plant(copy / module, statement)
    program = Path(sys.executable).parent / "lint-imports"
    if not program.exists():
        pytest.skip("import-linter is not installed (dependency group lint)")
    answer = subprocess.run([program, "--no-cache"], cwd=copy, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert re.search(rf"Contracts: 0 kept, {len(PLANTED)} broken", answer.stdout), answer.stdout
