"""Buttons for Orthanc Explorer 2. No Debian package holds that plugin: its file is checked, not clicked."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

_REPOSITORY: Final = Path(__file__).parents[2]
_BUTTONS: Final[dict[str, list[dict[str, str]]]] = json.loads(
    (_REPOSITORY / "docs/orthanc-explorer-2.json").read_text()
)["OrthancExplorer2"]["UiOptions"]["CustomButtons"]
_KEYS: Final = {"HttpMethod", "Id", "Tooltip", "Target", "Icon", "Url"}
_PARAMETERS: Final = {
    "study": "study={UUID}",
    "series": "series={UUID}",
    "instance": "instance={UUID}",
    "bulk-studies": "studies={CommaSeparatedUUIDs}",
}
"""What each level may hand on: values of tags are not encoded there, and are no business of an address."""


@pytest.mark.parametrize("level", _PARAMETERS)
def test_buttons_open_pages_that_exist_with_identifiers_only(level: str) -> None:
    for button in _BUTTONS[level]:
        assert set(button) == _KEYS
        assert (button["HttpMethod"], button["Target"]) == ("GET", "_blank")
        assert button["Icon"].startswith("bi bi-")
        found = re.fullmatch(r"\.\./\.\./plugins/ophtha/app/(\w+)\.html\?(.+)", button["Url"])
        assert found
        assert (_REPOSITORY / "plugin/service/ui/web" / f"{found[1]}.html").is_file()
        assert found[2] == _PARAMETERS[level]


def test_no_two_buttons_share_an_identifier() -> None:
    assert set(_BUTTONS) == set(_PARAMETERS)
    names = [button["Id"] for buttons in _BUTTONS.values() for button in buttons]
    assert len(names) == len(set(names))
