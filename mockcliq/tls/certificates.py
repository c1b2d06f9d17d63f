"""The certificates that the server shows: one by this machine's CA, or the settings' own for the names that it has."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mockcliq.contract.quoting import cause_of, escape, one_line
from mockcliq.contract.timestamps import MS_PER_SECOND
from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.runtime.clock import real_time
from mockcliq.settings import PREFIX, Settings
from mockcliq.short_cache import short_cache
from mockcliq.tls.authority import Authority, authority_in, default_directory
from mockcliq.tls.errors import TlsMissing, TlsUnusable

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LOG = logging.getLogger("mockcliq")

_OWN_NAMES = ("localhost", "mockcliq", "127.0.0.1", "::1")

_BEGAN = timedelta(minutes=1)
"""Before now, so that a client whose clock is behind accepts the certificate."""
_LIFETIME = timedelta(days=824)
"""Apple's systems take no certificate that is valid for more than 825 days."""

_PROTOCOLS = ["http/1.1"]


class Certificates:
    """What a server shows to clients that speak TLS.

    Args:
        settings: The server's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        public = None if settings.public_url is None else urlsplit(settings.public_url).hostname
        self._configured = [each for each in (*settings.allowed_hosts, public) if each not in (None, "*")]
        self._note_unknown = short_cache(64)(_note_unknown)

    @cached_property
    def authority(self) -> Authority:
        """This machine's CA.

        Raises:
            TlsUnusable: It cannot be used, or the packages are not installed.
        """
        return authority_in(self._settings.tls_directory or default_directory())

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What a connection is begun with; the name that its client asks for chooses the certificate.

        Raises:
            TlsUnusable: No certificate can be made or read.
        """
        names, by_authority = self._made()
        first, own_names = by_authority, frozenset[str]()
        if self._settings.tls_certificate is not None and self._settings.tls_key is not None:
            own_names, first = _given(self._settings.tls_certificate, self._settings.tls_key)

        def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
            # Without a name, as for an address, it is the first.
            if name is None or _is_among(own_names, name):
                return None
            if not _is_among(names, name):
                self._note_unknown(name)
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            connection.context = by_authority
            return None

        first.sni_callback = choose
        return first

    def _made(self) -> tuple[frozenset[str], ssl.SSLContext]:
        """The names of a certificate by the CA, and its context."""
        ca = self.authority.ca
        now = datetime.fromtimestamp(real_time() / MS_PER_SECOND, UTC)
        configured = [each for each in self._configured if _can_be_named(each)]
        names = tuple(dict.fromkeys((*_OWN_NAMES, *configured, *ZOHO_HOSTS)))
        leaf = ca.issue_cert(
            *names, organization_name="MockCliq", not_before=now - _BEGAN, not_after=now - _BEGAN + _LIFETIME
        )
        context = _server_context()
        try:
            leaf.configure_cert(context)
        except OSError as error:
            # OpenSSL reads certificates from files alone.
            raise TlsUnusable(
                f"TLS needs a folder for a temporary file: {cause_of(error)}; TMPDIR names one"
            ) from error
        return frozenset(names), context


def _server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(_PROTOCOLS)
    return context


def _can_be_named(name: str) -> bool:
    """Whether a certificate can have a name; some that systems resolve have an underscore."""
    from idna import IDNAError, encode  # noqa: PLC0415 - trustme's

    with suppress(ValueError):
        return bool(ip_address(name))
    try:
        encode(name.removeprefix("*."), uts46=True)
    except IDNAError:
        _LOG.warning("no certificate can have the name %s: a host's name has letters, digits and hyphens", escape(name))
        return False
    return True


def _given(certificate: Path, key: Path) -> tuple[frozenset[str], ssl.SSLContext]:
    """The names of the settings' own certificate, and its context."""
    try:
        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - of the extra
    except ImportError as error:
        raise TlsMissing from error
    which = f"{PREFIX}TLS_CERTIFICATE and {PREFIX}TLS_KEY"
    context = _server_context()
    try:
        context.load_cert_chain(certificate, key, password="")
        loaded = load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:  # of ssl, too
        raise TlsUnusable(f"{which} will not do: {_why(error, key)}") from error
    if loaded.not_valid_after_utc.timestamp() * MS_PER_SECOND <= real_time():
        raise TlsUnusable(
            f"{which} will not do: the certificate expired at {loaded.not_valid_after_utc:%Y-%m-%d %H:%MZ}"
        )
    return _names_of(loaded), context


def _why(error: Exception, key: Path) -> str:
    with suppress(OSError):
        if b"ENCRYPTED" in key.read_bytes():
            return "the key is encrypted; `openssl pkey -in KEY -out PLAIN-KEY` writes it without its password"
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    wanted = "PEM is wanted, and the certificate's own key: " if isinstance(error, ssl.SSLError) else ""
    return one_line(f"{wanted}{said[:1].lower()}{said[1:]}")


def _names_of(certificate: Certificate) -> frozenset[str]:
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName  # noqa: PLC0415 - of the extra

    try:
        extension = certificate.extensions.get_extension_for_class(SubjectAlternativeName)
    except ExtensionNotFound:
        return frozenset()
    return frozenset(map(str.lower, extension.value.get_values_for_type(DNSName)))


def _is_among(names: Iterable[str], name: str) -> bool:
    """Whether a certificate with these names is one for a name; ``*.example.com`` is for one label below."""
    lower = name.lower().removesuffix(".")
    return lower in names or f"*.{lower.partition('.')[2]}" in names


def _note_unknown(name: str) -> None:
    _LOG.warning(
        "a client asks by TLS for %s, for which there is no certificate: %sALLOWED_HOSTS would have the name",
        escape(name),
        PREFIX,
    )
