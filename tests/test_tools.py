"""``plugin/tools.json`` is the one list of pages and buttons: everything that names a tool says the same."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from plugin.explorer import explorer_script
from plugin.service.archive.tools import Tool, tools_of

ROOT: Final = Path(__file__).parents[1]
WEB: Final = ROOT / "plugin/service/ui/web"
TOOLS: Final[list[dict[str, Any]]] = json.loads((ROOT / "plugin/tools.json").read_text(encoding="utf-8"))
KEYS: Final = [each["key"] for each in TOOLS]


def test_the_service_knows_every_tool_in_the_same_order() -> None:
    assert list(Tool) == KEYS


@pytest.mark.parametrize("tool", TOOLS, ids=KEYS)
def test_a_tool_has_a_page_of_its_title(tool: dict[str, Any]) -> None:
    page = (WEB / f"{tool['key']}.html").read_text(encoding="utf-8")
    assert f"<title>{tool['title']} \N{EN DASH} Ophtha</title>" in page
    assert f"<h1>{tool['title']}</h1>" in page


def test_orthanc_explorer_gets_the_list() -> None:
    found = re.search(r"var LISTED = (\[.*\]);", explorer_script())
    assert found
    assert json.loads(found[1]) == TOOLS


def test_orthanc_explorer_2_has_a_button_for_each_tool_and_level() -> None:
    settings = json.loads((ROOT / "docs/orthanc-explorer-2.json").read_text(encoding="utf-8"))
    buttons = settings["OrthancExplorer2"]["UiOptions"]["CustomButtons"]
    for level in ("study", "series", "instance"):
        offered = [(each["Id"], each["Tooltip"], each["Icon"]) for each in buttons[level]]
        assert offered == [
            (f"ophtha-{each['key']}-{level}", each["title"], each["icon"]["explorer_2"])
            for each in TOOLS
            if level in each["levels"]
        ]


@pytest.mark.parametrize("modality", ["ANN", "SEG", "SR", "REG"])
def test_what_is_no_picture_is_offered_no_tool(modality: str) -> None:
    assert tools_of(modality, masking_enabled=True) == ()


def test_tools_follow_the_modality() -> None:
    assert tools_of("OPT", masking_enabled=True) == (Tool.MASK, Tool.OCT)
    assert tools_of("CT", masking_enabled=False) == (Tool.REGISTRATION,)
    assert tools_of("SM", masking_enabled=True) == (Tool.MASK, Tool.SLIDE)
