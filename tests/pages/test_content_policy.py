"""What the pages' content security policy refuses, seen in a browser."""

import pytest

from tests.kit.browser import Tab

# Later than the call that brings it here: that one the browser lets evaluate whatever it likes.
EVALUATE = """() => new Promise((answer) => setTimeout(() => {
    try { answer(String((0, eval)("1 + 1"))); } catch (error) { answer(error.name); }
}))"""


@pytest.mark.parametrize("page", ["index.html", "mask.html", "oct.html", "registration.html", "slide.html"])
def test_no_text_becomes_code(tab: Tab, page: str) -> None:
    tab.page.goto(f"{tab.product.url}/plugins/ophtha/app/{page}")
    assert tab.page.evaluate(EVALUATE) == "EvalError"
    tab.complaints.clear()  # the browser reports what was refused
