"""Ids of what was deleted: nothing new ever has them."""

from __future__ import annotations

from typing import NamedTuple

from mockcliq.store.table import WorldTable


class Retired(NamedTuple):
    """An id that was given out once."""

    key: str

    @classmethod
    def load(cls, key: str) -> Retired:
        return cls(key)

    def dump(self) -> str:
        return self.key


RETIRED = WorldTable(name="retired", row=Retired, key=("key",), field="retired")
