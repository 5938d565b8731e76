"""The two servers in front of one application: Orthanc's relay, and the API port."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from plugin.service.config import Settings
from plugin.service.serving.connections import HEAD_BYTES, ConnectionLimits, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

_SHUTDOWN_S = 1
"""Who waits longer waits for a job, which goes on without its caller when the service is back."""


class _Server(uvicorn.Server):
    """Leaves signals to the process, which has two servers and a cluster to end."""

    @contextmanager
    def capture_signals(self) -> "Iterator[None]":
        yield


def orthanc_server(app: "ASGIApp") -> uvicorn.Server:
    """For requests that Orthanc relays; bound by the caller."""
    return _Server(_config(app))


def api_server(app: "ASGIApp", settings: Settings) -> uvicorn.Server:
    """For key-signed clients. Raises SystemExit when the port is taken."""
    assert settings.api_port is not None
    limits = ConnectionLimits(
        total=settings.api_connections, per_peer=settings.api_connections_per_peer, head_s=settings.api_timeout_s
    )
    return _Server(
        _config(
            app,
            host=settings.api_host,
            port=settings.api_port,
            http=guarded(limits),
            h11_max_incomplete_event_size=HEAD_BYTES,
            ssl_certfile=settings.api_certificate,
            ssl_keyfile=settings.api_certificate_key,
        )
    )


def _config(app: "ASGIApp", **address: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",  # begun once, for both
        log_level="warning",
        log_config=None,  # into the service's own log, which quotes no values
        access_log=False,  # URLs and their queries do not belong into logs
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        **address,  # type: ignore[arg-type]
    )
