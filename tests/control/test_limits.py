"""The limits of a world: seen, changed, used up, cleared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Running, Serve
from tests.processes import SERVE, programs
from tests.profiles import examples
from tests.reference import EMULATED

PROMISED = {each.name: each for each in EMULATED}
OPERATIONS = list(PROMISED)
SCOTT, RYAN = "631830849", "631830848"
"""The owner and the member of `documentation`."""
NOW = "2025-06-01T00:00:00.000Z"
IN_A_MINUTE = "2025-06-01T00:01:00.000Z"
IN_TEN_MINUTES = "2025-06-01T00:10:00.000Z"
CHANNEL = "987000000654321"


@pytest.fixture
def frozen(documentation: Running) -> Running:
    """The documentation's world, its clock standing at NOW."""
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": NOW})
    return documentation


def limits(server: Running, **query: str) -> list[dict[str, Any]]:
    """The rows of the limits."""
    rows: list[dict[str, Any]] = server.control("GET", "/limits", params=query)["limits"]
    return rows


def unused(operation: str, user: str | None = None) -> dict[str, Any]:
    """What the limits say of an operation that nobody, or this user, has called."""
    promised = PROMISED[operation]
    return {
        "operation": operation,
        "threshold": promised.threshold,
        "window_s": promised.window_s,
        "lock_s": promised.lock_s,
        "user": user,
        "count": 0,
        "remaining": promised.threshold,
        "frees_at": None,
        "locked_until": None,
    }


def exhaust(server: Running, **order: object) -> dict[str, Any]:
    """Use up a threshold, which must agree."""
    state: dict[str, Any] = server.control("POST", "/limits/exhaust", json=order)
    return state


# See


def test_at_first_nobody_has_used_anything(frozen: Running) -> None:
    assert limits(frozen) == [unused(operation) for operation in OPERATIONS]


def test_whoever_has_called_is_listed_with_what_is_left(frozen: Running) -> None:
    for _ in range(3):
        frozen.as_("owner").get("/chats")
    frozen.as_("member").get("/chats")
    by_scott = {**unused("list_direct_chats", SCOTT), "count": 3, "remaining": 17, "frees_at": IN_A_MINUTE}
    by_ryan = {**unused("list_direct_chats", RYAN), "count": 1, "remaining": 19, "frees_at": IN_A_MINUTE}
    rest = [unused(operation) for operation in OPERATIONS[1:]]
    assert limits(frozen) == [by_ryan, by_scott, *rest]
    assert limits(frozen, user=SCOTT) == [by_scott, *(unused(operation, SCOTT) for operation in OPERATIONS[1:])]


def test_a_user_is_named_by_id_or_email(frozen: Running) -> None:
    assert limits(frozen, user="scott.fisher@zylcal.com") == limits(frozen, user=SCOTT)
    assert [row["user"] for row in limits(frozen, user="ryan.west@zylcal.com")] == [RYAN] * len(OPERATIONS)


def test_asking_for_the_limits_of_a_user_counts_for_nothing(frozen: Running) -> None:
    limits(frozen, user=RYAN)
    assert limits(frozen) == [unused(operation) for operation in OPERATIONS]


def test_a_call_is_forgotten_exactly_a_window_after_it(frozen: Running) -> None:
    frozen.as_("owner").get("/chats")
    frozen.advance(seconds=59.999)
    assert limits(frozen, user=SCOTT)[0]["count"] == 1
    frozen.advance(seconds=0.001)
    assert limits(frozen) == [unused(operation) for operation in OPERATIONS]


def test_looking_changes_nothing_wherever_the_clock_has_been_meanwhile(frozen: Running) -> None:
    """A clock that was moved there and back is where it was."""
    for _ in range(21):
        frozen.as_("owner").get("/chats")
    frozen.as_("owner").post(f"/chats/{CHANNEL}/mute")
    before = limits(frozen)
    for elsewhere in ("2025-05-31", "2025-06-02"):
        frozen.control("PUT", "/clock", json={"mode": "frozen", "now": elsewhere})
        assert limits(frozen) == [unused(operation) for operation in OPERATIONS]
    frozen.control("PUT", "/clock", json={"mode": "frozen", "now": NOW})
    assert limits(frozen) == before


