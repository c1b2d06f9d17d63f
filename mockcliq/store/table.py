"""How a noun's file declares its table: the row type is the one list of its columns, and all else follows from it.

A table has its row's fields as columns, in their order. So ``SELECT message.*`` is a `Message`, and no statement lists
the columns once more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar, get_args, get_type_hints

from mockcliq.contract.timestamps import iso_ms

Row = TypeVar("Row", bound=NamedTuple)


class Index(NamedTuple):
    """An index of the rows of which ``where`` is true; of all where it is empty."""

    name: str
    columns: tuple[str, ...]
    where: str = ""


class Column(NamedTuple):
    """A column. ``type`` is Python's, or one of `mockcliq.contract.ids`."""

    name: str
    type: Any
    is_nullable: bool


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A table. Its row has a field for each column.

    Each column of ``unique`` has a UNIQUE constraint. With ``has_rowid`` SQLite numbers the rows as they are made.
    """

    name: str
    row: type[Row]
    key: tuple[str, ...]
    unique: tuple[str, ...] = ()
    has_rowid: bool = True
    indexes: tuple[Index, ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        hints = get_type_hints(self.row).items()
        return tuple(Column(name, (get_args(hint) or (hint,))[0], type(None) in get_args(hint)) for name, hint in hints)

    @cached_property
    def make(self) -> Callable[[Iterable[Any]], Row]:
        """Makes a row of SQLite's values; these have 0 and 1 for booleans."""
        booleans = tuple(at for at, column in enumerate(self.columns) if column.type is bool)
        # As _make does, in half the time.
        new: Callable[[Iterable[Any]], Row] = partial(tuple.__new__, self.row)

        def make(values: Iterable[Any]) -> Row:
            row = list(values)
            for at in booleans:
                if row[at] is not None:
                    row[at] = bool(row[at])
            return new(row)

        return make if booleans else new

    def take(self, values: Iterator[Any]) -> Row:
        """The row that the next values of a joined row are."""
        return self.make(islice(values, self._width))

    def take_if_there(self, values: Iterator[Any]) -> Row | None:
        """The same; None where a LEFT JOIN has found no row, and so no value for its first column."""
        row = list(islice(values, self._width))
        return None if row[0] is None else self.make(row)

    def select(self, connection: sqlite3.Connection, clauses: str = "", values: Any = ()) -> Iterator[Row]:
        """The rows that the clauses after FROM select."""
        return map(self.make, connection.execute(f"SELECT {self.name}.* FROM {self.name} {clauses}", values))

    def insert(self, connection: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        connection.executemany(f"INSERT INTO {self.name} VALUES ({', '.join('?' * self._width)})", rows)

    @cached_property
    def _width(self) -> int:
        return len(self.row._fields)


@dataclass(frozen=True, kw_only=True)
class WorldTable(Table[Row]):
    """A table that a world's document has a list for, in ``field``.

    Its row's ``load`` turns an item of that list into a row, ``dump`` turns a row into an item.
    """

    field: str


@dataclass(frozen=True, kw_only=True)
class ChatTable(Table[Row]):
    """A table that each chat of a document has a field for. Its first column is the chat's id.

    Its row's ``load`` turns a chat, and the names of users, into rows; ``dump`` turns a row into the field's item.

    Attributes:
        field: The field's name.
        order: The clauses after FROM that put the rows in a document's order.
        is_list: Whether the field is a list; otherwise a chat has one row, or none.
        is_copied: Whether a copy of a chat has copies of its rows.
        kept: The time columns that a copy of a chat keeps; all others move into the past.
    """

    field: str
    order: str = "ORDER BY rowid"
    is_list: bool = True
    is_copied: bool = True
    kept: tuple[str, ...] = ()


def written(**fields: Any) -> dict[str, Any]:
    """An object of a document: all integers there are moments, and fields that say nothing are left out."""
    return {
        name: iso_ms(value) if type(value) is int else value  # type: ignore[arg-type]  # as the docstring says
        for name, value in fields.items()
        if value is not None
    }
