"""The threshold limit and the lock period, per user and operation.

The reference says "20 requests per min per user" and "Lock period: 10 minutes", no more. Our reading, which the
README's fidelity table states too: a sliding window (a call counts until exactly its window's length after it); the
call over the threshold is refused and locks the user out of that operation from that moment; refused calls count for
nothing; after the lock the count starts at zero.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.operation import Limit


@dataclass(frozen=True, slots=True)
class Lock:
    """A user's lock-out from one operation, from ``since`` until just before ``until``."""

    user: UserId
    operation: str
    since: EpochMs
    until: EpochMs


@dataclass(frozen=True, slots=True)
class Usage:
    """How a user stands with one operation: calls that count now, calls still to be had at once, and the lock.

    ``frees_at`` is when the oldest call that counts stops counting; None where none counts.
    """

    user: UserId
    operation: str
    count: int
    remaining: int
    frees_at: EpochMs | None
    lock: Lock | None


class Limiter:
    """Counts calls and locks out who makes too many. One loop calls it, so it is exact whatever the concurrency.

    Args:
        limits: The documented limits, by the operations' ids.
        locked: Told of every new lock, so that it survives a restart.
    """

    def __init__(self, limits: Mapping[str, Limit], locked: Callable[[Lock], None] = lambda _: None) -> None:
        self._documented = dict(limits)
        self._locked = locked
        self.limits = dict(limits)
        self._calls: dict[tuple[UserId, str], _Calls] = {}
        self._locks: dict[tuple[UserId, str], Lock] = {}

    def admit(self, user: UserId, operation: str, now: EpochMs) -> Lock | None:
        """Count a call, or refuse it.

        Returns:
            None when the call may pass; else the lock that refuses it. Where the operation has no lock period, the
            lock ends when the oldest call stops counting, and is not kept.
        """
        key = (user, operation)
        if self._locks:
            lock = self._lock_at(key, now)
            if lock is not None:
                return lock
            self._locks.pop(key, None)
        limit = self.limits[operation]
        calls = self._counting(key, now, limit)
        if calls.total < limit.calls:
            calls.add(now)
            return None
        if limit.lock_ms is None:
            return Lock(user, operation, since=now, until=EpochMs(calls.oldest(now) + limit.window_ms))
        return self.lock(user, operation, now)

    def lock(self, user: UserId, operation: str, now: EpochMs) -> Lock:
        """Lock the user out of the operation for its lock period (its window, where it has none), from now."""
        limit = self.limits[operation]
        period = limit.window_ms if limit.lock_ms is None else limit.lock_ms
        lock = Lock(user, operation, since=now, until=EpochMs(now + period))
        # Kept first: where that is refused, nobody is locked out.
        self._locked(lock)
        self._locks[user, operation] = lock
        self._calls.pop((user, operation), None)
        return lock

    def exhaust(self, user: UserId, operation: str, now: EpochMs) -> None:
        """Use up the threshold, so that the next call is the one refused."""
        calls = self._calls[user, operation] = _Calls()
        calls.add(now, self.limits[operation].calls)

    def restore(self, locks: Iterable[Lock]) -> None:
        """Take over locks that were kept."""
        self._locks.update({(lock.user, lock.operation): lock for lock in locks})

    def copy(self) -> Limiter:
        """Another of the same limits, counts and locks, that goes its own way from here."""
        other = copy(self)
        other.limits = dict(self.limits)
        other._locks = dict(self._locks)  # noqa: SLF001 - of its own kind
        other._calls = {key: calls.copy() for key, calls in self._calls.items()}  # noqa: SLF001 - the same
        return other

    def set(self, operation: str, limit: Limit) -> None:
        """Change an operation's limit; counts and locks stay as they are."""
        self.limits[operation] = limit

    def clear(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Forget counts and locks and return to the documented limits, for all or for one user or operation."""
        for table in (self._calls, self._locks):
            for key in [key for key in table if user in (None, key[0]) and operation in (None, key[1])]:
                del table[key]
        for name, limit in self._documented.items():
            if user is None and operation in (None, name):
                self.limits[name] = limit

    def usage(self, now: EpochMs) -> Iterator[Usage]:
        """Everyone who has a call that counts, or a lock, in order of user and operation."""
        for user, operation in sorted({*self._calls, *self._locks}):
            usage = self.usage_of(user, operation, now)
            if usage.count or usage.lock is not None:
                yield usage

    def usage_of(self, user: UserId, operation: str, now: EpochMs) -> Usage:
        """How one user stands with one operation; looking changes nothing, whatever the clock does afterwards."""
        lock = self._lock_at((user, operation), now)
        limit = self.limits[operation]
        calls = self._calls.get((user, operation))
        counting = [] if calls is None else calls.between(now - limit.window_ms, now)
        count = sum(how_many for _, how_many in counting)
        remaining = max(0, limit.calls - count) if lock is None else 0
        frees_at = EpochMs(counting[0][0] + limit.window_ms) if counting else None
        return Usage(user, operation, count, remaining, frees_at, lock)

    def frees_at(self, user: UserId, operation: str, now: EpochMs) -> EpochMs:
        """When the user's oldest counting call stops counting; now, where none counts."""
        limit = self.limits[operation]
        calls = self._counting((user, operation), now, limit)
        return EpochMs(calls.oldest(now) + limit.window_ms) if calls.total else now

    def _lock_at(self, key: tuple[UserId, str], now: EpochMs) -> Lock | None:
        """The lock in force: one that has not ended, and that a clock set back has reached."""
        lock = self._locks.get(key)
        return lock if lock is not None and lock.since <= now < lock.until else None

    def _counting(self, key: tuple[UserId, str], now: EpochMs, limit: Limit) -> _Calls:
        """The calls that count now; the others are forgotten, those from after now too, which a clock set back left."""
        calls = self._calls.get(key)
        if calls is None:
            calls = self._calls[key] = _Calls()
        calls.forget_until(now - limit.window_ms)
        calls.forget_after(now)
        return calls


class _Calls:
    """When a user called an operation: moments, oldest first, each with how many calls were made in it."""

    __slots__ = ("_moments", "total")

    def __init__(self) -> None:
        self._moments: deque[tuple[int, int]] = deque()
        self.total = 0

    def add(self, at: int, how_many: int = 1) -> None:
        """Count calls at a moment that is not before the latest one."""
        self.total += how_many
        if self._moments and self._moments[-1][0] == at:
            how_many += self._moments.pop()[1]
        self._moments.append((at, how_many))

    def copy(self) -> _Calls:
        """The same calls, to be counted on from here."""
        other = _Calls()
        other._moments, other.total = self._moments.copy(), self.total
        return other

    def between(self, after: int, until: int) -> list[tuple[int, int]]:
        """The moments after one, up to and at another, each with how many calls were made in it."""
        return [each for each in self._moments if after < each[0] <= until]

    def oldest(self, otherwise: int) -> int:
        """The first moment, if there is one."""
        return self._moments[0][0] if self._moments else otherwise

    def forget_until(self, at: int) -> None:
        """Drop the calls up to and at a moment."""
        while self._moments and self._moments[0][0] <= at:
            self.total -= self._moments.popleft()[1]

    def forget_after(self, at: int) -> None:
        """Drop the calls after a moment."""
        while self._moments and self._moments[-1][0] > at:
            self.total -= self._moments.pop()[1]
