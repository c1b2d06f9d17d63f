"""The limiter against a plain model of the rule, and against the rule's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.operation import Limit
from mockcliq.runtime.limiter import Limiter, Lock
from tests.profiles import examples

CALLS = 3
WINDOW_MS = 60_000
LOCK_MS = 600_000
NOON = 1_748_779_200_000

USERS = [UserId("ada"), UserId("max")]
OPERATIONS = ["list", "mute"]


def limits(name: str, calls: int = CALLS, lock_ms: int | None = LOCK_MS) -> dict[str, Limit]:
    """The limit of one operation."""
    return {name: Limit(calls, WINDOW_MS, lock_ms)}


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
    """The rule in words: at most `CALLS` calls in any window, the next one locks; then the count starts at zero."""

    lock_ms: int
    passed: dict[tuple[UserId, str], list[int]] = field(default_factory=dict)
    locked_until: dict[tuple[UserId, str], int] = field(default_factory=dict)

    def admit(self, user: UserId, name: str, now: int) -> int | None:
        """None for a call that passes, else the end of the lock that refuses it."""
        until = self.locked_until.get((user, name), now)
        if now < until:
            return until
        passed = self.passed.setdefault((user, name), [])
        if len([at for at in passed if now - at < WINDOW_MS]) < CALLS:
            passed.append(now)
            return None
        passed.clear()
        self.locked_until[user, name] = now + self.lock_ms
        return now + self.lock_ms


pauses = st.sampled_from(
    [0, 0, 0, 0, 0, 0, 1, 20_000, 20_000, 30_000, 59_999, 60_000, 60_001, 599_999, 600_000]
) | st.integers(0, 700_000)
attempts = st.lists(
    st.builds(Attempt, pauses, st.sampled_from([USERS[0], *USERS]), st.sampled_from([OPERATIONS[0], *OPERATIONS])),
    min_size=1,
    max_size=40,
)


def verdicts(course: list[Attempt], lock_ms: int = LOCK_MS) -> list[Verdict]:
    """What the limiter says to each of these calls."""
    limiter = Limiter({name: Limit(CALLS, WINDOW_MS, lock_ms) for name in OPERATIONS})
    now, found = NOON, []
    for attempt in course:
        now += attempt.pause
        lock = limiter.admit(attempt.user, attempt.operation, EpochMs(now))
        found.append(Verdict(now, attempt.user, attempt.operation, None if lock is None else lock.until))
    return found


@examples(100)
@given(attempts, st.sampled_from([LOCK_MS, WINDOW_MS, 20_000, 1]))
def test_the_limiter_does_what_the_plain_model_does(course: list[Attempt], lock_ms: int) -> None:
    """In any course of calls, by several users to several operations; a lock may be shorter than the window."""
    model = Model(lock_ms)
    for at, user, name, until in verdicts(course, lock_ms):
        assert until == model.admit(user, name, at)


@examples(50)
@given(attempts)
def test_no_window_ever_holds_more_calls_than_the_threshold(course: list[Attempt]) -> None:
    """Wherever it begins."""
    passed = [each for each in verdicts(course) if each.until is None]
    for first in passed:
        same = [each for each in passed if (each.user, each.operation) == (first.user, first.operation)]
        assert len([each for each in same if first.at <= each.at < first.at + WINDOW_MS]) <= CALLS


@examples(50)
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


@examples(30)
@given(attempts)
def test_every_lock_is_told_once_so_that_it_can_be_kept(course: list[Attempt]) -> None:
    """When it begins, and not again when it refuses."""
    told: list[Lock] = []
    limiter = Limiter({name: Limit(CALLS, WINDOW_MS, LOCK_MS) for name in OPERATIONS}, locked=told.append)
    now, given_locks = NOON, []
    for attempt in course:
        now += attempt.pause
        lock = limiter.admit(attempt.user, attempt.operation, EpochMs(now))
        if lock is not None and lock not in given_locks:
            given_locks.append(lock)
    assert told == given_locks


def test_a_lock_that_was_kept_is_in_force_again() -> None:
    told: list[Lock] = []
    limiter = Limiter(limits("list"), locked=told.append)
    for _ in range(CALLS + 1):
        limiter.admit(USERS[0], "list", EpochMs(NOON))
    other = Limiter(limits("list"))
    other.restore(told)
    assert other.admit(USERS[0], "list", EpochMs(NOON + LOCK_MS - 1)) == told[0]
    assert other.admit(USERS[0], "list", EpochMs(NOON + LOCK_MS)) is None


def test_after_a_lock_shorter_than_the_window_the_count_starts_at_zero_too() -> None:
    """What passed before the lock is not held against anyone again."""
    limiter = Limiter(limits("list", lock_ms=1000))
    for _ in range(CALLS + 1):
        limiter.admit(USERS[0], "list", EpochMs(NOON))
    answers = [limiter.admit(USERS[0], "list", EpochMs(NOON + 1000)) for _ in range(CALLS + 1)]
    assert [answer is None for answer in answers] == [True] * CALLS + [False]


def test_where_no_lock_period_is_documented_the_window_alone_refuses() -> None:
    """The oldest call makes room when it stops counting; refused calls count for nothing."""
    limiter = Limiter(limits("list", lock_ms=None))
    for second in range(CALLS):
        assert limiter.admit(USERS[0], "list", EpochMs(NOON + second * 1000)) is None
    for _ in range(5):
        lock = limiter.admit(USERS[0], "list", EpochMs(NOON + 59_999))
        assert lock is not None
        assert lock.until == NOON + WINDOW_MS
    assert limiter.admit(USERS[0], "list", EpochMs(NOON + WINDOW_MS)) is None
    assert limiter.admit(USERS[0], "list", EpochMs(NOON + WINDOW_MS)) is not None


def test_an_exhausted_count_refuses_the_next_call_and_locks_from_there() -> None:
    limiter = Limiter(limits("list"))
    limiter.exhaust(USERS[0], "list", EpochMs(NOON))
    assert limiter.admit(USERS[1], "list", EpochMs(NOON)) is None
    lock = limiter.admit(USERS[0], "list", EpochMs(NOON + 1))
    assert lock is not None
    assert lock.until == NOON + 1 + LOCK_MS


def test_an_exhausted_count_recovers_like_any_other() -> None:
    limiter = Limiter(limits("list"))
    limiter.exhaust(USERS[0], "list", EpochMs(NOON))
    assert limiter.admit(USERS[0], "list", EpochMs(NOON + WINDOW_MS)) is None


@pytest.mark.parametrize("calls", [0, 1, 20])
def test_as_many_calls_pass_as_the_threshold_says(calls: int) -> None:
    """None at all where it is 0."""
    limiter = Limiter(limits("list", calls))
    answers = [limiter.admit(USERS[0], "list", EpochMs(NOON)) for _ in range(calls + 3)]
    assert [answer is None for answer in answers] == [True] * calls + [False] * 3


@examples(50)
@given(st.lists(st.tuples(st.integers(-700_000, 700_000), st.sampled_from(USERS)), max_size=40))
def test_a_clock_that_is_set_back_locks_nobody_out_for_longer(course: list[tuple[int, UserId]]) -> None:
    """A refusal never lasts longer than the lock period, whichever way the clock was moved before."""
    limiter = Limiter(limits("list"))
    now = NOON
    for move, user in course:
        now += move
        lock = limiter.admit(user, "list", EpochMs(now))
        if lock is not None:
            assert now < lock.until <= now + LOCK_MS
