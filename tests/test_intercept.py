"""`Client.intercept`: programs with Zoho's hosts written in, in the tests' own process, each by its own library."""

from __future__ import annotations

import ast
import asyncio
import errno
import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.resolver
import httpx
import pytest
import requests
import trustme
import urllib3
import uvloop

import mockcliq
from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.interception import Interception
from tests.processes import PATIENCE_S, ROOT, clean_environment, free_port

CLIQ = "https://cliq.zoho.com"
CHATS = "/api/v2/chats"
NOBODY_S = "1000.nobody.issued.this"
"""A token of the real service, say."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mockcliq.Client]:
    with mockcliq.start(world="empty", tls_directory=tmp_path_factory.mktemp("tls")) as started:
        yield started


@pytest.fixture
def world(server: mockcliq.Client) -> Iterator[mockcliq.Client]:
    with server.worlds.create() as made:
        yield made


@pytest.fixture
def another(server: mockcliq.Client) -> Iterator[mockcliq.Client]:
    with server.worlds.create() as made:
        yield made


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The hosts that are looked up, save addresses: there are none unless a test says so."""
    resolve = socket.getaddrinfo
    names: list[str] = []

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host is not None and not set(host) <= set("0123456789abcdef.:"):
            names.append(host)
            host = "127.0.0.1"
        return resolve(host, *arguments, **options)

    with monkeypatch.context() as patching:
        patching.setattr(socket, "getaddrinfo", getaddrinfo)
        yield names
        assert socket.getaddrinfo is getaddrinfo
    assert not [name for name in names if name in ZOHO_HOSTS]


def patchable() -> dict[str, object]:
    """What interception may touch, as it is now."""
    owners = {"socket": socket, "class": socket.socket, "ssl": ssl.SSLContext, "uvloop": uvloop.Loop}
    owners["aiohttp"] = aiohttp.resolver.AsyncResolver
    found: dict[str, object] = {
        f"{name}.{key}": value for name, owner in owners.items() for key, value in vars(owner).items()
    }
    return found | {"path": list(sys.meta_path), "environment": dict(os.environ)}


# The clients: each calls a URL with a token, and gives the status


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def by_requests(url: str, token: str) -> int:
    return requests.get(url, headers=headers(token), timeout=PATIENCE_S).status_code


def by_httpx(url: str, token: str) -> int:
    return httpx.get(url, headers=headers(token)).status_code


def by_urllib3(url: str, token: str) -> int:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url, headers=headers(token)).status


def by_urllib(url: str, token: str) -> int:
    try:
        request = urllib.request.Request(url, headers=headers(token))  # noqa: S310 - one of these tests' own
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def by_http_client(url: str, token: str) -> int:
    host, _, path = url.partition("://")[2].partition("/")
    kind = http.client.HTTPSConnection if url.startswith("https") else http.client.HTTPConnection
    connection = kind(host)
    connection.request("GET", f"/{path}", headers=headers(token))
    status = connection.getresponse().status
    connection.close()
    return status


async def httpx_async(url: str, token: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(url, headers=headers(token))).status_code


async def aiohttp_async(url: str, token: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers(token)) as answer:
        return answer.status


class LooksUpElsewhere(aiohttp.AsyncResolver):
    """aiohttp's resolver where aiodns is installed: it never asks `socket`."""

    def __init__(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def aiohttp_with_aiodns(url: str, token: str) -> int:
    connector = aiohttp.TCPConnector(resolver=LooksUpElsewhere())
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(url, headers=headers(token)) as answer,
    ):
        return answer.status


