"""The example of the guide is what the endpoint answers."""

import json
import re
from pathlib import Path

import pytest

from tests.plugin.service.oct.asking import post
from tests.plugin.service.oct.conftest import Client

GUIDE = Path(__file__).parents[4] / "docs" / "oct.md"


def test_the_example_is_answered_as_the_guide_says(client: Client) -> None:
    found = re.search(
        r"<!-- request (\w+) -->\s*```json\n(.*?)```\s*<!-- answer -->\s*```json\n(.*?)```",
        GUIDE.read_text(),
        re.DOTALL,
    )
    assert found is not None
    endpoint, request, expected = found.groups()
    answer = post(client, endpoint, **json.loads(request))
    for ring, sectors in json.loads(expected).items():
        for sector, values in sectors.items():
            assert answer[ring][sector] == pytest.approx(values, abs=0.005)  # type: ignore[index]
