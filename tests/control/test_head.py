"""HEAD on the control API: every GET route answers it as GET, without a body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.control.test_problems import METHODS
from tests.wire import connected, request

CHAT = "987000000654321"
_CHANGES = {"date", "content-length"}
"""Of two answers in a row: their dates and, where a body tells a time, its length."""


@pytest.fixture(scope="module")
def _shared_still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    tls: dict[str, Any] = {"tls": "on-demand", "tls_port": 0, "tls_directory": tmp_path_factory.mktemp("tls")}
    with running(Settings(world="documentation", **tls)) as server:
        yield server


@pytest.fixture
def still(_shared_still: Running) -> Running:
    """A server whose clock stands, with a call in its journal and a snapshot."""
    _shared_still.start_over()
    _shared_still.control("PUT", "/clock", json={"mode": "frozen", "now": 0})
    _shared_still.control("PUT", "/snapshots/s")
    _shared_still.as_("owner").get("/chats")
    return _shared_still


def gets(server: Running) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every GET route of the control API's own document, with its path filled in."""
    (entry,) = server.control("GET", "/requests")["requests"]
    (owner, *_) = server.control("GET", "/users")["users"]
    known = {
        "world_id": "default",
        "name": "s",
        "chat": CHAT,
        "chat_id": CHAT,
        "request_id": entry["id"],
        "user": owner["id"],
    }
    channel = next(chat["channel"] for chat in server.control("GET", "/state")["chats"] if "channel" in chat)
    queries = {"/webhooks": f"?channel={channel['unique_name']}", "/messages": f"?chat={CHAT}"}
    for path, methods in server.http.get("/_mockcliq/openapi.json").json()["paths"].items():
        if "get" in methods:
            yield path.format(**known) + queries.get(path.removeprefix("/worlds/{world_id}"), ""), methods


def test_every_get_route_answers_head_with_the_same_status_and_headers(still: Running) -> None:
    paths = [path for path, _ in gets(still)]
    assert len(paths) > 15
    for path in ["/docs", "/docs/swagger-ui.css", "/openapi.json", *paths]:
        if path == "/requests/stream":
            continue  # below: a GET of it has no end
        with connected(still.port) as wire:
            wire.send(request("GET", f"/_mockcliq{path}"))
            got = wire.answer()
            wire.send(request("HEAD", f"/_mockcliq{path}"))
            head = wire.answer(has_body=False)
            assert head.status_code == got.status_code == 200, path
            assert {**head.headers, **dict.fromkeys(_CHANGES)} == {**got.headers, **dict.fromkeys(_CHANGES)}, path
            assert "content-length" in head.headers, path
            # Nothing follows: the next answer begins at once.
            wire.send(request("GET", "/_mockcliq/health"))
            assert wire.answer().json() == {"status": "alive"}


def test_head_on_a_stream_ends_and_leaves_no_reader(still: Running) -> None:
    with connected(still.port) as wire:
        for _ in range(3):
            wire.send(request("HEAD", "/_mockcliq/requests/stream"))
            answer = wire.answer(has_body=False)
            assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
        wire.send(request("GET", "/_mockcliq/health"))
        assert wire.answer().json() == {"status": "alive"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/worlds/nope/clock", 404),
        ("/requests/none", 404),
        ("/clock?x=1", 422),
        ("/limits?user=x", 422),
    ],
)
def test_a_refusal_is_the_same_too(still: Running, path: str, status: int) -> None:
    got, head = (still.http.request(method, f"/_mockcliq{path}") for method in ("GET", "HEAD"))
    assert got.status_code == head.status_code == status
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}
    assert head.content == b""


@pytest.mark.parametrize("path", [path for path, methods in METHODS.items() if "GET" not in methods])
def test_where_there_is_no_get_there_is_no_head(still: Running, path: str) -> None:
    answer = still.http.head(f"/_mockcliq{path}")
    assert answer.status_code == 405
    assert "GET" not in answer.headers["Allow"]


def test_the_document_has_no_operation_twice(still: Running) -> None:
    assert all("head" not in methods for _, methods in gets(still))
