"""The statuses that people may set, and those that they have set."""

from __future__ import annotations

from itertools import count
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.store.database import Database, Repository
from mockcliq.store.properties import Properties
from mockcliq.store.table import WorldTable, written


class Status(NamedTuple):
    """A status of a person; with ``expires`` a transient one, which no list has."""

    id: str
    user_id: UserId
    code: str
    message: str
    current: bool
    expires: EpochMs | None

    @classmethod
    def load(cls, status: document.Status) -> Status:
        return cls(status.id, status.user, status.code, status.message, status.current, status.expires)

    def dump(self) -> dict[str, Any]:
        return written(
            id=self.id,
            user=self.user_id,
            code=self.code,
            message=self.message,
            current=self.current or None,
            expires=self.expires,
        )


_FIRST_ID = 184 * 10**13
"""Below it are no ids: they are as long as the reference shows them."""

STATUSES = WorldTable(name="status", row=Status, key=("id",), field="statuses")


class Statuses(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._count = Properties(database).count

    def of(self, user: UserId) -> list[Status]:
        """The statuses in a person's list, in the order they were made."""
        return list(STATUSES.select(self._connection, "WHERE user_id = ? AND expires IS NULL ORDER BY rowid", (user,)))

    def find(self, user: UserId, status: str) -> Status | None:
        """The status of that id in a person's list."""
        found = STATUSES.select(self._connection, "WHERE user_id = ? AND id = ? AND expires IS NULL", (user, status))
        return next(found, None)

    def current(self, user: UserId, now: EpochMs) -> Status | None:
        """What a person's status is: the transient one until it expires, else the one that was set last."""
        found = STATUSES.select(
            self._connection,
            "WHERE user_id = ? AND (expires > ? OR (expires IS NULL AND current)) ORDER BY expires IS NULL",
            (user, now),
        )
        return next(found, None)

    def add(self, user: UserId, code: str, message: str) -> Status:
        """Put a status into a person's list, and set it."""
        status = Status(self._free_id(), user, code, message, current=False, expires=None)
        with self._database.transaction():
            STATUSES.insert(self._connection, [status])
            self.set_current(status)
        return status

    def set_current(self, status: Status) -> None:
        """Set a status of a person's list; it ends a transient one."""
        with self._database.transaction():
            self.clear_transient(status.user_id)
            self._connection.execute(
                "UPDATE status SET current = (id = ?) WHERE user_id = ?", (status.id, status.user_id)
            )

    def set_transient(self, user: UserId, code: str, message: str, expires: EpochMs) -> None:
        """Set a status that ends at that time, in place of the transient one that there is."""
        status = Status(self._free_id(), user, code, message, current=True, expires=expires)
        with self._database.transaction():
            self.clear_transient(user)
            STATUSES.insert(self._connection, [status])

    def clear_transient(self, user: UserId) -> None:
        self._connection.execute("DELETE FROM status WHERE user_id = ? AND expires IS NOT NULL", (user,))

    def remove(self, status: str) -> None:
        self._connection.execute("DELETE FROM status WHERE id = ?", (status,))

    def _free_id(self) -> str:
        ids = (str(_FIRST_ID + self._count("statuses")) for _ in count())
        return next(each for each in ids if not self._has("status WHERE id = :id", id=each))
