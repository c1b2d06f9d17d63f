"""The proxy: Zoho's hosts lead here, everything else stays inside."""

from __future__ import annotations

import errno
import http.client
import logging
import socket
import ssl
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.gateway.gateway import Gateway
from mockcliq.http.inherited import shut_down
from tests.processes import PATIENCE_S, SERVE, Start, until
from tests.tls.trusting import NO_NAME, Secure, read_head, secure

REFUSED = 403
GET = b"GET /api/v2/chats HTTP/1.1\r\nHost: cliq.zoho.com\r\nAuthorization: Bearer 1000.mockcliq.owner\r\n\r\n"


def asked(server: Secure, *chunks: bytes) -> bytes:
    """What the proxy answers to these bytes, to its end."""
    with server.connected() as connection:
        for each in chunks:
            connection.sendall(each)
        answer = b""
        while read := connection.recv(4096):
            answer += read
        return answer


@pytest.mark.parametrize("host", [each for each in ZOHO_HOSTS if each.startswith("cliq.")])
def test_every_host_of_cliq_leads_here_by_https(server: Secure, host: str) -> None:
    with server.by_proxy(f"https://{host}") as cliq:
        assert cliq.chats() == server.server.as_("owner").chats()
    assert server.outside() == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_in_absolute_form_leads_here(server: Secure, scheme: str) -> None:
    """As `http://` is asked of every proxy, and `https://` by axios."""
    url = f"{scheme}://cliq.zoho.com/api/v2/chats?limit=1"
    connection = http.client.HTTPConnection("127.0.0.1", server.port("proxy"))
    headers = {"Authorization": "Bearer 1000.mockcliq.owner", "Proxy-Authorization": "Basic Og=="}
    connection.request("GET", url, headers=headers)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Connection")) == (200, "close")
    connection.close()
    [entry] = server.server.control("GET", "/requests")["requests"]
    assert (entry["path"], entry["query"]) == ("/api/v2/chats", {"limit": "1"})
    assert entry["headers"]["host"] == "cliq.zoho.com"
    assert "proxy-authorization" not in entry["headers"]


def test_a_body_comes_along_in_absolute_form(server: Secure) -> None:
    handler = urllib.request.ProxyHandler({"http": f"http://127.0.0.1:{server.port('proxy')}"})
    request = urllib.request.Request(
        "http://cliq.zoho.eu/api/v2/chats/987000000654321/message",
        data=b'{"text": "through"}',
        headers={"Authorization": "Bearer 1000.mockcliq.owner", "Content-Type": "application/json"},
    )
    with urllib.request.build_opener(handler).open(request) as answer:
        assert answer.status == 204
    [entry] = server.server.control("GET", "/requests")["requests"]
    assert entry["body"] == '{"text": "through"}'


def test_port_80_behind_connect_is_plain_http(server: Secure) -> None:
    with server.tunnel("cliq.zoho.com:80") as connection:
        connection.sendall(GET)
        assert read_head(connection).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_does_not_wait_for_the_answer_to_its_connect_is_served(server: Secure) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = server.context().wrap_bio(incoming, outgoing, server_hostname="cliq.zoho.com")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with server.connected() as connection:
        connection.sendall(b"CONNECT cliq.zoho.com:443 HTTP/1.1\r\n\r\n" + outgoing.read())
        assert read_head(connection).startswith(b"HTTP/1.1 200 ")
        incoming.write(connection.recv(65536))
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(connection.recv(65536))
        assert client.version() == "TLSv1.3"


def test_a_connect_in_http_1_0_and_without_a_host_is_as_good(server: Secure) -> None:
    """As Python's http.client sends it."""
    with server.connected() as connection:
        connection.sendall(b"CONNECT cliq.zoho.com:443 HTTP/1.0\r\n\r\n")
        assert read_head(connection).startswith(b"HTTP/1.1 200 ")
        server.context().wrap_socket(connection, server_hostname="cliq.zoho.com").close()


def test_urls_of_answers_are_those_of_the_host_that_was_asked(server: Secure) -> None:
    form = {"grant_type": "client_credentials", "client_id": "1000.MOCKCLIQ", "scope": "ZohoCliq.Chats.READ"}
    form["client_secret"] = server.server.control("GET", "/clients")["clients"][0]["client_secret"]
    form["client_id"] = server.server.control("GET", "/clients")["clients"][0]["client_id"]
    for accounts, api in (
        ("accounts.zoho.com", "www.zohoapis.com"),
        ("accounts.zoho.com.au", "www.zohoapis.com.au"),
        ("accounts.zohocloud.ca", "www.zohoapis.ca"),
    ):
        with server.by_proxy(f"https://{accounts}") as cliq:
            answer = cliq.server.http.post("/oauth/v2/token", data=form).json()
        assert answer["api_domain"] == f"https://{api}"
        with server.by_proxy(answer["api_domain"]) as cliq:
            assert cliq.get("/chats").status_code == 200
    plain = server.server.http.post("/oauth/v2/token", data=form).json()
    assert plain["api_domain"] == server.server.url


