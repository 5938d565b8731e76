import sys
from pathlib import Path

from tests.kit.interpreters import interpreters


def test_this_python_comes_first_then_each_other_once_the_newest_first(tmp_path: Path) -> None:
    for name in ("python3.9", "python3.14", "python3.10-config", "python2.7"):
        (tmp_path / name).touch(mode=0o755)
    (tmp_path / "python3.15").touch(mode=0o644)  # cannot be run
    (tmp_path / "python3.8").symlink_to("python3.9")
    (tmp_path / "python3.12").symlink_to(sys.executable)
    found = list(interpreters([tmp_path, tmp_path, tmp_path / "missing"]))
    assert found[0] == Path(sys.executable)
    assert [path.resolve().name for path in found[1:]] == ["python3.14", "python3.9"]
