"""The limiter against a plain model of the rule, and against the rule's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockcliq.runtime.limiter import Limiter, Lock
from mockcliq.spec import EpochMs, Operation, Scope, Threshold, UserId

CALLS = 3
WINDOW_MS = 60_000
LOCK_MS = 600_000
NOON = 1_748_779_200_000

USERS = [UserId("ada"), UserId("max")]
OPERATIONS = ["list", "mute"]


def operation(name: str, calls: int = CALLS, *, has_lock: bool = True) -> Operation:
    """An operation of which only the limit matters."""
    return Operation(
        name=name,
        title=name,
        method="GET",
        path=f"/{name}",
        scope=Scope.CHATS_READ,
        threshold=Threshold(calls, timedelta(milliseconds=WINDOW_MS)),
        lock_period=timedelta(milliseconds=LOCK_MS) if has_lock else None,
        success=200,
        raises=(),
        query=None,
        body=None,
        answer=None,
        description="",
    )


class Attempt(NamedTuple):
    """A call, so many milliseconds after the one before it."""

    pause: int
    user: UserId
    operation: str


class Verdict(NamedTuple):
    """What became of a call at a moment: passed, or refused until a moment."""

    at: int
    user: UserId
    operation: str
    until: int | None


@dataclass
class Model:
    """The rule in words: at most `CALLS` calls in any window, the next one locks; nothing is forgotten in between."""

    passed: list[tuple[int, UserId, str]] = field(default_factory=list)
    locked: dict[tuple[UserId, str], tuple[int, int]] = field(default_factory=dict)

    def admit(self, user: UserId, name: str, now: int) -> int | None:
        """None for a call that passes, else the end of the lock that refuses it."""
        since, until = self.locked.get((user, name), (0, 0))
        if now < until:
            return until
        recent = [at for at, *who in self.passed if who == [user, name] and since <= at and now - at < WINDOW_MS]
        if len(recent) < CALLS:
            self.passed.append((now, user, name))
            return None
        self.locked[user, name] = (now, now + LOCK_MS)
        return now + LOCK_MS


pauses = st.sampled_from([0, 0, 0, 1, 20_000, 30_000, 59_999, 60_000, 60_001, 599_999, 600_000]) | st.integers(
    0, 700_000
)
attempts = st.lists(
    st.builds(Attempt, pauses, st.sampled_from(USERS), st.sampled_from(OPERATIONS)), min_size=1, max_size=60
)


def verdicts(course: list[Attempt]) -> list[Verdict]:
    """What the limiter says to each of these calls."""
    limiter = Limiter(map(operation, OPERATIONS))
    now, found = NOON, []
    for attempt in course:
        now += attempt.pause
        lock = limiter.admit(attempt.user, attempt.operation, EpochMs(now))
        found.append(Verdict(now, attempt.user, attempt.operation, None if lock is None else lock.until))
    return found


@settings(deadline=None, max_examples=200)
@given(attempts)
def test_the_limiter_does_what_the_plain_model_does(course: list[Attempt]) -> None:
    """In any course of calls, by several users to several operations."""
    model = Model()
    for at, user, name, until in verdicts(course):
        assert until == model.admit(user, name, at)


@settings(deadline=None)
@given(attempts)
def test_no_window_ever_holds_more_calls_than_the_threshold(course: list[Attempt]) -> None:
    """Wherever it begins."""
    passed = [each for each in verdicts(course) if each.until is None]
    for first in passed:
        same = [each for each in passed if (each.user, each.operation) == (first.user, first.operation)]
        assert len([each for each in same if first.at <= each.at < first.at + WINDOW_MS]) <= CALLS


@settings(deadline=None)
@given(attempts)
def test_a_lock_refuses_everything_until_its_end_and_never_moves(course: list[Attempt]) -> None:
    """However many calls are made in vain."""
    found = verdicts(course)
    for number, refusal in enumerate(found):
        if refusal.until is None:
            continue
        later = [each for each in found[number:] if (each.user, each.operation) == (refusal.user, refusal.operation)]
        assert {each.until for each in later if each.at < refusal.until} == {refusal.until}
        after = [each for each in later if each.at >= refusal.until]
        assert not after or after[0].until is None


@given(attempts)
def test_every_lock_is_told_once_so_that_it_can_be_kept(course: list[Attempt]) -> None:
    """When it begins, and not again when it refuses."""
    told: list[Lock] = []
    limiter = Limiter(map(operation, OPERATIONS), locked=told.append)
    now, given_locks = NOON, []
    for attempt in course:
        now += attempt.pause
        lock = limiter.admit(attempt.user, attempt.operation, EpochMs(now))
        if lock is not None and lock not in given_locks:
            given_locks.append(lock)
    assert told == given_locks


def test_a_lock_that_was_kept_is_in_force_again() -> None:
    told: list[Lock] = []
    limiter = Limiter([operation("list")], locked=told.append)
    for _ in range(CALLS + 1):
        limiter.admit(USERS[0], "list", EpochMs(NOON))
    other = Limiter([operation("list")])
    other.restore(told)
    assert other.admit(USERS[0], "list", EpochMs(NOON + LOCK_MS - 1)) == told[0]
    assert other.admit(USERS[0], "list", EpochMs(NOON + LOCK_MS)) is None


def test_where_no_lock_period_is_documented_the_window_alone_refuses() -> None:
    """The oldest call makes room when it stops counting; refused calls count for nothing."""
    limiter = Limiter([operation("list", has_lock=False)])
    for second in range(CALLS):
        assert limiter.admit(USERS[0], "list", EpochMs(NOON + second * 1000)) is None
    for _ in range(5):
        lock = limiter.admit(USERS[0], "list", EpochMs(NOON + 59_999))
        assert lock is not None
        assert lock.until == NOON + WINDOW_MS
    assert limiter.admit(USERS[0], "list", EpochMs(NOON + WINDOW_MS)) is None
    assert limiter.admit(USERS[0], "list", EpochMs(NOON + WINDOW_MS)) is not None


def test_an_exhausted_count_refuses_the_next_call_and_locks_from_there() -> None:
    limiter = Limiter([operation("list")])
    limiter.exhaust(USERS[0], "list", EpochMs(NOON))
    assert limiter.admit(USERS[1], "list", EpochMs(NOON)) is None
    lock = limiter.admit(USERS[0], "list", EpochMs(NOON + 1))
    assert lock is not None
    assert lock.until == NOON + 1 + LOCK_MS


def test_an_exhausted_count_recovers_like_any_other() -> None:
    limiter = Limiter([operation("list")])
    limiter.exhaust(USERS[0], "list", EpochMs(NOON))
    assert limiter.admit(USERS[0], "list", EpochMs(NOON + WINDOW_MS)) is None


@pytest.mark.parametrize("calls", [0, 1, 20])
def test_as_many_calls_pass_as_the_threshold_says(calls: int) -> None:
    """None at all where it is 0."""
    limiter = Limiter([operation("list", calls)])
    answers = [limiter.admit(USERS[0], "list", EpochMs(NOON)) for _ in range(calls + 3)]
    assert [answer is None for answer in answers] == [True] * calls + [False] * 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-700_000, 700_000), st.sampled_from(USERS)), max_size=40))
def test_a_clock_that_is_set_back_locks_nobody_out_for_longer(course: list[tuple[int, UserId]]) -> None:
    """A refusal never lasts longer than the lock period, whichever way the clock was moved before."""
    limiter = Limiter([operation("list")])
    now = NOON
    for move, user in course:
        now += move
        lock = limiter.admit(user, "list", EpochMs(now))
        if lock is not None:
            assert now < lock.until <= now + LOCK_MS
