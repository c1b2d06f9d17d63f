"""What was read of a world's store, kept until a write touches it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from mockcliq.store.database import Cached, Database

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Values read from a cached list, or from any where ``of`` is None; a write that touches it drops them all.

    The value beyond ``size`` drops them, too.
    """

    def __init__(self, database: Database, size: int, of: Cached | None = None) -> None:
        self._database = database
        self._size = size
        self._of = of
        self._values: dict[Hashable, Value] = {}
        self._changes = database.changes(of)

    def get_or_make(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What was made for the key, as long as no write has touched it since; else it is made again."""
        changes = self._database.changes(self._of)
        if changes != self._changes or len(self._values) >= self._size:
            self._values.clear()
            self._changes = changes
        if key in self._values:
            return self._values[key]
        value = self._values[key] = make()
        return value

    def items(self) -> list[tuple[Hashable, Value]]:
        """What is kept and still good."""
        if self._database.changes(self._of) != self._changes:
            return []
        return list(self._values.items())

    def forget(self, key: Hashable) -> None:
        del self._values[key]
