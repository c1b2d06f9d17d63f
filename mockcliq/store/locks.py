"""Users' lock-outs from operations, which survive a restart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.runtime.limiter import Lock
from mockcliq.store.database import Repository
from mockcliq.store.table import Table


class LimitLock(NamedTuple):
    """A user's lock-out from an operation."""

    user_id: UserId
    operation: str
    since: EpochMs
    until: EpochMs


LOCKS = Table(name="limit_lock", row=LimitLock, key=("user_id", "operation"))


class Locks(Repository):
    def all(self) -> list[Lock]:
        return [Lock(*row) for row in LOCKS.select(self._connection)]

    def keep(self, lock: Lock) -> None:
        """Keep a lock-out, in place of an earlier one."""
        row = LimitLock(lock.user, lock.operation, lock.since, lock.until)
        self._database.write("INSERT OR REPLACE INTO limit_lock VALUES (?, ?, ?, ?)", row, touches=())

    def replace(self, locks: Iterable[Lock]) -> None:
        """Keep these and no others."""
        with self._database.transaction():
            self.drop()
            for lock in locks:
                self.keep(lock)

    def drop(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Forget lock-outs: all, or one user's or operation's."""
        self._database.write(
            "DELETE FROM limit_lock WHERE (:user IS NULL OR user_id = :user)"
            " AND (:operation IS NULL OR operation = :operation)",
            {"user": user, "operation": operation},
            touches=(),
        )
