import pytest

from ophtha_core.annotations.classes import AnnotationClass, order_classes
from ophtha_core.errors import InvalidInput

THREE = [AnnotationClass(name, "#123456") for name in ("a", "b", "c")]


def values(order: list[str] | None) -> dict[str, int]:
    return {each.name: each.value for each in order_classes(THREE, order).classes}


def test_classes_count_from_one_in_their_default_order() -> None:
    assert values(None) == {"a": 1, "b": 2, "c": 3}


def test_the_order_given_wins_and_the_last_named_is_drawn_last() -> None:
    assert values(["c", "a", "b"]) == {"c": 1, "a": 2, "b": 3}
    assert values(["b"]) == {"b": 1, "a": 2, "c": 3}


def test_of_several_classes_the_last_drawn_one_shows() -> None:
    order = order_classes(THREE, ["c", "b", "a"])
    assert order.named("a").value > order.named("b").value > order.named("c").value


@pytest.mark.parametrize(("order", "reason"), [(["d"], "'d'"), (["a", "a"], "twice")])
def test_an_impossible_order_is_refused(order: list[str], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        order_classes(THREE, order)
    assert refused.value.field == "order"


def test_what_has_no_class_gets_the_highest_value_of_the_mask() -> None:
    few, many = ([AnnotationClass(str(number), "#123456") for number in range(count)] for count in (254, 255))
    assert (order_classes(few).bits, order_classes(few).unlabelled_value) == (8, 255)
    assert (order_classes(many).bits, order_classes(many).unlabelled_value) == (16, 65535)
