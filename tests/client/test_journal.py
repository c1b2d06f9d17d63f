from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

import mockcliq
from tests.conftest import Running
from tests.processes import until

MUTE = "/chats/987000000654321/mute"


@pytest.fixture
def world(documentation: Running) -> mockcliq.Client:
    world = mockcliq.connect(documentation.url)
    world.clock.freeze("2025-07-01T12:00:00.250Z")
    return world


def test_an_exchange_has_all_that_was_said(documentation: Running, world: mockcliq.Client) -> None:
    owner = next(user for user in world.users.list() if user.role == "owner")
    answer = documentation.as_("owner").get("/chats?limit=5&fields=a&fields=b", headers={"X-Own": "1"})
    (exchange,) = world.requests()
    assert exchange.id == answer.headers["x-mockcliq-request-id"]
    assert exchange.time == datetime(2025, 7, 1, 12, 0, 0, 250_000, UTC)
    assert (exchange.world, exchange.user, exchange.operation) == ("default", owner.id, "list_direct_chats")
    assert (exchange.method, exchange.path) == ("GET", "/api/v2/chats")
    assert exchange.query == {"limit": "5", "fields": ["a", "b"]}
    assert exchange.headers["x-own"] == "1"
    assert (exchange.status, exchange.reason, exchange.fault) == (200, None, None)
    assert exchange.answer == answer.text
    assert exchange.duration_ms > 0


def test_a_refusal_is_explained_when_it_is_asked_for(documentation: Running, world: mockcliq.Client) -> None:
    answer = documentation.as_("readonly").post(MUTE)
    (exchange,) = world.requests()
    assert exchange.reason == answer.headers["x-mockcliq-reason"]
    assert exchange.explanation["rule"] == "scope_missing"
    assert world.request(answer.headers["x-mockcliq-request-id"]).explanation == exchange.explanation


def test_requests_are_filtered_and_forgotten(documentation: Running, world: mockcliq.Client) -> None:
    documentation.as_("owner").get("/chats")
    documentation.as_("readonly").post(MUTE)
    world.clock.advance(minutes=1)
    documentation.as_("member").get("/chats")

    def operations(requests: list[mockcliq.client.Exchange]) -> list[str | None]:
        return [each.operation for each in requests]

    everything = world.requests()
    assert operations(everything) == ["list_direct_chats", "mute_chat", "list_direct_chats"]
    assert operations(world.requests("mute_chat")) == ["mute_chat"]
    assert operations(world.requests(status=403)) == ["mute_chat"]
    member = next(user for user in world.users.list() if user.role == "member")
    assert world.requests(user=member) == [everything[2]]
    assert world.requests(limit=2) == everything[1:]
    assert world.requests(since=everything[1]) == everything[2:]
    assert world.requests(since=datetime(2025, 7, 1, 12, 0, 30, tzinfo=UTC)) == everything[2:]
    world.clear_requests()
    assert world.requests() == []


def test_calls_are_verified(documentation: Running, world: mockcliq.Client) -> None:
    for _ in range(2):
        documentation.as_("owner").post(MUTE)
    documentation.as_("readonly").post(MUTE)
    assert world.verify("mute_chat") == 3
    assert world.verify("mute_chat", times=2, status=204) == 2
    assert world.verify(path="/api/v2/chats/*/mute", method="POST", at_least=1, at_most=3) == 3
    assert world.verify("leave_chat", times=0) == 0


def test_a_verification_that_fails_says_what_was_expected_and_what_came_nearest(
    documentation: Running, world: mockcliq.Client
) -> None:
    documentation.as_("owner").post(MUTE)
    with pytest.raises(AssertionError) as failed:
        world.verify("mute_chat", times=2)
    assert str(failed.value).splitlines()[0] == "expected exactly 2 calls of mute_chat, but there was 1"
    with pytest.raises(AssertionError) as failed:
        world.verify("mute_chat", status=403)
    expected, nearest = str(failed.value).splitlines()
    assert expected == "expected at least 1 call of mute_chat answered 403, but there were 0"
    assert "POST /api/v2/chats/987000000654321/mute" in nearest
    assert nearest.endswith("status is 204, not 403")


def test_a_verification_waits_for_what_happens_in_a_moment(documentation: Running, world: mockcliq.Client) -> None:
    def later() -> None:
        until(lambda: documentation.as_("owner").post(MUTE).is_success)

    bot = threading.Timer(0.1, later)
    bot.start()
    assert world.verify("mute_chat", within=30) == 1
    bot.join()
    with pytest.raises(AssertionError, match="expected exactly 2 calls of mute_chat, but there was 1"):
        world.verify("mute_chat", times=2, within=0.01)


def test_following_ends_after_its_timeout(documentation: Running, world: mockcliq.Client) -> None:
    documentation.as_("owner").get("/chats")
    assert [each.operation for each in world.follow(since="0", timeout=0.01)] == ["list_direct_chats"]


def test_a_verification_that_asks_nonsense_is_refused_and_no_failure(world: mockcliq.Client) -> None:
    with pytest.raises(mockcliq.Refused, match="mute_chats"):
        world.verify("mute_chats")


def test_requests_are_followed_as_they_happen(documentation: Running, world: mockcliq.Client) -> None:
    following = world.follow()
    seen: list[mockcliq.client.Exchange] = []
    enough = threading.Event()

    def follow() -> None:
        for exchange in following:
            seen.append(exchange)
            if exchange.operation == "mute_chat":
                enough.set()
                return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()

    def delivered() -> bool:
        documentation.as_("outsider").get("/nothing")
        return bool(seen)

    # Until the stream is open nothing is delivered, and nobody is told when it is.
    until(delivered)
    documentation.as_("owner").post(MUTE)
    assert enough.wait(30)
    thread.join(30)
    assert (seen[0].operation, seen[-1].status) == (None, 204)
    following.close()