def test_it_is_told_when_the_oldest_call_that_counts_stops_counting(frozen: Running) -> None:
    owner = frozen.as_("owner")
    for _ in range(3):
        owner.get("/chats")
        frozen.advance(seconds=20.001)
    row = limits(frozen, user=SCOTT)[0]
    assert (row["count"], row["frees_at"]) == (2, "2025-06-01T00:01:20.001Z")
    frozen.control("PUT", "/limits", json={"operation": "list_direct_chats", "window_s": 30})
    row = limits(frozen, user=SCOTT)[0]
    assert (row["count"], row["frees_at"]) == (1, "2025-06-01T00:01:10.002Z")
    frozen.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T00:00:10Z"})
    row = limits(frozen, user=SCOTT)[0]
    assert (row["count"], row["frees_at"]) == (1, "2025-06-01T00:00:30.000Z")


@examples(30)
@given(pauses=st.lists(st.integers(0, 90_000), min_size=1, max_size=8), look=st.integers(0, 90_000))
def test_until_the_moment_told_nothing_is_freed_and_at_it_something_is(
    frozen: Running, pauses: list[int], look: int
) -> None:
    """Whenever calls were made, and whenever somebody looks."""
    frozen.control("POST", "/reset")
    frozen.control("PUT", "/clock", json={"mode": "frozen", "now": NOW})
    for pause in pauses:
        frozen.advance(seconds=pause / 1000)
        frozen.as_("owner").get("/chats")
    frozen.advance(seconds=look / 1000)
    before = limits(frozen, user=SCOTT)[0]
    assert (before["frees_at"] is None) == (before["count"] == 0)
    if before["frees_at"] is not None:
        frozen.control("PUT", "/clock", json={"mode": "frozen", "now": before["frees_at"]})
        assert limits(frozen, user=SCOTT)[0]["count"] < before["count"]
        at = datetime.fromisoformat(before["frees_at"]) - timedelta(milliseconds=1)
        frozen.control("PUT", "/clock", json={"mode": "frozen", "now": at.isoformat()})
        assert limits(frozen, user=SCOTT)[0] == before


def test_a_lock_is_shown_with_its_end(frozen: Running) -> None:
    for _ in range(21):
        frozen.as_("owner").get("/chats")
    locked = {**unused("list_direct_chats", SCOTT), "remaining": 0, "locked_until": IN_TEN_MINUTES}
    assert limits(frozen)[0] == limits(frozen, user=SCOTT)[0] == locked
    frozen.advance(minutes=10)
    assert limits(frozen, user=SCOTT)[0] == unused("list_direct_chats", SCOTT)


# Change


def test_a_changed_limit_is_the_one_that_holds(frozen: Running) -> None:
    order = {"operation": "list_direct_chats", "threshold": 2, "window_s": 5, "lock_s": 7}
    assert frozen.control("PUT", "/limits", json=order)["limits"] == [
        {**unused("list_direct_chats"), "threshold": 2, "window_s": 5, "lock_s": 7, "remaining": 2}
    ]
    owner = frozen.as_("owner")
    assert [owner.get("/chats").status_code for _ in range(3)] == [200, 200, 429]
    frozen.advance(seconds=6.999)
    assert owner.get("/chats").status_code == 429
    frozen.advance(seconds=0.001)
    assert [owner.get("/chats").status_code for _ in range(2)] == [200, 200]
    frozen.advance(seconds=5)
    assert owner.get("/chats").status_code == 200
    assert {row["operation"]: row["threshold"] for row in limits(frozen, user=SCOTT)} == {
        name: 2 if name == "list_direct_chats" else promised.threshold for name, promised in PROMISED.items()
    }


def test_without_an_operation_every_limit_is_changed_and_what_is_not_given_stays(frozen: Running) -> None:
    frozen.control("PUT", "/limits", json={"operation": "mute_chat", "lock_s": 1})
    changed = frozen.control("PUT", "/limits", json={"threshold": 5})["limits"]
    assert [(row["operation"], row["threshold"], row["window_s"], row["lock_s"]) for row in changed] == [
        (name, 5, promised.window_s, 1 if name == "mute_chat" else promised.lock_s)
        for name, promised in PROMISED.items()
    ]


def test_counts_and_locks_stay_when_a_limit_is_changed(frozen: Running) -> None:
    owner = frozen.as_("owner")
    for _ in range(20):
        owner.get("/chats")
    frozen.control("PUT", "/limits", json={"threshold": 22})
    assert [owner.get("/chats").status_code for _ in range(3)] == [200, 200, 429]
    frozen.control("PUT", "/limits", json={"threshold": 1000})
    assert owner.get("/chats").status_code == 429


