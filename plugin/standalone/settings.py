"""Settings of ``make run``: the commented ``orthanc.json``, with ports and folders from the environment."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_REPOSITORY = Path(__file__).resolve().parents[2]
_COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


@dataclass(frozen=True)
class RunSettings:
    """What may be set on the command line of ``make run``."""

    http_port: int
    dicom_port: int
    api_port: int | None
    storage: Path
    demo: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Empty variables count as unset. Raises ValueError naming the variable."""
        given = {name: value for name, value in environment.items() if value}
        return cls(
            http_port=_port(given, "PORT", 8042),
            dicom_port=_port(given, "DICOM_PORT", 4242),
            api_port=_port(given, "API_PORT", 0) or None,
            storage=Path(given.get("STORAGE", str(_REPOSITORY / "var"))).resolve(),
            demo=given.get("DEMO", "1") != "0",
        )

    def orthanc_configuration(self) -> dict[str, object]:
        """Orthanc's configuration, complete."""
        configuration = read_commented_json(_REPOSITORY / "orthanc.json")
        ophtha = configuration["Ophtha"]
        assert isinstance(ophtha, dict)
        api = {} if self.api_port is None else {"ApiPort": self.api_port}
        return {
            **configuration,
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "StorageDirectory": str(self.storage / "orthanc"),
            "IndexDirectory": str(self.storage / "orthanc"),
            "PythonScript": str(_REPOSITORY / "plugin" / "orthanc_main.py"),
            "Ophtha": {**ophtha, "Storage": str(self.storage / "ophtha"), **api},
        }


def read_commented_json(path: Path) -> dict[str, object]:
    """JSON with the comments that Orthanc allows."""
    text = path.read_text(encoding="utf-8")
    bare = _COMMENT_OR_STRING.sub(lambda match: match[0] if match[0].startswith('"') else "", text)
    content = json.loads(bare)
    assert isinstance(content, dict)
    return content


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdigit() or int(text) > 65535:
        raise ValueError(f"{name} must be a TCP port, not {text!r}")
    return int(text)
