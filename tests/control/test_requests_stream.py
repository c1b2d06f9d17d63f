"""The journal as it is written: server-sent events to any number of readers, none of whom a call waits for."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import httpx
import pytest

from tests.answers import REQUEST_ID
from tests.conftest import Running, Serve
from tests.office import EVE, LAUNCH
from tests.processes import PATIENCE_S, SERVE, programs, until
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)


class Event(NamedTuple):
    """A server-sent event."""

    name: str
    id: str | None
    data: Any


def events(lines: Iterator[str]) -> Iterator[Event]:
    """The events in the lines of a stream; comments are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        if line == "" and fields:
            yield Event(fields["event"], fields.get("id"), json.loads(fields["data"]))
            fields = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


@contextmanager
def reading(server: Running, headers: dict[str, str] | None = None, **filters: Any) -> Iterator[Iterator[Event]]:
    """The events of a stream, which is open when this is given."""
    with (
        httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as client,
        client.stream("GET", "/_mockcliq/requests/stream", params=filters, headers=headers) as answer,
    ):
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
        yield events(answer.iter_lines())


def test_a_stream_ends_after_the_seconds_that_it_was_given(office: Running) -> None:
    office.as_("owner").get("/chats")
    with reading(office, since="0", within_s=0.01) as stream:
        assert [event.name for event in stream] == ["request"]
    for wrong in ("0", "-1", "nan", "inf", "3601", "soon"):
        answer = office.http.get("/_mockcliq/requests/stream", params={"within_s": wrong})
        assert (answer.status_code, "within_s" in answer.json()["detail"]) == (422, True)


def test_a_reader_is_told_of_every_call_as_the_journal_has_it(office: Running) -> None:
    with reading(office) as stream:
        office.as_("owner").get("/chats", params={"limit": 3})
        office.as_("nobody").post(f"/chats/{LAUNCH}/mute")
        told = [next(stream), next(stream)]
    journal = office.control("GET", "/requests")["requests"]
    assert [each.data for each in told] == journal
    assert [(each.name, each.id) for each in told] == [("request", entry["id"]) for entry in journal]


def test_two_readers_are_each_told_of_all(office: Running) -> None:
    with reading(office) as one, reading(office) as other:
        ids = [office.as_("owner").get("/chats").headers[REQUEST_ID] for _ in range(3)]
        assert [next(one).id for _ in range(3)] == ids
        assert [next(other).id for _ in range(3)] == ids


def test_one_that_leaves_does_not_trouble_the_other(office: Running) -> None:
    with reading(office) as stays:
        with reading(office) as leaves:
            first = office.as_("owner").get("/chats").headers[REQUEST_ID]
            assert next(leaves).id == first
        second = office.as_("owner").get("/chats").headers[REQUEST_ID]
        assert [next(stays).id for _ in range(2)] == [first, second]


@pytest.mark.parametrize(
    "filters", [{"operation": "mute_chat"}, {"user": EVE, "status": 204}, {"user": "eve@office.test", "status": 204}]
)
def test_a_reader_is_told_of_the_calls_it_asked_for(office: Running, filters: dict[str, Any]) -> None:
    with reading(office, **filters) as stream:
        for _ in range(2):
            office.as_("eve").get("/chats")
            office.as_("eve").post(f"/chats/{LAUNCH}/mute")
        assert [next(stream).data["path"] for _ in range(2)] == [f"/api/v2/chats/{LAUNCH}/mute"] * 2


def test_a_reader_can_begin_in_the_past(office: Running) -> None:
    ids = [office.as_("owner").get("/chats").headers[REQUEST_ID] for _ in range(4)]
    with reading(office, since=ids[0]) as stream:
        ids.append(office.as_("owner").get("/chats").headers[REQUEST_ID])
        assert [next(stream).id for _ in range(4)] == ids[1:]
    with reading(office, since=ids[0], limit=2) as stream:
        assert [next(stream).id for _ in range(2)] == ids[3:]


def test_a_browser_that_connects_again_misses_nothing(office: Running) -> None:
    ids = [office.as_("owner").get("/chats").headers[REQUEST_ID] for _ in range(3)]
    with reading(office, headers={"Last-Event-ID": ids[0]}) as stream:
        assert [next(stream).id for _ in range(2)] == ids[1:]


def test_without_a_past_a_reader_begins_now(office: Running) -> None:
    office.as_("owner").get("/chats")
    with reading(office) as stream:
        later = office.as_("owner").get("/chats").headers[REQUEST_ID]
        assert next(stream).id == later


def test_a_reader_goes_on_through_a_reset(office: Running) -> None:
    with reading(office) as stream:
        office.control("POST", "/reset")
        office.control("DELETE", "/requests")
        later = office.as_("owner").get("/chats").headers[REQUEST_ID]
        assert next(stream).id == later


