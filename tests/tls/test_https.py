"""https on a port of its own: names, certificates, and what goes wrong."""

from __future__ import annotations

import errno
import http.client
import logging
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from trustme import CA

from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.http.server_thread import Unservable
from tests.answers import assert_refused
from tests.conftest import Serve
from tests.processes import PATIENCE_S, ROOT, SERVE, Start, until
from tests.tls.trusting import NO_NAME, Secure, secure

BOTH = "MOCKCLIQ_TLS_CERTIFICATE and MOCKCLIQ_TLS_KEY"
OWN_NAMES = ("localhost", "mockcliq", "127.0.0.1", "::1")
LIST = b"GET /api/v2/chats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 1000.mockcliq.owner\r\n\r\n"


def handshake(port: int, name: str | None, context: ssl.SSLContext) -> ssl.SSLSocket:
    """A connection over TLS, as to a host of that name."""
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE_S), server_hostname=name)


def test_every_host_of_zohos_and_the_own_names_have_a_certificate(server: Secure) -> None:
    for name in (*ZOHO_HOSTS, *OWN_NAMES):
        with handshake(server.port("tls"), name, server.context()) as connection:
            assert connection.version() == "TLSv1.3"
            assert connection.selected_alpn_protocol() is None


def test_a_name_may_be_written_in_any_way(server: Secure) -> None:
    context = server.context()
    context.check_hostname = False  # many a client compares a name as it is written
    for name in ("CLIQ.ZOHO.COM", "cliq.zoho.com.", "LocalHost."):
        handshake(server.port("tls"), name, context).close()


def test_certificates_last_as_long_as_every_system_takes(server: Secure) -> None:
    with handshake(server.port("tls"), "cliq.zoho.com", server.context()) as connection:
        der = connection.getpeercert(binary_form=True)
    assert der is not None
    certificate = x509.load_der_x509_certificate(der)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=825)
    age = datetime.now(UTC) - certificate.not_valid_before_utc
    assert timedelta(minutes=1) <= age < timedelta(hours=1)


