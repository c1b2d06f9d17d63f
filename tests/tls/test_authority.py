"""The CA of this machine's own: its files, and what is said where they will not do."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from trustme import CA

from mockcliq.tls.authority import authority_in
from mockcliq.tls.errors import TlsUnusable
from tests.processes import Start, folder_for_all


def ca_of(subject: str, expires: datetime) -> bytes:
    """A CA with this unit in its subject, as a file of ours has one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, subject)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(expires - timedelta(days=9))
        .not_valid_after(expires)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return pem + made.public_bytes(Encoding.PEM)


def put(directory: Path, content: bytes, mode: int = 0o600) -> Path:
    file = directory / "ca-key.pem"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def test_it_is_made_once_and_its_key_is_its_owners(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "tls"
    made = authority_in(directory)
    assert made.path == directory / "ca.pem"
    assert made.path.read_bytes() == made.pem
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in directory.glob("ca*")} == {
        "ca.pem": "0o644",
        "ca-key.pem": "0o600",
    }
    assert b"PRIVATE" not in made.pem
    assert "MockCliq" in x509.load_pem_x509_certificate(made.pem).subject.rfc4514_string()
    assert authority_in(directory).pem == made.pem


def test_first_starts_at_once_make_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = {each.pem for each in threads.map(authority_in, [tmp_path] * 8)}
    assert made == {(tmp_path / "ca.pem").read_bytes()}


def test_first_starts_of_two_processes_make_one(tmp_path: Path, start: Start) -> None:
    flags = ("serve", "--port=0", "--tls=on", "--tls-port=0", "--log-format=json", f"--tls-directory={tmp_path}")
    contexts = []
    for program in [start(*flags) for _ in range(3)]:
        port = int(program.banner()["tls_url"].rpartition(":")[2])
        contexts.append(ssl.get_server_certificate(("127.0.0.1", port), ca_certs=str(tmp_path / "ca.pem")))
    assert len(contexts) == 3


def test_the_certificate_for_clients_is_written_again_where_it_is_lost(tmp_path: Path) -> None:
    made = authority_in(tmp_path)
    made.path.unlink()
    assert authority_in(tmp_path).pem == made.pem == made.path.read_bytes()
    made.path.write_text("another's")
    assert authority_in(tmp_path).path.read_bytes() == made.pem


@pytest.mark.parametrize(
    ("old", "why"),
    [
        (lambda: ca_of("MockCliq CA 1", datetime.now(UTC) - timedelta(seconds=1)), "it has expired"),
        (lambda: ca_of("MockCliq CA 0", datetime.now(UTC) + timedelta(days=9)), "it was made by another version"),
    ],
)
def test_one_that_is_too_old_is_made_anew_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, old: Callable[[], bytes], why: str
) -> None:
    put(tmp_path, old())
    with caplog.at_level(logging.WARNING, "mockcliq"):
        made = authority_in(tmp_path)
    assert [each.getMessage() for each in caplog.records] == [
        f"the CA was made anew, since {why}; clients have to be given {made.path} again"
    ]
    assert authority_in(tmp_path).pem == made.pem == made.path.read_bytes()


def test_a_ca_that_somebody_else_made_is_left_alone(tmp_path: Path) -> None:
    file = put(tmp_path, ca_of("Example's CA", datetime.now(UTC) + timedelta(days=9)))
    content = file.read_bytes()
    with pytest.raises(TlsUnusable, match="holds a CA that MockCliq did not make; move it away"):
        authority_in(tmp_path)
    assert file.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    authority_in(tmp_path)
    file = tmp_path / "ca-key.pem"
    file.chmod(mode)
    with pytest.raises(TlsUnusable) as refused:
        authority_in(tmp_path)
    assert str(refused.value) == f"the CA's private key can be read by others: chmod 600 {file}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no PEM",
        CA().cert_pem.bytes(),
        CA().private_key_pem.bytes(),
        CA().private_key_pem.bytes() + b"-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_file_that_holds_no_ca_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = put(tmp_path, content)
    with pytest.raises(TlsUnusable, match="holds no CA that can be used; move it away, and a new one is made: "):
        authority_in(tmp_path)
    assert file.read_bytes() == content


def test_a_directory_that_is_none_is_told_in_one_line(tmp_path: Path, start: Start) -> None:
    file = tmp_path / "file"
    file.write_text("")
    ended = start("serve", "--port=0", "--tls=on", "--tls-port=0", f"--tls-directory={file}").ended()
    assert ended.code == 2
    assert ended.line == (
        f"mockcliq: the CA's directory {file} cannot be used: not a directory; MOCKCLIQ_TLS_DIRECTORY names another"
    )


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can become nobody")
def test_a_directory_that_cannot_be_written_is_told_in_one_line(start: Start) -> None:
    with folder_for_all() as folder:
        ended = start(
            "serve", "--port=0", "--proxy=on", "--proxy-port=0", f"--tls-directory={folder}", as_nobody=True
        ).ended()
    assert ended.code == 2
    assert ended.line == (
        f"mockcliq: the CA's directory {folder} cannot be used: permission denied; MOCKCLIQ_TLS_DIRECTORY names another"
    )
