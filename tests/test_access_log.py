"""The access log: a line on standard output for each call of an emulated API, as text or JSON."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import ssl
import struct
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.processes import Program, Start, free_port, until

OWNER = {"Authorization": "Bearer 1000.mockcliq.owner"}
KEYS = ["time", "world", "user", "method", "path", "operation", "status", "duration_ms", "reason"]
REAL = "1000.0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f.e0f1a2b3c4d5e6f7e0f1a2b3c4d5zz9z"
"""Of a token that this server did not issue."""


class Logged:
    """A server in the documentation's world that logs its calls, and a client of it."""

    def __init__(self, server: Program) -> None:
        until(lambda: "\n" in server.out or server.has_ended)
        self.server = server
        self.url: str = json.loads(server.out.splitlines()[0])["url"]
        self.port = int(self.url.rpartition(":")[2])
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=OWNER, trust_env=False)

    def control(self, path: str, body: Any) -> None:
        assert self.http.post(f"/_mockcliq{path}", json=body).is_success

    def lines(self) -> list[str]:
        """All that it has logged in the end; it ends here."""
        ended = self.server.end_by(signal.SIGTERM)
        assert (ended.code, ended.err) == (0, "")
        return ended.out.splitlines()[1:]

    def calls(self) -> list[dict[str, Any]]:
        """The same, where it is JSON."""
        return [json.loads(line) for line in self.lines()]


def serve(start: Start, *flags: str) -> Iterator[Logged]:
    served = ("serve", "--port", "0", "--world", "documentation", "--log-format", "json", *flags)
    logged = Logged(start(*served))
    with logged.http:
        yield logged


@pytest.fixture
def logged(start: Start) -> Iterator[Logged]:
    yield from serve(start, "--access-log", "json")


@pytest.fixture
def in_text(start: Start) -> Iterator[Logged]:
    yield from serve(start, "--access-log=text")


@pytest.fixture
def silent(start: Start) -> Iterator[Logged]:
    yield from serve(start)


def test_a_call_is_an_object_with_these_keys(logged: Logged) -> None:
    logged.http.get("/api/v2/chats?limit=3")
    logged.http.post("/w/default/api/v2/chats/0/mute")
    logged.http.get("/nowhere")
    first, second, third = logged.calls()
    assert list(first) == KEYS
    assert {name: first[name] for name in KEYS[1:7]} == {
        "world": "default",
        "user": "631830849",
        "method": "GET",
        "path": "/api/v2/chats",
        "operation": "list_direct_chats",
        "status": 200,
    }
    assert first["reason"] is None
    assert first["duration_ms"] > 0
    assert datetime.fromisoformat(first["time"]).tzinfo is not None
    assert (second["operation"], second["status"]) == ("mute_chat", 404)
    assert second["reason"].startswith("unknown_chat; have=0; need=")
    assert (third["operation"], third["user"], third["status"]) == (None, None, 404)


def test_oauth_calls_are_logged_and_no_others(logged: Logged) -> None:
    login = {
        "grant_type": "refresh_token",
        "client_id": "1000.MOCKCLIQ",
        "client_secret": "mockcliq-secret",
        "refresh_token": "1000.mockcliq.refresh",
    }
    assert "access_token" in logged.http.post("/oauth/v2/token", data=login).json()
    for path in ("/_mockcliq/users", "/_mockcliq/ui", "/docs", "/openapi.json", "/_mockcliq/ready"):
        assert logged.http.get(path).status_code in (200, 307), path
    assert [(call["operation"], call["status"]) for call in logged.calls()] == [("issue_token", 200)]


@pytest.mark.parametrize("how", ["reset", "empty", "truncate", "garbage", "hang"])
@pytest.mark.parametrize("apply", ["before", "after"])
def test_a_connection_that_was_broken_off_has_no_status(logged: Logged, how: str, apply: str) -> None:
    logged.control("/faults", {"then": {"connection": how, "apply": apply}})
    with pytest.raises(httpx.TransportError):
        logged.http.get("/api/v2/chats", timeout=0.5)
    (call,) = logged.calls()
    assert (call["operation"], call["status"]) == ("list_direct_chats", None)


