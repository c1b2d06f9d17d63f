"""Connections that a fault rule breaks off, as sockets and clients see it, wherever our HTTP protocol may run."""

from __future__ import annotations

import asyncio
import http.client
import logging
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockcliq.app import MockCliq, create_app
from mockcliq.http.connection import HttpConnection
from mockcliq.runtime.journal import Exchange
from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.control.test_problems import problem
from tests.needs import needs
from tests.plain_uvicorn import OnH11, plain_uvicorn
from tests.processes import SERVE, Program, programs, until
from tests.wire import Wire, connected, request

pytestmark = pytest.mark.slow

CHANNEL = "/api/v2/chats/987000000654321"
LIST = request("GET", "/api/v2/chats")
MUTE = request("POST", f"{CHANNEL}/mute")
OWNER = {"Authorization": "Bearer 1000.mockcliq.owner"}
WORLD = Settings(world="documentation", rate_limit=False)
BROKEN = ("reset", "empty", "truncate", "garbage")

each_way = pytest.mark.parametrize("how", BROKEN)


def behind_a_layer(app: ASGIApp) -> ASGIApp:
    """What most middleware does: hand a copy of the scope on, and a `send` of its own."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        async def passed_on(message: Message) -> None:
            await send(message)

        await app(dict(scope), receive, passed_on)

    return layer


SERVERS: dict[str, Callable[[], AbstractContextManager[Running]]] = {
    "ours": lambda: running(WORLD),
    "a uvicorn's, asyncio": lambda: plain_uvicorn(WORLD, HttpConnection, "asyncio"),
    "a uvicorn's, h11, asyncio": lambda: plain_uvicorn(WORLD, OnH11, "asyncio"),
    "a uvicorn's, h11, uvloop": lambda: plain_uvicorn(WORLD, OnH11, "uvloop"),
    "a uvicorn's, behind a layer": lambda: plain_uvicorn(WORLD, HttpConnection, "uvloop", behind_a_layer),
}


@pytest.fixture(scope="module")
def _shared_servers() -> Iterator[dict[str, Running]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve()) for name, serve in SERVERS.items()}


@pytest.fixture(params=SERVERS)
def server(
    request: pytest.FixtureRequest, _shared_servers: dict[str, Running], caplog: pytest.LogCaptureFixture
) -> Iterator[Running]:
    """Each of the servers, at its start; what a rule does to connections is nothing for its log."""
    running: Running = _shared_servers[request.param]
    running.start_over()
    caplog.set_level(logging.WARNING)
    yield running
    # Answered behind whatever the test did.
    running.control("GET", "/health")
    assert [record.getMessage() for record in caplog.get_records("call")] == []


@pytest.fixture
def ours(_shared_servers: dict[str, Running]) -> Running:
    """Our own server, at its start."""
    _shared_servers["ours"].start_over()
    return _shared_servers["ours"]


def add(server: Running, then: dict[str, Any], **rest: Any) -> str:
    """Make a rule; gives its id."""
    rule_id: str = server.control("POST", "/faults", json={"then": then, **rest})["id"]
    return rule_id


def counted(server: Running) -> tuple[int, int]:
    """The hits and firings of the only rule."""
    (rule,) = server.control("GET", "/faults")["faults"]
    return rule["hits"], rule["fired"]


def assert_broken(ending: tuple[bytes, str], how: str) -> None:
    """The connection was broken off in that way, and in no other."""
    read, end = ending
    assert end == ("RST" if how == "reset" else "FIN")
    if how in ("reset", "empty"):
        assert read == b""
    elif how == "garbage":
        assert read
        assert b"HTTP/" not in read
    else:
        head, body, announced = taken_apart(read)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"content-type: application/json" in head
        assert 0 < len(body) < announced


def taken_apart(read: bytes) -> tuple[bytes, bytes, int]:
    """The head of an answer, its body and the length that it announced."""
    head, _, body = read.partition(b"\r\n\r\n")
    (length,) = [line for line in head.split(b"\r\n") if line.startswith(b"content-length: ")]
    return head, body, int(length.removeprefix(b"content-length: "))


# Sockets


@each_way
def test_a_connection_is_broken_off_as_the_rule_says_and_no_other_is(how: str, server: Running) -> None:
    with connected(server.port) as other, connected(server.port) as wire:
        other.send(LIST)
        assert other.answer().status_code == 200
        add(server, {"connection": how}, when={"times": 1})
        wire.send(LIST)
        assert_broken(wire.rest(), how)
        assert counted(server) == (1, 1)
        other.send(LIST)
        assert other.answer().status_code == 200


@each_way
def test_it_needs_no_token_and_comes_after_unknown_paths_and_methods(how: str, server: Running) -> None:
    add(server, {"connection": how})
    with connected(server.port) as wire:
        for method, path, status in (("GET", "/api/v2/nope", 404), ("PUT", "/api/v2/chats", 405)):
            wire.send(request(method, path))
            assert wire.answer().status_code == status
        wire.send(request("GET", "/api/v2/chats", token=None))
        assert_broken(wire.rest(), how)


@each_way
def test_a_connection_that_was_used_before_is_broken_off_too(how: str, server: Running) -> None:
    """Also one that has been handed over to h11, by a method that the fast parser does not know."""
    add(server, {"connection": how}, match={"operation": "mute_chat"})
    with connected(server.port) as wire:
        wire.send(request("QUERY", "/api/v2/chats"))
        assert wire.answer().status_code == 405
        wire.send(LIST)
        assert wire.answer().status_code == 200
        wire.send(MUTE)
        assert_broken(wire.rest(), how)


@each_way
def test_what_was_answered_before_in_a_pipeline_arrives_and_what_stands_behind_is_not_served(
    how: str, server: Running
) -> None:
    add(server, {"connection": how}, match={"operation": "mute_chat"})
    with connected(server.port) as wire:
        wire.send(LIST + MUTE + request("POST", f"{CHANNEL}/unmute"))
        assert wire.answer().status_code == 200
        assert_broken(wire.rest(), how)
    assert counted(server) == (1, 1)


@each_way
def test_a_request_behind_that_comes_by_itself_does_not_keep_it(how: str, server: Running) -> None:
    """It waits its turn while the first is delayed."""
    add(server, {"connection": how, "delay_ms": 60})
    with connected(server.port) as wire:
        wire.send(LIST, LIST)
        until(lambda: counted(server)[0] == 1)
        assert_broken(wire.rest(), how)
    assert counted(server) == (1, 1)


@each_way
@pytest.mark.parametrize("size", [20, 300_000])
def test_a_body_is_taken_in_first(how: str, size: int, server: Running) -> None:
    """Else the system would make an RST of every close, or cut off who is still sending."""
    add(server, {"connection": how})
    message = request("POST", f"{CHANNEL}/stickymessage", body=b"x" * size)
    with connected(server.port) as wire:
        wire.send(message[:-size], message[-size:-1])
        until(lambda: counted(server)[1] == 1)
        assert wire.is_waiting()
        wire.send(message[-1:])
        assert_broken(wire.rest(), how)


@each_way
def test_a_body_that_was_refused_is_taken_in_too(how: str, server: Running) -> None:
    """Whether its length was announced or not; here the work, which is a refusal, is done first."""
    add(server, {"connection": how, "apply": "after"})
    big = b"x" * (1024 * 1024 + 1)
    for message in (
        request("POST", f"{CHANNEL}/stickymessage", body=big),
        request("POST", f"{CHANNEL}/stickymessage", "Transfer-Encoding: chunked") + b"100001\r\n%b\r\n0\r\n\r\n" % big,
        request("POST", f"{CHANNEL}/stickymessage", token=None, body=b"{}"),
    ):
        with connected(server.port) as wire:
            wire.send(message)
            read, end = wire.rest()
            assert end == ("RST" if how == "reset" else "FIN")
            assert read.startswith(b"HTTP/1.1 40") == (how == "truncate")


@pytest.mark.parametrize("how", [*BROKEN, "hang"])
def test_who_waits_to_be_asked_for_the_body_is_not_asked(how: str, server: Running) -> None:
    add(server, {"connection": how})
    with connected(server.port) as wire:
        wire.send(request("POST", f"{CHANNEL}/stickymessage", "Expect: 100-continue", "Content-Length: 9"))
        if how == "hang":
            until(lambda: counted(server)[1] == 1)
            server.control("GET", "/health")
            assert wire.is_waiting()
        else:
            assert_broken(wire.rest(), how)


@each_way
def test_http_1_0_is_broken_off_as_well(how: str, server: Running) -> None:
    add(server, {"connection": how})
    with connected(server.port) as wire:
        wire.send(LIST.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert_broken(wire.rest(), how)


def test_a_call_hangs_while_others_are_answered(server: Running) -> None:
    add(server, {"connection": "hang"}, match={"operation": "mute_chat"})
    with connected(server.port) as hanging, connected(server.port) as other:
        hanging.send(MUTE)
        until(lambda: counted(server)[1] == 1)
        for _ in range(20):
            other.send(LIST)
            assert other.answer().status_code == 200
        assert hanging.is_waiting()
        hanging.send(LIST)
        other.send(LIST)
        assert other.answer().status_code == 200
        assert hanging.is_waiting(), "a call behind it is not answered either"


@each_way
def test_a_delay_comes_first(how: str, server: Running) -> None:
    """By so much as the delay at least; meanwhile others are answered."""
    add(server, {"connection": how, "delay_ms": 100, "jitter_ms": 50}, match={"operation": "mute_chat"})
    with connected(server.port) as wire, connected(server.port) as other:
        began = time.monotonic()
        wire.send(MUTE)
        other.send(LIST)
        assert other.answer().status_code == 200
        assert_broken(wire.rest(), how)
        assert time.monotonic() - began >= 0.099  # a timer of the loop counts whole milliseconds


@pytest.mark.parametrize("how", [*BROKEN, "hang"])
def test_a_client_that_has_gone_is_not_missed(how: str, server: Running) -> None:
    """The log says nothing of it; the call that comes later ends later."""
    add(server, {"connection": how, "delay_ms": 60}, when={"times": 1})
    add(server, {"connection": "empty", "delay_ms": 60}, when={"after": 1})
    with connected(server.port) as wire:
        wire.send(LIST)
        until(lambda: server.control("GET", "/faults")["faults"][1]["fired"] == 1)
    with connected(server.port) as wire:
        wire.send(LIST)
        assert_broken(wire.rest(), "empty")


@pytest.mark.parametrize("how", [*BROKEN, "hang"])
def test_a_client_that_goes_while_it_sends_is_not_missed(how: str, server: Running) -> None:
    add(server, {"connection": how})
    with connected(server.port) as wire:
        wire.send(request("POST", f"{CHANNEL}/stickymessage", body=b"x" * 100)[:-50])
        until(lambda: counted(server)[1] == 1)


# Lost answers


def is_muted(server: Running) -> bool:
    """Whether the channel is muted for the owner."""
    (chat,) = [chat for chat in server.control("GET", "/state")["chats"] if "987000000654321" in chat["aliases"]]
    users = {user["role"]: user["id"] for user in server.control("GET", "/users")["users"]}
    (muted,) = [each.get("muted", False) for each in chat["participants"] if each["user"] == users["owner"]]
    return bool(muted)


@each_way
def test_a_lost_answer_leaves_the_work_done_and_the_retry_is_safe(how: str, server: Running) -> None:
    add(server, {"connection": how, "apply": "after"}, when={"times": 1})
    assert not is_muted(server)
    with connected(server.port) as wire:
        wire.send(MUTE)
        assert_broken(wire.rest(), how)
    assert is_muted(server)
    assert server.as_("owner").post("/chats/987000000654321/mute").status_code == 204
    assert is_muted(server)


@each_way
def test_without_after_the_work_is_not_done(how: str, server: Running) -> None:
    add(server, {"connection": how})
    with connected(server.port) as wire:
        wire.send(MUTE)
        assert_broken(wire.rest(), how)
    assert not is_muted(server)


def test_a_hanging_call_may_have_done_its_work(server: Running) -> None:
    add(server, {"connection": "hang", "apply": "after"}, match={"operation": "mute_chat"})
    with connected(server.port) as wire:
        wire.send(MUTE)
        until(lambda: is_muted(server))
        assert wire.is_waiting()


def test_the_calls_own_answer_is_cut_in_half(server: Running) -> None:
    """A refusal, too; and its headers are there."""
    for token, status in (("1000.mockcliq.owner", 200), (None, 401)):
        message = request("GET", "/api/v2/chats", "Origin: https://page.test", token=token)
        with connected(server.port) as wire:
            wire.send(message)
            whole = wire.answer().content
        rule = add(server, {"connection": "truncate", "apply": "after"})
        with connected(server.port) as wire:
            wire.send(message)
            read, end = wire.rest()
        head, body, announced = taken_apart(read)
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"access-control-allow-origin: https://page.test" in head
        assert (body, announced, end) == (whole[: len(whole) // 2], len(whole), "FIN")
        server.control("DELETE", f"/faults/{rule}")


# Clients


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("reset", httpx.ReadError),
        ("empty", httpx.RemoteProtocolError),
        ("truncate", httpx.RemoteProtocolError),
        ("garbage", httpx.RemoteProtocolError),
        ("hang", httpx.ReadTimeout),
    ],
)
def test_httpx_says_what_it_met(how: str, error: type[Exception], server: Running) -> None:
    add(server, {"connection": how})
    with pytest.raises(error):
        server.as_("owner").get("/chats", timeout=0.3)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("reset", ConnectionResetError),
        ("empty", http.client.RemoteDisconnected),
        ("truncate", http.client.IncompleteRead),
        ("garbage", http.client.BadStatusLine),
        ("hang", TimeoutError),
    ],
)
def test_urllib_says_what_it_met(how: str, error: type[Exception], ours: Running) -> None:
    add(ours, {"connection": how})
    body = b"{}"  # sent in a segment of its own
    asked = urllib.request.Request(f"{ours.url}{CHANNEL}/stickymessage", body, OWNER)  # noqa: S310 - our own server's
    with pytest.raises(error):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=0.3).read()


@needs("curl")
@pytest.mark.parametrize(
    ("how", "code"), [("reset", 56), ("empty", 52), ("truncate", 18), ("garbage", 1), ("hang", 28)]
)
def test_curl_says_what_it_met(how: str, code: int, ours: Running) -> None:
    """Its exit codes: failure to receive, nothing received, a partial file, no HTTP, out of time."""
    add(ours, {"connection": how})
    curl = ["curl", "-sS", "--noproxy", "*", "--max-time", "0.5" if how == "hang" else "30", f"{ours.url}/api/v2/chats"]
    assert subprocess.run(curl, capture_output=True, check=False).returncode == code


# As a part of another application


def below_mock(app: ASGIApp) -> ASGIApp:
    """A mount that takes its path off the request's."""

    async def mount(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix("/mock")
        await app({**scope, "path": path} if scope["type"] == "http" else scope, receive, send)

    return mount


def mounted_at_mock(app: ASGIApp) -> ASGIApp:
    """A mount of Starlette's, which does not begin what it mounts."""
    assert isinstance(app, MockCliq)
    return Starlette(routes=[Mount("/mock", app)], lifespan=lambda _: app.router.lifespan_context(app))  # type: ignore[arg-type]  # one of two kinds


@each_way
@pytest.mark.parametrize(
    ("within", "config"),
    [
        pytest.param(below_mock, {}, id="a path taken off"),
        pytest.param(mounted_at_mock, {}, id="a mount"),
        pytest.param(behind_a_layer, {"root_path": "/mock"}, id="root_path"),
    ],
)
def test_a_part_of_another_application_breaks_connections_off_too(
    how: str, within: Callable[[ASGIApp], ASGIApp], config: dict[str, str]
) -> None:
    prefix = "" if "root_path" in config else "/mock"
    with plain_uvicorn(WORLD, HttpConnection, "uvloop", within, **config) as server:
        made = server.http.post(f"{prefix}/_mockcliq/faults", json={"then": {"connection": how}})
        assert made.status_code == 201
        with connected(server.port) as wire:
            wire.send(request("GET", f"{prefix}/api/v2/chats"))
            assert_broken(wire.rest(), how)


# On a server that has not our HTTP protocol


@pytest.mark.parametrize("parser", ["h11", "httptools"])
@pytest.mark.parametrize("how", ["reset", "empty", "garbage"])
def test_a_plain_uvicorn_refuses_a_rule_that_it_cannot_carry_out(how: str, parser: str) -> None:
    with plain_uvicorn(WORLD, parser, "asyncio") as server, connected(server.port) as wire:
        answer = server.http.post("/_mockcliq/faults", json={"then": {"connection": how}})
        assert answer.status_code == 422
        assert f"not by {how}; serve by `mockcliq serve`" in problem(answer)["detail"]
        wire.send(LIST)
        assert wire.answer().status_code == 200


@pytest.mark.parametrize("parser", ["h11", "httptools"])
def test_a_plain_uvicorn_cuts_answers_short_and_has_calls_hang_as_well(
    parser: str, caplog: pytest.LogCaptureFixture
) -> None:
    with plain_uvicorn(WORLD, parser, "asyncio") as server:
        add(server, {"connection": "hang"}, match={"operation": "mute_chat"})
        add(server, {"connection": "truncate"}, match={"operation": "list_direct_chats"})
        with connected(server.port) as hanging, connected(server.port) as wire:
            hanging.send(MUTE)
            wire.send(LIST)
            assert_broken(wire.rest(), "truncate")
            assert hanging.is_waiting()
    assert "Traceback" not in caplog.text


# Without a server


def in_process(then: dict[str, Any], *calls: tuple[str, str], patience_s: float | None = None) -> list[Exchange]:
    """Make calls of an application that no server serves, where all match a rule; gives what the journal then holds."""

    async def made() -> list[Exchange]:
        app = create_app(WORLD)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock.test") as client:
            (await client.post("/_mockcliq/faults", json={"then": then})).raise_for_status()
            for method, path in calls:
                with pytest.raises(ConnectionResetError if patience_s is None else TimeoutError):
                    await asyncio.wait_for(client.request(method, path, headers=OWNER), patience_s)
            return list(app.startup.made.default.journal)

    return asyncio.run(made())


@each_way
def test_without_a_server_the_application_raises_what_stands_for_it(how: str) -> None:
    (exchange,) = in_process({"connection": how}, ("GET", "/api/v2/chats"))
    assert (exchange.status, exchange.answer, exchange.fault) == (None, b"", "fault-1")
    assert exchange.operation is not None
    assert exchange.operation.name == "list_direct_chats"
    assert exchange.reason is not None
    assert exchange.reason.line.startswith("injected_fault; have=fault rule fault-1;")


def test_without_a_server_a_call_hangs_until_its_caller_gives_up() -> None:
    """And is written down already."""
    (exchange,) = in_process({"connection": "hang"}, ("GET", "/api/v2/chats"), patience_s=0.05)
    assert (exchange.status, exchange.fault) == (None, "fault-1")


def test_without_a_server_a_delayed_call_can_be_given_up_too() -> None:
    in_process({"delay_ms": 60_000}, ("GET", "/api/v2/chats"), patience_s=0.05)


@pytest.mark.parametrize("how", [*BROKEN, "hang"])
def test_a_lost_answer_is_written_down_as_it_would_have_been(how: str) -> None:
    mute, chats, pin = in_process(
        {"connection": how, "apply": "after"},
        ("POST", f"{CHANNEL}/mute"),
        ("GET", "/api/v2/chats"),
        ("POST", "/api/v2/chats/1/mute"),
        patience_s=0.05 if how == "hang" else None,
    )
    assert (mute.status, mute.answer, mute.reason) == (204, b"", None)
    assert (chats.status, chats.reason) == (200, None)
    assert chats.answer.startswith(b'{"chats":[{')
    assert chats.answer.endswith(b"}]}")
    assert pin.reason is not None
    assert (pin.status, pin.reason.line) == (404, "unknown_chat; have=1; need=the id of a chat")
    assert [mute.fault, chats.fault, pin.fault] == ["fault-1"] * 3


# The end of a server


def hanging(server: Program, wire: Wire, message: bytes) -> None:
    """Make a call hang."""
    with server.http() as client:
        client.post("/_mockcliq/faults", json={"then": {"connection": "hang"}}).raise_for_status()
        wire.send(message)
        until(lambda: client.get("/_mockcliq/faults").json()["faults"][0]["fired"] == 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("behind", [b"", LIST], ids=["alone", "another behind it"])
def test_a_hanging_call_does_not_hold_up_the_end(number: signal.Signals, behind: bytes) -> None:
    with programs() as start:
        server = start(*SERVE, "--world", "empty")
        with connected(server.port) as wire:
            hanging(server, wire, LIST)
            wire.send(behind)
            ended = server.end_by(number)
            assert (ended.code, ended.err) == (0, "")
            assert wire.rest()[0] == b""


@pytest.mark.parametrize("protocol", [HttpConnection, OnH11])
def test_a_uvicorn_of_ones_own_ends_a_hanging_call_without_a_word(
    protocol: type[HttpConnection], caplog: pytest.LogCaptureFixture
) -> None:
    """And without waiting for its grace to be over."""
    caplog.set_level(logging.WARNING)
    with ExitStack() as stack:
        with plain_uvicorn(WORLD, protocol, "asyncio", timeout_graceful_shutdown=20) as server:
            wire = stack.enter_context(connected(server.port))
            add(server, {"connection": "hang"})
            wire.send(LIST)
            until(lambda: counted(server)[1] == 1)
        assert wire.rest()[0] == b""
    assert caplog.messages == []
