"""The bytes of the journals: those of all worlds together, those of an answer, and what is rendered but once."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

import mockcliq
from mockcliq.redaction import Redaction
from tests.answers import REQUEST_ID
from tests.conftest import Running, Serve
from tests.control.test_requests_stream import reading
from tests.control.worlds import make
from tests.processes import until

LONG = "x" * 30_000
CONTROL_CHARACTERS = b"\x01" * 65_536
"""Each is six characters in JSON."""


def memory(server: Running) -> dict[str, int]:
    """What the journals take."""
    found: dict[str, int] = server.control("GET", "/server")["memory"]["journals"]
    return found


def paths(answer: dict[str, Any]) -> list[str]:
    """What was called, below the prefix."""
    return [entry["path"].removeprefix("/api/v2") for entry in answer["requests"]]


# All journals together


def test_the_oldest_call_of_all_worlds_is_dropped_and_that_is_told(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "mockcliq"):
        server = serve(world="empty", journal_bytes=1_000_000)
        other = make(server, world="empty")
        for number in range(3):
            server.http.get(f"/w/{other.id}/api/v2/{number}")
        for number in range(50):
            server.as_("owner").get(f"/{number}", params={"q": LONG})
            assert memory(server)["used"] <= 1_000_000
    theirs = server.control("GET", f"/worlds/{other.id}/requests")
    assert theirs == {"requests": [], "dropped": 3}
    ours = server.control("GET", "/requests")
    kept = len(ours["requests"])
    assert paths(ours) == [f"/{number}" for number in range(50 - kept, 50)]
    assert 15 <= kept <= 25, "30 kB each in three quarters of the bytes"
    assert ours["dropped"] == 50 - kept
    told = memory(server)
    assert (told["limit"], told["dropped"]) == (1_000_000, 53 - kept)
    assert sum("MOCKCLIQ_JOURNAL_BYTES" in message for message in caplog.messages) == 1
    gone = server.http.get("/_mockcliq/requests/gone")
    assert "MOCKCLIQ_JOURNAL_BYTES" in gone.json()["detail"]
    verified = server.http.post("/_mockcliq/verify", json={"match": {"path": "/api/v2/0"}})
    assert f"the latest {kept}, which is all" in verified.json()["detail"]


def test_a_call_larger_than_all_bytes_is_not_kept(serve: Serve) -> None:
    server = serve(world="empty", journal_bytes=10_000)
    with reading(server) as stream:
        server.as_("owner").get("/large", params={"q": LONG})
        assert next(stream).data == {"lost": 1}
        server.as_("owner").get("/small")
        assert next(stream).data["path"] == "/api/v2/small"
    assert server.control("GET", "/requests")["dropped"] == 1
    assert serve(world="empty", journal_bytes=0).control("GET", "/requests") == {"requests": []}


def test_what_is_cleared_reset_or_deleted_takes_no_bytes(serve: Serve) -> None:
    server = serve(world="empty", kept_runs=0)
    other = make(server, world="empty")

    def call_and_read(world_id: str) -> None:
        server.http.get(f"/w/{world_id}/api/v2/nowhere", params={"q": LONG})
        before = memory(server)["used"]
        assert before > 2 * len(LONG) / 3
        server.control("GET", f"/worlds/{world_id}/requests")
        assert memory(server)["used"] > before + len(LONG), "what was rendered is remembered, and counts"

    for method, path in (("DELETE", "/requests"), ("POST", "/reset"), ("DELETE", f"/worlds/{other.id}")):
        call_and_read(other.id)
        below = path if path.startswith("/worlds") else f"/worlds/{other.id}{path}"
        assert server.http.request(method, f"/_mockcliq{below}").is_success
        assert memory(server)["used"] == 0


def test_reading_a_full_journal_drops_no_call(serve: Serve) -> None:
    server = serve(world="empty", journal_bytes=1_000_000)
    for number in range(40):
        server.as_("owner").get(f"/{number}", params={"q": LONG})
    before = server.control("GET", "/requests")
    told = memory(server)
    assert server.control("GET", "/requests") == before
    assert memory(server) == told
    assert told["used"] <= 1_000_000


def test_readers_who_do_not_read_keep_no_more_than_may_wait_for_them(serve: Serve) -> None:
    server = serve(world="empty", journal_size=0)
    with reading(server), reading(server):
        for _ in range(300):
            server.as_("owner").get("/nowhere", params={"q": LONG})
        assert memory(server)["used"] < 256 * (2 * len(LONG) + 8_000), "as it came, and as it is shown"
    until(lambda: memory(server)["used"] == 0)


def test_what_a_reader_has_not_read_survives_that_the_journal_is_cleared(serve: Serve) -> None:
    server = serve(world="empty", journal_size=3)
    with reading(server) as stream:
        for number in range(10):
            server.as_("owner").get(f"/{number}")
        server.control("DELETE", "/requests")
        assert server.control("GET", "/requests") == {"requests": []}
        assert [next(stream).data["path"] for _ in range(10)] == [f"/api/v2/{number}" for number in range(10)]


# An answer


def test_an_answer_leaves_earlier_calls_for_the_next(serve: Serve) -> None:
    server = serve(world="empty")
    for number in range(25):
        server.as_("owner" if number % 2 else "nobody").get("/chats", params={"n": number})
    whole = server.control("GET", "/requests")
    assert whole.keys() == {"requests"}
    pages: list[list[str]] = []
    query: dict[str, Any] = {"limit": 5, "status": 200, "since": whole["requests"][2]["id"]}
    while True:
        answer = server.control("GET", "/requests", params=query)
        pages.insert(0, [entry["query"]["n"] for entry in answer["requests"]])
        if "more" not in answer:
            break
        query["before"] = answer["before"]
    assert pages == [["3"], ["5", "7", "9", "11", "13"], ["15", "17", "19", "21", "23"]]
    for wrong in ("yesterday", "0-1", ""):
        refused = server.http.get("/_mockcliq/requests", params={"before": wrong})
        assert (refused.status_code, refused.json()["detail"].startswith("before: ")) == (422, True)
    assert server.control("GET", "/requests", params={"before": whole["requests"][0]["time"]})["requests"] == []
    assert "before" in server.http.get("/_mockcliq/requests/stream", params={"before": "1"}).json()["detail"]


def test_an_answer_goes_on_before_a_call_that_is_gone(serve: Serve) -> None:
    server = serve(world="empty", journal_size=3)
    first = server.as_("owner").get("/first").headers[REQUEST_ID]
    for number in range(5):
        server.as_("owner").get(f"/{number}")
    assert server.control("GET", "/requests", params={"before": first}) == {"requests": []}


def test_an_answer_is_bounded_in_bytes_and_the_client_reads_all(serve: Serve) -> None:
    server = serve(world="empty")
    for _ in range(25):
        server.http.post("/oauth/v2/token", content=CONTROL_CHARACTERS)
    answer = server.http.get("/_mockcliq/requests")
    assert int(answer.headers["Content-Length"]) == len(answer.content) < 8.1 * 1024 * 1024
    assert answer.json()["more"] is True
    client = mockcliq.connect(server.url)
    assert len(client.requests()) == 25
    assert len({each.id for each in client.requests(limit=23)}) == 23
    one = server.control("GET", "/requests", params={"limit": 1})["requests"]
    assert one == answer.json()["requests"][-1:], "the latest"


# What is rendered once


def test_a_call_is_rendered_once_for_all_who_ask(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[object] = []

    class Counted(Redaction):
        def learn(self, *request: Any) -> None:
            rendered.append(request)
            super().learn(*request)

    monkeypatch.setattr("mockcliq.control.journal_entries.Redaction", Counted)
    server = serve(world="empty")
    with reading(server) as one, reading(server) as other:
        call = server.as_("owner").get("/nowhere").headers[REQUEST_ID]
        entry = next(one).data
        assert next(other).data == entry
    assert server.control("GET", "/requests")["requests"] == [entry]
    explained = server.control("GET", f"/requests/{call}")
    assert {name: explained[name] for name in entry} == entry
    refused = server.http.post("/_mockcliq/verify", json={"match": {"operation": "mute_chat"}})
    assert {name: refused.json()["nearest"][0][name] for name in entry} == entry
    assert len(rendered) == 1


def test_a_secret_is_judged_when_it_is_first_read(serve: Serve) -> None:
    """One of ours was nobody's secret; what was masked stays so."""
    server = serve(world="empty", kept_runs=0)
    other = make(server, world="empty")
    foreign = "abcdefghijklmnop"
    server.as_("owner").get("/nowhere", headers={"X-Token": other.answer["token"], "X-Api-Key": foreign})
    first = server.control("GET", "/requests")
    assert other.answer["token"] in json.dumps(first)
    assert foreign not in json.dumps(first)
    server.control("DELETE", f"/worlds/{other.id}")
    assert server.control("GET", "/requests") == first
    server.as_("owner").get("/nowhere", headers={"X-Token": other.answer["token"]})
    assert other.answer["token"] not in json.dumps(server.control("GET", "/requests", params={"limit": 1}))


# The loop


def test_an_entry_larger_than_a_piece_reaches_all_readers_whole(serve: Serve) -> None:
    server = serve(world="empty")
    with reading(server) as one, reading(server) as other:
        server.http.post("/oauth/v2/token", content=CONTROL_CHARACTERS)
        assert next(one).data == next(other).data
    body = server.control("GET", "/requests")["requests"][0]["body"]
    assert body.encode() == CONTROL_CHARACTERS
    assert sys.getsizeof(body) < memory(server)["used"]
