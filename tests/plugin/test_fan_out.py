"""Several callbacks where Orthanc takes one."""

from enum import IntEnum
from types import ModuleType
from typing import Any

import pytest

from plugin.fan_out import AlreadyRegistered, Callback, FanOut


class Action(IntEnum):
    KEEP_AS_IS = 1
    MODIFY = 2
    DISCARD = 3


class OneEach(ModuleType):
    """As Orthanc's Python plugin does, it takes one callback of each kind."""

    ReceivedInstanceAction = Action

    def __init__(self) -> None:
        super().__init__("orthanc")
        self.taken: dict[str, Callback] = {}
        self.errors: list[str] = []
        self.LogError = self.errors.append
        for name in ("OnChangeCallback", "IncomingHttpRequestFilter", "IncomingCStoreInstanceFilter"):
            self._offer(name)
        self._offer("ReceivedInstanceCallback")

    def _offer(self, name: str) -> None:
        def register(callback: Callback) -> None:
            if name in self.taken:
                raise RuntimeError(f"Can only register one {name}")
            self.taken[name] = callback

        setattr(self, f"Register{name}", register)


@pytest.fixture
def orthanc() -> Any:
    module = OneEach()
    FanOut(module).install()
    return module


def test_all_hear_of_a_change_also_when_one_fails(orthanc: Any) -> None:
    heard: list[tuple[object, ...]] = []

    def fails(*change: object) -> None:
        raise LookupError("of the script")

    for callback in (fails, lambda *change: heard.append(change), lambda *change: heard.append(change)):
        orthanc.RegisterOnChangeCallback(callback)
    orthanc.taken["OnChangeCallback"](1, 2, "a-study")
    assert heard == [(1, 2, "a-study")] * 2
    assert "LookupError: of the script" in orthanc.errors[0]


@pytest.mark.parametrize(
    ("answers", "passes"), [([True, True], True), ([True, False], False), ([False, True], False), ([None], False)]
)
def test_a_request_passes_when_all_filters_let_it_pass_and_each_hears_of_it(
    orthanc: Any, answers: list[object], passes: bool
) -> None:
    heard: list[str] = []
    for answer in answers:
        orthanc.RegisterIncomingHttpRequestFilter(lambda uri, answer=answer, **_: (heard.append(uri), answer)[1])
    assert orthanc.taken["IncomingHttpRequestFilter"]("/system", method="GET") is passes
    assert heard == ["/system"] * len(answers)


def test_a_filter_that_fails_refuses(orthanc: Any) -> None:
    def fails(uri: str, **request: object) -> bool:
        raise LookupError

    orthanc.RegisterIncomingHttpRequestFilter(fails)
    assert orthanc.taken["IncomingHttpRequestFilter"]("/system") is False


def test_the_first_refusal_of_a_file_that_is_sent_is_answered(orthanc: Any) -> None:
    for status in (0, 0xA700, 0xC000):
        orthanc.RegisterIncomingCStoreInstanceFilter(lambda received, status=status: status)
    assert orthanc.taken["IncomingCStoreInstanceFilter"](object()) == 0xA700


def test_what_one_made_of_a_file_is_what_the_next_gets(orthanc: Any) -> None:
    orthanc.RegisterReceivedInstanceCallback(lambda file, origin: (Action.MODIFY, file + b"1"))
    orthanc.RegisterReceivedInstanceCallback(lambda file, origin: (Action.KEEP_AS_IS, None))
    orthanc.RegisterReceivedInstanceCallback(lambda file, origin: (Action.MODIFY, file + b"2"))
    assert orthanc.taken["ReceivedInstanceCallback"](b"0", "origin") == (Action.MODIFY, b"012")
    orthanc.RegisterReceivedInstanceCallback(lambda file, origin: (Action.DISCARD, None))
    assert orthanc.taken["ReceivedInstanceCallback"](b"0", "origin") == (Action.DISCARD, None)


def test_what_was_registered_before_is_said() -> None:
    module: Any = OneEach()
    module.RegisterOnChangeCallback(lambda *change: None)
    FanOut(module).install()
    with pytest.raises(AlreadyRegistered, match=r"only register one OnChangeCallback.*Ophtha\.Scripts"):
        module.RegisterOnChangeCallback(lambda *change: None)