def test_it_works_where_the_journal_is_off(serve: Serve) -> None:
    server = serve(world="empty", journal_size=0)
    with reading(server) as stream:
        later = server.as_("owner").get("/chats").headers[REQUEST_ID]
        assert next(stream).id == later


def test_it_stands_below_the_world_s_name_and_another_server_is_another(serve: Serve) -> None:
    one, other = serve(world="empty"), serve(world="empty")
    with one.http.stream("GET", "/_mockcliq/worlds/default/requests/stream") as answer:
        other.as_("owner").get("/chats")
        later = one.as_("owner").get("/chats").headers[REQUEST_ID]
        assert next(events(answer.iter_lines())).id == later


def test_who_hears_of_no_call_hears_that_the_stream_is_alive(office: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing between the two takes the connection for dead; each 15 seconds, were it not for this test."""
    monkeypatch.setattr("mockcliq.control.journal._KEEPALIVE_S", 0.01)
    with office.http.stream("GET", "/_mockcliq/requests/stream") as answer:
        assert next(answer.iter_lines()).startswith(":")


def test_a_secret_is_not_told(office: Running) -> None:
    with reading(office) as stream:
        office.http.get("/api/v2/chats", headers={"Authorization": "Bearer abcdefghijklmnop"})
        told = json.dumps(next(stream).data)
    assert "...mnop" in told
    assert "hijk" not in told


# A reader who does not read


CALLS = 3_000


def _memory(pid: int) -> int:
    """Resident, in bytes."""
    fields = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in fields if line.startswith("VmRSS:"))


def _unchunked(incoming: BinaryIO) -> Iterator[str]:
    """The lines of a stream's events, without what stands between their chunks."""
    for line in incoming:
        if line == b"\n" or line.startswith((b"event: ", b"id: ", b"data: ")):
            yield line.decode().removesuffix("\n")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_reader_who_never_reads_loses_calls_and_is_told_how_many() -> None:
    """Its calls' answers are large, so that no socket holds them; who calls is answered all the same."""
    with programs() as start:
        server = start(*SERVE, env={"MOCKCLIQ_RATE_LIMIT": "off", "MOCKCLIQ_JOURNAL_SIZE": "10"})
        port = server.port
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        with connection, connection.makefile("rb") as incoming, connected(port) as wire:
            connection.sendall(b"GET /_mockcliq/requests/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert incoming.readline() == b"HTTP/1.1 200 OK\r\n"
            before = _memory(server.pid)
            for _ in range(CALLS):
                wire.send(request("GET", "/api/v2/chats"))
                assert wire.answer().status_code == 200
            assert _memory(server.pid) - before < 100 * 1024 * 1024
            told, lost = 0, 0
            stream = events(_unchunked(incoming))
            for event in stream:
                told += event.name == "request"
                lost += event.data["lost"] if event.name == "lost" else 0
                if told + lost == CALLS:
                    break
            assert lost > CALLS / 2
            assert told >= 256
            wire.send(request("GET", "/api/v2/nowhere"))
            wire.answer()
            assert next(stream).data["path"] == "/api/v2/nowhere", "it is told of what comes when it reads again"


def test_a_reader_who_reads_loses_none_however_fast_one_client_calls() -> None:
    """Far more calls than may wait for a reader, a hundred at a time; no socket is full."""
    with programs() as start:
        server = start(*SERVE, env={"MOCKCLIQ_RATE_LIMIT": "off", "MOCKCLIQ_WORLD": "empty"})
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
        with connection, connection.makefile("rb") as incoming, connected(server.port) as wire:
            connection.sendall(b"GET /_mockcliq/requests/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert incoming.readline() == b"HTTP/1.1 200 OK\r\n"
            for _ in range(CALLS // 100):
                wire.send(request("GET", "/api/v2/chats") * 100)
                assert {wire.answer().status_code for _ in range(100)} == {200}
            stream = events(_unchunked(incoming))
            for _ in range(CALLS):
                event = next(stream)
                assert event.name == "request", event


# Its end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_server_at_once(number: signal.Signals) -> None:
    with programs() as start:
        server = start(*SERVE)
        url = f"http://127.0.0.1:{server.port}/_mockcliq/requests/stream"
        with httpx.stream("GET", url, trust_env=False) as answer:
            server.send(number)
            assert list(answer.iter_lines()) == [], "a whole answer, of nothing: one broken off would raise"
        ended = server.ended()
    assert (ended.code, ended.err) == (0, "")


def test_a_reader_who_hangs_up_is_forgotten(serve: Serve) -> None:
    server = serve(world="empty")
    for _ in range(5):
        with reading(server):
            pass
    with reading(server) as stream:
        until(lambda: server.as_("owner").get("/nowhere").status_code == 404)
        assert next(stream).data["path"] == "/api/v2/nowhere"