def test_a_threshold_of_0_refuses_the_first_call(frozen: Running) -> None:
    frozen.control("PUT", "/limits", json={"operation": "list_direct_chats", "threshold": 0})
    assert frozen.as_("owner").get("/chats").status_code == 429


def test_a_limit_without_a_lock_frees_as_calls_stop_counting(frozen: Running) -> None:
    frozen.control("PUT", "/limits", json={"operation": "list_direct_chats", "threshold": 2, "lock_s": None})
    owner = frozen.as_("owner")
    assert owner.get("/chats").status_code == 200
    frozen.advance(seconds=30)
    assert [owner.get("/chats").status_code for _ in range(2)] == [200, 429]
    frozen.advance(seconds=30)
    assert [owner.get("/chats").status_code for _ in range(2)] == [200, 429]


# Use up


def test_after_exhausting_the_next_call_is_the_one_refused_and_locks(frozen: Running) -> None:
    state = exhaust(frozen, operation="list_direct_chats", user=RYAN)
    assert state == {**unused("list_direct_chats", RYAN), "count": 20, "remaining": 0, "frees_at": IN_A_MINUTE}
    frozen.advance(seconds=59)
    assert frozen.as_("member").get("/chats").status_code == 429
    assert frozen.as_("owner").get("/chats").status_code == 200
    frozen.advance(minutes=9, seconds=59)
    assert frozen.as_("member").get("/chats").status_code == 429
    frozen.advance(seconds=1)
    assert frozen.as_("member").get("/chats").status_code == 200


def test_exhausting_without_a_lock_is_over_after_the_window(frozen: Running) -> None:
    """Nobody has called too often yet."""
    exhaust(frozen, operation="list_direct_chats")
    frozen.advance(seconds=60)
    assert frozen.as_("owner").get("/chats").status_code == 200


def test_exhausting_with_lock_locks_at_once(frozen: Running) -> None:
    state = exhaust(frozen, operation="list_direct_chats", lock=True)
    assert state == {**unused("list_direct_chats", SCOTT), "remaining": 0, "locked_until": IN_TEN_MINUTES}
    frozen.advance(minutes=9, seconds=59)
    assert frozen.as_("owner").get("/chats").status_code == 429
    frozen.advance(seconds=1)
    assert frozen.as_("owner").get("/chats").status_code == 200


def test_exhausting_uses_up_the_limit_that_was_set(frozen: Running) -> None:
    frozen.control("PUT", "/limits", json={"operation": "mute_chat", "threshold": 3})
    assert exhaust(frozen, operation="mute_chat")["count"] == 3
    assert frozen.as_("owner").post(f"/chats/{CHANNEL}/mute").status_code == 429


def test_exhausting_one_operation_leaves_the_others_and_the_other_people_alone(frozen: Running) -> None:
    exhaust(frozen, operation="mute_chat", user="scott.fisher@zylcal.com", lock=True)
    owner = frozen.as_("owner")
    assert owner.post(f"/chats/{CHANNEL}/mute").status_code == 429
    assert owner.post(f"/chats/{CHANNEL}/unmute").status_code == 204
    assert frozen.as_("readonly").get("/chats").status_code == 200


def test_a_user_is_locked_out_with_every_token(frozen: Running) -> None:
    exhaust(frozen, operation="list_direct_chats", lock=True)
    assert frozen.as_("readonly").get("/chats").status_code == 429


@pytest.mark.slow
def test_the_largest_threshold_can_be_used_up_too() -> None:
    """In a process that may not have more than a gigabyte and a half: the size of a number is no reason to need it."""
    with programs() as start:
        server = start(*SERVE, "--world", "documentation", memory=1500 * 1024 * 1024)
        with server.http() as http:
            orders = ({"operation": "list_direct_chats", "threshold": 10**digits} for digits in range(9, 2, -1))
            assert any(http.put("/_mockcliq/limits", json=order).is_success for order in orders)
            answer = http.post("/_mockcliq/limits/exhaust", json={"operation": "list_direct_chats"})
            assert (answer.status_code, answer.json().get("remaining")) == (200, 0)
            assert http.get("/api/v2/chats").status_code == 429


def test_where_limits_are_off_nothing_is_refused(serve: Serve) -> None:
    server = serve(world="documentation", rate_limit=False)
    server.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats", "lock": True})
    assert {server.as_("owner").get("/chats").status_code for _ in range(25)} == {200}


# Clear


