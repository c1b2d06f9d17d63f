"""The CA of this machine's own: made once in its directory, where its private key stays.

``ca-key.pem`` has the key and the certificate together, so that it is one file that is there or not; ``ca.pem`` is the
certificate alone, for clients.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING

from mockcliq.contract.quoting import cause_of, one_line
from mockcliq.contract.timestamps import MS_PER_SECOND
from mockcliq.runtime.clock import real_time
from mockcliq.tls.errors import TlsMissing, TlsUnusable
from mockcliq.tls.place import CA_FILE, DIRECTORY, data_directory

if TYPE_CHECKING:
    from trustme import CA

_LOG = logging.getLogger("mockcliq")

KEY_FILE = "ca-key.pem"
_LOCK_FILE = "lock"

_ORGANISATION = "MockCliq"
_UNIT = "MockCliq CA 1"
"""In the subject. Its number goes up where CAs are made in another way, so that older ones are made anew."""

_CERTIFICATE = re.compile(b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)
_LOCK_TIMEOUT_S = 30


class Authority:
    """A CA.

    Attributes:
        ca: What signs.
        pem: Its certificate.
        path: The file that has the certificate.
    """

    def __init__(self, ca: CA, path: Path) -> None:
        self.ca = ca
        self.pem = ca.cert_pem.bytes()
        self.path = path


def default_directory() -> Path:
    """Where the CA lies if nobody says otherwise: in the user's data.

    Raises:
        TlsMissing: The packages are not installed.
    """
    directory = data_directory()
    if directory is None:
        raise TlsMissing
    return directory


def authority_in(directory: Path) -> Authority:
    """The CA of a directory; made where there is none, and anew where it has expired or is of another version.

    Raises:
        TlsUnusable: The directory cannot be used, or has a CA that must not be; or the packages are not installed.
    """
    try:
        from filelock import FileLock, Timeout  # noqa: PLC0415 - of the extra
        from trustme import CA  # noqa: F401, PLC0415 - the same
    except ImportError as error:
        raise TlsMissing from error
    try:
        found = _read(directory)
        if isinstance(found, Authority):
            return found
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two first starts at once make one CA.
        with FileLock(directory / _LOCK_FILE, timeout=_LOCK_TIMEOUT_S):
            found = _read(directory)
            return found if isinstance(found, Authority) else _make(directory, found)
    except Timeout as error:
        raise TlsUnusable(f"the CA's directory {_shown(directory)} is locked by another process") from error
    except OSError as error:
        raise TlsUnusable(
            f"the CA's directory {_shown(directory)} cannot be used: {cause_of(error)}; {DIRECTORY} names another"
        ) from error


def _read(directory: Path) -> Authority | str | None:
    """The CA, or why it has to be made anew; None where there is none."""
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - of the extra
    from trustme import CA  # noqa: PLC0415 - the same

    file = directory / KEY_FILE
    try:
        mode = file.stat().st_mode
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    if os.name == "posix" and mode & 0o077:
        raise TlsUnusable(f"the CA's private key can be read by others: chmod 600 {_shown(file)}")
    pem = _CERTIFICATE.search(content)
    try:
        certificate_pem = b"" if pem is None else pem[0]
        certificate = load_pem_x509_certificate(certificate_pem)
        ca = CA.from_pem(certificate_pem, content)
        ca.issue_cert("localhost")  # key and certificate are usable
    except Exception as error:
        raise TlsUnusable(
            f"{_shown(file)} holds no CA that can be used; move it away, and a new one is made: {one_line(str(error))}"
        ) from error
    subject = certificate.subject.rfc4514_string()
    if _ORGANISATION not in subject:
        raise TlsUnusable(f"{_shown(file)} holds a CA that MockCliq did not make; move it away, and a new one is made")
    if _UNIT not in subject:
        return "it was made by another version"
    if certificate.not_valid_after_utc.timestamp() * MS_PER_SECOND <= real_time():
        return "it has expired"
    found = Authority(ca, directory / CA_FILE)
    _publish(found)
    return found


def _make(directory: Path, why: str | None) -> Authority:
    from trustme import CA  # noqa: PLC0415 - of the extra

    made = Authority(
        CA(path_length=0, organization_name=_ORGANISATION, organization_unit_name=_UNIT), directory / CA_FILE
    )
    _write(directory / KEY_FILE, made.ca.private_key_pem.bytes() + made.pem, 0o600)
    _publish(made)
    if why is None:
        _LOG.info("a CA was made: %s", made.path)
    else:
        _LOG.warning("the CA was made anew, since %s; clients have to be given %s again", why, made.path)
    return made


def _publish(authority: Authority) -> None:
    """Write the certificate for clients, unless it is there."""
    try:
        is_there = authority.path.read_bytes() == authority.pem
    except FileNotFoundError:
        is_there = False
    if not is_there:
        _write(authority.path, authority.pem, 0o644)


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file as a whole, readable by whom it is for from its first byte on."""
    part = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _shown(path: Path) -> str:
    return one_line(str(path))
