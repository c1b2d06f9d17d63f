"""Users' lock-outs from operations, which survive a restart."""

from __future__ import annotations

from collections.abc import Iterable

from mockcliq.contract.ids import UserId
from mockcliq.runtime.limiter import Lock
from mockcliq.store.database import Repository
from mockcliq.store.table import Table

LOCKS = Table(name="limit_lock", row=Lock, key=("user_id", "operation"))


class Locks(Repository):
    def all(self) -> list[Lock]:
        return list(LOCKS.select(self._connection))

    def keep(self, lock: Lock) -> None:
        """Keep a lock-out, in place of an earlier one."""
        self._database.write("INSERT OR REPLACE INTO limit_lock VALUES (?, ?, ?, ?)", lock, touches=())

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