@pytest.fixture
def strained(frozen: Running) -> Running:
    """Scott is locked out of two operations and Ryan of one; all thresholds are 7."""
    frozen.control("PUT", "/limits", json={"threshold": 7, "window_s": 30, "lock_s": 60})
    for user, operation in ((SCOTT, "list_direct_chats"), (SCOTT, "mute_chat"), (RYAN, "list_direct_chats")):
        exhaust(frozen, user=user, operation=operation, lock=True)
    return frozen


def locks(server: Running) -> list[tuple[str, str]]:
    """Who is locked out of what."""
    return [(row["user"], row["operation"]) for row in limits(server) if row["locked_until"]]


def clear(server: Running, **query: str) -> list[dict[str, Any]]:
    """Clear limits, which must agree; gives what the answer lists."""
    rows: list[dict[str, Any]] = server.control("DELETE", "/limits", params=query)["limits"]
    return rows


def test_clearing_all_brings_back_the_documented_start(strained: Running) -> None:
    assert clear(strained) == [unused(operation) for operation in OPERATIONS]
    assert limits(strained) == [unused(operation) for operation in OPERATIONS]
    assert [strained.as_("owner").get("/chats").status_code for _ in range(21)] == [200] * 20 + [429]


def test_clearing_for_a_user_leaves_the_others_locked(strained: Running) -> None:
    clear(strained, user="scott.fisher@zylcal.com")
    assert locks(strained) == [(RYAN, "list_direct_chats")]
    assert strained.as_("owner").get("/chats").status_code == 200
    assert strained.as_("member").get("/chats").status_code == 429


def test_clearing_an_operation_brings_back_its_documented_limit_alone(strained: Running) -> None:
    clear(strained, operation="list_direct_chats")
    assert locks(strained) == [(SCOTT, "mute_chat")]
    assert {row["operation"]: row["threshold"] for row in limits(strained)} == {
        name: 20 if name == "list_direct_chats" else 7 for name in OPERATIONS
    }


def test_clearing_an_operation_for_a_user_leaves_everything_else(strained: Running) -> None:
    clear(strained, user=SCOTT, operation="list_direct_chats")
    assert locks(strained) == [(RYAN, "list_direct_chats"), (SCOTT, "mute_chat")]
    assert {row["threshold"] for row in limits(strained)} == {7}


def test_a_cleared_lock_does_not_come_back_with_a_reset_of_the_data(strained: Running) -> None:
    clear(strained)
    strained.control("POST", "/reset", json={"what": ["data"]})
    assert locks(strained) == []


# Refused


@pytest.mark.parametrize(
    "order",
    [
        {"threshold": -1},
        {"threshold": 1.5},
        {"threshold": "many"},
        {"threshold": 10**10},
        {"window_s": 0},
        {"window_s": -1},
        {"lock_s": -1},
        {"lock_s": 1e30},
        {"operation": "nope", "threshold": 1},
        {"operation": 7},
        {"treshold": 7},
        [],
    ],
)
def test_a_limit_that_will_not_do_is_refused_and_changes_nothing(frozen: Running, order: object) -> None:
    answer = frozen.http.put("/_mockcliq/limits", json=order)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert limits(frozen) == [unused(operation) for operation in OPERATIONS]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({}, "operation"),
        ({"operation": "nope"}, "list_direct_chats"),
        ({"operation": "mute_chat", "user": "nobody@zylcal.com"}, "nobody@zylcal.com"),
        ({"operation": "mute_chat", "user": ""}, "user"),
        ({"operation": "mute_chat", "user": 631830849}, "user"),
        ({"operation": "mute_chat", "lock": "perhaps"}, "lock"),
        ({"operation": "mute_chat", "who": SCOTT}, "who"),
    ],
)
def test_exhausting_what_is_none_is_refused_and_says_what_is_meant(frozen: Running, order: object, told: str) -> None:
    answer = frozen.http.post("/_mockcliq/limits/exhaust", json=order)
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True)
    assert limits(frozen) == [unused(operation) for operation in OPERATIONS]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_user_who_is_none_is_refused_and_nothing_is_cleared(strained: Running, method: str) -> None:
    answer = strained.http.request(method, "/_mockcliq/limits", params={"user": "nobody"})
    assert (answer.status_code, "'nobody'" in answer.json()["detail"]) == (422, True)
    assert len(locks(strained)) == 3


def test_an_operation_that_is_none_is_refused_and_nothing_is_cleared(strained: Running) -> None:
    answer = strained.http.delete("/_mockcliq/limits", params={"operation": "nope"})
    assert (answer.status_code, "mute_chat" in answer.json()["detail"]) == (422, True)
    assert len(locks(strained)) == 3
