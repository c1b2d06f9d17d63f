"""What our server writes in one piece is, byte by byte, what a server writes that is told in ASGI's two messages."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.plain_uvicorn import plain_uvicorn
from tests.wire import request

WORLD = Settings(world="documentation", rate_limit=False)
CHANNEL = "/api/v2/chats/987000000654321"

REQUESTS = {
    "a list": request("GET", "/api/v2/chats?limit=3"),
    "a write": request("POST", f"{CHANNEL}/mute"),
    "a write with a body": request("POST", f"{CHANNEL}/stickymessage", body=b'{"id":"1573708648341_375412769224"}'),
    "a body that says nothing": request("POST", f"{CHANNEL}/mute", body=b"{}"),
    "no token": request("GET", "/api/v2/chats", token=None),
    "a wrong parameter": request("GET", "/api/v2/chats?limit=none"),
    "no such chat": request("GET", "/api/v2/chats/1/members"),
    "a wrong method": request("PUT", "/api/v2/chats"),
    "HEAD": request("HEAD", "/api/v2/chats"),
    "HTTP/1.0": request("GET", "/api/v2/chats").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a last request": request("GET", "/api/v2/chats", "Connection: close"),
    "a page of another origin": request("GET", "/api/v2/chats", "Origin: http://localhost:3000"),
    "a preflight": request(
        "OPTIONS", "/api/v2/chats", "Origin: http://localhost:3000", "Access-Control-Request-Method: GET"
    ),
    "an asked-for refusal": request("GET", "/api/v2/chats", "Prefer: code=429"),
}

_DIFFERENT_EACH_TIME = re.compile(rb"(x-mockcliq-request-id|date): [^\r]+")
_SERVER = b"server: uvicorn\r\n"


@pytest.fixture(scope="module")
def ours() -> Iterator[Running]:
    with running(WORLD) as server:
        yield server


@pytest.fixture(scope="module")
def theirs() -> Iterator[Running]:
    with plain_uvicorn(WORLD, "httptools", "uvloop") as server:
        yield server


def answered(server: Running, wire: bytes) -> bytes:
    """All that the server sends until it hangs up, which it does after a second request that is no HTTP."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(wire)
        first = connection.recv(65536)
        connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(65536):
            first += chunk
    return _DIFFERENT_EACH_TIME.sub(rb"\1: ...", first).replace(_SERVER, b"")


@pytest.mark.parametrize("what", REQUESTS)
def test_it_is_the_same_answer(what: str, ours: Running, theirs: Running) -> None:
    for server in (ours, theirs):
        server.http.post("/_mockcliq/reset")
        server.http.put("/_mockcliq/clock", json={"mode": "frozen", "now": "2025-06-01T09:00:00Z"})
    mine = answered(ours, REQUESTS[what])
    assert mine == answered(theirs, REQUESTS[what])
    assert mine.startswith(b"HTTP/1.1 ")