# What is outside


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("slack.com:443", "outside; have=slack.com; need=one of Zoho's hosts"),
        ("www.zoho.com:443", "outside; have=www.zoho.com; need=one of Zoho's hosts"),
        ("cliq.zoho.com.example.com:443", "outside; have=cliq.zoho.com.example.com; need=one of Zoho's hosts"),
        ("localhost:443", "outside; have=localhost; need=one of Zoho's hosts"),
        ("10.0.0.1:443", "outside_address; have=10.0.0.1; need=a host's name"),
        ("127.0.0.1:443", "outside_address; have=127.0.0.1; need=a host's name"),
        ("[::1]:443", "outside_address; have=[::1]; need=a host's name"),
        ("cliq.zoho.com:8443", "outside_port; have=cliq.zoho.com:8443; need=port 443 or 80"),
        ("accounts.zoho.com:22", "outside_port; have=accounts.zoho.com:22; need=port 443 or 80"),
    ],
)
def test_what_is_outside_is_refused_and_in_the_journal(server: Secure, target: str, reason: str) -> None:
    answer = asked(
        server,
        f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: bot/1\r\nX-Key: secret1234\r\n\r\n".encode(),
    )
    assert answer.startswith(f"HTTP/1.1 403 {reason}\r\n".encode())
    [entry] = server.outside()
    assert (entry["method"], entry["path"], entry["status"], entry["reason"]) == ("CONNECT", target, REFUSED, reason)
    assert entry["headers"] == {"user-agent": "bot/1"}
    assert (entry["world"], entry["user"]) == ("default", None)
    advice = server.server.control("GET", f"/requests/{entry['id']}")["explanation"]["advice"]
    wanted = {"outside": "MOCKCLIQ_PROXY_PASS=", "outside_address": "NO_PROXY=", "outside_port": "port 443"}
    assert wanted[reason.partition(";")[0]] in advice


def test_a_refused_url_leaves_nothing_of_its_secrets(server: Secure) -> None:
    answer = asked(server, b"GET http://u:p4ssw0rd@hooks.example.com/s3cret?token=t0k3n HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 outside; have=hooks.example.com; ")
    assert b"MOCKCLIQ_PROXY_PASS=hooks.example.com" in answer
    [entry] = server.outside()
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", "hooks.example.com:80", {})
    assert not [each for each in ("p4ssw0rd", "s3cret", "t0k3n") if each in str(entry) or each in answer.decode()]


def test_a_test_asserts_that_nothing_outside_was_asked_for(server: Secure) -> None:
    expectation = {"match": {"operation": "outside"}, "at_most": 0}
    with server.by_proxy("https://cliq.zoho.com") as cliq:
        cliq.get("/chats")
    assert server.server.control("POST", "/verify", json=expectation) == {"verified": True, "count": 0}
    asked(server, b"CONNECT slack.com:443 HTTP/1.1\r\n\r\n")
    told = server.server.http.post("/_mockcliq/verify", json=expectation)
    assert told.status_code == 409
    assert "CONNECT slack.com:443" in told.json()["detail"]


def test_no_fault_rule_is_for_what_is_outside(server: Secure) -> None:
    rule = {"match": {"operation": "outside"}, "then": {"status": 500}}
    answer = server.server.http.post("/_mockcliq/faults", json=rule)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "line",
    [b"GET / HTTP/1.1", b"GET /api/v2/chats?zapikey=1001.secret HTTP/1.1", b"GET ftp://cliq.zoho.com/ HTTP/1.1",
     b"CONNECT cliq.zoho.com HTTP/1.1", b"CONNECT :443 HTTP/1.1", b"no HTTP", b"\x16\x03\x01\x02\x00\x01"],
)  # fmt: skip
def test_what_is_no_request_to_a_proxy_is_told_so(server: Secure, line: bytes) -> None:
    answer = asked(server, line + b"\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 no_proxy_request; ")
    assert b"This port is a proxy." in answer
    assert b"1001.secret" not in answer


def test_a_head_without_end_is_refused(server: Secure) -> None:
    answer = asked(server, b"CONNECT cliq.zoho.com:443 HTTP/1.1\r\nX: ", b"x" * 70_000)
    assert answer.startswith(b"HTTP/1.1 400 head_too_large; ")


