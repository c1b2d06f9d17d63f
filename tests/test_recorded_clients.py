"""Real clients of Cliq: what they send gets the documented answers, and what they do in a row works out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any

import httpx
import pytest

from tests.accounts.login import refresh
from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running, Serve
from tests.office import LAUNCH
from tests.recordings import NAMES, RECORDINGS, Exchange, Recording, filled_in, part_of
from tests.reference import DOCUMENTED
from tests.wire import connected

pytest_plugins = ("tests.office_server",)


# Recorded requests


@pytest.mark.parametrize("recording", RECORDINGS, ids=attrgetter("name"))
def test_what_a_client_sends_gets_the_documented_answers(recording: Recording, office: Running) -> None:
    """Byte by byte as recorded, on one connection that stays open."""
    names = {**NAMES, "host": f"127.0.0.1:{office.port}"}
    with connected(office.port) as wire:
        for exchange in recording.exchanges:
            for method, path, body in exchange.first:
                office.control(method, path, json=body)
            wire.send(exchange.over_the_wire(names))
            answer = wire.answer()
            _assert_documented(answer, exchange, names)
            names |= {name: answer.json()[key] for name, key in exchange.keep.items()}


def _assert_documented(answer: httpx.Response, exchange: Exchange, names: dict[str, str]) -> None:
    expected = exchange.answer
    if expected.status >= httpx.codes.BAD_REQUEST:
        assert_refused(answer, expected.status)
    elif exchange.target.startswith("/oauth/"):
        assert answer.status_code == expected.status, exchange.what
    else:
        assert_agreed(answer, expected.status)
    if expected.body is not None:
        assert answer.json() == filled_in(expected.body, names), exchange.what
    if expected.holds is not None:
        holds = filled_in(expected.holds, names)
        assert part_of(answer.json(), holds) == holds, exchange.what


def test_the_recordings_call_every_operation() -> None:
    called = {(each.method, each.target) for recording in RECORDINGS for each in recording.exchanges}
    for section in DOCUMENTED:
        pattern = re.compile(re.escape(section.path).replace(re.escape("{CHAT_ID}"), "[^/]+") + r"(\?.*)?")
        assert any(method == section.method and pattern.fullmatch(target) for method, target in called), section.name


# A client that asks before it acts: the members before anything, the pinned message before it unpins


def _unpin_as_n8n_does(office: Running) -> list[int]:
    cliq = office.as_("owner")
    answers = [
        cliq.get(f"/chats/{LAUNCH}/members"),
        cliq.get(f"/chats/{LAUNCH}/stickymessage"),
        cliq.delete(f"/chats/{LAUNCH}/stickymessage"),
    ]
    return [answer.status_code for answer in answers]


def test_asking_before_acting_locks_nobody_out(office: Running) -> None:
    """Twenty times three calls in a minute: each operation has a count of its own."""
    for _ in range(20):
        assert _unpin_as_n8n_does(office) == [200, 200, 204]


def test_what_is_asked_before_every_action_runs_out_first(office: Running) -> None:
    """Ten mutes and ten unmutes are twenty times the members: the next is stopped there, with mutes to spare."""
    cliq = office.as_("owner")
    for action in ("mute", "unmute"):
        for _ in range(10):
            assert_agreed(cliq.get(f"/chats/{LAUNCH}/members"))
            assert_agreed(cliq.post(f"/chats/{LAUNCH}/{action}"), 204)
    assert_refused(cliq.get(f"/chats/{LAUNCH}/members"), 429)
    assert_agreed(cliq.post(f"/chats/{LAUNCH}/mute"), 204)


# A client that refreshes its token once on 401 and calls again


class _RefreshesOnce:
    """Most clients: on a 401 a new access token and the same call again, but only once."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.token = refresh(server)["access_token"]

    def chats(self) -> httpx.Response:
        answer = self._call()
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self.token = refresh(self.server).get("access_token", self.token)
            answer = self._call()
        return answer

    def _call(self) -> httpx.Response:
        return self.server.http.get("/api/v2/chats", headers={"Authorization": f"Zoho-oauthtoken {self.token}"})


def test_a_client_that_refreshes_once_goes_on_after_an_hour(office: Running) -> None:
    client = _RefreshesOnce(office)
    assert_agreed(client.chats())
    office.advance(minutes=60)
    assert_agreed(client.chats())
    assert _statuses(office) == [200, 401, 200]


def test_a_client_whose_consent_was_revoked_stops_at_its_second_401(office: Running) -> None:
    client = _RefreshesOnce(office)
    office.http.post("/oauth/v2/token/revoke", params={"token": "1000.mockcliq.refresh"})
    assert_refused(client.chats(), 401)
    assert _statuses(office) == [401, 401]


def test_a_client_that_refreshes_before_every_call_is_let(office: Running) -> None:
    """Zoho's own adapter for nanoclaw takes ``expires_in`` for milliseconds, and so every token for expired."""
    for _ in range(15):
        client = _RefreshesOnce(office)
        assert_agreed(client.chats())


# A client that backs off for as long as it is told


def test_a_client_that_waits_as_told_is_served_again(serve: Serve) -> None:
    server = serve(world="documentation", rate_limit_headers="retry-after")
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T00:00:00Z"})
    cliq = server.as_("owner")
    waited = []
    for _ in range(50):
        answer = cliq.get("/chats")
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            waited.append(answer.headers["Retry-After"])
            server.advance(seconds=int(waited[-1]))
            answer = cliq.get("/chats")
        assert_agreed(answer)
    assert waited == ["600", "600"]


def test_a_client_that_waits_too_little_is_told_the_rest(serve: Serve) -> None:
    """Such as those that cap what they are told: the lock does not grow by their coming too early."""
    server = serve(world="documentation", rate_limit_headers="retry-after")
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T00:00:00Z"})
    server.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats"})
    cliq = server.as_("owner")
    told = []
    for _ in range(4):
        answer = cliq.get("/chats")
        assert_refused(answer, 429)
        told.append(answer.headers["Retry-After"])
        server.advance(seconds=5)
    assert told == ["600", "595", "590", "585"]


# A client that pages by the last row's time


def _pages(server: Running, limit: int) -> Iterator[list[dict[str, Any]]]:
    """Page after page, the time as n8n's nodes send it, until one is empty."""
    before: dict[str, int] = {}
    while rows := server.as_("owner").chats(limit=limit, **before):
        yield rows
        last = [row["last_message_info"]["time"] for row in rows if "last_message_info" in row][-1]
        before = {"modified_before": int(datetime.fromisoformat(last).timestamp() * 1000)}


def test_paging_by_the_last_row_brings_every_chat_once_and_ends(demo: Running) -> None:
    paged = [row["chat_id"] for rows in _pages(demo, limit=5) for row in rows if "last_message_info" in row]
    at_once = [row["chat_id"] for row in demo.as_("owner").chats(limit=100) if "last_message_info" in row]
    assert len(at_once) > 5 * 5, "or there is little to page through"
    assert paged == at_once


def _statuses(server: Running) -> list[int]:
    """How the lists were answered."""
    entries = server.control("GET", "/requests", params={"operation": "list_direct_chats"})["requests"]
    return [entry["status"] for entry in entries]