async def streams_async(url: str, token: str) -> int:
    host, _, path = url.partition("://")[2].partition("/")
    is_secure = url.startswith("https")
    reader, writer = await asyncio.open_connection(host, 443 if is_secure else 80, ssl=is_secure or None)
    lines = [f"GET /{path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status


Call = Callable[[str, str], int]
AsyncCall = Callable[[str, str], Coroutine[Any, Any, int]]


def on(loop: Callable[[], asyncio.AbstractEventLoop], call: AsyncCall) -> Call:
    def run(url: str, token: str) -> int:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(call(url, token))

    return run


SYNC: list[Call] = [by_requests, by_httpx, by_urllib3, by_urllib, by_http_client]
ASYNC: list[AsyncCall] = [httpx_async, aiohttp_async, aiohttp_with_aiodns, streams_async]
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
CLIENTS = [pytest.param(call, id=call.__name__) for call in SYNC] + [
    pytest.param(on(loop, call), id=f"{call.__name__}-{name}") for call in ASYNC for name, loop in LOOPS.items()
]
every_client = pytest.mark.parametrize("call", CLIENTS)


@every_client
def test_each_client_reaches_the_world_and_nothing_stays_patched(world: mockcliq.Client, call: Call) -> None:
    before = patchable()
    with world.intercept():
        assert call(CLIQ + CHATS, world.token) == 200
        assert call(f"http://cliq.zoho.eu{CHATS}", world.token) == 200
    assert patchable() == before
    assert [each.status for each in world.requests()] == [200, 200]


@every_client
def test_a_token_that_nobody_issued_is_refused_in_this_world(
    server: mockcliq.Client, world: mockcliq.Client, call: Call
) -> None:
    before = len(server.requests())
    with world.intercept():
        assert call(CLIQ + CHATS, NOBODY_S) == 401
    assert [each.status for each in world.requests()] == [401]
    assert len(server.requests()) == before


@every_client
def test_a_proxy_of_the_environment_does_not_lead_the_hosts_away(
    world: mockcliq.Client, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "internal.example")
    before = dict(os.environ)
    with world.intercept():
        assert call(CLIQ + CHATS, world.token) == 200
        assert os.environ["no_proxy"].startswith("internal.example,accounts.zoho.")
    assert dict(os.environ) == before


def test_all_hosts_lead_there_however_they_are_written(world: mockcliq.Client) -> None:
    with world.intercept(), urllib3.PoolManager() as pool:
        assert {pool.request("GET", f"https://{host}{CHATS}").status for host in ZOHO_HOSTS} == {401}
        assert by_http_client(f"https://CLIQ.zoho.com:443{CHATS}", world.token) == 200
        assert by_http_client(f"https://cliq.zoho.com.{CHATS}", world.token) == 200
    assert len(world.requests()) == len(ZOHO_HOSTS) + 2


def test_what_no_library_does_reaches_it_too(world: mockcliq.Client) -> None:
    """A socket that is given a name, one for IPv6, `connect_ex`, and TLS begun before the connection."""
    context = ssl.create_default_context()
    with world.intercept():
        with socket.socket() as by_name:
            by_name.settimeout(7)
            by_name.connect(("cliq.zoho.com", 443))
            assert by_name.gettimeout() == 7
        (found,) = socket.getaddrinfo("cliq.zoho.com", 80, socket.AF_INET6, socket.SOCK_STREAM)
        with socket.socket(socket.AF_INET6) as for_ipv6:
            for_ipv6.settimeout(0)
            assert for_ipv6.connect_ex(found[4]) == 0
            assert not for_ipv6.getblocking()
        with context.wrap_socket(socket.socket(), server_hostname="cliq.zoho.com") as secured:
            secured.connect(("cliq.zoho.com", 443))
            assert ("DNS", "cliq.zoho.com") in secured.getpeercert()["subjectAltName"]  # type: ignore[index]  # there is one
        assert socket.gethostbyname("cliq.zoho.com").startswith("127.")
        assert socket.gethostbyname_ex("accounts.zoho.com")[2][0].startswith("127.")


def test_the_proxys_reason_is_in_the_error(world: mockcliq.Client) -> None:
    with world.intercept():
        with pytest.raises(
            ConnectionRefusedError, match=r"refused cliq.zoho.com:8443: 403 outside_port; .* need=port 443 or 80"
        ):
            socket.create_connection(("cliq.zoho.com", 8443))
        with pytest.raises(requests.ConnectionError, match="need=port 443 or 80"):
            by_requests("https://cliq.zoho.com:8443/", NOBODY_S)
        with socket.socket() as plain:
            assert plain.connect_ex(("cliq.zoho.com", 8443)) == errno.ECONNREFUSED


def test_a_proxy_that_has_gone_is_told_as_that(environment: dict[str, str]) -> None:
    gone = Interception(f"http://127.0.0.1:{free_port()}", Path(environment["MOCKCLIQ_RUN_CA"]).read_text(), ZOHO_HOSTS)
    gone.begin()
    try:
        with pytest.raises(ConnectionRefusedError, match=r"MockCliq's proxy at 127.0.0.1:\d+ cannot be used: "):
            socket.create_connection(("cliq.zoho.com", 443))
    finally:
        gone.end()


# Sessions, threads, worlds


@contextmanager
def sessions() -> Iterator[list[Call]]:
    """Calls by sessions that keep their connections."""
    with ExitStack() as stack:
        by_requests = stack.enter_context(requests.Session())
        by_httpx = stack.enter_context(httpx.Client())
        by_urllib3 = stack.enter_context(urllib3.PoolManager())
        calls: list[Call] = [
            lambda url, token: by_requests.get(url, headers=headers(token), timeout=PATIENCE_S).status_code,
            lambda url, token: by_httpx.get(url, headers=headers(token)).status_code,
            lambda url, token: by_urllib3.request("GET", url, headers=headers(token)).status,
        ]
        for loop in LOOPS.values():
            runner = stack.enter_context(asyncio.Runner(loop_factory=loop))
            for open_session in (aiohttp_session, httpx_session):
                call, close = runner.run(open_session())
                stack.callback(runner.run, close())
                calls.append(partial(_run, runner, call))
        yield calls


def _run(runner: asyncio.Runner, call: AsyncCall, url: str, token: str) -> int:
    return runner.run(call(url, token))


async def aiohttp_session() -> tuple[AsyncCall, Callable[[], Coroutine[Any, Any, None]]]:
    session = aiohttp.ClientSession()

    async def call(url: str, token: str) -> int:
        async with session.get(url, headers=headers(token)) as answer:
            return answer.status

    return call, session.close


async def httpx_session() -> tuple[AsyncCall, Callable[[], Coroutine[Any, Any, None]]]:
    session = httpx.AsyncClient()

    async def call(url: str, token: str) -> int:
        return (await session.get(url, headers=headers(token))).status_code

    return call, session.aclose


def test_a_session_made_before_goes_to_one_world_after_the_other(
    world: mockcliq.Client, another: mockcliq.Client
) -> None:
    """Whatever it keeps: connections, resolved names, a context."""
    with sessions() as calls:
        for each in (world, another, world):
            each.clear_requests()
            with each.intercept():
                assert {call(CLIQ + CHATS, NOBODY_S) for call in calls * 2} == {401}
            assert len(each.requests()) == 2 * len(calls)


def test_of_nested_ones_the_innermost_decides(world: mockcliq.Client, another: mockcliq.Client) -> None:
    before = patchable()
    with sessions() as calls, world.intercept() as entered:
        assert entered is world
        for call in calls:
            call(CLIQ + CHATS, NOBODY_S)
        with another.intercept():
            for call in calls:
                call(CLIQ + CHATS, NOBODY_S)
        for call in calls:
            call(CLIQ + CHATS, NOBODY_S)
    assert (len(world.requests()), len(another.requests())) == (2 * len(calls), len(calls))
    assert patchable() == before


def test_those_of_threads_may_overlap(world: mockcliq.Client, another: mockcliq.Client) -> None:
    before = patchable()
    with world.intercept():
        inner = another.intercept()
        inner.__enter__()
    assert by_requests(CLIQ + CHATS, NOBODY_S) == 401
    inner.__exit__(None, None, None)
    assert len(another.requests()) == 1
    assert patchable() == before


def test_threads_started_before_are_covered(world: mockcliq.Client) -> None:
    may_call = threading.Event()
    statuses: list[int] = []

    def work() -> None:
        may_call.wait(PATIENCE_S)
        statuses.append(by_requests(CLIQ + CHATS, world.token))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    with world.intercept():
        may_call.set()
        for each in threads:
            each.join()
    assert statuses == [200] * 8
    assert len(world.requests()) == 8


# What others do


@contextmanager
def served_elsewhere(certificate: trustme.LeafCert) -> Iterator[int]:
    """A server of somebody else's, by https; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_any_other_host_is_left_alone(world: mockcliq.Client, tmp_path: Path, looked_up: list[str]) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with served_elsewhere(ca.issue_cert("elsewhere.example")) as port, world.intercept():
        url = f"https://elsewhere.example:{port}/"
        assert requests.get(url, verify=str(tmp_path / "ca.pem"), timeout=PATIENCE_S).status_code == 204
        with pytest.raises(requests.exceptions.SSLError):
            by_requests(url, NOBODY_S)
    assert set(looked_up) == {"elsewhere.example"}
    assert world.requests() == []


def test_what_somebody_patches_meanwhile_stays(world: mockcliq.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    with monkeypatch.context() as patching:
        with world.intercept():
            ours = socket.getaddrinfo

            def theirs(host: Any, *arguments: Any, **options: Any) -> Any:
                asked.append(host)
                return ours(host, *arguments, **options)

            patching.setattr(socket, "getaddrinfo", theirs)
            assert by_requests(CLIQ + CHATS, world.token) == 200
        assert socket.getaddrinfo is theirs
        assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
        with world.intercept():
            assert by_requests(CLIQ + CHATS, world.token) == 200
        assert socket.getaddrinfo is theirs
    assert socket.getaddrinfo is ours, "they have put back what they found"
    with world.intercept():
        assert by_requests(CLIQ + CHATS, world.token) == 200
    assert asked.count("cliq.zoho.com") == 1


# What is missing


def test_a_server_without_a_proxy_says_how_to_get_one(tmp_path: Path) -> None:
    before = patchable()
    with (
        mockcliq.start(world="empty", tls="on-demand", tls_directory=tmp_path) as server,
        pytest.raises(mockcliq.NoServer, match=r"has no proxy, .* MOCKCLIQ_PROXY=on$"),
        server.intercept(),
    ):
        pass
    assert patchable() == before


def test_a_ca_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with mockcliq.start(world="empty", tls_directory=tmp_path / "file" / "tls") as server:
        assert server.ready(), "nobody has asked for the CA"
        with (
            pytest.raises(mockcliq.Refused, match=r"cannot be used: .*; MOCKCLIQ_TLS_DIRECTORY names another"),
            server.intercept(),
        ):
            pass


def test_what_the_environment_says_of_the_proxy_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKCLIQ_PROXY", "off")
    with (
        mockcliq.start(world="empty", tls_directory=tmp_path) as server,
        pytest.raises(mockcliq.NoServer),
        server.intercept(),
    ):
        pass


# Programs of their own, as `mockcliq run` starts them

PROGRAM = """
import asyncio, sys
import aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        for url in sys.argv[1:]:
            try:
                async with session.get(url, headers={"Authorization": "Bearer 1000.nobody.issued.this"}) as answer:
                    print(answer.status)
            except aiohttp.ClientConnectorError as error:
                print(error.os_error)

asyncio.run(main())
import uvloop
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""
FOLDER = ROOT / "mockcliq" / "launch" / "pythonpath"


@pytest.fixture
def environment(world: mockcliq.Client, tmp_path: Path) -> dict[str, str]:
    """What `mockcliq run` sets."""
    told = httpx.get(f"{world.url}/_mockcliq/server", trust_env=False).json()
    (tmp_path / "ca.pem").write_text(httpx.get(f"{world.url}/_mockcliq/ca.pem", trust_env=False).text)
    return clean_environment() | {
        "PYTHONPATH": str(FOLDER),
        "MOCKCLIQ_RUN_PROXY": f"http://{world.world}@127.0.0.1:{told['proxy_port']}",
        "MOCKCLIQ_RUN_CA": str(tmp_path / "ca.pem"),
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )


def test_a_program_is_led_there_whole(world: mockcliq.Client, environment: dict[str, str]) -> None:
    """By aiohttp, which asks no variable for a proxy, and by uvloop, which is loaded later."""
    urls = (f"{CLIQ}{CHATS}", "https://elsewhere.example/", "http://203.0.113.7/", f"{world.url}{CHATS}")
    done = run(environment, "-c", PROGRAM, *urls)
    seen = ["401", "one of Zoho's hosts", "a host's name", "401"]
    assert [line.rpartition("need=")[2] for line in done.stdout.splitlines()] == seen * 2
    assert done.stderr == ""
    journal = [each.operation for each in world.requests()]
    assert journal == ["list_direct_chats", "outside", "outside"] * 2


def test_what_is_local_and_what_no_proxy_names_is_left_alone(
    world: mockcliq.Client, environment: dict[str, str]
) -> None:
    program = """
import socket
for host in ("localhost", "127.0.0.1", socket.gethostname()):
    try:
        socket.create_connection((host, 9), timeout=5)
    except socket.gaierror:
        assert host not in ("localhost", "127.0.0.1"), host  # not every machine knows its own name
    except ConnectionRefusedError as error:
        assert "MockCliq" not in str(error), error
try:
    socket.getaddrinfo("db.invalid", 5432)
except socket.gaierror:
    print("looked up")
"""
    assert run(environment | {"NO_PROXY": "db.invalid"}, "-c", program).stdout == "looked up\n"
    assert run(environment, "-c", program).stdout == ""
    assert world.requests() == []


def test_the_addresses_of_a_host_that_is_left_alone_are_left_alone_too(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, resolve = socket.socket.connect, socket.getaddrinfo
    reached: list[Any] = []

    def to_the_database(sock: socket.socket, address: Any) -> None:
        if address[0] == "203.0.113.9":
            reached.append(address)
        else:
            connect(sock, address)

    def of_the_database(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("203.0.113.9" if host == "db.internal" else host, *arguments, **options)

    ca = Path(environment["MOCKCLIQ_RUN_CA"]).read_text()
    with monkeypatch.context() as patching:
        patching.setattr(socket.socket, "connect", to_the_database)
        patching.setattr(socket, "getaddrinfo", of_the_database)
        patching.setenv("NO_PROXY", "db.internal")
        interception = Interception(environment["MOCKCLIQ_RUN_PROXY"], ca, ZOHO_HOSTS, others=True)
        interception.begin()
        try:
            socket.create_connection(("db.internal", 5432)).close()
            with pytest.raises(ConnectionRefusedError, match="need=a host's name"):
                socket.create_connection(("203.0.113.8", 5432))
        finally:
            interception.end()
    assert reached == [("203.0.113.9", 5432)]


def test_the_next_sitecustomize_is_loaded(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('the next', __name__)")
    environment["PYTHONPATH"] = os.pathsep.join([str(FOLDER), str(tmp_path)])
    done = run(environment, "-c", "import sitecustomize; print(sitecustomize.__file__)")
    assert done.stdout == f"the next sitecustomize\n{tmp_path / 'sitecustomize.py'}\n"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"MOCKCLIQ_RUN_CA": "/nowhere/ca.pem"}, "No such file or directory"),
        ({"MOCKCLIQ_RUN_CA": __file__}, "intercepted: "),
        ({"MOCKCLIQ_RUN_PROXY": "http://[1"}, "Invalid IPv6 URL"),
        ({"MOCKCLIQ_RUN_PROXY": "http://127.0.0.1:http"}, "intercepted: "),
        ({"MOCKCLIQ_RUN_PROXY": ""}, None),
    ],
)
def test_a_program_goes_on_whatever_fails(
    environment: dict[str, str], changed: dict[str, str], said: str | None
) -> None:
    done = run(environment | changed, "-c", "print('goes on')")
    assert done.stdout == "goes on\n"
    lines = done.stderr.splitlines()
    assert len(lines) == (said is not None)
    assert all(line.startswith("mockcliq run: ") and said is not None and said in line for line in lines)


