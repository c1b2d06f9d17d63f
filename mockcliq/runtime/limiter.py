"""Rate limiter: threshold and lock period, per user and operation.

The reference says only "20 requests per min per user" and "Lock period: 10 minutes". Our reading, as in the
fidelity table: a sliding window, in which a call counts for exactly the window's length; the call over the threshold is
refused and starts the lock; refused calls do not count; after the lock the count starts at zero.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import NamedTuple

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.operation import Limit


class Lock(NamedTuple):
    """A user's lock from one operation, from ``since`` to before ``until``."""

    user_id: UserId
    operation: str
    since: EpochMs
    until: EpochMs


@dataclass(frozen=True, slots=True)
class Usage:
    """A user's usage of one operation: calls in the window, remaining calls, and the lock.

    ``frees_at`` is when the oldest call leaves the window; None if the window is empty.
    """

    user: UserId
    operation: str
    count: int
    remaining: int
    frees_at: EpochMs | None
    lock: Lock | None


class Limiter:
    """Counts calls and locks users over the threshold. One event loop calls it, so it is exact.

    The limits are by the operations' ids. ``locked`` is called with every new lock, to persist it.
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
            None for a call that passes, else the lock that refuses it. Without a lock period, the lock ends when the
            oldest call leaves the window, and is not kept.
        """
        key = (user, operation)
        if self._locks:
            lock = self._lock_at(key, now)
            if lock is not None:
                return lock
            self._locks.pop(key, None)
        limit = self.limits[operation]
        calls = self._in_window(key, now, limit)
        if calls.total < limit.calls:
            calls.add(now)
            return None
        if limit.lock_ms is None:
            return Lock(user, operation, since=now, until=EpochMs(calls.oldest(now) + limit.window_ms))
        return self.lock(user, operation, now)

    def lock(self, user: UserId, operation: str, now: EpochMs) -> Lock:
        """Lock the user from the operation for its lock period, or its window if it has none."""
        limit = self.limits[operation]
        period = limit.window_ms if limit.lock_ms is None else limit.lock_ms
        lock = Lock(user, operation, since=now, until=EpochMs(now + period))
        # Saved first: if that fails, there is no lock.
        self._locked(lock)
        self._locks[user, operation] = lock
        self._calls.pop((user, operation), None)
        return lock

    def exhaust(self, user: UserId, operation: str, now: EpochMs) -> None:
        """Use up the threshold, so that the next call is refused."""
        calls = self._calls[user, operation] = _Calls()
        calls.add(now, self.limits[operation].calls)

    def restore(self, locks: Iterable[Lock]) -> None:
        self._locks.update({(lock.user_id, lock.operation): lock for lock in locks})

    def copy(self) -> Limiter:
        other = copy(self)
        other.limits = dict(self.limits)
        other._locks = dict(self._locks)  # noqa: SLF001 - of the same class
        other._calls = deepcopy(self._calls)  # noqa: SLF001 - the same
        return other

    def set(self, operation: str, limit: Limit) -> None:
        """Change an operation's limit; counts and locks stay."""
        self.limits[operation] = limit

    def clear(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Clear counts and locks, of all or of one user or operation; without a user, restore documented limits too."""
        for table in (self._calls, self._locks):
            for key in [key for key in table if user in (None, key[0]) and operation in (None, key[1])]:
                del table[key]
        for name, limit in self._documented.items():
            if user is None and operation in (None, name):
                self.limits[name] = limit

    def usage(self, now: EpochMs) -> Iterator[Usage]:
        """The users with calls in the window or a lock, sorted by user and operation."""
        for user, operation in sorted({*self._calls, *self._locks}):
            usage = self.usage_of(user, operation, now)
            if usage.count or usage.lock is not None:
                yield usage

    def usage_of(self, user: UserId, operation: str, now: EpochMs) -> Usage:
        """One user's usage of one operation, without changing anything."""
        lock = self._lock_at((user, operation), now)
        limit = self.limits[operation]
        calls = self._calls.get((user, operation))
        window = [] if calls is None else calls.between(now - limit.window_ms, now)
        count = sum(calls for _, calls in window)
        remaining = max(0, limit.calls - count) if lock is None else 0
        frees_at = EpochMs(window[0][0] + limit.window_ms) if window else None
        return Usage(user, operation, count, remaining, frees_at, lock)

    def _lock_at(self, key: tuple[UserId, str], now: EpochMs) -> Lock | None:
        """The lock in force; a clock set back before its start suspends it."""
        lock = self._locks.get(key)
        return lock if lock is not None and lock.since <= now < lock.until else None

    def _in_window(self, key: tuple[UserId, str], now: EpochMs, limit: Limit) -> _Calls:
        """The calls in the window; drops the others, future ones of a clock set back too."""
        calls = self._calls.get(key)
        if calls is None:
            calls = self._calls[key] = _Calls()
        calls.keep(after=now - limit.window_ms, until=now)
        return calls


class _Calls:
    """A user's calls of an operation: moments, oldest first, each with its number of calls."""

    __slots__ = ("_moments", "total")

    def __init__(self) -> None:
        self._moments: deque[tuple[int, int]] = deque()
        self.total = 0

    def add(self, at: int, count: int = 1) -> None:
        """Add calls at a moment not before the latest one."""
        self.total += count
        if self._moments and self._moments[-1][0] == at:
            count += self._moments.pop()[1]
        self._moments.append((at, count))

    def between(self, after: int, until: int) -> list[tuple[int, int]]:
        """The moments in ``(after, until]``, each with its number of calls."""
        return [each for each in self._moments if after < each[0] <= until]

    def oldest(self, default: int) -> int:
        """The first moment, or the default without calls."""
        return self._moments[0][0] if self._moments else default

    def keep(self, *, after: int, until: int) -> None:
        """Drop all calls but those in ``(after, until]``."""
        moments = self._moments
        while moments and moments[0][0] <= after:
            self.total -= moments.popleft()[1]
        while moments and moments[-1][0] > until:
            self.total -= moments.pop()[1]
