"""Lets several scripts register what Orthanc's Python plugin lets only one of them register.

An administrator's script calls ``orthanc.RegisterOnChangeCallback`` as ever: in an Orthanc with this, each that was
registered is called, in the order of registration. What one of them raises is logged and keeps nothing from the others.
"""

import traceback
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

_ACCEPTED = 0
"""DICOM status of a C-STORE that is taken."""
Callback = Callable[..., Any]
_Received = tuple[object, bytes | None]
"""What is to be done with a file, and what it became."""


class AlreadyRegistered(RuntimeError):
    """Somebody registered with Orthanc itself, before there was anybody to share with; the text names what."""


class FanOut:
    """Stands in for the functions of the module ``orthanc`` that register a callback of which there may be one."""

    def __init__(self, orthanc: ModuleType) -> None:
        self._orthanc = orthanc
        self._given: list[Callback] = []
        """What Orthanc was given, which must outlive its own reference."""

    def install(self) -> None:
        """Replace the functions, those that this version of Orthanc's plugin has."""
        shared: dict[str, Callback] = {
            "RegisterOnChangeCallback": self._tell,
            "RegisterOnStoredInstanceCallback": self._tell,
            "RegisterIncomingHttpRequestFilter": self._all_allow,
            "RegisterIncomingCStoreInstanceFilter": self._first_refusal,
            "RegisterReceivedInstanceCallback": self._one_after_the_other,
        }
        for name, call_all in shared.items():
            if hasattr(self._orthanc, name):
                callbacks: list[Callback] = []
                dispatcher = partial(call_all, callbacks)
                register = partial(self._register, getattr(self._orthanc, name), dispatcher, callbacks)
                setattr(self._orthanc, name, register)

    def _register(
        self, register_with_orthanc: Callback, dispatcher: Callback, callbacks: list[Callback], callback: Callback
    ) -> None:
        """Raises AlreadyRegistered."""
        if not callbacks:
            try:
                register_with_orthanc(dispatcher)
            except RuntimeError as error:
                hint = "register it after plugin.orthanc_main.start(), or list the script in Ophtha.Scripts"
                raise AlreadyRegistered(f"{error}: {hint}") from error
            self._given.append(dispatcher)
        callbacks.append(callback)

    def _tell(self, callbacks: list[Callback], *arguments: object) -> None:
        for callback in callbacks:
            self._called(callback, *arguments)

    def _all_allow(self, callbacks: list[Callback], uri: str, **request: object) -> bool:
        """Each hears of each request, also of one that another refuses."""
        return all([self._called(callback, uri, **request) is True for callback in callbacks])

    def _first_refusal(self, callbacks: list[Callback], received: object) -> int:
        for callback in callbacks:
            status = self._called(callback, received)
            if isinstance(status, int) and status != _ACCEPTED:
                return status
        return _ACCEPTED

    def _one_after_the_other(
        self, callbacks: list[Callback], file: bytes, origin: object
    ) -> tuple[object, bytes | None]:
        actions = self._orthanc.ReceivedInstanceAction
        action, changed = actions.KEEP_AS_IS, None
        for callback in callbacks:
            answer = self._called(callback, file if changed is None else changed, origin)
            if answer is None:
                continue
            if answer[0] == actions.DISCARD:
                return answer[0], None
            if answer[0] == actions.MODIFY:
                action, changed = answer[0], answer[1]
        return action, changed

    def _called(self, callback: Callback, *arguments: object, **request: object) -> Any:
        """What a callback answers; None where it raises."""
        try:
            return callback(*arguments, **request)
        except Exception:  # of somebody else's script: Orthanc would print it and go on, too
            self._orthanc.LogError(f"a callback of a Python script failed\n{traceback.format_exc()}")
            return None
