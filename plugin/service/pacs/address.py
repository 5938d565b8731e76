"""Where Orthanc is, and how it and its service know each other."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from plugin.service.config import Configuration, InvalidSettings, Settings


@dataclass(frozen=True)
class Certificates:
    """Files (PEM) for TLS with an Orthanc that was named by its URL; on other machines, workers have them there too."""

    ca_file: str | None = None
    certificate: str | None = None
    key: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(_text(settings.orthanc_ca_file), _text(settings.orthanc_certificate), _text(settings.orthanc_key))

    def context(self) -> ssl.SSLContext:
        """Raises OSError where a file cannot be used."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class OrthancAddress:
    """Where Orthanc's REST API is and the ``Authorization`` header it accepts; "" where it asks for none."""

    url: str
    token: str
    certificates: Certificates | None = None
    """None where the address is this machine's: what name Orthanc's own certificate has says nothing there."""

    @classmethod
    def of(cls, configuration: Configuration) -> Self:
        token = configuration.orthanc.token.get_secret_value()
        if configuration.ophtha.orthanc_url is None:
            return cls(configuration.orthanc.url, token)
        return cls(configuration.ophtha.orthanc_url.rstrip("/"), token, Certificates.of(configuration.ophtha))

    def context(self) -> ssl.SSLContext:
        """How TLS is spoken with it. Raises OSError where a file cannot be used."""
        if self.certificates is not None:
            return self.certificates.context()
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


def require_address(configuration: Configuration) -> None:
    """Raises InvalidSettings when TLS with Orthanc is not possible with what is configured."""
    try:
        OrthancAddress.of(configuration).context()
    except OSError as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise InvalidSettings(
            f"Ophtha.OrthancCaFile, OrthancCertificate or OrthancKey cannot be used ({reason})"
        ) from None


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
