"""Rules on their way between clients, files, records and the library."""

from dataclasses import replace

import pytest

from ophtha_core.detection.rules.ctp_script import read_ctp_script
from ophtha_core.detection.rules.deid_recipe import read_deid_recipe
from plugin.service.errors import BadRequest
from plugin.service.pixels_masker.rules.conditions import condition_json, parse_condition
from plugin.service.pixels_masker.rules.model import Rule, device_rules
from tests.ophtha_core.detection.rules.test_ctp_script import SCRIPT
from tests.ophtha_core.detection.rules.test_deid_recipe import RECIPE


def test_what_was_imported_comes_back_from_its_record_as_it_was() -> None:
    imported = (*read_ctp_script(SCRIPT).rules, *read_deid_recipe(RECIPE, recipe="r").rules)
    assert len(imported) == 7
    for each in imported:
        rule = replace(each, name=each.name.replace("-", " "))
        assert device_rules([Rule.of(rule).to_json()]) == (rule,)


def test_a_tree_comes_back_as_it_was_given() -> None:
    tree = {"Any": [{"Not": {"Rows": {"equals": "1"}}}, {"All": []}, {"0009,1001": {"missing": True}}]}
    assert condition_json(parse_condition(tree, ("body", "When"))) == tree


def test_a_tree_that_lies_too_deep_is_refused() -> None:
    tree: object = {"Rows": {"equals": "1"}}
    for _ in range(60):
        tree = {"Not": tree}
    with pytest.raises(BadRequest, match="too deep"):
        parse_condition(tree, ("body", "When"))  # type: ignore[arg-type]
