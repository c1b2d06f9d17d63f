from __future__ import annotations

import pytest

import mockcliq
from tests.conftest import Running


@pytest.fixture
def world(documentation: Running) -> mockcliq.Client:
    world = mockcliq.connect(documentation.url)
    world.clock.freeze("2025-07-01T12:00:00Z")
    return world


def test_an_exhausted_threshold_refuses_the_next_call_and_begins_the_lock(
    documentation: Running, world: mockcliq.Client
) -> None:
    limit = world.limits.exhaust("mute_chat")
    assert (limit.threshold, limit.window_s, limit.lock_s) == (20, 60, 600)
    assert (limit.count, limit.remaining, limit.locked_until) == (20, 0, None)
    assert limit.frees_at is not None
    assert limit.frees_at.isoformat() == "2025-07-01T12:01:00+00:00"
    assert documentation.as_("owner").post("/chats/987000000654321/mute").status_code == 429
    (locked,) = [each for each in world.limits.list() if each.user == limit.user]
    assert locked.frees_at is None
    assert locked.locked_until is not None
    assert locked.locked_until.isoformat() == "2025-07-01T12:10:00+00:00"


def test_the_lock_can_begin_at_once_for_anybody(documentation: Running, world: mockcliq.Client) -> None:
    member = next(user for user in world.users.list() if user.role == "member")
    world.limits.exhaust("list_direct_chats", member, lock=True)
    assert documentation.as_("member").get("/chats").status_code == 429
    assert documentation.as_("owner").get("/chats").status_code == 200
    by_email = {each.operation: each.remaining for each in world.limits.list(member.email)}
    assert (by_email["list_direct_chats"], by_email["mute_chat"]) == (0, 20)


def test_a_limit_is_changed_and_the_rest_of_it_stays(documentation: Running, world: mockcliq.Client) -> None:
    (changed,) = world.limits.set("list_direct_chats", threshold=1)
    assert (changed.threshold, changed.window_s, changed.lock_s) == (1, 60, 600)
    (changed,) = world.limits.set("list_direct_chats", lock_s=None)
    assert (changed.threshold, changed.lock_s) == (1, None)
    assert [documentation.as_("owner").get("/chats").status_code for _ in range(2)] == [200, 429]
    assert {each.window_s for each in world.limits.set(window_s=1)} == {1}


def test_limits_are_cleared_for_one_operation_or_all(documentation: Running, world: mockcliq.Client) -> None:
    world.limits.exhaust("list_direct_chats", lock=True)
    world.limits.exhaust("mute_chat", lock=True)
    world.limits.clear(operation="list_direct_chats")
    assert documentation.as_("owner").get("/chats").status_code == 200
    assert documentation.as_("owner").post("/chats/987000000654321/mute").status_code == 429
    world.limits.clear()
    assert documentation.as_("owner").post("/chats/987000000654321/mute").status_code == 204
