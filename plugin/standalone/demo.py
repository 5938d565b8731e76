"""The demo archive: phantoms made by code, one for each thing the product does."""

from collections.abc import Iterator

from plugin.standalone.settings import RunSettings


def files() -> Iterator[bytes]:
    """DICOM files of every demo study."""
    yield from ()


def welcome(settings: RunSettings) -> str:
    """Where to look, and one command to try per capability."""
    base = f"http://localhost:{settings.http_port}"
    return f"Orthanc Explorer: {base}/app/explorer.html"
