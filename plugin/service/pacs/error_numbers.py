"""Orthanc's numbers of errors, as its REST API and its jobs name them (``OrthancPluginErrorCode`` of its SDK)."""

from typing import Final

INTERNAL_ERROR: Final = -1
SUCCESS: Final = 0
BAD_REQUEST: Final = 8
CANNOT_WRITE_FILE: Final = 14
BAD_FILE_FORMAT: Final = 15
TIMEOUT: Final = 16
FULL_STORAGE: Final = 19
CANCELED_JOB: Final = 37

_DESCRIPTIONS: Final = {
    SUCCESS: "Success",
    BAD_REQUEST: "Bad request",
    BAD_FILE_FORMAT: "Bad file format",
    TIMEOUT: "Timeout in a network protocol",
    FULL_STORAGE: "The file storage is full",
    CANCELED_JOB: "This job was canceled",
}


def description_of(number: int) -> str:
    """Orthanc's own words for an error that a job of ours may have."""
    return _DESCRIPTIONS.get(number, "Internal error")
