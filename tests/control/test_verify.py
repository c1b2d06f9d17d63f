"""``POST /verify``: whether the calls were made that a test expects, and if not, which came near."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import Running, Serve
from tests.office import EVE, EVERYONE, EVERYONE_ALIAS, LAUNCH, MAX
from tests.processes import SERVE, Start, until
from tests.wire import Wire, connected, request

pytest_plugins = ("tests.office_server",)

SECRET = "1000.0a1b2c3d4e5f6a7b8c9d.e0f1a2b3c4d5e6f7zz9z"


def make_calls(office: Running) -> None:
    """Three mutes of the launch group, one of them refused, and an unmute of the channel by its alias."""
    for label in ("owner", "eve", "readonly"):
        office.as_(label).post(f"/chats/{LAUNCH}/mute")
    office.as_("eve").post(f"/chats/{EVERYONE_ALIAS}/unmute")


def verified(office: Running, **order: Any) -> int:
    """How many there were, as the answer says that agrees."""
    answer = office.control("POST", "/verify", json=order)
    assert answer["verified"] is True
    return int(answer["count"])


def unverified(office: Running, **order: Any) -> dict[str, Any]:
    """The problem document that says why not."""
    answer = office.http.post("/_mockcliq/verify", json=order)
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json"), answer.text
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize(
    ("match", "count"),
    [
        ({}, 4),
        ({"operation": "mute_chat"}, 3),
        ({"operation": "mute_chat", "status": 204}, 2),
        ({"user": EVE}, 2),
        ({"user": "eve@office.test"}, 2),
        ({"method": "post"}, 4),
        ({"path": "/api/v2/chats/*/mute"}, 3),
        ({"path": f"/api/v2/chats/{LAUNCH}/mute"}, 3),
        ({"path": "*"}, 4),
        ({"chat": LAUNCH}, 3),
        ({"chat": EVERYONE}, 1),
        ({"chat": EVERYONE_ALIAS}, 1),
        ({"status": 403}, 1),
        ({"operation": "mute_chat", "user": EVE, "method": "POST", "path": "/api/*", "chat": LAUNCH, "status": 204}, 1),
        ({"operation": None, "status": None}, 4),
    ],
)
def test_what_matches_is_counted(office: Running, match: dict[str, Any], count: int) -> None:
    make_calls(office)
    assert verified(office, match=match) == count
    assert verified(office, match=match, times=count) == count
    assert unverified(office, match=match, times=count + 1)["actual"] == count


@pytest.mark.parametrize(
    ("order", "agrees"),
    [
        ({}, True),
        ({"times": 3}, True),
        ({"times": 2}, False),
        ({"times": 0}, False),
        ({"at_least": 3}, True),
        ({"at_least": 4}, False),
        ({"at_most": 3}, True),
        ({"at_most": 2}, False),
        ({"at_least": 2, "at_most": 4}, True),
        ({"at_least": 4, "at_most": 5}, False),
        ({"at_least": 0, "at_most": 2}, False),
    ],
)
def test_how_many_there_may_be(office: Running, order: dict[str, int], agrees: bool) -> None:
    make_calls(office)
    answer = office.http.post("/_mockcliq/verify", json={"match": {"operation": "mute_chat"}, **order})
    assert answer.status_code == (200 if agrees else 409)


def test_none_at_all_can_be_expected(office: Running) -> None:
    make_calls(office)
    assert verified(office, match={"operation": "leave_chat"}, times=0) == 0
    assert verified(office, match={"operation": "leave_chat"}, at_most=1) == 0
    assert unverified(office, match={"operation": "leave_chat"})["expected"] == "at least 1 call of leave_chat"


def test_world_and_network_before_a_path_do_not_matter(office: Running) -> None:
    office.http.get("/w/default/network/acme/api/v2/chats")
    office.http.get("/network/acme/api/v2/nowhere")
    assert verified(office, match={"path": "/api/v2/chats"}) == 1
    assert verified(office, match={"path": "/api/v2/nowhere"}) == 1


def test_a_chat_that_is_none_can_be_asked_for_as_it_was_sent(office: Running) -> None:
    office.as_("owner").get("/chats/9/members")
    assert verified(office, match={"chat": "9", "status": 404}) == 1


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"match": {"operation": "mute_chat"}, "times": 2}, "exactly 2 calls of mute_chat"),
        ({"times": 1}, "exactly 1 call"),
        ({"at_least": 7}, "at least 7 calls"),
        ({"at_most": 0}, "exactly 0 calls"),
        ({"at_least": 5, "at_most": 6}, "5 to 6 calls"),
        (
            {"match": {"operation": "mute_chat", "user": "max@office.test", "status": 204, "chat": LAUNCH}},
            f"at least 1 call of mute_chat by user {MAX} on chat {LAUNCH} answered 204",
        ),
        (
            {"match": {"method": "put", "path": "/api/*"}},
            "at least 1 call with method PUT to path /api/*",
        ),
    ],
)
def test_what_was_expected_is_told_in_words(office: Running, order: dict[str, Any], expected: str) -> None:
    make_calls(office)
    document = unverified(office, **order)
    assert document["expected"] == expected
    assert document["detail"].startswith(f"expected {expected}, but there ")


def test_the_nearest_calls_are_told_with_what_they_have_otherwise(office: Running) -> None:
    make_calls(office)
    office.as_("owner").get("/chats")
    document = unverified(office, match={"operation": "mute_chat", "user": EVE, "status": 204}, times=2)
    assert document["actual"] == 1
    nearest = [(each["operation"], each["user"], each["differs"]) for each in document["nearest"]]
    assert nearest == [
        ("mute_chat", EVE, {}),
        ("unmute_chat", EVE, {"operation": "unmute_chat"}),
        ("mute_chat", "101", {"user": "101"}),
        ("mute_chat", "101", {"user": "101", "status": 403}),
        ("list_direct_chats", "101", {"operation": "list_direct_chats", "user": "101", "status": 200}),
    ]


def test_the_detail_can_be_read_in_a_test_s_report(office: Running) -> None:
    office.as_("eve").post(f"/chats/{LAUNCH}/unmute")
    document = unverified(office, match={"operation": "mute_chat", "status": 200}, times=1)
    (entry,) = document["nearest"]
    assert document["detail"] == (
        "expected exactly 1 call of mute_chat answered 200, but there were 0\n"
        f"  {entry['id']}: POST /api/v2/chats/{LAUNCH}/unmute by {EVE}: 204;"
        " operation is unmute_chat, not mute_chat; status is 204, not 200"
    )


def test_of_too_many_calls_those_are_told_that_there_were(office: Running) -> None:
    make_calls(office)
    document = unverified(office, match={"operation": "mute_chat"}, at_most=1)
    assert document["actual"] == 3
    assert [each["operation"] for each in document["nearest"][:3]] == ["mute_chat"] * 3
    assert [each["differs"] for each in document["nearest"][:3]] == [{}] * 3


def test_of_many_calls_only_the_nearest_few_are_told(office: Running) -> None:
    for _ in range(20):
        office.as_("owner").get("/chats")
    assert len(unverified(office, match={"operation": "mute_chat"})["nearest"]) == 5
    nearest = unverified(office, match={"operation": "list_direct_chats"}, times=21)["nearest"]
    assert [each["differs"] for each in nearest] == [{}, {}], "of those that were right a few will do"


def test_without_any_call_there_is_none_near(office: Running) -> None:
    document = unverified(office)
    assert (document["actual"], document["nearest"]) == (0, [])
    assert document["detail"] == "expected at least 1 call, but there were 0"


@pytest.mark.parametrize("order", [{}, {"times": 0}, {"at_most": 3}])
def test_where_the_journal_is_off_nothing_is_agreed_to(serve: Serve, order: dict[str, int]) -> None:
    server = serve(world="empty", journal_size=0)
    server.as_("owner").get("/chats")
    document = unverified(server, **order)
    assert "MOCKCLIQ_JOURNAL_SIZE=0" in document["detail"]
    assert (document["actual"], document["nearest"]) == (0, [])


def test_a_full_journal_is_said_to_know_only_the_latest(serve: Serve) -> None:
    server = serve(world="empty", journal_size=2)
    for _ in range(3):
        server.as_("owner").get("/chats")
    document = unverified(server, times=3)
    assert document["actual"] == 2
    assert "latest 2" in document["detail"]


def test_a_problem_shows_no_secret_whole(office: Running) -> None:
    office.http.get(f"/api/v2/chats/{SECRET}/members", headers={"Authorization": f"Bearer {SECRET}"})
    answer = office.http.post("/_mockcliq/verify", json={"match": {"path": f"/{SECRET}", "chat": SECRET}})
    assert "zz9z" in answer.text
    assert SECRET[5:15] not in answer.text


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"times": 1, "at_least": 1}, "times"),
        ({"times": 1, "at_most": 1}, "times"),
        ({"at_least": 2, "at_most": 1}, "at_least"),
        ({"times": -1}, "times"),
        ({"at_least": "few"}, "at_least"),
        ({"match": {"operation": "dance"}}, "mute_chat"),
        ({"match": {"user": "nobody"}}, "nobody"),
        ({"match": {"status": 1}}, "status"),
        ({"match": {"staus": 200}}, "staus"),
        ({"matches": {}}, "matches"),
        ({"within_s": -1}, "within_s"),
        ({"within_s": "5"}, "within_s"),
        ({"within_s": 3601}, "within_s"),
    ],
)
def test_an_order_that_will_not_do_is_refused_by_name(office: Running, order: dict[str, Any], told: str) -> None:
    answer = office.http.post("/_mockcliq/verify", json=order)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert told in answer.json()["detail"]


# within_s


@contextmanager
def waiting(port: int, world: str = "default", within_s: float = 60, **order: Any) -> Iterator[Wire]:
    """Who has asked for what has not happened yet, and waits."""
    body = json.dumps({**order, "within_s": within_s}).encode()
    with connected(port) as wire, connected(port) as other:
        wire.send(request("POST", f"/_mockcliq/worlds/{world}/verify", token=None, body=body))
        other.send(request("GET", "/_mockcliq/health", token=None))
        assert other.answer().status_code == 200
        assert wire.is_waiting()
        yield wire


def test_calls_are_waited_for_and_told_as_soon_as_there_are_enough(office: Running) -> None:
    office.as_("eve").post(f"/chats/{LAUNCH}/mute")
    with waiting(office.port, match={"operation": "mute_chat"}, times=2) as wire:
        office.as_("eve").post(f"/chats/{LAUNCH}/unmute")
        assert wire.is_waiting(), "that was another call"
        office.as_("max").post(f"/chats/{LAUNCH}/mute")
        answer = wire.answer()
    assert (answer.status_code, answer.json()) == (200, {"verified": True, "count": 2})


@pytest.mark.parametrize("order", [{"times": 1}, {"times": 0}, {"at_most": 1}, {}, {"match": {"status": 204}}])
def test_what_is_so_already_or_can_no_more_be_is_told_at_once(office: Running, order: dict[str, Any]) -> None:
    office.as_("eve").post(f"/chats/{LAUNCH}/mute")
    answers = [office.http.post("/_mockcliq/verify", json={**order, **wait}) for wait in ({}, {"within_s": 60})]
    assert answers[0].content == answers[1].content


def test_when_the_time_is_over_it_is_told_as_without(office: Running) -> None:
    make_calls(office)
    order = {"match": {"operation": "mute_chat"}, "times": 4}
    assert unverified(office, **order, within_s=0.01) == unverified(office, **order)


def test_where_the_journal_is_off_nothing_is_waited_for(serve: Serve) -> None:
    server = serve(world="empty", journal_size=0)
    assert "MOCKCLIQ_JOURNAL_SIZE=0" in unverified(server, within_s=60)["detail"]


def test_a_reset_does_not_end_the_waiting(office: Running) -> None:
    with waiting(office.port) as wire:
        office.control("POST", "/reset")
        assert wire.is_waiting()
        office.as_("eve").get("/chats")
        assert wire.answer().json()["count"] == 1


def test_a_world_that_is_deleted_is_waited_for_no_more(office: Running) -> None:
    office.control("POST", "/worlds", json={"id": "brief", "world": "empty"})
    with waiting(office.port, "brief") as wire:
        office.control("DELETE", "/worlds/brief")
        answer = wire.answer()
    assert (answer.status_code, "'brief'" in answer.json()["detail"]) == (404, True)


def test_who_hangs_up_is_forgotten(serve: Serve) -> None:
    """A world is not collected while somebody waits for its calls."""
    server = serve(world="empty", world_idle=0.2)
    server.control("POST", "/worlds", json={"id": "brief", "world": "empty"})
    with waiting(server.port, "brief"):
        assert len(server.control("GET", "/worlds")["worlds"]) == 2
    until(lambda: len(server.control("GET", "/worlds")["worlds"]) == 1)


def test_a_server_that_is_told_to_end_answers_who_waits(start: Start) -> None:
    server = start(*SERVE, "--world", "empty")
    with waiting(server.port) as wire:
        assert server.end_by(signal.SIGTERM).code == 0
        assert wire.answer().status_code == 409
