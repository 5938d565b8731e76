"""What a worker hands back: values that travel between processes."""

from dataclasses import dataclass


class WorkFailed(Exception):
    """The job cannot succeed; ``code`` is one of the protocol's job errors."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Why there is no result."""

    code: str
    message: str
    disk_is_full: bool = False


@dataclass(frozen=True, kw_only=True)
class Registered:
    """The results are in the job's folder, and in Orthanc when that was asked for."""

    quality: dict[str, object]
    verdict: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    stored_series: str | None
