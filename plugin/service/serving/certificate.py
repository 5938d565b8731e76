"""Whether the API port can speak TLS, before it is opened."""

import ssl

from plugin.service.config import InvalidSettings, Settings


def require_certificate(settings: Settings) -> None:
    """Raises InvalidSettings when the API port cannot speak TLS with what is configured."""
    if settings.api_certificate is None or settings.api_certificate_key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.api_certificate, settings.api_certificate_key)
    except OSError as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise InvalidSettings(f"Ophtha.ApiCertificate and ApiCertificateKey cannot be used ({reason})") from None
