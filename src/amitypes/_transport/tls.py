"""The TLS context of a client: what it verifies, and the certificate that it shows."""

from __future__ import annotations

import ssl
from pathlib import Path

__all__ = ["tls_context"]


def tls_context(
    enabled: bool,
    *,
    cert_ca: str | Path | bytes | None = None,
    cert_client: str | Path | None = None,
    cert_key: str | Path | None = None,
    cert_passphrase: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> ssl.SSLContext | None:
    """Make the context of a client's connections, from the client's parameters of the same names.

    Returns:
        The context; None without TLS.

    Raises:
        AttributeError: A parameter of TLS without `enabled`.
        ValueError: The parameters contradict each other.
        OSError: A file can't be read, or (`ssl.SSLError`) holds something else.
    """
    parts = {
        "cert_ca": cert_ca,
        "cert_client": cert_client,
        "cert_key": cert_key,
        "cert_passphrase": cert_passphrase,
    }
    given = [name for name, value in parts.items() if value is not None]
    if not enabled:
        if given or ssl_context is not None:
            msg = f"{', '.join(given) or 'ssl_context'} is about TLS, and without ssl_enabled=True none is used"
            raise AttributeError(msg)
        return None
    if ssl_context is not None:
        if given:
            msg = f"ssl_context has its own certificates: load them into it, instead of {', '.join(given)}"
            raise ValueError(msg)
        return ssl_context
    context = ssl.create_default_context()
    # Even if OpenSSL's configuration on this machine allows less.
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    if cert_ca is not None:
        _trust(context, cert_ca)
    if cert_client is not None:
        _identify(context, cert_client, cert_key, cert_passphrase)
    elif cert_key is not None or cert_passphrase is not None:
        msg = f"{given[-1]} belongs to a certificate: give that as cert_client"
        raise ValueError(msg)
    return context


def _trust(context: ssl.SSLContext, authority: str | Path | bytes) -> None:
    pem = authority if isinstance(authority, bytes) else Path(authority).read_bytes()
    try:
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError) as error:
        what = "The bytes" if isinstance(authority, bytes) else str(authority)
        msg = f"{what} given as cert_ca hold no certificate in PEM form ({error})"
        raise ssl.SSLError(ssl.SSL_ERROR_SSL, msg) from error


def _identify(context: ssl.SSLContext, certificate: str | Path, key: str | Path | None, passphrase: str | None) -> None:
    """Load the certificate that the client shows, and its key."""
    for file in (certificate, key or certificate):
        with Path(file).open("rb"):
            pass  # OpenSSL doesn't say which file it can't read
    asked: list[bool] = []

    def answer() -> str:
        # Without an answer OpenSSL would ask at the terminal.
        asked.append(True)
        return passphrase or ""

    try:
        context.load_cert_chain(certificate, key, answer)
    except (ssl.SSLError, ValueError) as error:  # the latter of a passphrase that is too long
        reason = getattr(error, "reason", None) or "unusable"
        whose = f"cert_key {key}" if key else f"cert_client {certificate}"
        if reason == "KEY_VALUES_MISMATCH":
            why = f"the key in {whose} isn't that of the certificate in cert_client {certificate}"
        elif asked:
            why = f"{'cert_passphrase does not open' if passphrase else 'it takes cert_passphrase to open'} {whose}"
        else:
            why = f"cert_client {certificate} must hold a certificate, and {whose} its private key, both in PEM form"
        raise ssl.SSLError(ssl.SSL_ERROR_SSL, f"{why} ({reason})") from None