@pytest.mark.parametrize(
    "name", ["www.zoho.com", "zoho.com", "cliq.zoho.org", "slack.com", "cliq.zoho.com.example.com"]
)
def test_no_other_name_has_one(server: Secure, name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mockcliq"), pytest.raises(ssl.SSLError, match=NO_NAME):
        handshake(server.port("tls"), name, server.context())
    until(lambda: any(f"a client asks by TLS for {name}, for which" in each.getMessage() for each in caplog.records))


def test_allowed_hosts_and_the_public_url_have_one(tmp_path: Path) -> None:
    names = ("mock.example.com", "*.example.org", "10.1.2.3")
    with secure(tmp_path, allowed_hosts=names, public_url="https://front.example.net/cliq") as server:
        for name in ("mock.example.com", "a.example.org", "front.example.net"):
            handshake(server.port("tls"), name, server.context()).close()
        for name in ("example.org", "a.b.example.org"):
            with pytest.raises(ssl.SSLError, match=NO_NAME):
                handshake(server.port("tls"), name, server.context())


def test_a_name_that_no_certificate_can_have_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with secure(tmp_path, allowed_hosts=("mock_server", "*")) as server:
        handshake(server.port("tls"), "cliq.zoho.eu", server.context()).close()
    assert any("no certificate can have the name mock_server" in each.getMessage() for each in caplog.records)


def test_calls_are_those_of_the_plain_port(server: Secure) -> None:
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    with httpx.Client(verify=server.context(), trust_env=False, headers=headers) as client:
        base = f"https://localhost:{server.port('tls')}"
        listed = client.get(f"{base}/api/v2/chats")
        assert listed.json() == server.server.as_("owner").get("/chats").json()
        assert_refused(client.get(f"{base}/api/v2/chats?limit=x"), 400)
        assert client.get(f"{base}/_mockcliq/worlds/default").json()["base_url"] == f"{base}/w/default"
    entries = server.server.control("GET", "/requests")["requests"]
    assert [each["status"] for each in entries] == [200, 200, 400]


def test_one_connection_takes_many_calls_and_the_client_ends_it(server: Secure) -> None:
    with handshake(server.port("tls"), "localhost", server.context()) as connection:
        for _ in range(5):
            connection.sendall(LIST)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert (answer.status, bool(answer.read())) == (200, True)
        connection.unwrap()


def test_what_is_no_http_is_refused_by_tls_too(server: Secure) -> None:
    with handshake(server.port("tls"), "localhost", server.context()) as connection:
        connection.sendall(b"no HTTP\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_rule_resets_the_connection(server: Secure) -> None:
    rule = {"match": {"operation": "list_direct_chats"}, "then": {"connection": "reset"}}
    server.server.control("POST", "/faults", json=rule)
    with handshake(server.port("tls"), "localhost", server.context()) as connection:
        connection.sendall(LIST)
        until(lambda: connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET)


def test_plain_http_to_this_port_leaves_a_line(server: Secure, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mockcliq"), server.connected("tls") as connection:
        connection.sendall(LIST)
        connection.recv(100)
        until(lambda: "a client does not speak TLS to the port for https" in caplog.messages)


def test_a_client_that_does_not_trust_the_ca_leaves_a_line(server: Secure, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mockcliq"), pytest.raises(ssl.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        handshake(server.port("tls"), "localhost", ssl.create_default_context())
    until(lambda: "`mockcliq ca` prints the file that it has to be given" in " ".join(caplog.messages))


def test_a_certificate_of_ones_own_serves_its_names_and_the_ca_the_others(tmp_path: Path) -> None:
    own_ca = CA()
    leaf = own_ca.issue_cert("mock.example.com", "*.example.org")
    certificate, key = tmp_path / "own.pem", tmp_path / "own-key.pem"
    leaf.cert_chain_pems[0].write_to_path(certificate)
    leaf.private_key_pem.write_to_path(key)
    trusts_own = ssl.create_default_context()
    own_ca.configure_trust(trusts_own)
    with secure(tmp_path / "tls", tls_certificate=certificate, tls_key=key) as server:
        handshake(server.port("tls"), "mock.example.com", trusts_own).close()
        handshake(server.port("tls"), "b.example.org", trusts_own).close()
        handshake(server.port("tls"), "accounts.zoho.in", server.context()).close()


@pytest.mark.parametrize("missing", ["certificate", "key"])
def test_a_certificate_and_its_key_go_together(start: Start, tmp_path: Path, missing: str) -> None:
    given = "key" if missing == "certificate" else "certificate"
    ended = start(*SERVE, "--tls=on", f"--tls-{given}={tmp_path / 'x'}").ended()
    assert (ended.code, ended.line) == (
        2,
        f"mockcliq: MOCKCLIQ_TLS_{missing.upper()} is missing: {BOTH} go together",
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("no file", "no such file"),
        ("another key", "the certificate's own key"),
        ("expired", "the certificate expired at 2001-01-01"),
        ("no PEM", "PEM is wanted"),
        ("encrypted", "the key is encrypted; `openssl pkey "),
    ],
)
def test_a_certificate_that_will_not_do_is_one_line(tmp_path: Path, serve: Serve, spoil: str, said: str) -> None:
    leaf = CA().issue_cert("a.example.com", not_after=datetime(2001, 1, 1) if spoil == "expired" else None)  # noqa: DTZ001 - trustme's are UTC
    certificate, key = tmp_path / "own.pem", tmp_path / "own-key.pem"
    leaf.cert_chain_pems[0].write_to_path(certificate)
    (CA().issue_cert("b") if spoil == "another key" else leaf).private_key_pem.write_to_path(key)
    if spoil == "no file":
        key.unlink()
    if spoil == "no PEM":
        certificate.write_text("none")
    if spoil == "encrypted":
        secret = load_pem_private_key(key.read_bytes(), None)
        key.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    settings: dict[str, Any] = {"tls": "on", "tls_port": 0, "tls_directory": tmp_path / "tls"}
    with pytest.raises(Unservable, match=f"{BOTH} will not do: .*{said}"):
        serve(**settings, tls_certificate=certificate, tls_key=key)


@pytest.mark.parametrize("flag", ["--tls=on", "--proxy=on"])
def test_without_the_packages_it_is_one_line_that_names_them(start: Start, tmp_path: Path, flag: str) -> None:
    (tmp_path / "trustme.py").write_text("raise ImportError")
    env = {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    ended = start(*SERVE, flag, "--tls-port=0", "--proxy-port=0", env=env, cold=True).ended()
    assert (ended.code, ended.line) == (
        2,
        "mockcliq: TLS needs packages that are not installed: pip install 'mockcliq[tls]'",
    )


def test_the_ca_is_for_all_to_fetch_where_there_is_tls(server: Secure, serve: Serve) -> None:
    fetched = server.server.http.get("/_mockcliq/ca.pem")
    assert fetched.content == server.ca.read_bytes()
    assert fetched.headers["Content-Type"].startswith("application/x-pem-file")
    answer = serve(world="empty").http.get("/_mockcliq/ca.pem")
    assert answer.status_code == 404
    assert "MOCKCLIQ_TLS=on" in answer.json()["detail"]


def test_on_demand_makes_the_ca_when_the_first_client_comes(tmp_path: Path) -> None:
    directory = tmp_path / "tls"
    with secure(directory, tls="on-demand") as server:
        assert not directory.exists()
        assert server.server.http.get("/_mockcliq/ca.pem").content == server.ca.read_bytes()
        handshake(server.port("tls"), "localhost", server.context()).close()


def test_on_demand_tells_what_is_wrong_when_the_first_client_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    with secure(tmp_path / "file", tls="on-demand") as server:
        with server.connected("tls") as connection:
            assert connection.recv(1) == b""
        assert server.server.http.get("/_mockcliq/ca.pem").status_code == 404
    assert "not a directory" in caplog.text


def test_the_server_ends_though_a_client_stopped_amid_its_handshake(tmp_path: Path) -> None:
    with secure(tmp_path) as server, server.connected("tls") as silent, server.connected("tls") as begun:
        begun.sendall(b"\x16\x03\x01\x02\x00")
        idle = handshake(server.port("tls"), "localhost", server.context())
    for each in (silent, begun, idle):
        each.close()
