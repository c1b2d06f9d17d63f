"""Files by which a program trusts the server's CA, and whom it would trust without them."""

from __future__ import annotations

import re
import ssl
import warnings
from contextlib import suppress
from pathlib import Path

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

STORE_PASSWORD = "changeit"  # noqa: S105 - no secret: it is Java's own, and the store holds certificates alone


class TrustFiles:
    """Makes the files in a folder.

    Args:
        folder: Where they are made; who made the folder removes it.
        ca: The certificate of the server's CA, as PEM.
    """

    def __init__(self, folder: Path, ca: str) -> None:
        self._folder = folder
        self._ca = ca.encode()
        self._bundles: dict[Path | None, Path] = {}

    def ca(self) -> Path:
        """A file of the CA alone."""
        file = self._folder / "ca.pem"
        file.write_bytes(self._ca)
        return file

    def bundle(self, instead_of: str = "") -> Path:
        """A file of the CA and of the CAs of another file or folder; of the system's, where that is not there."""
        source = Path(instead_of) if instead_of and Path(instead_of).exists() else _system_s()
        if source not in self._bundles:
            file = self._folder / f"ca-{len(self._bundles)}.pem"
            file.write_bytes(self._ca + b"\n" + (b"" if source is None else _content(source)))
            self._bundles[source] = file
        return self._bundles[source]

    def java_store(self) -> Path:
        """The same for Java: a store by PKCS #12 with `STORE_PASSWORD`."""
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption  # noqa: PLC0415 - of the extra
        from cryptography.hazmat.primitives.serialization.pkcs12 import (  # noqa: PLC0415 - the same
            PKCS12Certificate,
            serialize_java_truststore,
        )
        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - the same

        trusted: list[PKCS12Certificate] = []
        for pem in dict.fromkeys(_PEM.findall(self.bundle().read_bytes())):
            # Some systems have old ones that are not as certificates have to be: nobody misses them here.
            with suppress(ValueError), warnings.catch_warnings(action="ignore"):
                trusted.append(PKCS12Certificate(load_pem_x509_certificate(pem), b"ca-%d" % len(trusted)))
        file = self._folder / "java.p12"
        file.write_bytes(serialize_java_truststore(trusted, BestAvailableEncryption(STORE_PASSWORD.encode())))
        return file

    def php_settings(self) -> Path:
        """A folder with an ini file for PHP."""
        folder = self._folder / "php"
        folder.mkdir()
        (folder / "mockcliq.ini").write_text(f'curl.cainfo="{self.bundle()}"\nopenssl.cafile="{self.bundle()}"\n')
        return folder


def _system_s() -> Path | None:
    """Whom programs trust by default: the system's file, else its folder, else the package certifi's file."""
    paths = ssl.get_default_verify_paths()
    for each in (paths.cafile, paths.capath):
        if each is not None:
            return Path(each)
    try:
        from certifi import where  # noqa: PLC0415 - only where the system has none
    except ImportError:
        return None
    return Path(where())


def _content(source: Path) -> bytes:
    """The certificates of a file, or of a folder, whose links lead to the same again."""
    files = sorted({each.resolve() for each in source.iterdir()}) if source.is_dir() else [source]
    found = []
    for each in files:
        with suppress(OSError):  # what cannot be read is nothing that the program could trust
            found += _PEM.findall(each.read_bytes())
    return b"\n".join(dict.fromkeys(found)) + b"\n"
