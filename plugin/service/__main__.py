"""``python -m plugin.service``: started by the plugin, which writes the settings to its standard input.

The open standard input stays its life line.
"""

import argparse
import asyncio
import gc
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plugin.service import life_line
from plugin.service.config import Configuration, InvalidSettings, read_configuration
from plugin.service.logs import start_log
from plugin.service.pacs.address import require_address
from plugin.service.record_store import UnusableRecords, require_usable
from plugin.service.serving.certificate import require_certificate

_REFUSED = 2
"""Exit code that says: to start me again is of no use."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m plugin.service")
    parser.add_argument("--socket", type=Path, help="Unix socket to listen on")
    parser.add_argument("--check", action="store_true", help="only look at the settings")
    checking = parser.add_subparsers(dest="command").add_parser("check", help="look at an installation")
    checking.add_argument("storage", type=Path, help="the folder Storage of the settings")
    arguments = parser.parse_args()
    if arguments.command == "check":
        from plugin.service.check import check_installation

        return check_installation(arguments.storage)
    try:
        configuration = read_configuration(sys.stdin.readline(), os.environ)
        if arguments.check:
            require_usable(configuration.database_url)
            require_certificate(configuration.ophtha)
            require_address(configuration)
            return 0
        start_log()
        asyncio.run(_serve(configuration, arguments.socket))
    except (InvalidSettings, UnusableRecords) as error:
        sys.stderr.write(f"{error}\n")
        return _REFUSED
    return 0


async def _serve(configuration: Configuration, socket_path: Path) -> None:
    # After the settings are read: these imports take two seconds, and half a second more with a collector that looks
    # for garbage among what stays.
    gc.disable()
    from plugin.service.access.doors import Door, Entrance
    from plugin.service.app import create_app
    from plugin.service.serving.listening import api_server, orthanc_server

    app = create_app(configuration)
    gc.freeze()
    gc.enable()
    ended = asyncio.create_task(life_line.cut())
    async with app.router.lifespan_context(app):
        with _private_socket(socket_path) as unix_socket:
            servers = [orthanc_server(Entrance(app, Door.ORTHANC))]
            serving = [asyncio.create_task(servers[0].serve(sockets=[unix_socket]))]
            if configuration.ophtha.api_port is not None and configuration.ophtha.users:
                servers.append(api_server(Entrance(app, Door.API), configuration.ophtha))
                serving.append(asyncio.create_task(servers[1].serve()))
            await asyncio.wait([ended, *serving], return_when=asyncio.FIRST_COMPLETED)
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*serving, return_exceptions=True)


@contextmanager
def _private_socket(path: Path) -> Iterator[socket.socket]:
    """A listening Unix socket for this user only; gone afterwards, with its folder if its owner is gone too."""
    owner = os.getppid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix_socket:
        mask = os.umask(0o177)
        try:
            unix_socket.bind(str(path))
        finally:
            os.umask(mask)
        unix_socket.listen(512)
        try:
            yield unix_socket
        finally:
            path.unlink(missing_ok=True)
            if os.getppid() != owner:
                with suppress(OSError):  # swept already
                    path.parent.rmdir()


if __name__ == "__main__":
    sys.exit(main())
