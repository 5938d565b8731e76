"""Entry point given to Orthanc (``"PythonScript"``): registers the REST routes and relays them to the service.

Standard library and ``orthanc`` only: a C extension in Orthanc's interpreter would kill ``/tools/reset``.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parent.parent
# Orthanc puts the script's own folder first, where a module could shadow the standard library of the whole server.
sys.path[0] = str(_REPOSITORY)

import orthanc  # noqa: E402

from plugin.jobs_overlay import JobsOverlay, UnknownToCore  # noqa: E402
from plugin.relay import Relay  # noqa: E402
from plugin.request_filter import RequestFilter  # noqa: E402
from plugin.service_process import ServiceProcess  # noqa: E402

_RELAY_TIMEOUT_S = 24 * 3600.0  # a synchronous masking job answers when it is done
_CAPABILITY_ROUTES = (
    "/plugins/ophtha(/.*)?",
    "/plugins/oct(/.*)?",
    "/plugins/registration(/.*)?",
    "/server/ping",
    "/session/.*",
    "/api(/.*)?",
)
_MASKING_ROUTE = "/plugins/pixels-masker(/.*)?"


class _Core:
    """Orthanc's REST API without the plugins."""

    def get(self, uri: str) -> bytes:
        with _refusals():
            return bytes(orthanc.RestApiGet(uri))

    def post(self, uri: str, body: bytes) -> bytes:
        with _refusals():
            return bytes(orthanc.RestApiPost(uri, body))

    def delete(self, uri: str) -> None:
        with _refusals():
            orthanc.RestApiDelete(uri)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except orthanc.OrthancException as error:
        raise UnknownToCore(404, "Unknown resource") from error


def _service_settings(configuration: dict[str, object], token: str) -> dict[str, object]:
    """What the service needs to know, handed to it through its standard input: secrets show in no process list."""
    return {
        "Ophtha": configuration.get("Ophtha", {}),
        "Orthanc": {
            "HttpPort": configuration.get("HttpPort", 8042),
            "SslEnabled": configuration.get("SslEnabled", False),
            "StorageDirectory": configuration.get("StorageDirectory", "OrthancStorage"),
            "MaskingEnabled": _masking_enabled(configuration),
            "Token": token,
        },
    }


def _masking_enabled(configuration: dict[str, object]) -> bool:
    section = configuration.get("PixelsMasker", {})
    return isinstance(section, dict) and section.get("Enable") is True


def _python(configuration: dict[str, object]) -> Path:
    """The service's interpreter: ``Ophtha.Python``, else the virtual environment beside the plugin."""
    section = configuration.get("Ophtha", {})
    named = os.environ.get("OPHTHA_PYTHON") or (section.get("Python") if isinstance(section, dict) else None)
    return Path(str(named)) if named else _REPOSITORY / ".venv" / "bin" / "python"


def _register_filter(configuration: dict[str, object], token: str) -> None:
    users = configuration.get("RegisteredUsers") or {}
    if configuration.get("AuthenticationEnabled") is False and isinstance(users, dict) and users:
        request_filter = RequestFilter(users, token)
        orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: request_filter.allows(uri, request["headers"]))


def _start() -> None:
    configuration = json.loads(orthanc.GetConfiguration())
    token = orthanc.GenerateRestApiAuthorizationToken()
    service = ServiceProcess(_python(configuration), _REPOSITORY, _service_settings(configuration, token))
    service.check_settings()

    relay = Relay(
        service.socket_path,
        values_are_decoded=bool(orthanc.CheckVersionAdvanced(1, 11, 0)),
        timeout_s=_RELAY_TIMEOUT_S,
    )
    jobs = JobsOverlay(relay, _Core())
    routes = _CAPABILITY_ROUTES + ((_MASKING_ROUTE,) if _masking_enabled(configuration) else ())
    for route in routes:
        orthanc.RegisterRestCallback(route, lambda output, uri, **request: relay.forward(output, uri, request))
    orthanc.RegisterRestCallback("/jobs", lambda output, uri, **request: jobs.list_jobs(output, uri, request))
    orthanc.RegisterRestCallback(
        "/jobs/[^/]+(/(cancel|pause|resume|resubmit))?",
        lambda output, uri, **request: jobs.one_job(output, uri, request),
    )
    _register_filter(configuration, token)
    orthanc.ExtendOrthancExplorer((_REPOSITORY / "plugin" / "explorer.js").read_text(encoding="utf-8"))

    def on_change(change: int, level: int, resource: str) -> None:
        if change == orthanc.ChangeType.ORTHANC_STOPPED:
            service.stop()

    orthanc.RegisterOnChangeCallback(on_change)
    service.start()


_start()