@given(sent=st.binary(min_size=1, max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_bring_the_proxy_down(server: Secure, sent: bytes) -> None:
    with server.connected() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        first = connection.recv(4096)
    assert first == b"" or first.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ", b"HTTP/1.1 200 "))
    assert server.server.http.get("/_mockcliq/health").status_code == 200


def test_a_client_that_sends_a_large_body_sees_why_it_is_refused(server: Secure) -> None:
    head = b"POST http://hooks.example.com/ HTTP/1.1\r\nHost: hooks.example.com\r\nContent-Length: 5000000\r\n\r\n"
    with server.connected() as connection:
        connection.sendall(head)
        assert read_head(connection).startswith(b"HTTP/1.1 403 outside; ")
        connection.sendall(b"x" * 5_000_000)  # many a client sends all before it reads


def test_an_unforeseen_error_is_told_and_ends_the_connection(
    server: Secure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Gateway, "refuse_outside", None)
    assert asked(server, b"CONNECT slack.com:443 HTTP/1.1\r\n\r\n") == b""
    assert caplog.messages == ["unforeseen error in CONNECT to the proxy"]


# Inside the tunnel


def test_a_foreign_name_inside_the_tunnel_is_refused(server: Secure) -> None:
    with server.tunnel() as connection, pytest.raises(ssl.SSLError, match=NO_NAME):
        server.context().wrap_socket(connection, server_hostname="slack.com")


def test_what_is_no_tls_inside_the_tunnel_leaves_a_line(server: Secure, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mockcliq"), server.tunnel() as connection:
        connection.sendall(GET)
        connection.recv(100)
        until(lambda: "a client does not speak TLS to CONNECT cliq.zoho.com:443" in caplog.messages)


def test_a_rule_resets_the_clients_own_connection(server: Secure) -> None:
    rule = {"match": {"operation": "list_direct_chats"}, "then": {"connection": "reset"}}
    server.server.control("POST", "/faults", json=rule)
    with server.tunnel() as connection:
        secured = server.context().wrap_socket(connection, server_hostname="cliq.zoho.com")
        secured.sendall(GET)
        until(lambda: secured.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET)
        secured.close()


def test_limits_and_explanations_are_those_of_the_plain_port(tmp_path: Path) -> None:
    with secure(tmp_path, rate_limit=True) as server, server.by_proxy("https://cliq.zoho.com") as cliq:
        statuses = [cliq.get("/chats").status_code for _ in range(40)]
        assert statuses.count(429) > 0
        last = server.server.control("GET", "/requests?status=429&limit=1")["requests"][0]
        assert server.server.control("GET", f"/requests/{last['id']}")["explanation"]["rule"]


def test_the_user_of_the_proxys_url_is_the_world_for_unknown_tokens(server: Secure) -> None:
    server.server.control("POST", "/worlds", json={"id": "mine", "world": "documentation"})
    with server.by_proxy("https://cliq.zoho.com", user="mine") as cliq:
        assert cliq.get("/chats", headers={"Authorization": "Bearer 1000.nobody.issued"}).status_code == 401
        assert cliq.get("/chats").status_code == 200  # whose token it is decides
    entries = server.server.control("GET", "/worlds/mine/requests")["requests"]
    assert [each["status"] for each in entries] == [401]
    with (
        pytest.raises(httpx.ProxyError, match="403 unknown_world_of_proxy; have=yours"),
        server.by_proxy("https://cliq.zoho.com", user="yours") as cliq,
    ):
        cliq.get("/chats")


@pytest.mark.slow
def test_five_hundred_tunnels_at_once_are_served(start: Start, tmp_path: Path) -> None:
    program = start(*SERVE, "--proxy=on", "--proxy-port=0", f"--tls-directory={tmp_path}", "--rate-limit=off")
    port = int(program.banner()["proxy_url"].rpartition(":")[2])
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with ExitStack() as stack:
        tunnels = []
        for _ in range(500):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S))
            connection.sendall(b"CONNECT cliq.zoho.com:443 HTTP/1.1\r\n\r\n")
            assert read_head(connection).startswith(b"HTTP/1.1 200 ")
            tunnels.append(stack.enter_context(context.wrap_socket(connection, server_hostname="cliq.zoho.com")))
        for each in tunnels:
            each.sendall(GET)
        assert {read_head(each).split(b"\r\n")[0] for each in tunnels} == {b"HTTP/1.1 200 OK"}


def test_the_server_ends_though_tunnels_are_half_open(tmp_path: Path) -> None:
    with secure(tmp_path) as server, server.connected() as silent, server.tunnel() as tunnel:
        silent.sendall(b"CONNECT cliq")
    assert tunnel.fileno() == -1


# What is let through


@contextmanager
def far_server() -> Iterator[int]:
    """Another server on this machine; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as far:
        thread = threading.Thread(target=far.serve_forever)
        thread.start()
        try:
            yield far.server_port
        finally:
            far.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def _passing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    with secure(tmp_path_factory.mktemp("tls"), proxy_pass=("localhost", "*.invalid")) as server:
        yield server


@pytest.fixture
def passing(_passing: Secure) -> Secure:
    """A server whose proxy lets two patterns through."""
    _passing.server.http.delete("/_mockcliq/requests")
    return _passing


def test_a_named_host_is_let_through(passing: Secure) -> None:
    body = b"x" * 300_000
    with far_server() as port:
        head = b"POST /echo HTTP/1.1\r\nHost: far\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        with passing.tunnel(f"localhost:{port}") as connection:
            sending = threading.Thread(target=connection.sendall, args=(head + body,))
            sending.start()
            assert read_head(connection).startswith(b"HTTP/1.1 200 ")
            received = b""
            while read := connection.recv(65536):
                received += read
            sending.join()
            assert received == body
        url = f"http://localhost:{port}/echo"
        with httpx.Client(proxy=f"http://127.0.0.1:{passing.port('proxy')}", trust_env=False) as client:
            assert client.post(url, content=body).content == body
    assert passing.outside() == []


@contextmanager
def host_that(does: Callable[[socket.socket], None]) -> Iterator[int]:
    """A host that does something with each connection, and ends it; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # it listens no more
                while True:
                    with listening.accept()[0] as connection:
                        does(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            shut_down(listening)
            thread.join()


def test_of_a_host_that_speaks_first_and_ends_nothing_is_lost(
    passing: Secure, caplog: pytest.LogCaptureFixture
) -> None:
    with host_that(lambda connection: connection.sendall(b"220 ready")) as port:
        answers = Counter(asked(passing, b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % port) for _ in range(200))
    assert answers == {b"HTTP/1.1 200 Connection established\r\n\r\n220 ready": 200}
    assert not caplog.messages


def test_a_header_that_is_for_the_proxy_alone_goes_no_further(passing: Secure) -> None:
    """Those that a proxy knows, and those that `Connection` names, in whatever case and however many lines."""
    heads: list[bytes] = []
    with host_that(lambda connection: heads.append(read_head(connection))) as port:
        own = b"X-Mine: 1\r\nConnection: x-mine , Keep-Alive\r\nconnection: X-Other\r\nX-Other: 2\r\nTE: trailers\r\n"
        asked(passing, b"GET http://localhost:%d/a HTTP/1.1\r\nHost: x\r\nX-Last: 3\r\n%b\r\n" % (port, own))
    assert heads == [
        b"GET /a HTTP/1.1\r\nhost: localhost:%d\r\nX-Last: 3\r\nconnection: close\r\n\r\n" % port,
    ]


@pytest.mark.parametrize("name", ["x" * 64 + ".invalid", ".".join(["x" * 60] * 5) + ".invalid"])
def test_a_name_that_cannot_be_looked_up_is_told(passing: Secure, name: str) -> None:
    answer = asked(passing, f"CONNECT {name}:443 HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 502 outside_unreachable; have={name[:20]}".encode())


def test_the_proxy_leads_not_to_itself(passing: Secure) -> None:
    port = passing.port("proxy")
    answer = asked(passing, b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % port)
    assert answer.startswith(b"HTTP/1.1 403 outside_itself; ")
    assert [each["path"] for each in passing.outside()] == [f"localhost:{port}"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this machine has one local address")
def test_it_knows_itself_by_every_local_address(tmp_path: Path) -> None:
    with secure(tmp_path, host="0.0.0.0", proxy_pass=("0x7f.2",)) as server:  # noqa: S104 - as in a container
        answer = asked(
            server, b"CONNECT 0x7f.2:%d HTTP/1.1\r\n\r\nCONNECT slack.com:443 HTTP/1.1\r\n\r\n" % server.port("proxy")
        )
    assert answer.startswith(b"HTTP/1.1 403 outside_itself; ")


def test_a_named_host_that_cannot_be_reached_is_told(passing: Secure) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    answer = asked(passing, b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % port)
    assert answer.startswith(b"HTTP/1.1 502 outside_unreachable; have=localhost:%d (" % port)


def test_a_name_below_is_let_through_and_the_name_itself_is_not(passing: Secure) -> None:
    assert asked(passing, b"CONNECT invalid:443 HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403 outside; ")
