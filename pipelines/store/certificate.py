"""A private authority's certificate, as the environment hands it over."""

import functools
import os
import ssl
import tempfile

from components.runtime.errors import InputError

CERTIFICATE = "MATCHING_EXPERTS_CA_CERTIFICATE"


def certificate_file() -> str | None:
    """A file with the certificate that the store's server is checked with, if there is one.

    Raises:
        InputError: MATCHING_EXPERTS_CA_CERTIFICATE holds no certificate.
    """
    text = os.environ.get(CERTIFICATE)
    return _written(text) if text else None


@functools.cache  # once a process
def _written(text: str) -> str:
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, TypeError, ValueError):
        raise InputError(
            f"{CERTIFICATE}: found {len(text)} characters that are no certificate, expected the"
            " text of one or more in PEM (-----BEGIN CERTIFICATE-----)"
        ) from None
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write(text)
    return file.name
