"""The statuses that people may set, and those that they have set."""

from __future__ import annotations

from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.store.database import Repository
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


STATUSES = WorldTable(name="status", row=Status, key=("id",), field="statuses")


class Statuses(Repository):
    def of(self, user: UserId) -> list[Status]:
        """The statuses in a person's list, in the order they were made."""
        return list(STATUSES.select(self._connection, "WHERE user_id = ? AND expires IS NULL ORDER BY rowid", (user,)))
