"""Entry point given to Orthanc (``"PythonScript"``): registers the REST routes and relays them to the service.

An administrator who has a script already lists it in ``"Ophtha": {"Scripts": […]}``, or lets Orthanc load that one, and
there imports this module and calls :func:`start`; nothing happens at import.

Standard library and ``orthanc`` only: a C extension in Orthanc's interpreter would kill ``/tools/reset``.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, Unpack

_REPOSITORY = Path(__file__).resolve().parent.parent
_IS_THE_SCRIPT = __name__ == "orthanc_main"
"""Whether Orthanc loaded this file by itself, under the name of the file."""
if _IS_THE_SCRIPT:
    # Orthanc puts the script's own folder first, where a module could stand in for another script's.
    sys.path[0] = str(_REPOSITORY)
elif str(_REPOSITORY) not in sys.path:
    sys.path.append(str(_REPOSITORY))

import orthanc  # noqa: E402

from plugin.admission import Admission  # noqa: E402
from plugin.authentication import Authentication, is_open_to_others  # noqa: E402
from plugin.authentication import warning_of as warning_of_open_port  # noqa: E402
from plugin.callers import Callers  # noqa: E402
from plugin.explorer import explorer_script  # noqa: E402
from plugin.fan_out import AlreadyRegistered, FanOut  # noqa: E402
from plugin.jobs_overlay import JobsOverlay, UnknownToCore  # noqa: E402
from plugin.origins import Origins  # noqa: E402
from plugin.orthanc_folder import configuration_folder  # noqa: E402
from plugin.orthanc_versions import (  # noqa: E402
    OrthancOutput,
    RestOutput,
    RestRequest,
    adds_content_type,
    query_values_are_decoded,
)
from plugin.relay import Relay  # noqa: E402
from plugin.request_filter import MASKING_ROUTE, ORIGINS_ROUTE, OWN_ROUTES, RequestFilter  # noqa: E402
from plugin.scripts import load_scripts, scripts_of  # noqa: E402
from plugin.service_process import ServiceProcess  # noqa: E402
from plugin.thread_shares import ThreadShares, thread_count, warning_of  # noqa: E402

_Callback = TypeVar("_Callback", bound=Callable[..., object])

_CALLBACKS: list[object] = []
"""Every callback given to Orthanc, which drops its own reference at the end without holding the interpreter's lock:
from Python 3.12 on, freeing a function at that moment is a crash in the middle of ``/tools/reset``."""
_ENDS: list[Callable[[], None]] = []
"""What ends the product; empty until it is started."""


class _Core:
    """Orthanc's REST API without the plugins."""

    def get(self, uri: str) -> bytes:
        with _refusals():
            return bytes(orthanc.RestApiGet(uri))

    def post(self, uri: str, body: bytes) -> bytes:
        with _refusals():
            return bytes(orthanc.RestApiPost(uri, body))

    def put(self, uri: str, body: bytes) -> bool:
        try:
            orthanc.RestApiPut(uri, body)
        except orthanc.OrthancException:
            return False
        return True

    def delete(self, uri: str) -> None:
        with _refusals():
            orthanc.RestApiDelete(uri)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except orthanc.OrthancException as error:
        raise UnknownToCore(404, "Unknown resource") from error


def _service_settings(configuration: dict[str, object], folder: Path, token: str, places: int) -> dict[str, object]:
    """What the service needs to know, handed to it through its standard input: secrets show in no process list."""
    return {
        "Ophtha": configuration.get("Ophtha", {}),
        "Orthanc": {
            "Folder": str(folder),
            "HttpPort": configuration.get("HttpPort", 8042),
            "HttpBindAddresses": configuration.get("HttpBindAddresses", []),
            "SslEnabled": configuration.get("SslEnabled", False),
            "IsOpenToOthers": is_open_to_others(configuration),
            "StorageDirectory": str(folder / str(configuration.get("StorageDirectory", "OrthancStorage"))),
            "MaskingEnabled": _masking_enabled(configuration),
            "Places": places,
            "Token": token,
        },
    }


def _masking_enabled(configuration: dict[str, object]) -> bool:
    section = configuration.get("PixelsMasker", {})
    return isinstance(section, dict) and section.get("Enable") is True


