"""The buttons in Orthanc Explorer: ``explorer.js`` with the tools of ``tools.json``."""

import json
from pathlib import Path

_FOLDER = Path(__file__).parent
_PLACE = "/* tools.json */ []"


def explorer_script() -> str:
    """JavaScript for ``ExtendOrthancExplorer``."""
    tools = json.loads((_FOLDER / "tools.json").read_text(encoding="utf-8"))
    return (_FOLDER / "explorer.js").read_text(encoding="utf-8").replace(_PLACE, json.dumps(tools))