def test_the_status_is_the_one_that_the_client_saw(logged: Logged) -> None:
    logged.control("/faults", {"then": {"status": 503, "apply": "after"}})
    assert logged.http.get("/api/v2/chats").status_code == 503
    assert [call["status"] for call in logged.calls()] == [503]


HOSTILE = ["%0a{}", "%0d%0aGET%20/", "%1b[31m", "%7f", "%c2%85", "%00", "%e2%80%ae", "%e6%9d%b1%20x"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_path_cannot_write_lines_of_its_own(logged: Logged, piece: str) -> None:
    logged.http.get(f"/api/v2/{piece}")
    (call,) = logged.calls()
    assert all(value.isprintable() for value in call.values() if isinstance(value, str))


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_path_cannot_write_lines_of_its_own_in_text(in_text: Logged, piece: str) -> None:
    in_text.http.get(f"/api/v2/{piece}")
    (line,) = in_text.lines()
    assert line.isprintable()
    time, world, user, method, path, operation, status, _, unit, reason, *_ = line.split(" ")
    assert (world, user, method, operation, status, unit) == ("default", "-", "GET", "-", "404", "ms")
    assert datetime.fromisoformat(time).tzinfo is not None
    assert path.startswith("/api/v2/")
    assert reason == "unknown_path;"


def test_secrets_are_redacted_as_in_the_journal(logged: Logged) -> None:
    secret = "opensesame-1234"
    logged.http.get(f"/api/v2/{REAL}")
    logged.http.get(f"/api/v2/chats/{secret}/members?token={secret}")
    logged.http.get(f"/api/v2/x/{secret}", headers={"Authorization": f"Bearer {secret}"})
    kept = [each["path"] for each in logged.http.get("/_mockcliq/requests").json()["requests"]]
    text = "\n".join(logged.lines())
    assert REAL[5:-4] not in text
    assert secret not in text
    assert [json.loads(line)["path"] for line in text.splitlines()] == kept


def test_in_text_a_call_is_a_line_for_people(in_text: Logged) -> None:
    in_text.http.get("/api/v2/chats")
    (line,) = in_text.lines()
    call = r"default 631830849 GET /api/v2/chats list_direct_chats 200 [0-9.]+ ms"
    assert re.fullmatch(rf"[0-9-]+T[0-9:.]+Z {call}", line), line


def test_without_the_setting_nothing_is_logged(silent: Logged) -> None:
    silent.http.get("/api/v2/chats")
    assert silent.lines() == []


def test_a_line_comes_while_the_server_runs(logged: Logged) -> None:
    logged.http.get("/api/v2/chats")
    until(lambda: logged.server.out.count("\n") == 2)


def test_no_call_is_missing_in_the_end(logged: Logged) -> None:
    logged.http.put("/_mockcliq/limits", json={"threshold": 100_000}).raise_for_status()

    async def call_at_once() -> None:
        async with httpx.AsyncClient(base_url=logged.http.base_url, headers=OWNER, trust_env=False) as client:
            for _ in range(20):
                await asyncio.gather(*(client.get("/api/v2/chats") for _ in range(50)))

    asyncio.run(call_at_once())
    assert len(logged.calls()) == 1000


def test_a_client_that_hangs_up_first_is_logged_as_it_is_kept(logged: Logged) -> None:
    with socket.create_connection(("127.0.0.1", logged.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"POST /api/v2/chats/1/stickymessage HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
    logged.http.get("/api/v2/chats")
    kept = [each["operation"] for each in logged.http.get("/_mockcliq/requests").json()["requests"]]
    assert [call["operation"] for call in logged.calls()] == kept


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_client_that_speaks_tls_leaves_a_line_in_the_log(start: Start, log_format: str) -> None:
    port = free_port()
    server = start("serve", "--port", str(port), "--world", "empty", "--log-format", log_format)
    until(lambda: server.out or server.has_ended)
    with socket.create_connection(("127.0.0.1", port)) as client, pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(client, server_hostname="localhost")
    line = server.end_by(signal.SIGTERM).err.rstrip("\n")
    told = json.loads(line)["message"] if log_format == "json" else line
    assert "\n" not in told
    assert "a client speaks TLS to this port" in told