def _python(configuration: dict[str, object], folder: Path) -> Path:
    """The service's interpreter: ``Ophtha.Python``, else the virtual environment beside the plugin."""
    section = configuration.get("Ophtha", {})
    named = os.environ.get("OPHTHA_PYTHON") or (section.get("Python") if isinstance(section, dict) else None)
    return folder / str(named) if named else _REPOSITORY / ".venv" / "bin" / "python"


def _is_at_least(major: int, minor: int, revision: int) -> bool:
    return bool(orthanc.CheckVersionAdvanced(major, minor, revision))


def _answer(callers: Callers, route: str, answer: Callable[[RestOutput, str, RestRequest], None]) -> None:
    adds_type = adds_content_type(_is_at_least)

    def callback(output: OrthancOutput, uri: str, **request: Unpack[RestRequest]) -> None:
        request["headers"] = callers.caller(request["headers"]).introduced(request["headers"])
        answer(RestOutput(output, adds_content_type=adds_type), uri, request)

    orthanc.RegisterRestCallback(route, _kept(callback))


def _kept(callback: _Callback) -> _Callback:
    _CALLBACKS.append(callback)
    return callback


def _shares(configuration: dict[str, object]) -> ThreadShares:
    threads = thread_count(configuration)
    shares = ThreadShares.of(threads)
    warning = warning_of(threads)
    if warning is not None:
        orthanc.LogWarning(warning)
    return shares


def _register_filter(configuration: dict[str, object], token: str) -> Callers:
    """Hear of every request, and refuse what Orthanc leaves to its plugins to refuse."""
    authentication = Authentication.of(configuration)
    warning = warning_of_open_port(configuration, authentication)
    if warning is not None:
        orthanc.LogWarning(warning)
    passwords = authentication.passwords
    callers = Callers(token, checked_by=authentication.checked_by, passwords=passwords)
    request_filter = RequestFilter(callers, passwords)

    def allows(uri: str, *, ip: str, headers: dict[str, str], **_: object) -> bool:
        return request_filter.allows(uri, ip, headers)

    orthanc.RegisterIncomingHttpRequestFilter(_kept(allows))
    return callers


def _kept_fan_out() -> FanOut:
    fan_out = FanOut(orthanc)
    _CALLBACKS.append(fan_out)
    return fan_out


def _register_end(end: Callable[[], None]) -> None:
    def on_change(change: int, level: int, resource: str) -> None:
        if change == orthanc.ChangeType.ORTHANC_STOPPED:
            end()

    _ENDS.append(end)
    try:
        orthanc.RegisterOnChangeCallback(_kept(on_change))
    except AlreadyRegistered:
        orthanc.LogWarning("OnChange is another script's: let it call plugin.orthanc_main.on_change")


def on_change(change: int, level: int, resource: str) -> None:
    """For an ``OnChange`` that was registered before :func:`start`: it passes on whatever it is told."""
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        for end in _ENDS:
            end()


def start() -> None:
    """Start the product in this Orthanc, once. Registrations of other scripts that come later are shared with.

    Raises InvalidSettings, UnusableScript, and AlreadyRegistered where another script was first to register a filter of
    requests: the product has to know where each request comes from.
    """
    if _ENDS:
        return
    _kept_fan_out().install()
    configuration = json.loads(orthanc.GetConfiguration())
    folder = configuration_folder()
    scripts = scripts_of(configuration, os.environ, folder)
    shares = _shares(configuration)
    token = orthanc.GenerateRestApiAuthorizationToken()
    settings = _service_settings(configuration, folder, token, shares.places)
    service = ServiceProcess(_python(configuration, folder), _REPOSITORY, settings)
    service.check_settings()

    relay = Relay(
        service.socket_path,
        Admission(shares),
        values_are_decoded=query_values_are_decoded(_is_at_least),
    )
    jobs = JobsOverlay(relay, _Core())
    callers = _register_filter(configuration, token)
    routes = OWN_ROUTES + ((MASKING_ROUTE,) if _masking_enabled(configuration) else ())
    _answer(callers, ORIGINS_ROUTE, Origins(_Core(), token).note)  # before the route that would relay it
    for route in routes:
        _answer(callers, route, relay.forward)
    _answer(callers, "/jobs", jobs.list_jobs)
    _answer(callers, "/jobs/[^/]+(/(cancel|pause|resume|resubmit))?", jobs.one_job)
    orthanc.ExtendOrthancExplorer(explorer_script())

    def end() -> None:
        relay.stop()
        service.stop()

    _register_end(end)
    load_scripts(scripts)
    service.start()


if _IS_THE_SCRIPT:
    start()
