"""Ids and names of what was deleted: nothing new is ever called so."""

from __future__ import annotations

from typing import NamedTuple

from mockcliq.store.table import WorldTable


class Retired(NamedTuple):
    """An id or a unique name that was given out once."""

    key: str

    @classmethod
    def load(cls, key: str) -> Retired:
        return cls(key)

    def dump(self) -> str:
        return self.key


RETIRED = WorldTable(name="retired", row=Retired, key=("key",), field="retired")
