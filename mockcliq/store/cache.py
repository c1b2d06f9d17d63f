"""What was read of a world's store, kept until something is written that could change it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from mockcliq.store.database import Database

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Values by what they answer, all dropped together.

    What makes them stale is told in one place, `Database.changes`: SQLite itself counts the rows that change, so that
    no write can forget to drop them.

    Args:
        database: Where they were read.
        size: How many are kept; what comes then begins anew.
    """

    def __init__(self, database: Database, size: int) -> None:
        self._database = database
        self._size = size
        self._values: dict[Hashable, Value] = {}
        self._changes = database.changes

    def get_or_make(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What was made for the key, as long as nothing has been written since; else it is made again."""
        changes = self._database.changes
        if changes != self._changes or len(self._values) >= self._size:
            self._values.clear()
            self._changes = changes
        if key in self._values:
            return self._values[key]
        value = self._values[key] = make()
        return value