def test_no_warning_of_a_misspelt_variable_is_given_in_such_a_program(environment: dict[str, str]) -> None:
    environment["PYTHONPATH"] = os.pathsep.join([str(FOLDER), str(ROOT)])
    assert run(environment, "-m", "mockcliq", "worlds", "list", "--help").stderr == ""


def test_a_block_in_such_a_program_decides(world: mockcliq.Client, environment: dict[str, str], tmp_path: Path) -> None:
    """Whatever CA the other server has."""
    environment["PYTHONPATH"] = os.pathsep.join([str(FOLDER), str(ROOT)])
    with mockcliq.start(world="empty", tls_directory=tmp_path / "another") as another:
        program = f"""
import mockcliq, requests
def call():
    return requests.get("{CLIQ}{CHATS}", headers={{"Authorization": "Bearer 1000.nobody.issued.this"}}).status_code
print(call())
with mockcliq.connect("{another.url}").intercept():
    print(call())
print(call())
"""
        assert run(environment, "-c", program).stdout.split() == ["401"] * 3
        assert (len(world.requests()), len(another.requests())) == (2, 1)


@pytest.mark.parametrize("file", ["interception.py", "contract/zoho_hosts.py", "launch/pythonpath/sitecustomize.py"])
def test_a_program_may_have_an_older_python(file: str) -> None:
    ast.parse((ROOT / "mockcliq" / file).read_text(), feature_version=(3, 8))
