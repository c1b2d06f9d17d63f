"""What holds of a world as a whole, by name: what it was made from, how its clock runs."""

from __future__ import annotations

from typing import NamedTuple

from mockcliq.store.database import Repository
from mockcliq.store.table import Table


class Property(NamedTuple):
    """A property, and its value in JSON."""

    name: str
    value: str


PROPERTIES = Table(name="property", row=Property, key=("name",))


class Properties(Repository):
    def get(self, name: str) -> str | None:
        found = next(PROPERTIES.select(self._connection, "WHERE name = ?", (name,)), None)
        return None if found is None else found.value

    def count(self, name: str) -> int:
        """The next number of a count that begins at 1: none comes twice, even of what is gone since."""
        number = int(self.get(name) or 0) + 1
        self.set(name, str(number))
        return number

    def set(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO property VALUES (?, ?)", (name, value))
